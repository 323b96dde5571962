-- Which snapshot listed a package file that is kept (Server/Feeds): one row a file, so no more rows than files. A row only says where to
-- look; what vouches for the file is the signed index, which is hashed again each time.
CREATE TABLE kept_files (
  name     TEXT NOT NULL,
  version  TEXT NOT NULL,
  arch     TEXT NOT NULL,
  feed     TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  PRIMARY KEY (name, version, arch, feed)
) STRICT;
