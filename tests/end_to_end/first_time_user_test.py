#!/usr/bin/env python3
"""What a first-time user does wrong, and the message each mistake must get: what is
wrong, where, and what to do next.

usage: first_time_user_test.py BIN_DIR SOURCE_DIR
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from stack import Stack, check

HERE = os.path.dirname(os.path.abspath(__file__))
PRESET = os.path.join(HERE, "synthetic.yaml")


def says(text, *patterns):
    for pattern in patterns:
        check(re.search(pattern, text), f"expected /{pattern}/ in:\n{text}")


def bad_key(stack):
    code, _, err = stack.ffctl("plan", "--preset", PRESET, "compute.min_flop=1e12", fail_ok=True)
    check(code == 2, f"a bad key is a usage error (2), got {code}")
    says(err, r"compute\.min_flop\b", r"min_flops")


def bad_value_in_file(stack):
    path = os.path.join(stack.dir, "mine.yaml")
    with open(path, "w") as file:
        file.write("planner:\n  compute:\n    num_budgets: many\n")
    code, _, err = stack.ffctl("plan", "--preset", PRESET, "--config", path, fail_ok=True)
    check(code == 2, f"exit 2, got {code}")
    says(err, r"mine\.yaml", r"\b3\b", r"num_budgets", r"many")


def missing_file(stack):
    code, _, err = stack.ffctl("plan", "--preset", "cpu_fast", "dataset.path=/no/such/text.txt", fail_ok=True)
    check(code != 0, "a missing dataset is an error")
    says(err, r"/no/such/text\.txt", r"next:")


def port_taken(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for key, other in (("listen.grpc", "listen.http="), ("listen.http", f"listen.grpc={stack.dir}/x")):
            other = other if other.startswith("listen.http") else f"listen.grpc=unix:{stack.dir}/x.sock"
            done = subprocess.run([f"{stack.bin}/ff-coordinator", f"{key}=127.0.0.1:{port}", other,
                                   f"database.path={stack.dir}/taken.db"], capture_output=True, text=True, timeout=30)
            check(done.returncode != 0, "a taken port ends the coordinator")
            says(done.stderr, str(port), re.escape(key))


def public_address(stack):
    done = subprocess.run([f"{stack.bin}/ff-coordinator", "listen.grpc=0.0.0.0:0", "listen.http=",
                           f"database.path={stack.dir}/public.db"], capture_output=True, text=True, timeout=30)
    check(done.returncode != 0, "a public address is refused")
    says(done.stderr, r"insecure_public")


def coordinator_away(stack):
    done = subprocess.run([f"{stack.bin}/ffctl", "--coordinator", f"unix:{stack.dir}/nobody.sock", "sweep", "list"],
                          capture_output=True, text=True, timeout=60)
    check(done.returncode == 5, f"unreachable is exit 5, got {done.returncode}")
    says(done.stderr, r"nobody\.sock", r"next:")


def no_worker(stack):
    with open(os.path.join(stack.dir, "train.log"), "w+") as log:
        train = subprocess.Popen([f"{stack.bin}/ffctl", "--coordinator", stack.socket, "train", "--preset", PRESET],
                                 cwd=stack.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            text = ""
            while "ff-worker" not in text and time.monotonic() < deadline:
                time.sleep(0.5)
                log.seek(0)
                text = log.read()
            says(text, r"[Nn]o worker", r"ff-worker")
        finally:
            train.kill()
            train.wait()
    stack.ffctl("sweep", "cancel", "@latest", "--yes")


def analyze_too_early(stack):
    code, _, err = stack.ffctl("analyze", fail_ok=True)
    check(code != 0, "no results, no law")
    says(err, r"next:")


def full_disk(stack):
    if os.geteuid() != 0:
        print("full disk: not root, cannot mount a small file system; not run")
        return
    disk = os.path.join(stack.dir, "small")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode != 0:
        print("full disk: mounting is not allowed here; not run")
        return
    try:
        with open(f"{disk}/filler", "wb") as filler:
            try:
                for _ in range(64):
                    filler.write(b"x" * 1024)
                    filler.flush()
            except OSError:
                pass
        code, _, err = stack.ffctl("plan", "--preset", PRESET, f"output.sweep_path={disk}/sweep.json", fail_ok=True)
        check(code != 0, "a full disk is an error")
        says(err, r"small/sweep\.json", r"[Nn]o space left")
        check(os.listdir(disk) == ["filler"], f"nothing half-written: {os.listdir(disk)}")
        done = subprocess.run([f"{stack.bin}/ff-coordinator", f"listen.grpc=unix:{stack.dir}/y.sock", "listen.http=",
                               f"database.path={disk}/c.db"], capture_output=True, text=True, timeout=30)
        check(done.returncode != 0, "no database on a full disk")
        says(done.stderr, r"small/c\.db", r"full|[Nn]o space")
    finally:
        subprocess.run(["umount", "-l", disk])


def no_browser(stack):
    stack.start_worker()
    stack.ffctl("train", "--preset", PRESET, "trainer.seed=5", timeout=240)
    stack.ffctl("analyze", "--preset", PRESET)
    code, out, err = stack.ffctl("visualize", "--preset", PRESET, "browser=/no/such/chromium", fail_ok=True)
    says(out + err, r"chromium", r"\.html")
    check(any(f.endswith(".html") for f in os.listdir(f"{stack.dir}/outputs/plots")), "HTML is written all the same")
    check(code in (0, 1), f"exit {code}")


def second_worker_on_one_state(stack):
    done = subprocess.run([f"{stack.bin}/ff-worker", f"coordinator={stack.socket}", f"paths.state={stack.dir}/worker"],
                          capture_output=True, text=True, timeout=60)
    check(done.returncode != 0, "one state folder, one worker")
    says(done.stderr, r"worker", str(stack.processes["worker"].pid))


def old_libtorch(stack, source):
    cmake = shutil.which("cmake")
    if not cmake:
        print("old LibTorch: no cmake here; not run")
        return
    fake = os.path.join(stack.dir, "old-torch")
    os.mkdir(fake)
    with open(f"{fake}/TorchConfig.cmake", "w") as config:
        config.write("set(TORCH_FOUND TRUE)\n")
    with open(f"{fake}/TorchConfigVersion.cmake", "w") as version:
        version.write('set(PACKAGE_VERSION "1.5.0")\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n')
    done = subprocess.run([cmake, "-G", "Ninja", "-S", source, "-B", f"{stack.dir}/build", f"-DTorch_DIR={fake}",
                           "-DFF_BUILD_TESTS=OFF"], capture_output=True, text=True, timeout=300)
    check(done.returncode != 0, "an old LibTorch is refused")
    says(done.stderr, r"1\.5\.0", r"too old", r"flops-fit\.sh setup")


def main():
    stack = Stack(sys.argv[1], "first-time")
    for mistake in (port_taken, public_address, coordinator_away):
        mistake(stack)
    stack.start_coordinator()
    stack.wait_ready()
    for mistake in (bad_key, bad_value_in_file, missing_file, analyze_too_early, full_disk, no_worker, no_browser,
                    second_worker_on_one_state):
        print(mistake.__name__, flush=True)
        mistake(stack)
    old_libtorch(stack, sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
