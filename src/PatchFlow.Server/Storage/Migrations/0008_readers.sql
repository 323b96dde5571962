-- Which build of this program has read a feed's snapshot (Server/Feeds): what another one has read is read anew.
ALTER TABLE advisory_feeds ADD COLUMN readers TEXT;
