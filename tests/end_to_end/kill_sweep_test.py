#!/usr/bin/env python3
"""kill -9 of trainer, worker and coordinator in turn, at random moments, during a real
sweep: it still finishes, each experiment has exactly one result, and every loss equals
that of an undisturbed sweep bit for bit.

usage: kill_sweep_test.py BIN_DIR TEXT_FILE [KILLS] [SEED]
"""

import os
import random
import signal
import sqlite3
import sys
import time

from stack import PATIENCE, Stack, check, is_done, points, words_of_kill_test

PRESET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kill_sweep.yaml")
ROLES = ("trainer", "worker", "coordinator")


def start_coordinator(stack):
    # A killed trainer counts as a failure of the experiment; here all of them are ours.
    stack.start_coordinator("retry.max_retries=1000")


def create(stack, text):
    start_coordinator(stack)
    stack.wait_ready()
    stack.ffctl("sweep", "create", "--preset", PRESET, f"dataset.path={text}")
    stack.start_worker()


def wait_done(stack, seconds):
    deadline = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < deadline:
        if is_done(stack.experiments()):
            return
        time.sleep(0.5)
    stack.show_logs()
    check(False, f"the sweep did not finish within {seconds} s")


def strike(stack, role):
    """Kills one process of that role and starts it again, as a service manager would."""
    if role == "trainer":
        pids = stack.trainers()
        if not pids:
            return False
        os.kill(random.choice(pids), signal.SIGKILL)
    elif role == "worker":
        stack.kill("worker")
        stack.start_worker()
    else:
        stack.kill("coordinator")
        start_coordinator(stack)
    return True


def disturb(stack, kills, calm_seconds):
    # On average half of the time that the sweep takes undisturbed, so that the last kill hits it too.
    longest = min(1.5, calm_seconds / kills)
    done = 0
    while done < kills:
        time.sleep(random.uniform(0.1, longest))
        experiments = stack.experiments()
        check(not is_done(experiments), f"the sweep was over after {done} of {kills} kills; make it longer")
        if strike(stack, ROLES[done % 3]):
            done += 1
            print(f"kill {done}: {ROLES[(done - 1) % 3]}", flush=True)


def curve(database, experiment):
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    key = db.execute("SELECT key FROM experiments WHERE id = ?", (experiment,)).fetchone()[0]
    rows = sorted((kind, step, loss) for (kind, step), loss in points(db).get(key, {}).items())
    db.close()
    return rows


def verify_database(database, experiments):
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    check(db.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "integrity_check")
    results = dict(db.execute("SELECT e.id, count(*) FROM results r JOIN experiments e ON e.key = r.experiment GROUP BY e.id"))
    check(results == {e: 1 for e in experiments}, f"exactly one result each, got {results}")
    finished = dict(db.execute("SELECT e.id, count(*) FROM attempts a JOIN experiments e ON e.key = a.experiment "
                               "WHERE a.state = 'finished' GROUP BY e.id"))
    check(finished == {e: 1 for e in experiments}, f"exactly one finished attempt each, got {finished}")
    attempts = db.execute("SELECT count(*) FROM attempts").fetchone()[0]
    db.close()
    return attempts


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    bin_dir, text, kills = words_of_kill_test(default_kills=12)

    calm = Stack(bin_dir, "calm")
    create(calm, text)
    began = time.monotonic()
    wait_done(calm, 300)
    calm_seconds = time.monotonic() - began
    print(f"undisturbed: {calm_seconds:.1f} s")
    expected = calm.experiments()
    calm.kill("worker", signal.SIGTERM)

    rough = Stack(bin_dir, "rough")
    create(rough, text)
    disturb(rough, kills, calm_seconds)
    wait_done(rough, 300)
    got = rough.experiments()

    check(got.keys() == expected.keys(), "the same experiments")
    for experiment, want in expected.items():
        have = got[experiment]
        check(have["state"] == "EXPERIMENT_STATE_FINISHED", f"{experiment}: {have['state']} {have.get('failure')}")
        for loss in ("final_train_loss", "final_val_loss"):
            check(have["result"][loss] == want["result"][loss],
                  f"{experiment} {loss}: {have['result'][loss]!r} != {want['result'][loss]!r}")
        missing = sorted(set(curve(calm.database, experiment)) ^ set(curve(rough.database, experiment)))
        check(not missing, f"{experiment}: the curve has holes or differs: {missing}")
    attempts = verify_database(rough.database, expected)
    print(f"{kills} kills, {len(expected)} experiments, {attempts} attempts: "
          "one result each, losses and curves equal bit for bit")
    return 0


if __name__ == "__main__":
    sys.exit(main())
