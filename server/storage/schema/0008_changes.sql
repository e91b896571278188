-- What operators change at the same time, repeat and delete; what devices were like.

-- Grows with every change of the sweep's state, scheduling and analyzer.
ALTER TABLE sweeps ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Requests that clients named, and the sweep that each of them made.
CREATE TABLE requests (
  id TEXT PRIMARY KEY NOT NULL,
  sweep TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (time);

-- How the device of an attempt was, some 500 to 2000 rows an attempt however long it lasts.
CREATE TABLE system_samples (
  attempt INTEGER NOT NULL REFERENCES attempts (id),
  time INTEGER NOT NULL,
  memory_bytes REAL,
  temperature_celsius REAL,
  utilization REAL,
  tokens_per_second REAL,
  PRIMARY KEY (attempt, time)
) STRICT, WITHOUT ROWID;

-- Numbers that only grow, whatever is deleted. measurements: the newest number of a deleted batch.
CREATE TABLE counters (
  name TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER experiments_load_gone AFTER DELETE ON experiments BEGIN
  UPDATE sweep_load SET
    waiting = waiting - (OLD.state = 'waiting'),
    in_flight = in_flight - (OLD.state IN ('leased', 'running')) WHERE sweep = OLD.sweep;
END;
