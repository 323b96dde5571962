-- A page of a listing (Server/Feeds): its records are known by the listing, and these keys, a list in JSON, were on it when it was last read.
ALTER TABLE advisory_documents ADD COLUMN listing TEXT;
ALTER TABLE advisory_documents ADD COLUMN keys TEXT;

-- What the vendor says of exploits of the CVE: the name of an ExploitStatus.
ALTER TABLE advisory_cves ADD COLUMN exploits TEXT;
