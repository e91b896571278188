#!/usr/bin/env bash
# A step of the trainer on the CPU beside Python PyTorch's, eager and compiled, in turns.
#   compare_trainer.sh TRAINER_BENCH PYTHON [--threads N] [--repeats N] [--variants eager,compile]
# PYTHON imports torch, best the wheel that the trainer links. Shapes: the quickstart's. Prints every
# measurement as JSON, then ratios of medians over the repeats; other work on the machine hits all alike.
set -euo pipefail
bench=$1 python=$2
shift 2
threads=1 repeats=3 variants=eager,compile
while [ $# -gt 0 ]; do
  case "$1" in
    --threads) threads=$2 ;; --repeats) repeats=$2 ;; --variants) variants=$2 ;;
    *) echo "compare_trainer.sh: what is $1?" >&2; exit 2 ;;
  esac
  shift 2
done
here=$(dirname "$0") all=$(mktemp)
trap 'rm -f "$all"' EXIT
sizes="quick_8=8,2,4,128,8,24,256 quick_16=16,2,8,128,8,64,256 quick_28=28,2,14,128,8,112,256
       quick_44=44,2,22,128,8,176,256 quick_64=64,2,32,128,8,256,256"
for _ in $(seq "$repeats"); do
  for size in $sizes; do
    "$bench" --sizes "${size%%=*}" --steps 200 --threads "$threads" | tee -a "$all"
    "$python" "$here/torch_decoder.py" --shapes "${size#*=}" --variants "$variants" --threads "$threads" \
      --seconds 1.5 2>/dev/null | tee -a "$all"
  done
done
python3 - "$all" "$sizes" <<'PY'
import json, statistics, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
for pair in sys.argv[2].split():
    name, shape = pair.split("=")
    rate = lambda test: [r["tok_s"] for r in rows if test(r)]
    ours = rate(lambda r: r.get("size") == name)
    line = f"{name}: {statistics.median(ours):.0f} tokens/s"
    for variant in ("eager", "compile"):
        theirs = rate(lambda r: r["variant"] == variant and r.get("shape") == [int(x) for x in shape.split(",")])
        if theirs:
            line += f", {statistics.median(ours) / statistics.median(theirs):.2f} times {variant} PyTorch"
    print(line)
PY
