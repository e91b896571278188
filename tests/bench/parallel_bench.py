#!/usr/bin/env python3
"""One experiment on several devices, by the real ff-trainer and its protocol.

  parallel_bench.py TRAINER equal --devices LIST...   losses of each list of devices beside the first's
  parallel_bench.py TRAINER speed --devices LIST...   tokens/s; the batch of a device stays the same
  parallel_bench.py TRAINER kill  --devices LIST      kill -9 of rank 1; resumed from the checkpoint

A LIST is what a start order has: cuda:0 or cuda:0,cuda:1 (cpu,cpu works too). Other options: --size
(of model_sizes.h), --dtype, --steps, --out FILE (JSON lines). Exit code 1: losses differ, a run
failed or hung. Only the standard library.
"""

import argparse
import json
import os
import random
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def sizes():
    """name -> the fields of model_sizes.h."""
    text = open(os.path.join(HERE, "model_sizes.h")).read()
    rows = re.findall(r'\{"(\w+)", \{([\d, ]+)\}\}', text)
    names = ("d_model", "layers", "head_dim", "seq", "batch", "d_ff", "vocab")
    return {name: dict(zip(names, map(int, numbers.split(",")))) for name, numbers in rows}


def parameters(s):
    d = s["d_model"]
    return 2 * s["vocab"] * d + s["layers"] * (4 * d * d + 3 * d * s["d_ff"])


def token_file(folder, vocab, tokens):
    """Draws from a skewed distribution, so that there is something to learn."""
    path = os.path.join(folder, f"tokens_{vocab}.bin")
    if not os.path.exists(path):
        draw = random.Random(1)
        block = bytearray()
        for _ in range(1 << 16):
            block += int(vocab * draw.random() ** 4).to_bytes(2, "little")
        with open(path, "wb") as out:
            for _ in range(max(tokens >> 16, 1)):
                out.write(block)
    return path, os.path.getsize(path) // 2


def order(folder, name, size, devices, batch, steps, args, log_every, checkpoint_every=0, resume=False):
    path, tokens = token_file(folder, size["vocab"], 1 << 22)
    heads = size["d_model"] // size["head_dim"]
    plan = {
        "mode": "umup_gpt",
        "shape": {"layers": size["layers"], "d_model": size["d_model"], "heads": heads, "kv_heads": heads,
                  "d_ff": size["d_ff"], "vocab_size": size["vocab"], "seq_len": size["seq"], "tied_head": False,
                  "norm_gains": False},
        "parameters": parameters(size), "non_embedding_parameters": 0, "batch_size": batch, "accumulation_steps": 1,
        "steps": steps, "tokens": steps * batch * size["seq"], "flops": 1e15, "flop_count": "six_nd",
        "parametrization": "u-mup",
        "alphas": {"attn": 1.0, "ffn_act": 1.0, "res": 1.0, "res_attn_ratio": 1.0, "loss": 1.0},
        "learning_rate": 0.25, "scheduler": "cosine", "warmup_steps": 10, "min_lr_ratio": 0.1,
        "weight_decay": 1.0 / 8192, "max_grad_norm": 0.0, "adam_beta1": 0.9, "adam_beta2": 0.99, "adam_eps": 1e-8,
        "seed": 3, "dtype": args.dtype, "log_every": log_every, "eval_every": 0, "eval_tokens": 16 * size["seq"],
        "checkpoint_every": checkpoint_every, "data_format": "uint16", "data_tokens": tokens, "val_fraction": 0.01,
        "synthetic": {"e": 0.0, "a": 0.0, "alpha": 0.0, "b": 0.0, "beta": 0.0, "noise_sd": 0.0, "seconds_per_step": 0.0},
    }
    return {"type": "start", "attempt_id": 1, "plan": plan, "data_path": path,
            "checkpoint_dir": os.path.join(folder, name), "resume": resume, "device": devices, "threads": args.threads}


class Trainer:
    def __init__(self, program, log):
        self.log_path = log
        self.log = open(log, "w")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        start_new_session=True)
        self.buffer = b""

    def send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def reports(self, seconds):
        """Yields reports; ends with the process, with the last report of a run, or out of time."""
        deadline = time.monotonic() + seconds
        while True:
            while b"\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\n", 1)
                report = json.loads(line)
                yield report
                if report["type"] in ("finished", "failed", "stopped"):
                    return
            left = deadline - time.monotonic()
            if left <= 0:
                yield {"type": "silent", "message": f"no end within {seconds} s"}
                return
            if not select.select([self.process.stdout], [], [], left)[0]:
                continue
            block = os.read(self.process.stdout.fileno(), 65536)
            if not block:
                yield {"type": "ended", "code": self.process.wait()}
                return
            self.buffer += block

    def followers(self):
        """rank -> pid."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
                parent = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
                environment = open(f"/proc/{pid}/environ", "rb").read().split(b"\0")
            except OSError:
                continue
            if parent == self.process.pid and b"--follow" in words:
                rank = [e for e in environment if e.startswith(b"RANK=")]
                found[int(rank[0][5:])] = int(pid)
        return found

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()

    def tail(self):
        return open(self.log_path, errors="replace").read()[-3000:]


def run(trainer, start, seconds):
    """(losses by step, reports); None as losses where it did not finish."""
    trainer.send(start)
    reports = list(trainer.reports(seconds))
    if reports[-1]["type"] != "finished":
        print(f"  {start['device']}: {json.dumps(reports[-1])}\n{trainer.tail()}", flush=True)
        return None, reports
    return {r["step"]: r["loss"] for r in reports if r["type"] == "measurement"}, reports


def emit(args, row):
    print(json.dumps(row), flush=True)
    if args.out:
        with open(args.out, "a") as out:
            out.write(json.dumps(row) + "\n")


def equal(args, folder):
    size, good, first = sizes()[args.size], True, None
    for number, devices in enumerate(args.devices):
        trainer = Trainer(args.trainer, os.path.join(folder, f"log{number}"))
        start = order(folder, f"equal{number}", size, devices, args.batch or size["batch"], args.steps, args, 1)
        losses, reports = run(trainer, start, args.seconds)
        trainer.close()
        if losses is None:
            emit(args, {"part": "equal", "dtype": args.dtype, "devices": devices, "failed": reports[-1]})
            good = False
            continue
        first = first or losses
        worst = max(abs(losses[s] / first[s] - 1) for s in first)
        last = max(first)
        row = {"part": "equal", "size": args.size, "dtype": args.dtype, "devices": devices, "steps": args.steps,
               "first_loss": losses[1], "last_loss": losses[last], "held_out": reports[-1]["final_val_loss"],
               "worst_relative_difference": worst, "tolerance": args.tolerance}
        emit(args, row)
        good = good and worst <= args.tolerance
    return good


def speed(args, folder):
    size, good, base = sizes()[args.size], True, None
    for number, devices in enumerate(args.devices):
        ranks = devices.count(",") + 1
        trainer = Trainer(args.trainer, os.path.join(folder, f"log{number}"))
        batch = (args.batch or size["batch"]) * ranks
        began = time.monotonic()
        start = order(folder, f"speed{number}", size, devices, batch, args.steps, args, 10)
        losses, reports = run(trainer, start, args.seconds)
        trainer.close()
        if losses is None:
            emit(args, {"part": "speed", "size": args.size, "devices": devices, "failed": reports[-1]})
            good = False
            continue
        rates = [r["tokens_per_second"] for r in reports if r["type"] == "measurement"][2:]
        rate = statistics.median(rates)
        base = base or rate / ranks
        emit(args, {"part": "speed", "size": args.size, "dtype": args.dtype, "devices": devices, "ranks": ranks,
                    "batch": batch, "ms_a_step": 1e3 * batch * size["seq"] / rate, "tokens_per_second": rate,
                    "slowest": min(rates), "fastest": max(rates), "efficiency": rate / ranks / base,
                    "last_loss": losses[max(losses)], "whole_run_s": time.monotonic() - began})
    return good


def kill(args, folder):
    size, devices = sizes()[args.size], args.devices[0]
    batch = args.batch or size["batch"]
    whole = Trainer(args.trainer, os.path.join(folder, "log_whole"))
    undisturbed, _ = run(whole, order(folder, "whole", size, devices, batch, args.steps, args, 1), args.seconds)
    whole.close()
    if undisturbed is None:
        return False
    trainer = Trainer(args.trainer, os.path.join(folder, "log_kill"))
    trainer.send(order(folder, "kill", size, devices, batch, args.steps, args, 1, checkpoint_every=10))
    killed_at = None
    end = None
    for report in trainer.reports(args.seconds):
        end = report
        if report["type"] == "measurement" and report["step"] >= args.steps // 2 and killed_at is None:
            os.kill(trainer.followers()[1], signal.SIGKILL)
            killed_at = time.monotonic()
    noticed = time.monotonic() - (killed_at or 0)
    left = trainer.followers()
    words = trainer.tail().strip().splitlines()
    trainer.close()
    again = Trainer(args.trainer, os.path.join(folder, "log_again"))
    start = order(folder, "kill", size, devices, batch, args.steps, args, 1, checkpoint_every=10, resume=True)
    rest, reports = run(again, start, args.seconds)
    again.close()
    if rest is None:
        return False
    resumed = [r["resumed_from_step"] for r in reports if r["type"] == "started"][0]
    worst = max(abs(rest[s] / undisturbed[s] - 1) for s in rest)
    good = end["type"] == "ended" and end["code"] == 1 and killed_at is not None and noticed < 20 and not left
    good = good and resumed > 0 and worst <= args.tolerance
    emit(args, {"part": "kill", "devices": devices, "end": end, "ended_after_s": noticed, "ranks_left": list(left),
                "last_words": words[-1:] or [""], "resumed_from_step": resumed, "worst_relative_difference": worst,
                "good": good})
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainer")
    parser.add_argument("part", choices=("equal", "speed", "kill"))
    parser.add_argument("--devices", nargs="+", required=True)
    parser.add_argument("--size", default="small")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--batch", type=int, default=0, help="0: of the size; speed: a device's")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--seconds", type=float, default=120, help="for each run")
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="ff-parallel-")
    try:
        good = {"equal": equal, "speed": speed, "kill": kill}[args.part](args, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
