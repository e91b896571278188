#!/usr/bin/env bash
# Everything that needs a GPU, in one call: builds the trainer, tests kernels and engine, then
# measures ours beside the Python scripts it is compared with.
#   gpu.sh [--peers DIR] [--build DIR] [--out DIR] [--sizes 1m,...] [--python-variants a,b]
# DIR of --peers holds torch_gpt.py and step_floor.py; without it only ours is measured.
# Needs CUDA, nvcc, CMake, ninja, abseil, nlohmann-json, OpenSSL, GoogleTest and a CUDA LibTorch
# (Torch_DIR, or that of python3's torch). Results: OUT/*.jsonl, OUT/tests.log.
set -uo pipefail
src=$(cd "$(dirname "$0")/../.." && pwd)
peers="" build=/tmp/ff-gpu-build out=${OUT:-/tmp/ff-gpu-out} sizes=1m,10m,30m,124m,350m,1b
variants=eager16,compile16ro tests=1
while [ $# -gt 0 ]; do
  case "$1" in
    --peers) peers=$2 ;; --build) build=$2 ;; --out) out=$2 ;; --sizes) sizes=$2 ;;
    --python-variants) variants=$2 ;; --tests) tests=$2 ;;
    *) echo "gpu.sh: what is $1?" >&2; exit 2 ;;
  esac
  shift 2
done
mkdir -p "$out"
python3 -m pip --version >/dev/null 2>&1
torch_dir=${Torch_DIR:-$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')/Torch}
nvidia-smi -L | tee "$out/card.txt"

cmake -G Ninja -S "$src" -B "$build" -DCMAKE_BUILD_TYPE=Release -DFF_TRAINER_ONLY=ON \
  -DTorch_DIR="$torch_dir" -DFF_CUDA_ARCHITECTURES=90 >"$out/configure.log" 2>&1 &&
  ninja -C "$build" all trainer_bench >"$out/build.log" 2>&1 ||
  { grep -hE "error|Error" -A4 "$out/configure.log" "$out/build.log" | head -60; exit 1; }
if [ "$tests" = 1 ]; then
  ctest --test-dir "$build" --output-on-failure -j 8 >"$out/tests.log" 2>&1
  grep -E "^\[  FAILED|tests passed|Failed|Passed|Failure|Expected|actual|exceeds|which is|evaluates" "$out/tests.log" | tail -60
fi

ours() { timeout 240 "$build/bin/trainer_bench" --device cuda:0 --dtype bfloat16 "$@" 2>&1 | tee -a "$out/ours.jsonl"; }
for size in ${sizes//,/ }; do ours --sizes "$size" --steps 50; done
ours --sizes 1m,124m --steps 50
for n in 1 2 4 8 16; do ours --sizes tiny --steps 500 --concurrent $n; done
for n in 1 2 4 8; do ours --sizes small64 --steps 200 --concurrent $n; done
if [ -n "$peers" ]; then
  cd "$peers" || exit 1
  [ -z "$variants" ] || timeout 300 python3 torch_gpt.py --sizes "$sizes" --variants "$variants" --steps 30 2>/dev/null | tee "$out/python.jsonl"
  timeout 60 python3 step_floor.py --sizes "$sizes" 2>/dev/null | tee "$out/floor.jsonl"
fi
