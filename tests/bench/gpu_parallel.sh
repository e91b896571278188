#!/usr/bin/env bash
# One experiment on several GPUs, in one call: builds the trainer, tests that the losses are those of
# one GPU, kills a rank, measures tokens/s at 350m on 1, 2 and 4 GPUs.
#   gpu_parallel.sh [--build DIR] [--out DIR] [--size 350m]
# Needs what gpu.sh needs, and NCCL's header (the nvidia-nccl wheel beside PyTorch has it). Each part
# has its own limit and the next goes on without it. Results: OUT/parallel.jsonl, OUT/*.log.
set -uo pipefail
src=$(cd "$(dirname "$0")/../.." && pwd)
build=/tmp/ff-gpu-build out=${OUT:-/tmp/ff-gpu-out} size=350m
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2 ;; --out) out=$2 ;; --size) size=$2 ;;
    *) echo "gpu_parallel.sh: what is $1?" >&2; exit 2 ;;
  esac
  shift 2
done
mkdir -p "$out"
export NCCL_NVLS_ENABLE=${NCCL_NVLS_ENABLE:-0}
torch_dir=${Torch_DIR:-$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')/Torch}
nvidia-smi -L | tee "$out/cards.txt"
nvidia-smi topo -m >"$out/topology.txt" 2>&1
gpus=$(nvidia-smi -L | wc -l)
begin=$(date +%s)
say() { echo "== $1 (after $(($(date +%s) - begin)) s)"; }

say "build"
timeout 300 cmake -G Ninja -S "$src" -B "$build" -DCMAKE_BUILD_TYPE=Release -DFF_TRAINER_ONLY=ON \
  -DTorch_DIR="$torch_dir" -DFF_CUDA_ARCHITECTURES=90 >"$out/configure.log" 2>&1 &&
  timeout 420 ninja -C "$build" ff-trainer worker_trainer_parallel_test worker_trainer_cuda_session_test \
    >"$out/build.log" 2>&1 ||
  { grep -hE "error|Error|undefined" -A4 "$out/configure.log" "$out/build.log" | head -80; exit 1; }
grep -hE "NCCL|CUDA kernels|c10d" "$out/configure.log"
trainer=$build/bin/ff-trainer
rows=$out/parallel.jsonl
bench() { timeout -k 5 "$1" python3 "$src/tests/bench/parallel_bench.py" "$trainer" "${@:2}" --out "$rows" 2>&1 | tail -40; }

two=cuda:0,cuda:1 four=cuda:0,cuda:1,cuda:2,cuda:3
lists="cuda:0 $two"
[ "$gpus" -ge 4 ] && lists="cuda:0 $two $four"
say "equal losses, float32"
bench 120 equal --devices $lists --size small --dtype float32 --steps 50 --tolerance 1e-4 --seconds 50
say "equal losses, bfloat16"
bench 120 equal --devices $lists --size small --dtype bfloat16 --steps 50 --tolerance 1e-2 --seconds 50
say "equal losses, fp8 (whose gradients lie in another order)"
bench 120 equal --devices cuda:0 $two --size small --dtype fp8 --steps 50 --tolerance 2e-2 --seconds 50
say "speed"
bench 200 speed --devices $lists --size "$size" --dtype bfloat16 --steps 80 --seconds 60
say "kill -9 of a rank"
FF_DETERMINISTIC=1 bench 120 kill --devices $two --size small --dtype bfloat16 --steps 1000 --tolerance 1e-6 --seconds 40
say "tests"
for test in worker_trainer_parallel_test worker_trainer_cuda_session_test; do
  timeout -k 5 150 "$build/bin/$test" >"$out/$test.log" 2>&1
  echo "$test: exit $?"
  grep -E "^\[  (FAILED|PASSED|SKIPPED)|Failure" "$out/$test.log" | tail -15
done
python3 - "$rows" <<'PY' | tee "$out/table.md"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
speed = [r for r in rows if r["part"] == "speed" and "failed" not in r]
if speed:
    print("| GPUs | batch | ms a step | tokens/s | efficiency |\n| --- | --- | --- | --- | --- |")
for r in speed:
    print(f"| {r['ranks']} | {r['batch']} | {r['ms_a_step']:.1f} | {r['tokens_per_second']:.0f} | {r['efficiency']:.3f} |")
PY
say "done"
