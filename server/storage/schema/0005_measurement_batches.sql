-- What attempts measured, in the batches it came in: an index entry and a row for a hundred points
-- instead of three hundred. `packed` is count records of 65 bytes, little-endian: kind (0 train,
-- 1 eval) in a byte, step and tokens as 64-bit integers, flops, loss, learning_rate, grad_norm,
-- tokens_per_second and seconds as doubles. Points have the numbers last_seq - count + 1 to
-- last_seq, a cursor for readers that only grows. Of the same kind and step the newest attempt's
-- counts; within an attempt a point is stored once.
CREATE TABLE measurement_batches (
  last_seq INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments (key),
  attempt INTEGER NOT NULL REFERENCES attempts (id),
  first_step INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  count INTEGER NOT NULL,
  packed BLOB NOT NULL
) STRICT;
CREATE INDEX batches_by_experiment ON measurement_batches (experiment, attempt, last_step);

-- pack_points is a function of this program.
INSERT INTO measurement_batches
SELECT sum(n) OVER (ORDER BY newest), experiment, attempt, first_step, last_step, n, packed FROM (
  SELECT max(seq) AS newest, experiment, attempt, min(step) AS first_step, max(step) AS last_step,
    count(*) AS n, pack_points(kind, step, tokens, flops, loss, learning_rate, grad_norm,
                               tokens_per_second, seconds) AS packed
  FROM measurements GROUP BY experiment, attempt, step / 1000);
DROP TABLE measurements;
