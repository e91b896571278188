"""ffctl on a terminal (a pty): tables cut to its width, progress, interrupts, top, completion in a
real shell, hostile names. Against the real coordinator and worker.

    python3 terminal_test.py BIN_FOLDER SYNTHETIC_YAML
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import shutil
import struct
import subprocess
import sys
import termios
import time
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "end_to_end"))
from stack import Stack, check  # noqa: E402

HOSTILE = "evil\x1b[2J\x1b]0;title\x07\u202e<b>" + "x" * 200


class Terminal:
    """A command on a pty of so many columns."""

    def __init__(self, stack, words, columns=80, rows=24, **env):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"FFCTL_COORDINATOR": stack.socket, "HOME": stack.dir, "TERM": "xterm-256color",
                               "TZ": "UTC", "PATH": f"{stack.bin}:{os.environ['PATH']}", **env})
            os.chdir(stack.dir)
            time.sleep(0.1)  # until the size is set
            os.execvp(words[0], words)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.1):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += piece.decode("utf-8", "replace")
        return bool(piece)

    def until(self, pattern, seconds=20):
        end = time.time() + seconds
        while time.time() < end:
            if re.search(pattern, self.text):
                return
            if not self.read():
                break
        check(re.search(pattern, self.text), f"{pattern!r} on the terminal; there was {self.text[-600:]!r}")

    def type(self, keys):
        os.write(self.fd, keys)

    def end(self, seconds=20):
        limit = time.time() + seconds
        while time.time() < limit and self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def columns_of(line):
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line)
    return sum(0 if unicodedata.combining(c) else 1 for c in plain)


def create(stack, name, *words):
    ran = subprocess.run([f"{stack.bin}/ffctl", "sweep", "create", "--name", name, *words, "-o", "json",
                          "--coordinator", stack.socket], cwd=stack.dir, env={**os.environ, "HOME": stack.dir},
                         capture_output=True, text=True, timeout=60, check=False)
    check(ran.returncode == 0, ran.stderr)
    return json.loads(ran.stdout)["id"]


def tables_fit_and_names_are_inert(stack):
    for width in (60, 100):
        terminal = Terminal(stack, ["ffctl", "sweep"], columns=width)
        check(terminal.end() == 0, terminal.text)
        lines = [line for line in terminal.text.split("\r\n") if line]
        check(max(map(columns_of, lines)) <= max(width, 98), f"cut to {width}: {lines}")
        check("\x1b[2J" not in terminal.text and "\x1b]0;" not in terminal.text, "escape sequences are shown, not obeyed")
        check("\u202e" not in terminal.text, "right-to-left overrides too")
    check("\x1b[1m" in terminal.text, "a terminal has colours")
    terminal = Terminal(stack, ["ffctl", "sweep"], NO_COLOR="1")
    check(terminal.end() == 0 and "\x1b[" not in terminal.text, "NO_COLOR")


def train_shows_progress_and_detaches(stack, yaml):
    words = ["ffctl", "train", "--preset", yaml, "synthetic.seconds_per_step=0.05", "trainer.seed=7", "--name", "slow"]
    terminal = Terminal(stack, words, columns=100)
    terminal.until(r"created sweep ")
    terminal.until(r"▕.*▏ +\d+ %")
    terminal.type(b"\x03")
    terminal.until(r"detached: sweep \w+ goes on without this terminal")
    terminal.until(r"come back:")
    check(terminal.end() == 130, "exit code of an interrupt")
    sweep = re.search(r"detached: sweep (\w+)", terminal.text).group(1)
    plain = subprocess.run(["timeout", "1", f"{stack.bin}/ffctl", "sweep", "watch", sweep, "--coordinator", stack.socket],
                           capture_output=True, text=True, check=False)
    check(plain.stdout == "" and "\x1b" not in plain.stderr and re.search(r"sweep \w+: ", plain.stderr), "a plain line where no terminal is")
    return sweep


def top_is_live(stack):
    terminal = Terminal(stack, ["ffctl", "top"], columns=110, rows=30)
    terminal.until(r"\x1b\[\?1049h")
    terminal.until(r"ffctl top")
    terminal.until(r"WORKER")
    terminal.until(r"EXPERIMENT")
    terminal.type(b"q")
    check(terminal.end() == 0, "q leaves")
    check(terminal.text.rstrip().endswith("\x1b[?1049l"), "the screen is as before")
    terminal = Terminal(stack, ["ffctl", "top"], columns=110, rows=30)
    terminal.until(r"ffctl top")
    os.kill(terminal.pid, signal.SIGINT)
    check(terminal.end() == 0 and "\x1b[?25h" in terminal.text, "the cursor is back after ^C")


def shells_complete_live_ids(stack, sweep):
    ffctl = f"{stack.bin}/ffctl"
    env = {**os.environ, "FFCTL_COORDINATOR": stack.socket, "HOME": stack.dir, "PATH": f"{stack.bin}:{os.environ['PATH']}"}
    script = (f"source <({ffctl} completion bash); COMP_WORDS=(ffctl sweep pause {sweep[:6]}); COMP_CWORD=3; "
              "_ffctl; echo \"${COMPREPLY[@]}\"")
    ran = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, timeout=30, check=False)
    check(ran.stdout.strip() == sweep, f"bash completes {sweep}: {ran}")
    for shell, check_words in (("zsh", ["-n"]), ("fish", ["--no-execute"])):
        if shutil.which(shell) is None:
            print(f"{shell} is not here: its script is not tried")
            continue
        path = os.path.join(stack.dir, f"completion.{shell}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(subprocess.run([ffctl, "completion", shell], capture_output=True, text=True, check=True).stdout)
        check(subprocess.run([shell, *check_words, path], check=False).returncode == 0, f"{shell} reads its script")


def confirmation_is_asked(stack, sweep):
    terminal = Terminal(stack, ["ffctl", "sweep", "cancel", sweep])
    terminal.until(r"go on\? \[y/N\] ")
    terminal.type(b"n\n")
    check(terminal.end() == 130 and "nothing was changed" in terminal.text, "a no changes nothing")
    terminal = Terminal(stack, ["ffctl", "sweep", "cancel", sweep, "--reason", "enough"])
    terminal.until(r"go on\? \[y/N\] ")
    terminal.type(b"y\n")
    check(terminal.end() == 0, "a yes does")
    events = Terminal(stack, ["ffctl", "sweep", "events", sweep, "--sweep-only"], columns=200)
    check(events.end() == 0 and "enough" in events.text, "who and why stands in the events")


def deletion_wants_the_name(stack, name, sweep):
    terminal = Terminal(stack, ["ffctl", "sweep", "rm", sweep], columns=120)
    terminal.until(f"type {name} to go on: ")
    terminal.type(b"yes\n")
    check(terminal.end() == 130 and "nothing was changed" in terminal.text, "a yes is not its name")
    terminal = Terminal(stack, ["ffctl", "sweep", "rm", sweep], columns=120)
    terminal.until(f"type {name} to go on: ")
    terminal.type(f"{name}\n".encode())
    check(terminal.end() == 0 and "deleted sweep" in terminal.text, terminal.text)


def long_output_goes_through_a_pager(stack):
    pager = os.path.join(stack.dir, "pager.sh")
    with open(pager, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nsed 's/^/paged: /'\n")
    os.chmod(pager, 0o755)
    for words, paged in ((["--help"], True), (["--help", "--no-pager"], False), (["version"], False)):
        terminal = Terminal(stack, ["ffctl", *words], columns=120, rows=24, PAGER=pager)
        check(terminal.end() == 0, terminal.text)
        check(("paged: " in terminal.text) == paged, f"{words}: {terminal.text[:200]}")
    terminal = Terminal(stack, ["ffctl", "exp", "list"], columns=120, rows=8, PAGER=pager)
    check(terminal.end() == 0 and "paged: EXPERIMENT" in terminal.text.replace("\x1b[1m", ""), terminal.text[:300])
    terminal = Terminal(stack, ["ffctl", "exp", "list"], columns=120, rows=200, PAGER=pager)
    check(terminal.end() == 0 and "paged: " not in terminal.text, "what fits is printed at once")
    terminal = Terminal(stack, ["ffctl", "--help"], columns=120, rows=24, PAGER="no-such-pager")
    check(terminal.end() == 0 and "Usage: ffctl COMMAND" in terminal.text, "a pager that is not there hides nothing")


def main():
    yaml = os.path.abspath(sys.argv[2])
    stack = Stack(sys.argv[1], "terminal")
    stack.start_coordinator()
    stack.start_worker()
    stack.wait_ready()
    create(stack, HOSTILE, "--preset", yaml, "trainer.seed=3")
    tables_fit_and_names_are_inert(stack)
    sweep = train_shows_progress_and_detaches(stack, yaml)
    top_is_live(stack)
    shells_complete_live_ids(stack, sweep)
    confirmation_is_asked(stack, sweep)
    long_output_goes_through_a_pager(stack)
    deletion_wants_the_name(stack, "slow", sweep)
    print("the terminal is as it should be")


main()
