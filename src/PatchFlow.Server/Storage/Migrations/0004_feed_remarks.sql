-- What must be known of a feed's snapshot in use, in words: that its source has no advisory data (Server/Feeds).
ALTER TABLE advisory_feeds ADD COLUMN remark TEXT;
