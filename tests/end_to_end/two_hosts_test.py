#!/usr/bin/env python3
"""Two workers that share no file: the dataset comes from the coordinator by its SHA-256, and an
experiment that was checkpointed on one host goes on on the other, its curve whole. So too through
a shared folder. What was kept on the way is removed in the end; a backup taken meanwhile is the
same database.

usage: two_hosts_test.py BIN_DIR
"""

import os
import re
import signal
import sqlite3
import sys
import time

from stack import PATIENCE, Stack, check, is_done, points

HERE = os.path.dirname(os.path.abspath(__file__))
PRESET = os.path.join(HERE, "chaos.yaml")


class Hosts(Stack):
    def __init__(self, bin_dir, name, *transfer):
        super().__init__(bin_dir, name)
        self.transfer = transfer
        self.start_coordinator("lease.restart_grace_seconds=1")
        self.wait_ready()

    def start_host(self, name, *overrides):
        self._start(name, [f"{self.bin}/ff-worker", f"coordinator={self.socket}", f"paths.state={self.dir}/{name}",
                           f"name={name}", "devices.kind=cpu", "devices.cpu_slots=1", "disk.min_free_bytes=0",
                           *self.transfer, *overrides])

    def wait(self, what, condition, seconds=60):
        deadline = time.monotonic() + seconds * PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                self.show_logs()
                check(False, f"within {seconds} s: {what}")
            time.sleep(0.05)

    def ask(self, sql):
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def stored(self, folder):
        return sum(len(files) for _, _, files in os.walk(folder))


def resumes_elsewhere(hosts, store):
    hosts.ffctl("sweep", "create", "--preset", PRESET, "compute.num_budgets=1", "compute.num_model_sizes=1",
                "compute.min_flops=4e10", "compute.max_flops=4e10", "synthetic.seconds_per_step=0.004")
    hosts.start_host("north")
    hosts.wait("a checkpoint is brought", lambda: hosts.ask("SELECT count(*) FROM experiments WHERE stored_checkpoint <> ''") == [(1,)])
    check(hosts.stored(store) > 0, "files are in the store")
    hosts.kill("north", signal.SIGTERM)
    stopped = hosts.ask("SELECT state, step FROM attempts")
    check(stopped and stopped[0][0] == "stopped", f"north handed it back: {stopped}")
    # A kill, not a farewell: its folder is gone for good.
    os.rename(f"{hosts.dir}/north", f"{hosts.dir}/gone")
    hosts.start_host("south")
    hosts.wait("south finishes it", lambda: is_done(hosts.experiments()))
    attempts = hosts.ask("SELECT worker, state, resumed_from_step, step FROM attempts ORDER BY id")
    check(len(attempts) == 2 and attempts[1][1] == "finished", f"{attempts}")
    check(attempts[1][2] > 0 and attempts[0][0] != attempts[1][0], f"it went on where north had stopped: {attempts}")
    key, steps = hosts.ask("SELECT key, steps FROM experiments")[0]
    db = sqlite3.connect(f"file:{hosts.database}?mode=ro", uri=True)
    trained = [step for kind, step in points(db)[key] if kind == "train"]
    db.close()
    check(sorted(trained) == list(range(1, steps + 1)), f"the curve has {len(trained)} of {steps} points")
    check(hosts.ask("SELECT count(*) FROM experiments WHERE stored_checkpoint <> ''") == [(0,)],
          "a finished experiment keeps no checkpoint")
    print(f"resumed at step {attempts[1][2]} of {steps} on another host")


def fetches_data(hosts, source):
    text = os.path.join(hosts.dir, "corpus.txt")
    with open(text, "wb") as file:
        for i in range(60000):
            file.write(b"%d bottles of beer on the wall\n" % (i % 997))
    hosts.start_host("worker", f"trainers.command=[{sys.executable}, {source}/docs/examples/own_trainer.py]")
    hosts.ffctl("sweep", "create", "--preset", PRESET, "mode=command", f"dataset.path={text}", "dataset.upload=true",
                "compute.min_flops=1e9", "compute.max_flops=1e9", "compute.num_budgets=1", "compute.num_model_sizes=3",
                "tokens.min_steps=2", "dataset.format=bytes")
    os.rename(text, text + ".elsewhere")  # no worker has it at this path
    hosts.wait("the sweep is trained", lambda: is_done(hosts.experiments()), 120)
    for name, e in hosts.experiments().items():
        check(e["state"] == "EXPERIMENT_STATE_FINISHED", f"{name}: {e.get('failure')}")
    kept = os.listdir(f"{hosts.dir}/worker/data")
    check(len(kept) == 1 and re.fullmatch("[0-9a-f]{64}", kept[0]), f"one file by its hash: {kept}")
    print(f"data fetched as {kept[0][:12]}..., {os.path.getsize(f'{hosts.dir}/worker/data/{kept[0]}')} bytes")


def backs_up(hosts):
    copy = os.path.join(hosts.dir, "copy.db")
    hosts.ffctl("backup", copy)
    db = sqlite3.connect(copy)
    check(db.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the copy is sound")
    for table in ("sweeps", "experiments", "attempts", "results", "measurement_batches", "events"):
        rows = db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        check(rows == hosts.ask(f"SELECT * FROM {table} ORDER BY 1"), f"{table} differs in the copy")
    db.close()
    code, _, err = hosts.ffctl("backup", copy, fail_ok=True)
    check(code != 0 and "exists" in err, "a file that is there is not replaced")
    # Restored in the place of the original it serves.
    hosts.kill("coordinator")
    for end in ("", "-wal", "-shm"):
        if os.path.exists(hosts.database + end):
            os.remove(hosts.database + end)
    os.rename(copy, hosts.database)
    hosts.start_coordinator()
    hosts.wait_ready()
    check(is_done(hosts.experiments()), "the restored database has it all")
    print("backed up, compared and restored")


def main():
    bin_dir, source = sys.argv[1], os.path.dirname(os.path.dirname(HERE))
    hosts = Hosts(bin_dir, "two-hosts", "transfer.through=coordinator")
    resumes_elsewhere(hosts, f"{hosts.dir}/files")
    backs_up(hosts)
    hosts.close()
    hosts = Hosts(bin_dir, "two-hosts-folder", "transfer.through=folder")
    hosts.transfer += (f"transfer.folder={hosts.dir}/shared",)
    resumes_elsewhere(hosts, f"{hosts.dir}/shared")
    hosts.close()
    fetches_data(Hosts(bin_dir, "far-data", "transfer.through=coordinator"), source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
