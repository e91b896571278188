#!/usr/bin/env bash
# Our fit and SciPy's side by side. usage: compare_scaling.sh BENCH_PROGRAM CSV [scaling_bench's words]
# SciPy runs where FF_SCIPY_PYTHON (default python3) has it; without it only our times are printed.
set -euo pipefail
bench=$1 csv=$2
shift 2
python=${FF_SCIPY_PYTHON:-python3}
ours=$("$bench" "$csv" "$@" | tee /dev/stderr)
if ! "$python" -c 'import scipy' 2>/dev/null; then
  echo "SciPy is not installed for $python; set FF_SCIPY_PYTHON to one that has it for the ratios" >&2
  exit 0
fi
scipy=$("$python" "$(dirname "$0")/scipy_surface.py" "$csv" | tee /dev/stderr)
second() { printf '%s\n' "$1" | awk -F, -v name="$2" '$1 == name {print $2}'; }
together=$(second "$ours" "the same and 4000 resamples")
plain=$(second "$scipy" "SciPy: 4500 starts without gradient")
gradient=$(second "$scipy" "SciPy: 4500 starts with gradient")
boot=$(second "$scipy" "SciPy: 4000 resamples with gradient")
awk -v t="$together" -v p="$plain" -v g="$gradient" -v b="$boot" 'BEGIN {
  printf "fit and 4,000 resamples: %.3f s here; SciPy without gradient in the grid %.1f s (%.0f times), with %.1f s (%.0f times)\n",
         t, p + b, (p + b) / t, g + b, (g + b) / t }'
