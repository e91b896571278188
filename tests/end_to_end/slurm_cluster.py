"""A Slurm cluster of one node on loopback: munged, slurmctld and slurmd from Debian's packages, in a
scratch folder, with a configuration, keys, sockets and ports of its own. Nothing outside the folder
is read or written. The node claims more CPUs than the host has, so that several jobs run at once.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")

CONF = """
ClusterName=ff
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={dir}/munge.sock
CredType=cred/munge
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd.pid
SlurmctldLogFile={dir}/slurmctld.log
SlurmdLogFile={dir}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SlurmdParameters=config_overrides
KillWait=10
ReturnToService=2
SlurmdDebug=info
SlurmctldDebug=info
{extra}
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def _find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def why_not():
    """Why a cluster cannot be started here; None: it can."""
    missing = [p for p in PROGRAMS if _find(p) is None]
    if missing:
        return f"{', '.join(missing)} not installed (apt-get install slurm-wlm munge)"
    return None


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class SlurmCluster:
    def __init__(self, folder, cpus=4, extra=""):
        self.dir = folder
        os.makedirs(folder, exist_ok=True)
        for name in ("state", "spool"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        self.conf = os.path.join(folder, "slurm.conf")
        self.processes = {}
        host = socket.gethostname().split(".")[0]
        with open(self.conf, "w") as out:
            out.write(CONF.format(host=host, dir=folder, user=pwd.getpwuid(os.getuid()).pw_name, cpus=cpus,
                                  ctld_port=_free_port(), slurmd_port=_free_port(), extra=extra))
        # No cgroups of the host are touched.
        with open(os.path.join(folder, "cgroup.conf"), "w") as out:
            out.write("CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\n")
        self.env = dict(os.environ, SLURM_CONF=self.conf)
        for name in list(self.env):
            if name.startswith(("SLURM_JOB", "SBATCH_", "SLURM_ARRAY")):
                del self.env[name]

    def _start(self, name, *arguments):
        log = open(os.path.join(self.dir, f"{name}.out"), "ab")
        self.processes[name] = subprocess.Popen(
            [_find(name), *arguments], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True)
        log.close()

    def start_munge(self):
        key = os.path.join(self.dir, "munge.key")
        with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o400), "wb") as out:
            out.write(os.urandom(128))
        self._start("munged", "--foreground", "--force", f"--key-file={key}",
                    f"--socket={self.dir}/munge.sock", f"--pid-file={self.dir}/munged.pid",
                    f"--log-file={self.dir}/munged.log", f"--seed-file={self.dir}/munged.seed",
                    "--num-threads=2")
        deadline = time.monotonic() + 10
        while not os.path.exists(f"{self.dir}/munge.sock") and time.monotonic() < deadline:
            time.sleep(0.05)

    def start_controller(self):
        self._start("slurmctld", "-D", "-f", self.conf)

    def start_node(self):
        self._start("slurmd", "-D", "-f", self.conf)

    def start(self):
        self.start_munge()
        self.start_controller()
        self.start_node()

    def run(self, *words):
        """(exit code, standard output, standard error) of one of Slurm's commands."""
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def is_ready(self):
        code, out, _ = self.run("sinfo", "--noheader", "--format=%T")
        return code == 0 and out.split() and out.split()[0] in ("idle", "mixed", "allocated")

    def wait_ready(self, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(p.poll() is not None for p in self.processes.values()):
                return False
            if self.is_ready():
                return True
            time.sleep(0.2)
        return False

    def stop(self, name, sig=signal.SIGTERM):
        process = self.processes.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.send_signal(sig)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self):
        if self.processes.get("slurmctld") and self.processes["slurmctld"].poll() is None:
            self.run("scancel", "--quiet", f"--user={os.getuid()}")
            self.run("scancel", "--quiet", "--signal=KILL", "--full", f"--user={os.getuid()}")
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and self.run("squeue", "--noheader")[1].strip():
                time.sleep(0.2)
        for name in ("slurmd", "slurmctld", "munged"):
            self.stop(name)

    def logs(self):
        text = ""
        for name in ("munged.out", "munged.log", "slurmctld.out", "slurmctld.log", "slurmd.out", "slurmd.log"):
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                with open(path, errors="replace") as log:
                    text += f"--- {name} (end)\n{log.read()[-2500:]}\n"
        return text
