-- What the last fetch refused before it failed, in JSON (Server/Feeds): nothing of it is in use, and what is refused of the snapshot in use is told apart from it.
ALTER TABLE feeds ADD COLUMN failed_parts TEXT;
ALTER TABLE advisory_feeds ADD COLUMN failed_parts TEXT;
