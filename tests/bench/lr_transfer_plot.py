#!/usr/bin/env python3
"""The learning-rate transfer experiment's runs as an SVG and a summary.

  lr_transfer_plot.py RUNS.jsonl OUT.svg

RUNS.jsonl is what `train_plans.py lr-transfer` writes. Needs nothing but
Python. The summary says each width's best rate, the vertex of a parabola
through the three points round it, and whether the conditions of transfer hold:
best rates at most one step of 2 apart and inside the grid, the narrowest
width's best rate within 0.02 nats of each width's own, best losses falling
with width.
"""
import json
import sys
from collections import defaultdict

COLOURS = {128: "#4477aa", 256: "#228833", 512: "#cc3311"}


def scores(path):
    losses = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for line in open(path):
        r = json.loads(line)
        if "width" in r:
            loss = r.get("final_train_loss", float("inf")) if "kind" not in r else float("inf")
            losses[r["parametrization"]][r["width"]][r["log2_lr"]].append(loss)
    return {p: {w: {x: sum(v) / len(v) for x, v in sorted(rates.items())} for w, rates in sorted(widths.items())}
            for p, widths in losses.items()}


def summary(name, widths):
    best = {w: min(c, key=c.get) for w, c in widths.items()}
    for w, c in widths.items():
        b, text = best[w], "at the edge"
        if b - 1 in c and b + 1 in c:
            low, mid, high = c[b - 1], c[b], c[b + 1]
            curvature = low - 2 * mid + high
            text = f"vertex {b + (low - high) / (2 * curvature):+.2f}" if 0 < curvature < 1e9 else "no parabola"
        print(f"{name} {w}: best 2^{b}, loss {c[b]:.4f}, {text}")
    narrow, inside = best[min(widths)], all(min(c) < best[w] < max(c) for w, c in widths.items())
    spread = max(best.values()) - min(best.values())
    near = max(c[narrow] - c[best[w]] for w, c in widths.items())
    losses = [c[best[w]] for w, c in widths.items()]
    print(f"{name}: best rates {spread} steps apart, {'inside' if inside else 'not inside'} the grid; the narrowest "
          f"width's rate costs at most {near:.4f} nats; best losses "
          f"{'fall' if losses == sorted(losses, reverse=True) else 'do not fall'} with width")


def panel(name, title, widths, left):
    rates = sorted({x for c in widths.values() for x in c})
    finite = [l for c in widths.values() for l in c.values() if l < 1e9]
    low, high = min(finite) - 0.03, min(max(finite), min(finite) + 1.2)
    px = lambda x: left + 50 + (x - rates[0]) / (rates[-1] - rates[0]) * 300
    py = lambda y: 300 - (min(y, high) - low) / (high - low) * 250
    out = [f'<text x="{left + 200}" y="30" text-anchor="middle" font-size="15">{title}</text>',
           f'<rect x="{left + 50}" y="50" width="300" height="250" fill="none" stroke="#888"/>',
           f'<text x="{left + 200}" y="338" text-anchor="middle">log2 of the peak learning rate</text>']
    out += [f'<text x="{px(x):.1f}" y="317" text-anchor="middle">{x}</text>' for x in rates]
    for i in range(5):
        y = low + (high - low) * i / 4
        out.append(f'<text x="{left + 45}" y="{py(y) + 4:.1f}" text-anchor="end">{y:.2f}</text>')
        out.append(f'<line x1="{left + 50}" x2="{left + 350}" y1="{py(y):.1f}" y2="{py(y):.1f}" stroke="#eee"/>')
    for i, (w, c) in enumerate(widths.items()):
        points = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in c.items())
        best, colour = min(c, key=c.get), COLOURS.get(w, "#000")
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<circle cx="{px(best):.1f}" cy="{py(c[best]):.1f}" r="5" fill="{colour}"/>')
        out.append(f'<text x="{left + 60}" y="{68 + 16 * i}" fill="{colour}">width {w}</text>')
    return out


def main():
    found = scores(sys.argv[1])
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="820" height="350" font-family="sans-serif" font-size="11">',
           '<rect width="820" height="350" fill="white"/>',
           '<text x="14" y="175" transform="rotate(-90 14 175)" text-anchor="middle">loss, nats a byte</text>']
    for name, title, left in (("u-mup", "u-μP", 20), ("sp", "standard parametrization", 430)):
        summary(name, found[name])
        out += panel(name, title, found[name], left)
    open(sys.argv[2], "w").write("\n".join(out + ["</svg>"]) + "\n")


if __name__ == "__main__":
    main()
