#!/usr/bin/env python3
"""Experiments on two ranks each, by the real coordinator, worker and trainer: kill -9 of a rank (the first
or the other) at random moments, and of the worker; the sweep finishes, and every experiment has the losses
of undisturbed ranks bit for bit, and of one device up to what its training makes of rounding.

usage: ranks_test.py BIN_DIR TEXT_FILE [KILLS] [SEED]
"""

import os
import random
import signal
import sys
import time

from stack import Stack, check, is_done, words_of_kill_test

PRESET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kill_sweep.yaml")


def create(stack, text, per_experiment):
    stack.start_coordinator("retry.max_retries=1000")
    stack.wait_ready()
    stack.ffctl("sweep", "create", "--preset", PRESET, f"dataset.path={text}", "trainer.learning_rate=0.1")
    start_worker(stack, per_experiment)


def start_worker(stack, per_experiment):
    stack.start_worker("devices.cpu_slots=1", f"devices.per_experiment={per_experiment}", "devices.kind=cpu")


def children(pids):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent in pids:
            found.append(int(pid))
    return found


def wait_done(stack, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_done(stack.experiments()):
            return
        time.sleep(0.5)
    stack.show_logs()
    check(False, f"the sweep did not finish within {seconds} s")


def strike(stack, number):
    leaders = stack.trainers()
    if number % 3 == 2:
        stack.kill("worker")
        start_worker(stack, 2)
        return "worker"
    victims = leaders if number % 3 == 1 else children(leaders)
    if not victims:
        return None
    os.kill(random.choice(victims), signal.SIGKILL)
    return "rank 0" if number % 3 == 1 else "rank 1"


def disturb(stack, kills):
    done = 0
    while done < kills:
        time.sleep(random.uniform(0.5, 2.5))
        check(not is_done(stack.experiments()), f"the sweep was over after {done} of {kills} kills; make it longer")
        role = strike(stack, done)
        if role is not None:
            done += 1
            print(f"kill {done}: {role}", flush=True)


def compare(calm, rough):
    worst = 0
    for name, experiment in calm.items():
        other = rough[name]
        check(experiment["state"] == other["state"] == "EXPERIMENT_STATE_FINISHED", f"{name}: {other['state']}")
        for loss in ("final_train_loss", "final_val_loss"):
            a, b = experiment["result"][loss], other["result"][loss]
            worst = max(worst, abs(a / b - 1))
    return worst


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    bin_dir, text, kills = words_of_kill_test(default_kills=6)

    alone, calm = Stack(bin_dir, "alone"), Stack(bin_dir, "calm")
    for stack, ranks in ((alone, 1), (calm, 2)):
        create(stack, text, ranks)
        wait_done(stack, 300)
        stack.kill("worker", signal.SIGTERM)
    rough = Stack(bin_dir, "rough")
    create(rough, text, 2)
    disturb(rough, kills)
    wait_done(rough, 400)
    worst = compare(calm.experiments(), alone.experiments())
    print(f"losses of two ranks and of one device differ by at most {worst:.1e}")
    check(worst < 1e-3, "the losses of two ranks and of one device differ by more than rounding")
    worst = compare(calm.experiments(), rough.experiments())
    print(f"of two ranks, killed {kills} times, and of undisturbed ones: by {worst:.1e}")
    check(worst == 0, "a killed rank has changed the losses")
    # No rank outlives its worker.
    leaders = rough.trainers()
    ranks = leaders + children(leaders)
    rough.kill("worker")
    deadline = time.monotonic() + 10
    while any(os.path.exists(f"/proc/{pid}") for pid in ranks):
        check(time.monotonic() < deadline, f"of {ranks} some outlive their worker")
        time.sleep(0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
