#!/usr/bin/env python3
"""kill -9 at random over coordinator, agents and trainers on loopback, with the network of an
agent cut now and then by a proxy: no experiment is lost, none has two results, every curve is
whole, and the database passes integrity_check after each kill of the coordinator.

usage: chaos_test.py BIN_DIR [KILLS] [SEED]
FF_CHAOS_KILLS and FF_CHAOS_SEED do the same; 1,000 kills take some ten minutes.
"""

import os
import random
import signal
import socket
import sqlite3
import sys
import threading
import time

from stack import PATIENCE, Stack, check, points, points_stored

PRESET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chaos.yaml")
WORKERS = 3


class Proxy:
    """A TCP way to the coordinator that can be cut: nothing passes, nothing is refused."""

    def __init__(self, target):
        self.target, self.cut_until = target, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
            except OSError:
                client.close()
                continue
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                while time.monotonic() < self.cut_until:
                    time.sleep(0.05)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self, seconds):
        self.cut_until = time.monotonic() + seconds


class Chaos(Stack):
    def __init__(self, bin_dir):
        super().__init__(bin_dir, "chaos")
        self.proxies = [Proxy(f"{self.dir}/c.sock") for _ in range(WORKERS)]

    def start_coordinator(self):
        # What is struck here is nobody's fault: everything is tried again, and soon.
        super().start_coordinator(
            "retry.max_retries=1000", "retry.backoff_seconds=0.05", "retry.max_backoff_seconds=0.2",
            "quarantine.after_failures=0", "lease.lease_seconds=3", "lease.restart_grace_seconds=4",
            "database.min_free_bytes=0", "log.level=warning")

    def start_worker(self, index):
        self._start(f"worker{index}", [
            f"{self.bin}/ff-worker", f"coordinator={self.proxies[index].address}", f"paths.state={self.dir}/worker{index}",
            f"name=worker{index}", "devices.kind=cpu", "devices.cpu_slots=2", "devices.threads_per_slot=1",
            "disk.min_free_bytes=0", "trainers.self_test=false", "log.level=warning"])

    def trainers(self):
        agents = {p.pid for role, p in self.processes.items() if role.startswith("worker") and p.poll() is None}
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) in agents:
                        found.append(int(pid))
            except (OSError, IndexError):
                continue
        return found

    def query(self, sql):
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def integrity(self):
        answer = self.query("PRAGMA integrity_check")
        check(answer == [("ok",)], f"integrity_check: {answer}")

    def open_experiments(self):
        return self.query("SELECT count(*) FROM experiments WHERE state IN ('waiting', 'leased', 'running')")[0][0]


def create_sweep(chaos, number):
    deadline = time.monotonic() + 60 * PATIENCE
    while time.monotonic() < deadline:
        code, _, _ = chaos.ffctl("sweep", "create", "--preset", PRESET, f"trainer.seed={number}", "--name", f"chaos{number}",
                                 fail_ok=True)
        if code == 0:
            return
        time.sleep(0.2)
    check(False, "a sweep could not be created")


def strike(chaos, counts):
    what = random.choices(("trainer", "agent", "coordinator", "network"), (4, 3, 3, 2))[0]
    if what == "trainer":
        pids = chaos.trainers()
        if not pids:
            return False
        try:
            os.kill(random.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
    elif what == "agent":
        index = random.randrange(WORKERS)
        chaos.kill(f"worker{index}")
        chaos.start_worker(index)
    elif what == "coordinator":
        chaos.kill("coordinator")
        chaos.integrity()
        if random.random() < 0.3:
            time.sleep(random.uniform(0, 1))
        chaos.start_coordinator()
    else:
        random.choice(chaos.proxies).cut(random.uniform(1, 6))
        counts["network"] += 1
        return False  # no kill
    counts[what] += 1
    return True


def verify(chaos, sweeps):
    chaos.integrity()
    lost = chaos.query("SELECT s.name, e.id, e.state FROM experiments e JOIN sweeps s ON s.key = e.sweep "
                       "WHERE e.state <> 'finished'")
    check(not lost, f"not finished: {lost}")
    counts = chaos.query("SELECT count(*) FROM experiments e LEFT JOIN results r ON r.experiment = e.key "
                         "WHERE r.experiment IS NULL")
    check(counts == [(0,)], f"{counts[0][0]} experiments have no result")
    double = chaos.query("SELECT e.id, count(*) FROM attempts a JOIN experiments e ON e.key = a.experiment "
                         "WHERE a.state = 'finished' GROUP BY a.experiment HAVING count(*) > 1")
    check(not double, f"finished more than once: {double}")
    epochs = chaos.query("SELECT experiment, epoch FROM attempts GROUP BY experiment, epoch HAVING count(*) > 1")
    check(not epochs, f"one epoch twice: {epochs}")
    db = sqlite3.connect(f"file:{chaos.database}?mode=ro", uri=True)
    curves, (stored, different) = points(db), points_stored(db)
    db.close()
    for key, steps in chaos.query("SELECT key, steps FROM experiments"):
        trained = {step for kind, step in curves.get(key, {}) if kind == "train"}
        check(trained == set(range(1, steps + 1)), f"experiment {key}: {len(trained)} points of {steps}")
    check(stored == different, f"{stored - different} points are stored twice")
    names = chaos.query("SELECT count(*) FROM sweeps WHERE state = 'finished'")[0][0]
    check(names == sweeps, f"{names} of {sweeps} sweeps are finished")
    return (*chaos.query("SELECT (SELECT count(*) FROM experiments), (SELECT count(*) FROM attempts)")[0], stored)


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    kills = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("FF_CHAOS_KILLS", "25"))
    seed = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("FF_CHAOS_SEED", random.randrange(1 << 30)))
    random.seed(seed)
    print(f"seed {seed}, {kills} kills", flush=True)
    chaos = Chaos(sys.argv[1])
    chaos.start_coordinator()
    chaos.wait_ready()
    for index in range(WORKERS):
        chaos.start_worker(index)
    counts = {"trainer": 0, "agent": 0, "coordinator": 0, "network": 0}
    sweeps = done = 0
    while done < kills:
        if sweeps == 0 or chaos.open_experiments() < 6:
            sweeps += 1
            create_sweep(chaos, sweeps)
        time.sleep(random.uniform(0.05, 0.4))
        if strike(chaos, counts):
            done += 1
            if done % 100 == 0:
                print(f"{done} kills, {sweeps} sweeps", flush=True)
    for role, process in chaos.processes.items():
        check(process.poll() is None, f"{role} ended by itself")
    deadline = time.monotonic() + (120 + kills) * PATIENCE
    while chaos.open_experiments() > 0:
        if time.monotonic() > deadline:
            chaos.show_logs()
            check(False, f"{chaos.open_experiments()} experiments did not come to an end")
        time.sleep(0.2)
    experiments, attempts, points = verify(chaos, sweeps)
    print(f"{done} kills ({counts}), {sweeps} sweeps, {experiments} experiments, {attempts} attempts, {points} points: "
          "0 lost, 0 twice, every curve whole, integrity_check ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
