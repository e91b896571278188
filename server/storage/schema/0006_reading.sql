-- What people look at, at the price of what they see.

-- When a piece of a log came in. 0: before this version.
ALTER TABLE logs ADD COLUMN time INTEGER NOT NULL DEFAULT 0;

-- The lowest, highest and last loss of a span of steps, so that a long curve is drawn from about a
-- thousand rows whatever it has: span s of width w is steps s*w+1 .. (s+1)*w. Two widths an
-- experiment, powers of two. Only of experiments that log at least 4096 times.
CREATE TABLE curve_spans (
  experiment INTEGER NOT NULL REFERENCES experiments (key),
  kind TEXT NOT NULL,
  width INTEGER NOT NULL,
  span INTEGER NOT NULL,
  low_step INTEGER NOT NULL, low_loss REAL, low_seconds REAL,
  high_step INTEGER NOT NULL, high_loss REAL, high_seconds REAL,
  last_step INTEGER NOT NULL, last_loss REAL, last_seconds REAL,
  PRIMARY KEY (experiment, kind, width, span)
) STRICT, WITHOUT ROWID;
