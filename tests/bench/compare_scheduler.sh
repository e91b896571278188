#!/usr/bin/env bash
# The coordinator under load, the disk's floor and Optuna side by side, all on one disk in one run.
# usage: compare_scheduler.sh BIN_DIR [SECONDS]
# Optuna runs where FF_OPTUNA_PYTHON names a Python that has it (pip install optuna grpcio protobuf).
set -euo pipefail
bin=$1 seconds=${2:-10}
here=$(dirname "$(readlink -f "$0")")
folder=$(mktemp -d "${FF_BENCH_FOLDER:-$PWD}/scheduler-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
bench=$bin/scheduler_bench
"$bench" "$bin" "$folder/ours" --seconds "$seconds" --callers 16,64 | tee "$folder/batched"
"$bench" "$bin" "$folder/ours" --seconds "$seconds" --callers 16 --agents 16 --commit-per-report | tee "$folder/single"
# As few stored as the run needs, and a million.
"$bench" "$bin" "$folder/ours" --seconds "$seconds" --callers 16 --waiting 60000 --stored 60000 | tee "$folder/few"
"$bench" "$bin" "$folder/ours" --seconds "$seconds" --callers 16 --waiting 60000 --stored 1000000 | tee "$folder/million"
if [ -z "${FF_OPTUNA_PYTHON:-}" ] || ! "$FF_OPTUNA_PYTHON" -c 'import optuna' 2>/dev/null; then
  echo "Optuna: skipped; FF_OPTUNA_PYTHON names no Python that has it" >&2
  : >"$folder/optuna"
else
  for kind in sqlite grpc; do
    "$FF_OPTUNA_PYTHON" "$here/optuna_load.py" "$folder/optuna-$kind" "$kind" 16 100 "$seconds" 2>"$folder/$kind.err" |
      tee -a "$folder/optuna" || { echo "Optuna ($kind) failed:" >&2; tail -n 3 "$folder/$kind.err" >&2; }
  done
fi
python3 - "$folder" <<'PY'
import json, sys
folder = sys.argv[1]
lines = lambda name: [json.loads(line) for line in open(f"{folder}/{name}") if line.startswith("{")]
batched, single, few, million = lines("batched"), lines("single")[0], lines("few")[0], lines("million")[0]
for b in batched:
    print(f"{b['callers']} callers: {b['cycles_per_second']:.0f} lease-and-finish cycles/s, {b['cycles_over_floor']:.2f} times the disk's "
          f"{b['floor_commits_per_second']:.0f} commits/s; p99 {b['p99_ms']:.0f} ms, {b['p99_over_flush']:.1f} times its flush; {b['coordinator_mb']:.0f} MB")
    print(f"  the same calls to a server that does nothing: {b['idle_calls_per_second']:.0f}/s (cycles are {b['cycles_over_idle_calls']:.2f} of it), "
          f"p99 {b['idle_p99_ms']:.1f} ms, {b['idle_p99_over_flush']:.1f} times the flush")
ratio = few["cycles_per_second"] / million["cycles_per_second"]
print(f"a cycle at {million['stored']} stored experiments costs {ratio:.2f} times one at {few['stored']}")
for o in lines("optuna"):
    trials = single["cycles_per_second"] / max(o["trials_per_second"], 1e-9)
    points = max(b["points_per_second"] for b in batched) / max(o["points_per_second"], 1e-9)
    print(f"{o['system']}: {o['trials_per_second']} trials/s, {o['points_per_second']} points/s, {o['lost']} of {o['trials']} lost; "
          f"ours with a commit a report {single['cycles_per_second']:.2f} trials/s ({trials:.1f} times), batched {points:.0f} times its points")
PY
