"""The real programs as an end-to-end test uses them: start, stop, kill, ask.

Only the standard library. Every process started here is killed when the test ends,
whatever way it ends.
"""

import atexit
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
# Set by tests/sanitize/no_reports.sh: instrumented programs take several times as long.
PATIENCE = int(os.environ.get("FF_TEST_TIMEOUT_FACTOR", "1"))


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def check(condition, message):
    if not condition:
        print(f"FAILED: {message}")
        sys.exit(1)


def words_of_kill_test(default_kills):
    """BIN TEXT [KILLS [SEED]] of the command line; sows `random` with the seed, which is printed."""
    bin_dir, text = sys.argv[1:3]
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else default_kills
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
    if not os.path.exists(os.path.join(bin_dir, "ff-trainer")):
        skip("ff-trainer was not built")
    if not os.path.exists(text):
        skip(f"no text at {text}; ./flops-fit.sh setup fetches it")
    print(f"seed {seed}")
    random.seed(seed)
    return bin_dir, os.path.abspath(text), kills


class Stack:
    """A coordinator and a worker in a folder of their own."""

    def __init__(self, bin_dir, name):
        self.bin = os.path.abspath(bin_dir)
        self.dir = tempfile.mkdtemp(prefix=f"ff-{name}-")
        self.socket = f"unix:{self.dir}/c.sock"
        self.database = os.path.join(self.dir, "coordinator.db")
        self.processes = {}
        self.env = None  # of the daemons; None: this process's own
        atexit.register(self.close)

    def close(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        if not os.environ.get("FF_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def _start(self, role, command):
        log = open(os.path.join(self.dir, f"{role}.log"), "ab")
        self.processes[role] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.dir, env=self.env,
            start_new_session=True)
        log.close()

    def start_coordinator(self, *overrides):
        self._start("coordinator", [
            f"{self.bin}/ff-coordinator", f"listen.grpc={self.socket}", "listen.http=",
            f"database.path={self.database}", "lease.sync_interval_seconds=0.5", *overrides])

    def start_worker(self, *overrides):
        self._start("worker", [
            f"{self.bin}/ff-worker", f"coordinator={self.socket}", f"paths.state={self.dir}/worker",
            "devices.kind=cpu", "devices.cpu_slots=2", "devices.threads_per_slot=1", *overrides])

    def kill(self, role, sig=signal.SIGKILL):
        process = self.processes[role]
        process.send_signal(sig)
        process.wait()

    def trainers(self):
        """Pids of the worker's trainers."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as stat:
                    text = stat.read()
            except OSError:
                continue
            parent = int(text[text.rindex(")") + 2:].split()[1])
            if parent == self.processes["worker"].pid:
                found.append(int(pid))
        return found

    def ffctl(self, *words, timeout=120, fail_ok=False):
        """Runs ffctl against this coordinator; returns (exit code, stdout, stderr)."""
        done = subprocess.run([f"{self.bin}/ffctl", "--coordinator", self.socket, *words], cwd=self.dir,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout * PATIENCE)
        if done.returncode != 0 and not fail_ok:
            print(done.stdout, done.stderr)
            self.show_logs()
            check(False, f"ffctl {' '.join(words)}: exit {done.returncode}")
        return done.returncode, done.stdout, done.stderr

    def wait_ready(self, seconds=30):
        deadline = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < deadline:
            code, _, _ = self.ffctl("sweep", "list", "-o", "json", fail_ok=True)
            if code == 0:
                return
            time.sleep(0.2)
        self.show_logs()
        check(False, "the coordinator did not become ready")

    def experiments(self):
        """id -> experiment (protobuf JSON) of the newest sweep."""
        code, out, _ = self.ffctl("experiment", "list", "@latest", "-o", "json", fail_ok=True)
        if code != 0:
            return None
        return {e["id"]: e for e in json.loads(out)["experiments"]}

    def show_logs(self):
        for role in self.processes:
            with open(os.path.join(self.dir, f"{role}.log"), errors="replace") as log:
                print(f"--- {role}.log (end)\n{log.read()[-3000:]}")


def is_done(experiments):
    ended = ("EXPERIMENT_STATE_FINISHED", "EXPERIMENT_STATE_FAILED", "EXPERIMENT_STATE_CANCELLED")
    return experiments and all(e["state"] in ended for e in experiments.values())


def points(db):
    """Measured points of a coordinator's database (an sqlite3 connection), the newest attempt's of
    each kind and step: experiment key -> (kind, step) -> loss. The records are those of
    server/storage/schema/0005."""
    found = {}
    rows = db.execute("SELECT experiment, packed FROM measurement_batches ORDER BY attempt DESC, last_seq")
    for experiment, packed in rows:
        curve = found.setdefault(experiment, {})
        for kind, step, _, _, loss, *_ in struct.iter_unpack("<bqq6d", packed):
            curve.setdefault(("eval" if kind else "train", step), loss)
    return found


def points_stored(db):
    """How many points are stored of each attempt and kind, and how many different ones."""
    seen, total = set(), 0
    for attempt, packed in db.execute("SELECT attempt, packed FROM measurement_batches"):
        for kind, step, *_ in struct.iter_unpack("<bqq6d", packed):
            seen.add((attempt, kind, step))
            total += 1
    return total, len(seen)
