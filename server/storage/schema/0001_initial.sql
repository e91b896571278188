-- Times are microseconds since 1970 UTC; NULL where the thing has not happened.
-- A REAL is NULL where the number is NaN (SQLite keeps no NaN).

-- What a user asked for. `key` grows with age and orders sweeps; `content` is a digest of
-- the ids of its experiments, whatever its name.
CREATE TABLE sweeps (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'finished', 'cancelled')),
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  spec_source TEXT NOT NULL,
  dropped TEXT NOT NULL,  -- JSON list of cells that were left out, with reasons
  imported INTEGER NOT NULL
) STRICT;
CREATE INDEX sweeps_by_content ON sweeps (content);

-- One point of a sweep. The plan is JSON; the columns behind it repeat what queries order
-- and sum by, bound from the same numbers. `failures` counts towards the retry limit.
CREATE TABLE experiments (
  key INTEGER PRIMARY KEY,
  sweep INTEGER NOT NULL REFERENCES sweeps (key),
  id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  budget_index INTEGER NOT NULL,
  budget_flops REAL,
  target_parameters REAL,
  plan TEXT NOT NULL,
  mode TEXT NOT NULL,
  device TEXT NOT NULL,
  flops REAL,
  tokens INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('waiting', 'leased', 'running', 'finished', 'failed', 'cancelled')),
  epoch INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  current_attempt INTEGER REFERENCES attempts (id),
  home_worker TEXT NOT NULL DEFAULT '',
  failure_kind TEXT,
  failure_message TEXT,
  UNIQUE (sweep, id)
) STRICT;
CREATE INDEX experiments_by_id ON experiments (id);
CREATE INDEX experiments_waiting ON experiments (sweep, flops DESC, ordinal)
  WHERE state = 'waiting';
CREATE INDEX experiments_at_home ON experiments (home_worker)
  WHERE state = 'waiting' AND home_worker <> '';
CREATE INDEX experiments_by_state ON experiments (sweep, state);

-- One try at an experiment and the lease it ran under. At most one is live.
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  experiment INTEGER NOT NULL REFERENCES experiments (key),
  epoch INTEGER NOT NULL,
  worker TEXT NOT NULL REFERENCES workers (id),
  incarnation TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('leased', 'running', 'finished', 'failed', 'lost', 'stopped', 'cancelled')),
  started_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  ended_at INTEGER,
  failure_kind TEXT,
  failure_message TEXT,
  resumed_from_step INTEGER NOT NULL,
  step INTEGER NOT NULL,
  tokens_per_second REAL,
  last_loss REAL,
  UNIQUE (experiment, epoch)
) STRICT;
CREATE UNIQUE INDEX attempts_live ON attempts (experiment)
  WHERE state IN ('leased', 'running');
CREATE INDEX attempts_by_worker ON attempts (worker, state);
CREATE INDEX attempts_by_deadline ON attempts (deadline) WHERE state IN ('leased', 'running');

-- What attempts measured; one point a step and kind, the newest attempt's. `seq` is a
-- cursor for readers: greater than any before at every write, also of a replaced point.
CREATE TABLE measurements (
  seq INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments (key),
  kind TEXT NOT NULL,
  step INTEGER NOT NULL,
  attempt INTEGER NOT NULL REFERENCES attempts (id),
  tokens INTEGER NOT NULL,
  flops REAL,
  loss REAL,
  learning_rate REAL,
  grad_norm REAL,
  tokens_per_second REAL,
  seconds REAL,
  UNIQUE (experiment, kind, step)
) STRICT;
CREATE INDEX measurements_by_experiment ON measurements (experiment);

-- What a finished experiment left: exactly one.
CREATE TABLE results (
  experiment INTEGER PRIMARY KEY REFERENCES experiments (key),
  final_train_loss REAL,
  final_val_loss REAL,
  parameters INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  flops REAL,
  train_seconds REAL,
  finished_at INTEGER NOT NULL,
  imported INTEGER NOT NULL,
  from_sweep TEXT NOT NULL
) STRICT;
CREATE INDEX results_by_time ON results (finished_at);

-- The end of what trainers wrote to standard error, in pieces. `end_byte` counts all
-- bytes ever written, so the pieces before the kept end can be dropped.
CREATE TABLE logs (
  attempt INTEGER NOT NULL REFERENCES attempts (id),
  end_byte INTEGER NOT NULL,
  piece BLOB NOT NULL,
  PRIMARY KEY (attempt, end_byte)
) STRICT, WITHOUT ROWID;

-- What happened, in the order it happened, for people.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  sweep_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_sweep ON events (sweep_id, seq);
CREATE INDEX events_by_experiment ON events (experiment_id, seq) WHERE experiment_id <> '';

-- Agents, as they last described themselves.
CREATE TABLE workers (
  id TEXT PRIMARY KEY NOT NULL,
  incarnation TEXT NOT NULL,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  devices TEXT NOT NULL,  -- JSON list
  free_slots INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL
) STRICT;

-- Scaling laws estimated from a sweep's results, as JSON; the newest is the current one.
CREATE TABLE fits (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  sweep INTEGER NOT NULL REFERENCES sweeps (key),
  created_at INTEGER NOT NULL,
  fit TEXT NOT NULL
) STRICT;
CREATE INDEX fits_by_sweep ON fits (sweep, key);
