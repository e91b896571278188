#!/usr/bin/env python3
"""Trains lists of small models with ff-trainer, several at once on one GPU.

  train_plans.py lr-transfer --trainer ff-trainer --text FILE --out FILE.jsonl
  train_plans.py precision   --trainer ff-trainer --text FILE --out FILE.jsonl
  train_plans.py lanes       --trainer ff-trainer --text FILE --out FILE.jsonl

lr-transfer: does the best learning rate stay put when the model grows? Blocks
4, head size 64, d_ff 2 d, sequences of 256 bytes, 16 a step, 1000 steps with
250 of warm-up and a cosine to 0; widths 128, 256 and 512; u-muP over 2^-3 ..
2^3 with --seeds seeds, the standard parametrization over 2^-13 .. 2^-5 with
one. A run's score is the mean loss of its last tenth of steps.

precision: one model (--width, --layers) on --tokens tokens in bfloat16 and in
fp8, the same seed, data and schedule.

lanes: --runs experiments (width --width, --layers, d_ff 4 d, sequences of 256
bytes, --batch a step), one at a time and then --lanes at once: the seconds of
both, and the largest difference of a run's final training loss. With
FF_DETERMINISTIC=1 the trainer computes every run in a fixed order of sums.

One JSON line a run: what varied, final_train_loss, final_val_loss, or failed
with its kind; and one of the whole: runs, lanes, seconds.
"""
import argparse
import fcntl
import json
import os
import subprocess
import threading
import time


def plan(width, layers, length, batch, steps, text, **changes):
    d_ff = changes.pop("d_ff", 2 * width)
    heads = width // 64
    parameters = 2 * 256 * width + layers * (4 * width * width + 3 * width * d_ff)
    if changes.get("parametrization") == "sp":
        parameters += (2 * layers + 1) * width
    p = dict(mode="umup_gpt",
             shape=dict(layers=layers, d_model=width, heads=heads, kv_heads=heads, d_ff=d_ff, vocab_size=256,
                        seq_len=length, tied_head=False, norm_gains=changes.get("parametrization") == "sp"),
             parameters=parameters, non_embedding_parameters=parameters - 512 * width, batch_size=batch,
             accumulation_steps=1, steps=steps, tokens=steps * batch * length,
             flops=6.0 * parameters * steps * batch * length, flop_count="six_nd", parametrization="u-mup",
             alphas=dict(attn=1.0, ffn_act=1.0, res=1.0, res_attn_ratio=1.0, loss=1.0),
             learning_rate=1.0, scheduler="cosine", warmup_steps=steps // 4, min_lr_ratio=0.0, weight_decay=0.0,
             max_grad_norm=0.0, adam_beta1=0.9, adam_beta2=0.999, adam_eps=1e-8, seed=1, dtype="bfloat16",
             log_every=max(steps // 50, 1), eval_every=0, eval_tokens=1 << 19, checkpoint_every=0,
             data_format="bytes", data_tokens=os.path.getsize(text), val_fraction=0.01,
             synthetic=dict(e=0.0, a=0.0, alpha=1.0, b=0.0, beta=1.0, noise_sd=0.0, seconds_per_step=0.0))
    p.update(changes)
    return p


class Lanes:
    """Orders into and reports out of the lanes of one trainer (worker/protocol/README.md)."""

    def __init__(self, trainer, lanes):
        pipes = [os.pipe() + os.pipe() for _ in range(lanes)]
        places = [(0, 1)] + [(2 * i + 1, 2 * i + 2) for i in range(1, lanes)]

        def wire():  # in the child: out of the way, then into place
            high = [(aside(a), aside(d)) for a, _, _, d in pipes]
            for (to, out), (a, d) in zip(places, high):
                os.dup2(a, to)
                os.dup2(d, out)
            os.closerange(2 * lanes + 1, 4096)

        self.process = subprocess.Popen([trainer, "--lanes", str(lanes)], preexec_fn=wire, close_fds=False)
        for a, _, _, d in pipes:
            os.close(a)
            os.close(d)
        self.lanes = [(os.fdopen(b, "w", buffering=1), os.fdopen(c)) for _, b, c, _ in pipes]

    def run(self, lane, order):
        orders, reports = self.lanes[lane]
        orders.write(json.dumps(order) + "\n")
        orders.flush()
        curve = []
        for line in reports:
            report = json.loads(line)
            if report["type"] == "measurement":
                curve.append((report["step"], report["loss"], report["tokens_per_second"]))
            if report["type"] in ("finished", "failed", "stopped"):
                return report, curve
        raise RuntimeError("the trainer is gone")


def aside(fd):
    return fcntl.fcntl(fd, fcntl.F_DUPFD, 1000)


def run_all(args, runs):
    lanes, out, lock, begin = Lanes(args.trainer, args.lanes), open(args.out, "a"), threading.Lock(), time.time()
    waiting, rows = list(reversed(runs)), []  # taken from the end

    def work(lane):
        while True:
            with lock:
                if not waiting:
                    return
                what, p = waiting.pop()
            order = dict(type="start", attempt_id=1, plan=p, data_path=os.path.abspath(args.text),
                         checkpoint_dir=f"/tmp/ff_train_plans_{os.getpid()}/{lane}", resume=False, device=args.device,
                         threads=1)
            report, curve = lanes.run(lane, order)
            row = dict(what)
            for key in ("final_train_loss", "final_val_loss", "seconds", "kind", "message", "step"):
                if key in report:
                    row[key] = report[key]
            if args.mode == "precision":
                row["curve"] = [(s, round(l, 4)) for s, l, _ in curve]
                row["tok_s"] = sorted(t for _, _, t in curve)[len(curve) // 2]
            with lock:
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
                print({k: v for k, v in row.items() if k != "curve"}, flush=True)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(args.lanes)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    whole = dict(mode=args.mode, runs=len(runs), lanes=args.lanes, seconds=round(time.time() - begin, 1))
    out.write(json.dumps(whole) + "\n")
    print(whole, flush=True)
    lanes.process.kill()
    return rows, whole["seconds"]


def compare_lanes(args):
    runs = [(dict(run=i, width=args.width), plan(args.width, args.layers, 256, args.batch, args.steps, args.text,
                                                 seed=i, d_ff=4 * args.width, eval_tokens=1 << 13))
            for i in range(1, args.runs + 1)]
    for r in runs:
        r[1]["shape"].update(heads=args.width // 32, kv_heads=args.width // 32)
    together, args.lanes = args.lanes, 1
    alone, alone_seconds = run_all(args, runs)
    args.lanes = together
    beside, beside_seconds = run_all(args, runs)
    loss = {r["run"]: r["final_train_loss"] for r in alone}
    worst = max(abs(r["final_train_loss"] - loss[r["run"]]) for r in beside)
    row = dict(mode="lanes", width=args.width, runs=len(runs), lanes=together, seconds_alone=alone_seconds,
               seconds_together=beside_seconds, ratio=round(alone_seconds / beside_seconds, 3), largest_loss_difference=worst,
               deterministic=os.environ.get("FF_DETERMINISTIC") == "1")
    print(json.dumps(row), flush=True)
    with open(args.out, "a") as out:
        out.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["lr-transfer", "precision", "lanes"])
    for name in ("trainer", "text", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--widths", default="512,256,128")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--tokens", type=float, default=3.1e8)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--runs", type=int, default=16)
    args = parser.parse_args()
    if args.mode == "lanes":
        return compare_lanes(args)
    runs = []
    if args.mode == "precision":
        steps = int(args.tokens // (64 * 512))
        for dtype in ("bfloat16", "fp8"):
            what = dict(dtype=dtype, width=args.width, layers=args.layers, tokens=steps * 64 * 512)
            runs.append((what, plan(args.width, args.layers, 512, 64, steps, args.text, dtype=dtype,
                                    d_ff=4 * args.width, warmup_steps=steps // 20, weight_decay=2.0 ** -13)))
        args.lanes = min(args.lanes, 2)
    else:
        for width in map(int, args.widths.split(",")):
            for seed in range(1, args.seeds + 1):
                for eta in range(-3, 4):
                    what = dict(parametrization="u-mup", width=width, log2_lr=eta, seed=seed)
                    runs.append((what, plan(width, 4, 256, 16, args.steps, args.text, learning_rate=2.0 ** eta,
                                            seed=seed)))
            for eta in range(-13, -4):
                what = dict(parametrization="sp", width=width, log2_lr=eta, seed=1)
                runs.append((what, plan(width, 4, 256, 16, args.steps, args.text, learning_rate=2.0 ** eta,
                                        parametrization="sp")))
    run_all(args, runs)


if __name__ == "__main__":
    main()
