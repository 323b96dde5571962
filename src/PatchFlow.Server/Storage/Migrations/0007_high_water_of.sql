-- What a feed's high-water mark is of (Server/Feeds): each suite has its own dates.
ALTER TABLE feeds ADD COLUMN high_water_of TEXT;
UPDATE feeds SET high_water_of = (SELECT 'apt ' || suite FROM feed_snapshots s WHERE s.feed = feeds.name AND s.digest = feeds.snapshot_digest);
