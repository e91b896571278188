#!/usr/bin/env python3
"""How long a coordinator takes to serve again with a large database: so many experiments and
measurements are put in, it is started, killed with -9 while it is written to, and started again.

usage: restart_bench.py BIN_DIR FOLDER [EXPERIMENTS] [MEASUREMENTS]
"""

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time


class Coordinator:
    def __init__(self, bin_dir, folder):
        self.bin, self.socket, self.database = bin_dir, f"unix:{folder}/c.sock", f"{folder}/ff.db"

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen([f"{self.bin}/ff-coordinator", f"listen.grpc={self.socket}", "listen.http=",
                                         f"database.path={self.database}", "log.level=error"])
        while subprocess.run([f"{self.bin}/ffctl", "--coordinator", self.socket, "worker", "list"],
                             capture_output=True).returncode != 0:
            time.sleep(0.01)
        return time.monotonic() - begun

    def kill(self, sig):
        self.process.send_signal(sig)
        self.process.wait()


def fill(database, experiments, measurements):
    db = sqlite3.connect(database, isolation_level=None)
    db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN;")
    plan = json.dumps({"mode": "synthetic", "steps": 100, "tokens": 51200, "flops": 1e10, "parameters": 40000,
                       "batch_size": 8, "shape": {"seq_len": 64}})
    sweeps = 100
    for s in range(sweeps):
        db.execute("INSERT INTO sweeps (id, name, content, state, created_at, spec_source, dropped, imported) "
                   "VALUES (?, ?, ?, 'active', 1, '', '[]', 0)", (f"sweep{s:03}", f"s{s}", f"c{s}"))
    db.execute("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
               "INSERT INTO experiments (sweep, id, ordinal, budget_index, budget_flops, target_parameters, plan, mode, device, "
               "flops, tokens, steps, state) SELECT 1 + i % ?, printf('%016x', i), i, i % 6, 1e10, 4e4, ?, 'synthetic', 'auto', "
               "1e10 + i, 51200, 100, CASE WHEN i % 10 THEN 'finished' ELSE 'waiting' END FROM n", (experiments, sweeps, plan))
    db.execute("INSERT INTO workers (id, incarnation, name, host, pid, version, devices, free_slots, first_seen, last_seen) "
               "VALUES ('w', '1', 'w', 'h', 1, '1', '{\"items\": []}', 0, 1, 1)")
    db.execute("INSERT INTO attempts (experiment, epoch, worker, incarnation, state, started_at, deadline, resumed_from_step, step) "
               "SELECT key, 1, 'w', '1', 'finished', 1, 1, 0, 100 FROM experiments")
    # As the coordinator packs them (server/storage/schema/0005), a batch of each experiment.
    each = measurements // experiments
    packed = b"".join(struct.pack("<bqq6d", 0, step, 512 * step, 1e8 * step, 10 - 0.01 * step, 0.01, 1.0, 1e5, 0.01 * step)
                      for step in range(1, each + 1))
    db.execute("INSERT INTO measurement_batches (last_seq, experiment, attempt, first_step, last_step, count, packed) "
               "SELECT key * ?, key, key, 1, ?, ?, ? FROM experiments", (each, each, each, packed))
    db.execute("COMMIT")
    db.close()


def main():
    bin_dir, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    experiments = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    measurements = int(sys.argv[4]) if len(sys.argv) > 4 else 100_000_000
    os.makedirs(folder, exist_ok=True)
    coordinator = Coordinator(bin_dir, folder)
    empty = coordinator.start()
    coordinator.kill(signal.SIGTERM)
    begun = time.monotonic()
    fill(coordinator.database, experiments, measurements)
    filled = time.monotonic() - begun
    times = []
    for _ in range(3):
        times.append(coordinator.start())
        subprocess.run([f"{bin_dir}/ffctl", "--coordinator", coordinator.socket, "sweep", "pause", "s7"], capture_output=True)
        coordinator.kill(signal.SIGKILL)  # with a log to recover
    print(json.dumps({"experiments": experiments, "measurements": measurements, "fill_seconds": round(filled, 1),
                      "database_gb": round(os.path.getsize(coordinator.database) / 1e9, 2), "empty_seconds": round(empty, 2),
                      "serving_again_seconds": [round(t, 2) for t in times]}))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
