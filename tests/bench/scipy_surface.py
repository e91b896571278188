"""The loss surface as notebooks fit it: SciPy, 4,500 starts, then a bootstrap.

usage: scipy_surface.py CSV [starts-measured = 300] [resamples-measured = 200]
Times a part of the starts and resamples (every k-th) and scales up, since all of them take
minutes; prints the same "job,seconds" lines as scaling_bench, one core.
"""
import csv
import itertools
import sys
import time

import numpy as np
from scipy.optimize import minimize

DELTA = 1e-3


def read(path):
    rows = [r for r in csv.DictReader(open(path)) if r.get("besiroglu_excluded") != "1"]
    column = lambda name: np.log(np.array([float(r[name]) for r in rows]))
    return column("params_n"), column("tokens_d"), column("loss")


def parts(theta, n, d):
    a, b, e, alpha, beta = theta
    terms = np.stack([a - alpha * n, b - beta * d, np.full_like(n, e)])
    top = terms.max(axis=0)
    shares = np.exp(terms - top)
    total = shares.sum(axis=0)
    return top + np.log(total), shares / total


def objective(theta, n, d, y):
    r = np.abs(y - parts(theta, n, d)[0])
    return np.where(r <= DELTA, 0.5 * r * r, DELTA * (r - 0.5 * DELTA)).sum()


def with_gradient(theta, n, d, y):
    prediction, p = parts(theta, n, d)
    r = prediction - y
    psi = np.clip(r, -DELTA, DELTA)
    gradient = np.array([(psi * p[0]).sum(), (psi * p[1]).sum(), (psi * p[2]).sum(),
                         -(psi * p[0] * n).sum(), -(psi * p[1] * d).sum()])
    return (psi * (r - 0.5 * psi)).sum(), gradient


def starts():
    exponents, logs, es = [0, .5, 1, 1.5, 2], [0, 5, 10, 15, 20, 25], [-1, -.5, 0, .5, 1]
    return [(a, b, e, al, be) for al, be, e, a, b in
            itertools.product(exponents, exponents, es, logs, logs)]


def grid(function, jac, some, n, d, y):
    began = time.perf_counter()
    found = [minimize(function, s, args=(n, d, y), jac=jac, method="L-BFGS-B") for s in some]
    return time.perf_counter() - began, min(found, key=lambda f: f.fun)


def main():
    n, d, y = read(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    resamples = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    everything = starts()
    some = everything[::max(1, len(everything) // count)]
    scale = len(everything) / len(some)
    for name, function, jac in [("SciPy: 4500 starts without gradient", objective, None),
                                ("SciPy: 4500 starts with gradient", with_gradient, True)]:
        seconds, best = grid(function, jac, some, n, d, y)
        print(f"{name},{seconds * scale:.2f}", flush=True)
    tight = minimize(with_gradient, best.x, args=(n, d, y), jac=True, method="BFGS",
                     options={"gtol": 1e-12})
    print(f"# objective {min(best.fun, tight.fun):.15g}; {len(some)} of {len(everything)} starts "
          "timed and scaled up")
    generator = np.random.default_rng(0)
    began = time.perf_counter()
    for _ in range(resamples):
        i = generator.integers(0, len(y), len(y))
        minimize(with_gradient, tight.x, args=(n[i], d[i], y[i]), jac=True, method="BFGS")
    print(f"SciPy: 4000 resamples with gradient,{(time.perf_counter() - began) * 4000 / resamples:.2f}")


main()
