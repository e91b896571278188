"""The units: as little exposed as promised, without mistakes that systemd knows of, and spoken to as
Type=notify wants it: the real programs say READY=1, WATCHDOG=1 and STOPPING=1 on the socket that
NOTIFY_SOCKET names.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
LARGEST_EXPOSURE = 2.0


def check(condition, message):
    if not condition:
        print(f"FAILED: {message}")
        sys.exit(1)


def exposure(unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                          capture_output=True, text=True)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    check(found, f"systemd-analyze security says nothing of {unit}: {done.stdout}{done.stderr}")
    return float(found.group(1))


def check_unit(source, role):
    unit = os.path.join(source, "deploy", "systemd", f"ff-{role}.service")
    level = exposure(unit)
    print(f"ff-{role}.service: exposure {level}")
    check(level <= LARGEST_EXPOSURE, f"{unit} is exposed by {level}, {LARGEST_EXPOSURE} is allowed")
    with open(unit) as file:
        text = file.read()
    # The program need not be installed here; everything else systemd must find sound.
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, os.path.basename(unit))
        with open(copy, "w") as file:
            file.write(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True)
        complaints = [line for line in done.stderr.splitlines() if os.path.basename(unit) in line]
        check(not complaints, "systemd-analyze verify: " + "\n".join(complaints))
    check("Type=notify" in text and "WatchdogSec=" in text, f"{unit}: notify and watchdog are missing")


def heard(server, seconds, word):
    """Reads until `word` was said; None: it was not."""
    deadline = time.monotonic() + seconds
    said = []
    while time.monotonic() < deadline:
        server.settimeout(max(0.05, deadline - time.monotonic()))
        try:
            said.append(server.recv(4096).decode())
        except socket.timeout:
            break
        if any(word in message.split("\n") for message in said):
            return said
    print(f"heard {said}")
    return None


def check_talk(name, command, folder):
    path = os.path.join(folder, f"{name}.notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        env = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC="600000")
        env.pop("WATCHDOG_PID", None)
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            check(heard(server, 30, "READY=1"), f"{name} does not say that it is ready")
            for _ in range(3):
                check(heard(server, 5, "WATCHDOG=1"), f"{name} does not say that it is alive")
            process.send_signal(signal.SIGTERM)
            check(heard(server, 10, "STOPPING=1"), f"{name} does not say that it stops")
            check(process.wait(30) == 0, f"{name} ended with {process.returncode}")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    print(f"{name}: ready, alive, stopping")


def main():
    source, programs = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="ff-notify-") as folder:
        coordinator = os.path.join(programs, "ff-coordinator")
        worker = os.path.join(programs, "ff-worker")
        if os.path.exists(coordinator):
            check_talk("ff-coordinator", [coordinator, f"listen.grpc=unix:{folder}/c.sock", "listen.http=",
                                          f"database.path={folder}/c.db"], folder)
        if os.path.exists(worker):
            check_talk("ff-worker", [worker, f"coordinator=unix:{folder}/c.sock", f"paths.state={folder}/w",
                                     "devices.kind=cpu", "trainers.self_test=false"], folder)
    if shutil.which("systemd-analyze") is None:
        print("skipped: the units were not judged, there is no systemd-analyze (apt-get install systemd)")
        sys.exit(SKIPPED)
    for role in ("coordinator", "worker"):
        check_unit(source, role)


main()
