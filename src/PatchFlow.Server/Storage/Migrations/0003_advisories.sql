-- Feeds of vendors' documents (Server/Feeds): how each stands, and the snapshot in use. No plan is made from them.
CREATE TABLE advisory_feeds (
  name            TEXT PRIMARY KEY,
  last_attempt_at TEXT,
  last_success_at TEXT,
  last_error      TEXT,
  failures        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TEXT,
  etag            TEXT,
  last_modified   TEXT,
  source          TEXT,
  digest          TEXT,
  time            TEXT,
  fetched_at      TEXT,
  sequence        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The documents of the snapshot in use; one whose digest is the same is not read again.
CREATE TABLE advisory_documents (
  feed          TEXT NOT NULL,
  name          TEXT NOT NULL,
  digest        TEXT NOT NULL,
  changed       TEXT,
  etag          TEXT,
  last_modified TEXT,
  refused       INTEGER NOT NULL,
  PRIMARY KEY (feed, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE advisory_refusals (
  feed     TEXT NOT NULL,
  document TEXT NOT NULL,
  number   INTEGER NOT NULL,
  position TEXT NOT NULL,
  reason   TEXT NOT NULL,
  PRIMARY KEY (feed, document, number)
) STRICT, WITHOUT ROWID;

-- What they say, one row a record. A row without a body is of a record that is gone; sequence is that of the snapshot that wrote the row.
CREATE TABLE advisory_records (
  feed     TEXT NOT NULL,
  key      TEXT NOT NULL,
  document TEXT NOT NULL,
  kind     TEXT NOT NULL,
  id       TEXT NOT NULL,
  severity TEXT NOT NULL,
  digest   INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  body     TEXT,
  PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_records_by_sequence ON advisory_records (feed, sequence);
CREATE INDEX advisory_records_by_id ON advisory_records (kind, id, feed, key);
CREATE TABLE advisory_cves (
  cve    TEXT NOT NULL,
  feed   TEXT NOT NULL,
  key    TEXT NOT NULL,
  vector TEXT,
  PRIMARY KEY (cve, feed, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_cves_by_record ON advisory_cves (feed, key);

-- What a fetch has read and not finished: moved to the records all at once, or thrown away.
CREATE TABLE advisory_staging (
  feed     TEXT NOT NULL,
  key      TEXT NOT NULL,
  document TEXT NOT NULL,
  kind     TEXT NOT NULL,
  id       TEXT NOT NULL,
  severity TEXT NOT NULL,
  digest   INTEGER NOT NULL,
  cves     TEXT NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;

-- Which host lacks which fix (Server/Matching). rank sorts as Core's Priority does, the most urgent first; due and risk_at come from the
-- deadlines of the host's pipeline.
CREATE TABLE exposures (
  host          TEXT NOT NULL,
  package       TEXT NOT NULL,
  arch          TEXT NOT NULL,
  vulnerability TEXT NOT NULL,
  version       TEXT NOT NULL,
  answer        TEXT NOT NULL,
  fixed         TEXT,
  advisories    TEXT NOT NULL,
  note          TEXT,
  held          INTEGER NOT NULL,
  standing      TEXT NOT NULL,
  priority      TEXT NOT NULL,
  rank          TEXT NOT NULL,
  reasons       TEXT NOT NULL,
  since         TEXT NOT NULL,
  fix_since     TEXT,
  due           TEXT,
  risk_at       TEXT,
  ended         TEXT,
  ended_by      TEXT,
  PRIMARY KEY (host, package, arch, vulnerability)
) STRICT, WITHOUT ROWID;
CREATE INDEX exposures_by_rank ON exposures (rank, host, package, arch) WHERE ended IS NULL;
CREATE INDEX exposures_by_vulnerability ON exposures (vulnerability, host);
