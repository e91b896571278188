#!/usr/bin/env python3
"""The main job as a user runs it: plan, train, analyze, predict, visualize, export, with
the private coordinator that ffctl starts by itself; a second run does nothing again.

usage: main_job_test.py BIN_DIR
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from stack import check

PRESET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "synthetic.yaml")


class User:
    """Somebody in a folder with an empty home."""

    def __init__(self, bin_dir):
        self.bin = os.path.abspath(bin_dir)
        self.dir = tempfile.mkdtemp(prefix="ff-main-job-")
        os.mkdir(os.path.join(self.dir, "outputs"))
        self.env = {**os.environ, "HOME": self.dir, "XDG_STATE_HOME": f"{self.dir}/state",
                    "XDG_CONFIG_HOME": f"{self.dir}/config", "XDG_RUNTIME_DIR": f"{self.dir}/run"}
        for name in ("FFCTL_COORDINATOR", "FFCTL_CONTEXT"):
            self.env.pop(name, None)
        os.mkdir(f"{self.dir}/run", 0o700)

    def run(self, *words, expect=0):
        done = subprocess.run([f"{self.bin}/ffctl", *words], cwd=self.dir, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=240)
        print(f"$ ffctl {' '.join(words)}\n{done.stdout}{done.stderr}", flush=True)
        check(done.returncode == expect, f"ffctl {words[0]}: exit {done.returncode}, expected {expect}")
        return done.stdout

    def read(self, path):
        with open(os.path.join(self.dir, path)) as file:
            return json.load(file)


def attempts(user):
    experiments = json.loads(user.run("experiment", "list", "-o", "json"))["experiments"]
    check(all(e["state"] == "EXPERIMENT_STATE_FINISHED" for e in experiments), "all finished")
    return {e["id"]: e["result"] for e in experiments}


def main():
    user = User(sys.argv[1])
    try:
        run(user)
    finally:
        subprocess.run([f"{user.bin}/ffctl", "down"], cwd=user.dir, env=user.env, capture_output=True)
        shutil.rmtree(user.dir, ignore_errors=True)


def run(user):
    user.run("plan", "--preset", PRESET)
    sweep = user.read("outputs/sweep.json")
    check(len(sweep) >= 30, f"35 cells planned, {len(sweep)} in sweep.json")
    check({"experiment_id", "compute_budget", "model_size", "num_tokens", "tokens_per_param"} <= sweep[0].keys(),
          "sweep.json has flops-fit's fields")

    user.run("train", "--preset", PRESET)
    results = user.read("outputs/results.json")
    check(len(results) == len(sweep), "a result for each planned experiment")
    check({r["status"] for r in results} == {"completed"}, "all completed")
    first = attempts(user)

    start = time.monotonic()
    user.run("train", "--preset", PRESET)
    check(attempts(user) == first, "a second run changes no result")
    print(f"second run took {time.monotonic() - start:.1f} s")

    user.run("predict", "1e18")  # the law came with the results
    user.run("analyze", "--preset", PRESET)
    law = user.read("outputs/analysis/scaling_laws.json")
    exponent, interval = law["n_opt_fit"]["exponent_a"], law["n_opt_fit"]["a_ci"]
    check(abs(exponent - 0.5) < 0.03, f"the planted exponent is 0.5, fitted {exponent}")
    check(interval[0] < exponent < interval[1], f"a_ci {interval} holds {exponent}")
    for key in ("d_opt_fit", "l_opt_fit", "optimal_points", "optimal_ratio"):
        check(key in law, f"scaling_laws.json has {key}")

    whole = json.loads(user.run("analyze", "--preset", PRESET, "-o", "json"))
    check(whole["envelope"] is not None, f"stored measurements give an envelope: {whole['notes']}")
    check(abs(whole["envelope"]["n_opt"]["exponent_a"] - 0.5) < 0.05,
          f"the envelope's exponent is near 0.5: {whole['envelope']['n_opt']}")

    prediction = json.loads(user.run("predict", "1e18", "-o", "json"))["predictions"][0]
    check(float(prediction["optimal_params"]) > 0, "a prediction")

    user.run("visualize", "--preset", PRESET)
    check(glob.glob(os.path.join(user.dir, "outputs/plots/*.html")), "HTML written")
    if shutil.which("chromium"):
        check(len(glob.glob(os.path.join(user.dir, "outputs/plots/*.png"))) >= 3, "PNGs written")

    rows = user.run("export", "--format", "csv")
    check(rows.count("\n") > len(sweep), "CSV has a row a run")
    with open(os.path.join(user.dir, "runs.csv"), "w") as file:
        file.write(rows)
    user.run("visualize", "--results", "runs.csv", "--resamples", "100", "plots.formats=[json,csv]",
             "visualizer.paths.plots=outputs/of_file")
    check(len(glob.glob(os.path.join(user.dir, "outputs/of_file/*.csv"))) >= 7, "figures of the file")
    user.run("status")
    user.run("down")
    user.run("status")


if __name__ == "__main__":
    sys.exit(main())
