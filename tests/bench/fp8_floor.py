#!/usr/bin/env python3
"""How much faster can 8-bit floats make a step? A measured bound, per model size.

  fp8_floor.py --peers DIR [--sizes 350m,1b]

DIR holds step_floor.py and torch_gpt.py, which time the parts of a step that no implementation
avoids. Here the products of q, k, v, up and gate (umup: the ones that may be 8-bit floats) are timed
in both precisions, in the formats training needs: E4M3 forward, gradients in E5M2. Each timing is a
product alone, with its operands there already: casts, transposes and everything fused cost extra.

Prints one JSON line a size: floor_ms in bfloat16, floor_fp8_ms with exact sums in the gradients'
products (fast sums forward alone), floor_fast_ms with fast sums everywhere, and both ratios.
"""
import argparse
import contextlib
import io
import json
import sys

import torch


def eight_bit(bench, m, k, n, left, fast):
    one = torch.ones((), device="cuda")
    a = torch.randn(m, k, device="cuda").to(left)
    b = torch.randn(n, k, device="cuda").to(torch.float8_e4m3fn).t()
    return bench(lambda: torch._scaled_mm(a, b, one, one, out_dtype=torch.bfloat16, use_fast_accum=fast))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peers", required=True)
    options.add_argument("--sizes", default="350m,1b")
    o = options.parse_args()
    sys.path.insert(0, o.peers)
    import step_floor
    bandwidth = step_floor.bandwidth()
    for size in o.sizes.split(","):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            step_floor.floor(size, False, bandwidth)
        floor = json.loads(said.getvalue())["floor_ms"]
        torch.cuda.empty_cache()
        d, layers, _, seq, batch = step_floor.SIZES[size]
        t = batch * seq
        wide, exact, fast = 0.0, 0.0, 0.0
        for i, out in ((d, 3 * d), (d, 8 * d)):
            shapes = ((t, i, out), (t, out, i), (out, t, i))
            wide += sum(step_floor.mm(*s, False) for s in shapes)
            forward = eight_bit(step_floor.bench, *shapes[0], torch.float8_e4m3fn, True)
            exact += forward + sum(eight_bit(step_floor.bench, *s, torch.float8_e5m2, False) for s in shapes[1:])
            fast += forward + sum(eight_bit(step_floor.bench, *s, torch.float8_e5m2, True) for s in shapes[1:])
        with_exact, with_fast = floor - layers * (wide - exact), floor - layers * (wide - fast)
        print(json.dumps(dict(size=size, floor_ms=floor, floor_fp8_ms=round(with_exact, 2),
                              floor_fast_ms=round(with_fast, 2), ratio=round(floor / with_exact, 3),
                              ratio_fast=round(floor / with_fast, 3))), flush=True)


if __name__ == "__main__":
    main()
