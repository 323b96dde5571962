-- One row per fact that must outlive the process. Times are ISO 8601 UTC text, so that they sort and a person can read them.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
-- What hosts remember the highest of: the epoch of this database, and the sequence of its last plan.
INSERT INTO meta (key, value) VALUES ('epoch', '1'), ('sequence', '0');

-- Canonical documents and raw policy files by content: plan heads, parts, evidence, bundles, decisions, pipelines, checks, inventories.
CREATE TABLE documents (
  digest TEXT PRIMARY KEY,
  kind   TEXT NOT NULL,
  bytes  BLOB NOT NULL,
  at     TEXT NOT NULL
) STRICT;

CREATE TABLE audit_entries (
  sequence INTEGER PRIMARY KEY,
  at       TEXT NOT NULL,
  actor    TEXT NOT NULL,
  action   TEXT NOT NULL,
  object   TEXT NOT NULL,
  bytes    BLOB NOT NULL,
  leaf     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entries_by_object ON audit_entries (object, sequence);
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;

-- Feeds (Server/Feeds). The high-water mark never goes back.
CREATE TABLE feeds (
  name             TEXT PRIMARY KEY,
  last_attempt_at  TEXT,
  last_success_at  TEXT,
  last_error       TEXT,
  failures         INTEGER NOT NULL DEFAULT 0,
  next_attempt_at  TEXT,
  snapshot_digest  TEXT,
  high_water_time  TEXT,
  etag             TEXT,
  last_modified    TEXT
) STRICT;
CREATE TABLE feed_snapshots (
  feed        TEXT NOT NULL,
  digest      TEXT NOT NULL,
  suite       TEXT NOT NULL,
  security    INTEGER NOT NULL,
  time        TEXT NOT NULL,
  valid_until TEXT,
  fetched_at  TEXT NOT NULL,
  base        TEXT NOT NULL,
  packages    INTEGER NOT NULL,
  refused     INTEGER NOT NULL,
  PRIMARY KEY (feed, digest)
) STRICT;

CREATE TABLE job_fires (
  job       TEXT NOT NULL,
  fire_time TEXT NOT NULL,
  PRIMARY KEY (job, fire_time)
) STRICT;

-- Hosts (Server/Hosts). body is the JSON of HostRow.
CREATE TABLE hosts (
  id       TEXT PRIMARY KEY,
  revision INTEGER NOT NULL DEFAULT 0,
  state    TEXT NOT NULL,
  grp      TEXT NOT NULL,
  body     TEXT NOT NULL
) STRICT;

-- Changes (Server/Reconcile). body is the JSON of Core's Change.
CREATE TABLE changes (
  id       INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL DEFAULT 0,
  status   TEXT NOT NULL,
  open     INTEGER NOT NULL,
  grp      TEXT NOT NULL,
  plan     TEXT,
  waiting  TEXT,
  body     TEXT NOT NULL
) STRICT;
CREATE INDEX changes_open ON changes (open, id);

CREATE TABLE host_tasks (
  change_id INTEGER NOT NULL REFERENCES changes (id),
  host      TEXT NOT NULL,
  revision  INTEGER NOT NULL DEFAULT 0,
  wave      INTEGER NOT NULL,
  status    TEXT NOT NULL,
  body      TEXT NOT NULL,
  PRIMARY KEY (change_id, host)
) STRICT;

-- Long work inside the server (resolving, a sandbox run). A row that says running without a living worker is lost.
CREATE TABLE work_runs (
  id        INTEGER PRIMARY KEY,
  revision  INTEGER NOT NULL DEFAULT 0,
  change_id INTEGER NOT NULL REFERENCES changes (id),
  kind      TEXT NOT NULL,
  plan      TEXT,
  status    TEXT NOT NULL,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX work_runs_by_change ON work_runs (change_id, id);

-- Append-only: decisions of the board and commands of operators. Only the reconciler acts on them.
CREATE TABLE decisions (
  id        INTEGER PRIMARY KEY,
  change_id INTEGER NOT NULL REFERENCES changes (id),
  subject   TEXT NOT NULL,
  digest    TEXT NOT NULL REFERENCES documents (digest),
  token     TEXT,
  at        TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_change ON decisions (change_id, id);
CREATE TABLE commands (
  id         INTEGER PRIMARY KEY,
  change_id  INTEGER NOT NULL REFERENCES changes (id),
  action     TEXT NOT NULL,
  host       TEXT,
  subject    TEXT NOT NULL,
  reason     TEXT,
  at         TEXT NOT NULL,
  applied_at TEXT,
  answer     TEXT
) STRICT;
CREATE INDEX commands_by_change ON commands (change_id, id);
CREATE INDEX commands_unanswered ON commands (change_id) WHERE answer IS NULL;

-- What tickets said, bounded: of a longer log the last part is kept.
CREATE TABLE ticket_logs (
  ticket    TEXT PRIMARY KEY,
  change_id INTEGER NOT NULL REFERENCES changes (id),
  host      TEXT NOT NULL,
  bytes     BLOB NOT NULL
) STRICT;
CREATE INDEX ticket_logs_by_change ON ticket_logs (change_id, host);

-- Users and tokens (Server/Api).
CREATE TABLE users (
  id       TEXT PRIMARY KEY,
  revision INTEGER NOT NULL DEFAULT 0,
  name     TEXT NOT NULL,
  roles    TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  at       TEXT NOT NULL
) STRICT;
CREATE TABLE tokens (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  roles      TEXT NOT NULL,
  at         TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT;
CREATE TABLE idempotency (
  subject TEXT NOT NULL,
  key     TEXT NOT NULL,
  request TEXT NOT NULL,
  status  INTEGER NOT NULL,
  answer  BLOB NOT NULL,
  headers TEXT NOT NULL,
  at      TEXT NOT NULL,
  PRIMARY KEY (subject, key)
) STRICT;
