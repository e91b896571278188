#!/usr/bin/env python3
"""The private coordinator and worker as ffctl keeps them: started once even by two
commands at the same time, restarted when one dies, left alone by ^C, stopped by down.

usage: private_pair_test.py BIN_DIR PRESET
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


def check(condition, message):
    if not condition:
        print(f"FAILED: {message}")
        sys.exit(1)


class User:
    """Somebody with an empty home, in a project folder of the given name."""

    def __init__(self, bin_dir, project="project"):
        self.bin = os.path.abspath(bin_dir)
        self.home = tempfile.mkdtemp(prefix="ff-private-")
        self.dir = os.path.join(self.home, project)
        os.makedirs(os.path.join(self.dir, "outputs"))
        self.env = {**os.environ, "HOME": self.home, "XDG_STATE_HOME": f"{self.home}/state",
                    "XDG_CONFIG_HOME": f"{self.home}/config"}
        for name in ("FFCTL_COORDINATOR", "FFCTL_CONTEXT", "XDG_RUNTIME_DIR"):
            self.env.pop(name, None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run("down", expect=None)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, *words):
        return subprocess.Popen([f"{self.bin}/ffctl", *words], cwd=self.dir, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words, expect=0):
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        print(f"$ ffctl {' '.join(words)}\n{out}{err}", flush=True)
        check(expect is None or process.returncode == expect, f"exit {process.returncode}, expected {expect}")
        return out, err

    def status(self):
        return json.loads(self.run("status", "-o", "json")[0])

    def processes(self):
        """Pids of coordinators and workers of this home."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline") as file:
                    words = file.read().split("\0")
            except OSError:
                continue
            program = os.path.basename(words[0])
            if program in ("ff-coordinator", "ff-worker") and self.home in " ".join(words):
                found.append(int(pid))
        return found


def two_at_once_start_one_pair(user):
    before = user.status()
    check(not before["coordinator"]["running"], "nothing runs at first")
    both = [user.start("up"), user.start("up")]
    for process in both:
        out, err = process.communicate(timeout=120)
        print(out, err)
        check(process.returncode == 0, f"up: exit {process.returncode}")
    check(len(user.processes()) == 2, f"one coordinator and one worker, not {user.processes()}")


def the_dead_are_replaced(user):
    for role in ("coordinator", "worker"):
        before = user.status()
        os.kill(before[role]["pid"], signal.SIGKILL)
        while os.path.exists(f"/proc/{before[role]['pid']}") and user.status()[role]["running"]:
            time.sleep(0.05)
        _, err = user.run("sweep", "list")
        check(f"restarted the private {role}" in err, "it says what it did")
        after = user.status()
        check(after[role]["running"] and after[role]["pid"] != before[role]["pid"], "a new one runs")
    check(len(user.processes()) == 2, f"still one pair: {user.processes()}")


def other_settings_are_said(user):
    _, err = user.run("up", "devices.cpu_slots=1")
    check("already runs with" in err and "ffctl down" in err, "how to change settings")


def the_dashboard_answers(user):
    url = user.status()["dashboard"] + "api/v1/sweeps"
    with urllib.request.urlopen(url, timeout=10) as response:
        check(response.status == 200, f"{url}: {response.status}")


def interrupt_detaches(user, preset):
    train = user.start("train", "--preset", preset, "synthetic.seconds_per_step=0.05", "trainer.seed=77")
    line = ""
    while "sweep" not in line:
        line = train.stderr.readline()
        check(train.poll() is None or line, "train ended before it began")
    train.send_signal(signal.SIGINT)
    out, err = train.communicate(timeout=30)
    print(out, err)
    check(train.returncode == 130, f"130, not {train.returncode}")
    check("detached" in err, "it says that the sweep goes on")
    check(user.status()["worker"]["running"], "the pair goes on")
    user.run("sweep", "cancel", "--yes")


def down_leaves_nothing(user):
    user.run("down")
    check(user.processes() == [], f"nothing is left: {user.processes()}")
    check(not user.status()["coordinator"]["running"], "status agrees")


def a_taken_port_moves_the_dashboard(user):
    with socket.socket() as taken:
        # Connections that the dashboard before has closed may linger on the port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7411))
            taken.listen()
        except OSError:
            pass  # somebody else has it: as good
        user.run("up")
        check(":7411" not in user.status()["dashboard"], "another port")
        the_dashboard_answers(user)


def plans_without_a_worker(user):
    """A host without the device that the plan is for, as a login node is."""
    _, err = user.run("up", "devices.kind=cuda", expect=1)
    if "no GPU was found" not in err:
        return  # there is one: nothing to see
    out, err = user.run("plan", "--preset", user.preset, "devices.kind=cuda", "trainer.hardware.device=cuda")
    check("nothing will train here" in err, "it says what is missing")
    check("experiments" in out, "the plan is there")
    user.run("train", "--preset", user.preset, "devices.kind=cuda", expect=1)


def main():
    bin_dir, preset = sys.argv[1], os.path.abspath(sys.argv[2])
    with User(bin_dir) as user:
        two_at_once_start_one_pair(user)
        the_dead_are_replaced(user)
        other_settings_are_said(user)
        the_dashboard_answers(user)
        interrupt_detaches(user, preset)
        down_leaves_nothing(user)
        a_taken_port_moves_the_dashboard(user)
    with User(bin_dir) as user:
        user.preset = preset
        plans_without_a_worker(user)
    # The kernel allows 107 bytes for the path of a socket.
    with User(bin_dir, project="x" * 120) as user:
        user.run("sweep", "list")
        check(len(user.processes()) == 2, "a long path is no obstacle")
    return 0


if __name__ == "__main__":
    sys.exit(main())
