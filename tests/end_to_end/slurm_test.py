"""A sweep on a real Slurm cluster, all of whose workers the coordinator submits as jobs.

On the way a worker is lost to `scancel`, others to their time limit, slurmctld is away for some
seconds, and the coordinator is killed and started again. In the end every experiment is finished,
those that were interrupted from their checkpoints; there were never more jobs than allowed; and no
job is left.
"""

import json
import os
import sqlite3
import sys
import time

from slurm_cluster import SlurmCluster, why_not
from stack import Stack, check, is_done, skip

MOST_JOBS = 2


class Watch:
    """The test's own clock and the largest number of jobs seen at once."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.began = time.monotonic()
        self.most = 0

    def jobs(self):
        code, out, err = self.cluster.run("squeue", "--noheader", "--array", "--format=%i|%T|%k")
        if code != 0:
            return None
        rows = [line.split("|") for line in out.splitlines()]
        alive = [row for row in rows if row[1] != "COMPLETING"]
        self.most = max(self.most, len(alive))
        return {row[0]: row[1] for row in rows}

    def until(self, what, condition, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.jobs()
            found = condition()
            if found:
                print(f"{time.monotonic() - self.began:5.1f} s  {what}")
                return found
            time.sleep(0.5)
        return None


def start_coordinator(stack):
    stack.start_coordinator(
        "provisioner=slurm", "slurm.min=1", f"slurm.max={MOST_JOBS}", "slurm.poll_seconds=1",
        "slurm.idle_seconds=3", f"slurm.folder={stack.dir}/jobs",
        "slurm.sbatch=[\"--time=1\", \"--signal=B:USR2@55\"]",
        "slurm.worker=[devices.kind=cpu, devices.cpu_slots=1, devices.threads_per_slot=1, trainers.stop_seconds=5]")


def logs_of_jobs(stack):
    text = ""
    folder = os.path.join(stack.dir, "jobs")
    os.makedirs(folder, exist_ok=True)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".log"):
            with open(os.path.join(folder, name), errors="replace") as log:
                text += f"--- {name}\n{log.read()}"
    return text


def status(stack):
    code, out, _ = stack.ffctl("status", "-o", "json", fail_ok=True)
    return json.loads(out).get("provisioning", {}) if code == 0 else {}


def attempts(stack):
    with sqlite3.connect(f"file:{stack.database}?mode=ro", uri=True) as db:
        return db.execute("SELECT a.experiment, a.state, a.resumed_from_step, w.name FROM attempts a "
                          "JOIN workers w ON w.id = a.worker ORDER BY a.id").fetchall()


def running_jobs(watch):
    return [job for job, state in (watch.jobs() or {}).items() if state == "RUNNING"]


def check_outcome(stack, watch, experiments):
    states = {e["id"]: e["state"] for e in experiments.values()}
    check(all(s == "EXPERIMENT_STATE_FINISHED" for s in states.values()), f"not all finished: {states}")
    rows = attempts(stack)
    check(all(name.startswith("slurm-") for *_, name in rows), f"a worker from elsewhere: {rows}")
    resumed = [row for row in rows if row[2] > 0]
    check(len(resumed) >= 2, f"interrupted experiments were not resumed from checkpoints: {rows}")
    check("stopped" in {row[1] for row in rows}, f"no attempt was handed back: {rows}")
    check(watch.most <= MOST_JOBS, f"{watch.most} jobs at once, {MOST_JOBS} are allowed")
    _, events, _ = stack.ffctl("sweep", "events", "@latest")
    check("slurm: submitted" in events, f"no event tells of the submission:\n{events}")
    print(f"{len(rows)} attempts, {len(resumed)} of them from a checkpoint, at most {watch.most} jobs at once")


def main():
    bin_dir, source = sys.argv[1], sys.argv[2]
    if why_not():
        skip(why_not())
    stack = Stack(bin_dir, "slurm")
    cluster = SlurmCluster(os.path.join(stack.dir, "cluster"), cpus=4)
    try:
        cluster.start()
        if not cluster.wait_ready():
            if os.getuid() != 0:
                skip("Slurm's daemons do not start for an ordinary user here:\n" + cluster.logs())
            print(cluster.logs())
            check(False, "the Slurm cluster did not become ready")
        run(stack, cluster, source)
    except SystemExit as end:
        if end.code not in (0, 77):
            stack.show_logs()
            print(logs_of_jobs(stack)[-6000:], cluster.logs())
        raise
    finally:
        cluster.close()


def run(stack, cluster, source):
    stack.env = cluster.env
    watch = Watch(cluster)
    start_coordinator(stack)
    stack.wait_ready(60)
    stack.ffctl("sweep", "create", "--preset", f"{source}/tests/end_to_end/slurm_sweep.yaml", "--name", "slurm")

    first = watch.until("jobs run", lambda: len(running_jobs(watch)) == MOST_JOBS and running_jobs(watch), 40)
    check(first, f"no jobs: {status(stack)}")
    trains = watch.until("both train", lambda: sum(
        e["state"] == "EXPERIMENT_STATE_RUNNING" for e in (stack.experiments() or {}).values()) == MOST_JOBS, 40)
    check(trains, "the jobs' workers do not train")
    time.sleep(2)  # for a checkpoint

    code, _, err = cluster.run("scancel", first[0])
    check(code == 0, err)
    gone = watch.until(f"scancel {first[0]}: it is gone", lambda: first[0] not in (watch.jobs() or first), 30)
    check(gone, "scancel did not end the job")

    cluster.stop("slurmctld")
    away = watch.until("slurmctld is away and ffctl status says so", lambda: status(stack).get("failing"), 40)
    check(away, f"status does not say that Slurm does not answer: {status(stack)}")
    stack.kill("coordinator")
    cluster.start_controller()
    start_coordinator(stack)
    stack.wait_ready(60)
    back = watch.until("slurmctld and the coordinator are back", lambda: status(stack).get("running", 0) > 0, 60)
    check(back, f"the jobs were not adopted: {status(stack)}")

    limit = watch.until("a job was told that its time is up",
                        lambda: "the time is nearly up" in logs_of_jobs(stack), 90)
    check(limit, "no job heard of its time limit")
    done = watch.until("every experiment is done", lambda: is_done(stack.experiments()), 120)
    check(done, f"the sweep did not end: {status(stack)} {stack.experiments()}")
    check_outcome(stack, watch, stack.experiments())
    empty = watch.until("idle workers are retired", lambda: watch.jobs() == {}, 40)
    check(empty, f"jobs are left: {watch.jobs()} {status(stack)}")
    print(f"{time.monotonic() - watch.began:.0f} s in all")


main()
