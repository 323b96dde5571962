-- Which build of this program has read a feed's snapshot (Server/Feeds): what another one has read is read anew. A document that could not be had for
-- that yet has no digest, and here the one of the bytes that another build has read.
ALTER TABLE advisory_feeds ADD COLUMN readers TEXT;
ALTER TABLE advisory_documents ADD COLUMN earlier TEXT;
