#!/usr/bin/env python3
"""What a planned sweep would take by Python PyTorch, one experiment after another.

  torch_sweep.py TABLE SWEEP.json [--compile-shapes N] [--dtype bfloat16|float32]

TABLE is what `ffctl plan` prints and SWEEP.json what it writes; vocabulary 256
and sequences of 256. Every shape's eager step is timed, and
torch.compile (mode reduce-overhead) with its warm-up for N shapes spread over
the list; an experiment takes warm-up + steps * time of a step. Evaluations and
checkpoints are not counted against Python. One JSON line a shape, then totals:
of compile the mean warm-up and the mean ratio to eager stand for the shapes
that were not timed.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def measure(shapes, variant, dtype, seconds):
    command = [sys.executable, str(HERE / "torch_decoder.py"), "--variants", variant, "--dtype", dtype, "--seconds",
               str(seconds), "--shapes", ";".join(",".join(map(str, s)) for s in shapes)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("table")
    parser.add_argument("sweep")
    parser.add_argument("--compile-shapes", type=int, default=4)
    parser.add_argument("--dtype", default="bfloat16")
    args = parser.parse_args()
    sizes = {e["experiment_id"]: e["model_size"] for e in json.load(open(args.sweep))}
    row = re.compile(r"^ *\S+ +([0-9a-f]{16}) +\S+ +(\d+)x(\d+)x(\d+) +\S+ +\S+ +(\d+) +(\d+) ", re.M)
    plans = []
    for name, layers, width, heads, steps, batch in row.findall(open(args.table).read()):
        layers, width, heads = int(layers), int(width), int(heads)
        d_ff = round(((sizes[name] - 512 * width) / layers - 4 * width * width) / (3 * width))
        plans.append(((width, layers, width // heads, 256, int(batch), d_ff, 256), int(steps)))
    keys = sorted({shape for shape, _ in plans})
    eager = dict(zip(keys, measure(keys, "eager", args.dtype, 0.4)))
    picked = [keys[(2 * i + 1) * len(keys) // (2 * args.compile_shapes)] for i in range(args.compile_shapes)]
    compiled = dict(zip(picked, measure(picked, "compile_ro", args.dtype, 0.4)))
    for row in list(eager.values()) + list(compiled.values()):
        print(json.dumps(row))
    total = sum(eager[k]["warm_s"] + steps * eager[k]["ms"] / 1e3 for k, steps in plans)
    warm = sum(c["warm_s"] for c in compiled.values()) / len(compiled)
    ratio = sum(c["ms"] / eager[k]["ms"] for k, c in compiled.items()) / len(compiled)
    by_compile = sum(warm + steps * (compiled[k]["ms"] if k in compiled else ratio * eager[k]["ms"]) / 1e3
                     for k, steps in plans)
    print(json.dumps(dict(experiments=len(plans), dtype=args.dtype, eager_s=round(total, 1),
                          compile_s=round(by_compile, 1), compile_shapes_timed=len(picked),
                          compile_warm_s=round(warm, 1))))


if __name__ == "__main__":
    main()
