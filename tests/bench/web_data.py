"""Fills a coordinator's database for web_bench.js: one sweep of many long curves, one of very many
experiments. The coordinator must be down, and have made the database (and one small synthetic sweep,
whose plans are copied).

    python3 web_data.py DATABASE [EXPERIMENTS] [MEASUREMENTS] [WIDE]
"""

import json
import math
import random
import sqlite3
import struct
import sys
import time

NOW = int(time.time() * 1e6)
BATCH = 1000


def sweep(db, template, sweep_id, name, state):
    row = dict(db.execute("SELECT * FROM sweeps WHERE id = ?", (template,)).fetchone())
    row.update(id=sweep_id, name=name, content=sweep_id, state=state, created_at=NOW, finished_at=NOW if state == "finished" else None)
    del row["key"]
    marks = ", ".join("?" * len(row))
    return db.execute(f"INSERT INTO sweeps ({', '.join(row)}) VALUES ({marks})", tuple(row.values())).lastrowid


def experiments(db, key, template, count, steps, prefix):
    """Finished ones, of ten budgets; returns their keys."""
    plan = json.loads(template["plan"])
    keys = []
    rng = random.Random(7)
    worker = db.execute("SELECT id FROM workers LIMIT 1").fetchone()[0]
    for i in range(count):
        budget = i * 10 // count
        n = int(1e5 * 1.5 ** budget * (0.3 + 3 * ((i % 97) / 97)))
        plan.update(parameters=n, steps=steps, tokens=steps * 1024, flops=6.0 * n * steps * 1024, log_every=1)
        loss = 2 + 400 / n ** 0.34 + 0.01 * rng.random()
        failed = i % 50 == 0
        cursor = db.execute(
            "INSERT INTO experiments (sweep, id, ordinal, budget_index, budget_flops, target_parameters, plan, mode, device, flops,"
            " tokens, steps, state, epoch, failure_kind, failure_message) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,1,?,?)",
            (key, f"{prefix}{i:013x}", i, budget, 10.0 ** (15 + budget / 3), n, json.dumps(plan), plan["mode"], plan["device"], plan["flops"],
             plan["tokens"], steps, "failed" if failed else "finished", "diverged" if failed else None, "loss is nan" if failed else None))
        keys.append(cursor.lastrowid)
        start = NOW - int((count - i) * 1e7)
        db.execute("INSERT INTO attempts (experiment, epoch, worker, incarnation, state, started_at, deadline, ended_at, resumed_from_step, step,"
                   " tokens_per_second, last_loss, device) VALUES (?,1,?,'x',?,?,?,?,0,?,1e5,?,'cpu')",
                   (keys[-1], worker, "failed" if failed else "finished", start, NOW, start + int(9e6), steps, loss))
        if not failed:
            db.execute("INSERT INTO results VALUES (?,?,?,?,?,?,?,?,?,0,'','bench')",
                       (keys[-1], loss - 0.02, loss, n, plan["tokens"], steps, plan["flops"], 100.0, NOW))
    return keys


def curves(db, keys, measurements):
    """The measurements, and the spans that the coordinator would have kept of them."""
    losses = [2 + 3 * math.exp(-6 * (i / measurements) ** 0.4) + 0.02 * random.random() for i in range(1, measurements + 1)]
    seq = db.execute("SELECT coalesce(max(last_seq), 0) FROM measurement_batches").fetchone()[0]
    fine = 1
    while fine * 1024 < measurements:
        fine *= 2
    # The batches of one experiment; all get the same points. See packed_points.h.
    batches = []
    for begin in range(0, measurements, BATCH):
        steps = range(begin + 1, min(begin + BATCH, measurements) + 1)
        packed = b"".join(struct.pack("<Bqqdddddd", 0, i, 1024 * i, 1e9 * i, losses[i - 1], 0.1, 1.0, 1e5, 0.01 * i) for i in steps)
        batches.append((steps[0], steps[-1], len(steps), packed))
    spans = []
    for width in (fine, 8 * fine) if measurements >= 4096 else ():
        for index in range((measurements + width - 1) // width):
            steps = range(index * width + 1, min((index + 1) * width, measurements) + 1)
            low, high, last = min(steps, key=lambda i: losses[i - 1]), max(steps, key=lambda i: losses[i - 1]), steps[-1]
            spans.append((width, index, *(x for i in (low, high, last) for x in (i, losses[i - 1], 0.01 * i))))
    for n, key in enumerate(keys):
        attempt = db.execute("SELECT id FROM attempts WHERE experiment = ?", (key,)).fetchone()[0]
        rows = []
        for first, last, count, packed in batches:
            seq += count
            rows.append((seq, key, attempt, first, last, count, packed))
        db.executemany("INSERT INTO measurement_batches VALUES (?,?,?,?,?,?,?)", rows)
        db.executemany("INSERT INTO curve_spans VALUES (?,'train',?,?,?,?,?,?,?,?,?,?,?)", ((key, *span) for span in spans))
        if n % 20 == 19:
            db.commit()


def main():
    path = sys.argv[1]
    count, measurements, wide = (int(x) for x in (sys.argv[2:] + ["1000", "100000", "10000"][len(sys.argv) - 2:]))
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -400000")
    template = db.execute("SELECT id FROM sweeps ORDER BY key LIMIT 1").fetchone()[0]
    one = dict(db.execute("SELECT * FROM experiments LIMIT 1").fetchone())
    start = time.time()
    key = sweep(db, template, "benchwide", "very many", "finished")
    experiments(db, key, one, wide, 1000, "b0b")
    key = sweep(db, template, "benchlong", "long curves", "active")
    curves(db, experiments(db, key, one, count, measurements, "a0a"), measurements)
    db.commit()
    rows = db.execute("SELECT count(*) FROM curve_spans").fetchone()[0]
    print(json.dumps({"experiments": count, "measurements": measurements, "wide": wide, "spans": rows, "seconds": round(time.time() - start, 1)}))


main()
