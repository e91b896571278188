-- What placement, retries, quarantine and the cache need to know; and counters in place of
-- counting, so that a call costs the same whatever is stored.

-- How a sweep shares the workers with others. no_cache: its results are its own.
ALTER TABLE sweeps ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sweeps ADD COLUMN weight REAL NOT NULL DEFAULT 1;
ALTER TABLE sweeps ADD COLUMN max_running INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sweeps ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sweeps ADD COLUMN no_cache INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sweeps_active ON sweeps (priority DESC, key) WHERE state = 'active';

-- losses: attempts lost to infrastructure. memory_failures: 1 means that it is tried once more
-- with half the micro-batch. not_before: a pause after a failure, 0 for none.
ALTER TABLE experiments ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE experiments ADD COLUMN memory_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE experiments ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE experiments ADD COLUMN memory_bytes REAL NOT NULL DEFAULT 0;
-- Its newest checkpoint in the coordinator's files, as JSON; empty: there is none.
ALTER TABLE experiments ADD COLUMN stored_checkpoint TEXT NOT NULL DEFAULT '';
UPDATE experiments SET memory_bytes =
  coalesce(CAST(json_extract(plan, '$.estimated_memory_bytes') AS REAL), 0);

ALTER TABLE attempts ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE results ADD COLUMN code_version TEXT NOT NULL DEFAULT '';

ALTER TABLE workers ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE workers ADD COLUMN modes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE workers ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;
-- Attempts that ended so, kept by the triggers below.
ALTER TABLE workers ADD COLUMN finished INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX workers_by_time ON workers (last_seen);
UPDATE workers SET
  finished = (SELECT count(*) FROM attempts a WHERE a.worker = workers.id AND a.state = 'finished'),
  failed = (SELECT count(*) FROM attempts a WHERE a.worker = workers.id AND a.state = 'failed');
CREATE TRIGGER attempts_finish AFTER UPDATE OF state ON attempts
  WHEN OLD.state <> NEW.state AND (NEW.state IN ('finished', 'failed') OR OLD.state = 'failed')
BEGIN
  UPDATE workers SET finished = finished + (NEW.state = 'finished'),
    failed = failed + (NEW.state = 'failed') - (OLD.state = 'failed') WHERE id = NEW.worker;
END;

-- A device (or, with an empty name, a whole worker) that has failed or is out of use.
CREATE TABLE worker_health (
  worker TEXT NOT NULL REFERENCES workers (id),
  device TEXT NOT NULL,
  fast_failures INTEGER NOT NULL,
  cordoned TEXT NOT NULL,  -- why it gets nothing new; empty: it does
  drain_until INTEGER,
  PRIMARY KEY (worker, device)
) STRICT, WITHOUT ROWID;

-- How many experiments of a sweep wait, and how many are leased or running.
CREATE TABLE sweep_load (
  sweep INTEGER PRIMARY KEY REFERENCES sweeps (key),
  waiting INTEGER NOT NULL,
  in_flight INTEGER NOT NULL
) STRICT;
INSERT INTO sweep_load SELECT s.key,
  (SELECT count(*) FROM experiments e WHERE e.sweep = s.key AND e.state = 'waiting'),
  (SELECT count(*) FROM experiments e WHERE e.sweep = s.key AND e.state IN ('leased', 'running'))
  FROM sweeps s;
CREATE TRIGGER sweeps_load AFTER INSERT ON sweeps BEGIN
  INSERT INTO sweep_load VALUES (NEW.key, 0, 0);
END;
CREATE TRIGGER experiments_load_new AFTER INSERT ON experiments BEGIN
  UPDATE sweep_load SET waiting = waiting + (NEW.state = 'waiting'),
    in_flight = in_flight + (NEW.state IN ('leased', 'running')) WHERE sweep = NEW.sweep;
END;
CREATE TRIGGER experiments_load AFTER UPDATE OF state ON experiments
  WHEN OLD.state <> NEW.state
BEGIN
  UPDATE sweep_load SET
    waiting = waiting + (NEW.state = 'waiting') - (OLD.state = 'waiting'),
    in_flight = in_flight + (NEW.state IN ('leased', 'running'))
      - (OLD.state IN ('leased', 'running'))
    WHERE sweep = NEW.sweep;
END;
