-- How far feeds of vendors' documents have come (Server/Feeds): a document's own date, or the latest of its records.
ALTER TABLE advisory_documents ADD COLUMN time TEXT;
