"""docs/first-sweep.md as a newcomer follows it: every command of its sh blocks, in order, in one
shell, in an empty home.

    python3 first_sweep_test.py BIN_FOLDER PATH_OF_FIRST_SWEEP_MD
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from stack import check, skip

EXPECTED = {
    "ffctl doctor": r"^ok\s+ff-coordinator",
    "ffctl plan": r"experiments",
    "ffctl train": r"FINISHED",
    "ffctl sweep": r"\bfirst\b",
    "ffctl analyze": r"N_opt",
    "ffctl predict": r"1e21",
    "ffctl status": r"dashboard +http://127\.0\.0\.1:\d+/",
}


def blocks(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r"^```sh\n(.*?)^```", file.read(), re.S | re.M)


def main():
    bin_dir, document = os.path.abspath(sys.argv[1]), sys.argv[2]
    if not os.path.exists(os.path.join(bin_dir, "..", "web", "vendor", "plotly.min.js")):
        skip("this build has no plotly.js (npm was not found)")
    home = tempfile.mkdtemp(prefix="ff-first-")
    env = {"HOME": home, "PATH": f"{bin_dir}:{os.environ['PATH']}", "TZ": "UTC", "LANG": "C.UTF-8",
           **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}}
    said = ""
    try:
        found = blocks(document)
        check(len(found) >= 8, "the document has its commands in sh blocks")
        for block in found:
            ran = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=home, env=env, text=True,
                                 capture_output=True, timeout=120)
            print(f"$ {block}{ran.stdout}{ran.stderr}")
            check(ran.returncode == 0, f"exit code {ran.returncode} of: {block}")
            said += f"$ {block}{ran.stdout}{ran.stderr}"
            for command, pattern in EXPECTED.items():
                if re.search(rf"^{command}\b", block, re.M):
                    check(re.search(pattern, ran.stdout, re.M), f"{command} shows {pattern}")
        check(os.path.getsize(os.path.join(home, "runs.csv")) > 1000, "runs.csv has the runs")
        figures = [name for _, _, names in os.walk(home) for name in names if name.endswith(".html")]
        check(len(figures) >= 5, f"figures were written: {figures}")
    finally:
        subprocess.run([f"{bin_dir}/ffctl", "down"], cwd=home, env=env, capture_output=True, timeout=60, check=False)
        shutil.rmtree(home, ignore_errors=True)
    print("the newcomer's path works")


main()
