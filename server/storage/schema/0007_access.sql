-- Who may ask, and who asked for what.

-- Tokens. Of a token the SHA-256 alone is kept; it has 256 random bits, so nothing slower is needed.
CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role INTEGER NOT NULL,  -- 1 viewer, 2 operator, 3 worker, 4 admin
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,   -- NULL: never
  last_used INTEGER,    -- NULL: not yet
  revoked_at INTEGER    -- NULL: in force
) STRICT;

-- Whom a worker's id belongs to: the name of the first credential that called with it. Another
-- credential can't call in its name.
CREATE TABLE worker_owners (
  worker_id TEXT PRIMARY KEY,
  owner TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Changes that somebody asked for. Written before the change is tried; outcome afterwards.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  door TEXT NOT NULL,
  peer TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  trace_id TEXT NOT NULL
) STRICT;

-- Of the request that created the sweep.
ALTER TABLE sweeps ADD COLUMN trace_id TEXT NOT NULL DEFAULT '';
