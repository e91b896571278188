-- How a sweep's law is to be estimated, as its creator asked for it (JSON). NULL: by the
-- coordinator's own analyzer configuration.
ALTER TABLE sweeps ADD COLUMN analyzer TEXT;

-- 1: estimated while the sweep goes on, with few resamples; the next fit takes its place.
ALTER TABLE fits ADD COLUMN live INTEGER NOT NULL DEFAULT 0;

-- A sweep with results that its law does not know yet. `marks` grows with each of them, so that
-- one that comes while the law is being estimated is not forgotten.
CREATE TABLE fits_due (
  sweep INTEGER PRIMARY KEY REFERENCES sweeps (key),
  marks INTEGER NOT NULL
) STRICT;
