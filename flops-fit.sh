#!/usr/bin/env bash
# The front door of flops-fit. `./flops-fit.sh help` says what it can do.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

readonly TORCH_VERSION=2.13.0
readonly DEPS=.deps
readonly BUILD=${FF_BUILD_DIR:-build/release}
readonly TEXT=$DEPS/data/gcide.txt

# Debian's names of what the build, the tests and the pictures need.
readonly BUILD_PACKAGES="g++ cmake ninja-build ccache pkg-config
  libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev libabsl-dev libsqlite3-dev
  libspdlog-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev libcpp-httplib-dev libceres-dev
  libsentencepiece-dev libgtest-dev libgmock-dev libssl-dev libre2-dev python3-venv ca-certificates"
readonly BROWSER_PACKAGES="chromium"
# A cluster of its own for the test of Slurm; the system's configuration stays as it is.
readonly TEST_PACKAGES="slurm-wlm munge systemd"
readonly PACKAGING_PACKAGES="dpkg-dev debootstrap"
readonly LINT_PACKAGES="clang-format-14 clang-tidy-14"

usage() {
  cat <<'EOF'
flops-fit: plan, train and fit scaling-law experiments.

  ./flops-fit.sh quickstart   set up, build, and run the main job on real text (about 5 minutes of training)
  ./flops-fit.sh test         set up, build, and run all tests
  ./flops-fit.sh setup        install what is missing, nothing else
  ./flops-fit.sh build        build everything into build/release
  ./flops-fit.sh bench scaling  how long the scaling-law fits take, beside SciPy where it is installed
  ./flops-fit.sh bench scheduler  the coordinator under load, beside the disk's own commits, and beside Optuna where
                              FF_OPTUNA_PYTHON names a Python that has it
  ./flops-fit.sh bench trainer  a training step on the CPU, beside Python PyTorch of the same wheel, eager and compiled
  ./flops-fit.sh packages     Debian packages into build/packages, and their round trip in a root of its own: install,
                              start, upgrade, remove, purge (as root, about five minutes; --no-test only builds)
  ./flops-fit.sh manifests    check deploy/kubernetes against Kubernetes' schemas
  ./flops-fit.sh lint         clang-format and clang-tidy over the sources
  ./flops-fit.sh COMMAND ...  anything else goes to ffctl: plan, train, analyze, visualize, status, ...

Options of quickstart, test and setup:
  --no-install    only check; say what is missing and stop
  --preset NAME   quickstart: another preset of conf/presets/ (default cpu_fast)

Your own LibTorch is used when Torch_DIR or CMAKE_PREFIX_PATH names one; otherwise PyTorch's wheel goes into .deps/.
EOF
}

say() { if [ -t 2 ]; then printf '\033[1m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi >&2; }
die() { printf 'error: %s\n' "$1" >&2; shift; for line in "$@"; do printf '  %s\n' "$line" >&2; done; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing packages needs root, and there is no sudo" "next: as root, run: $*"; fi
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

install_packages() {
  command -v dpkg-query >/dev/null ||
    die "this is not Debian or Ubuntu, so packages cannot be installed for you" \
        "next: install the equivalents of: $(echo $*)" "then: ./flops-fit.sh build"
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  [ -z "$NO_INSTALL" ] || die "missing packages: $missing" "next: run again without --no-install, or: apt-get install $missing"
  say "Installing Debian packages: $missing"
  as_root apt-get update -qq || die "apt-get update failed" "next: check the network and /etc/apt/sources.list"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    die "apt-get could not install: $missing" "next: run 'apt-get install $missing' and read what it says"
}

# True if the user names a LibTorch of their own.
own_torch() {
  [ -n "${Torch_DIR:-}" ] && return 0
  local prefix
  for prefix in $(echo "${CMAKE_PREFIX_PATH:-}" | tr ':;' '  '); do
    [ -e "$prefix/share/cmake/Torch/TorchConfig.cmake" ] || [ -e "$prefix/Torch/TorchConfig.cmake" ] && return 0
  done
  return 1
}

setup_torch() {
  own_torch && return 0
  ls $DEPS/torch-venv/lib/python3*/site-packages/torch/share/cmake/Torch/TorchConfig.cmake >/dev/null 2>&1 && return 0
  [ -z "$NO_INSTALL" ] || die "LibTorch is missing" "next: run again without --no-install, or set Torch_DIR to yours"
  say "Installing LibTorch (the torch $TORCH_VERSION wheel) into $DEPS/torch-venv"
  mkdir -p $DEPS
  # typing_extensions: what `import torch` needs, for the test that PyTorch reads exported weights
  if python3 -m venv $DEPS/torch-venv &&
     $DEPS/torch-venv/bin/pip install -q --no-deps "torch==$TORCH_VERSION" typing_extensions &&
     grep -q cpu $DEPS/torch-venv/lib/python3*/site-packages/torch/version.py; then return 0; fi
  rm -rf $DEPS/torch-venv
  say "No CPU wheel of torch $TORCH_VERSION was to be had; falling back to Debian's libtorch-dev"
  install_packages libtorch-dev
}

setup_text() {
  [ -s $TEXT ] && return 0
  [ -z "$NO_INSTALL" ] || die "the quickstart's text is missing ($TEXT)" "next: run again without --no-install"
  say "Fetching the quickstart's text: the GNU Collaborative International Dictionary of English (Debian's dict-gcide)"
  local tmp
  mkdir -p $DEPS/data
  tmp=$(mktemp -d $DEPS/data/tmp.XXXXXX)
  [ "$(id -u)" != 0 ] || chmod 755 "$tmp"
  (cd "$tmp" && apt-get download -qq -o APT::Sandbox::User=root dict-gcide && dpkg-deb -x dict-gcide*.deb .) ||
    { rm -rf "$tmp"; die "Debian's package dict-gcide could not be downloaded" \
      "next: 'apt-get update' and try again, or name your own text: ./flops-fit.sh train --preset cpu_fast dataset.path=FILE"; }
  gzip -dc <"$tmp"/usr/share/dictd/gcide.dict.dz >"$tmp/text" && mv "$tmp/text" $TEXT
  rm -rf "$tmp"
}

setup() {
  local npm=""
  command -v npm >/dev/null || npm="npm nodejs"
  install_packages $BUILD_PACKAGES $BROWSER_PACKAGES $npm
  setup_torch
}

# $1: ON or OFF for the tests; the rest: targets, everything where none is named.
build() {
  local args=(-DFF_BUILD_TESTS="$1")
  shift
  [ -z "${Torch_DIR:-}" ] || args+=("-DTorch_DIR=$Torch_DIR")
  say "Building into $BUILD (log: $BUILD/configure.log)"
  mkdir -p "$BUILD"
  cmake --preset release -B "$BUILD" "${args[@]}" >"$BUILD/configure.log" 2>&1 ||
    { tail -n 25 "$BUILD/configure.log" >&2; die "CMake could not configure the build" "next: read the lines above; ./flops-fit.sh setup installs what is missing"; }
  local flags=()
  [ -t 1 ] || flags+=(--quiet)
  NINJA_STATUS='[%f/%t, %es] ' ninja -C "$BUILD" ${flags[@]+"${flags[@]}"} "$@"
}

ffctl() { "$BUILD/bin/ffctl" "$@"; }

quickstart() {
  setup
  setup_text
  build OFF
  say "1/4 plan"
  ffctl plan --preset "$PRESET"
  say "2/4 train"
  ffctl train --preset "$PRESET"
  say "3/4 analyze"
  ffctl analyze --preset "$PRESET"
  say "4/4 visualize"
  ffctl visualize --preset "$PRESET"
  say "Done"
  ffctl status
  echo "Next: ./flops-fit.sh predict 1e18    ./flops-fit.sh sweep list    ./flops-fit.sh down"
}

run_tests() {
  setup
  install_test_packages
  setup_text
  build ON
  say "Testing"
  ctest --test-dir "$BUILD" --output-on-failure --parallel 2 "$@"
}

# What only some tests need: without it they are skipped, with the reason.
install_test_packages() {
  [ -z "$NO_INSTALL" ] || return 0
  local missing
  missing=$(missing_packages $TEST_PACKAGES)
  [ -n "$missing" ] || return 0
  # Installing must not start daemons with a configuration that nobody made.
  if [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; then
    say "Installing for tests: $(echo $missing)"
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
      say "they could not be installed; the tests that need them are skipped"
  fi
}

packages() {
  local test=yes
  [ "${1:-}" != --no-test ] || test=no
  setup
  install_packages $PACKAGING_PACKAGES
  local build=build/packages
  mkdir -p $build
  local args=(-DFF_BUILD_TESTS=OFF -DFF_DEBIAN=ON -DCMAKE_INSTALL_PREFIX=/usr)
  [ -z "${Torch_DIR:-}" ] || args+=("-DTorch_DIR=$Torch_DIR")
  [ -z "${FF_PACKAGES_WITHOUT_TRAINER:-}" ] || args+=(-DFF_BUILD_TRAINER=OFF)
  say "Building into $build"
  cmake --preset release -B $build "${args[@]}" >$build/configure.log 2>&1 ||
    { tail -n 25 $build/configure.log >&2; die "CMake could not configure the build" "next: read the lines above"; }
  ninja -C $build --quiet
  say "Packaging"
  rm -f $build/*.deb
  (cd $build && cpack -G DEB >cpack.log 2>&1) ||
    { tail -n 25 $build/cpack.log >&2; die "cpack could not make the packages" "next: read $build/cpack.log"; }
  ls -l $build/*.deb | awk '{printf "%8.1f MB  %s\n", $5 / 1e6, $9}'
  [ $test = no ] || tests/deploy/packages_test.sh $build
}

manifests() {
  local venv=$DEPS/k8s-venv
  if ! "$venv/bin/python" -c 'import kubernetes_validate' 2>/dev/null; then
    say "Installing Kubernetes' schemas (the Python package kubernetes-validate) into $venv"
    python3 -m venv "$venv" && "$venv/bin/pip" install -q kubernetes-validate pyyaml ||
      die "pip could not install kubernetes-validate" "next: read the lines above"
  fi
  python3 tests/deploy/kubernetes_test.py "$PWD" || { [ $? = 77 ] && exit 77; exit 1; }
}

# The wheel of setup_torch as a Python that can import it: what it needs goes beside it.
bench_python() {
  local venv=$DEPS/bench-venv site
  site=$(readlink -f $DEPS/torch-venv/lib/python3*/site-packages) || true
  [ -d "$site/torch" ] || die "the torch wheel is missing ($DEPS/torch-venv)" "next: ./flops-fit.sh setup"
  if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    say "Installing what the torch wheel imports into $venv"
    python3 -m venv "$venv" && "$venv/bin/pip" install -q typing_extensions filelock sympy networkx jinja2 fsspec numpy setuptools ||
      die "pip could not install what torch imports" "next: read the lines above"
    echo "$site" >"$(ls -d "$venv"/lib/python3*/site-packages)/torch.pth"
  fi
  echo "$venv/bin/python"
}

bench_trainer() {
  local python
  python=${FF_TORCH_PYTHON:-$(bench_python)}
  build ON trainer_bench
  tests/bench/compare_trainer.sh "$BUILD/bin/trainer_bench" "$python" "$@"
}

# $1: what to measure; the rest goes to the program.
bench() {
  local what=${1:-}
  [ $# = 0 ] || shift
  case "$what" in
    trainer) bench_trainer "$@" ;;
    scaling) bench_scaling "$@" ;;
    scheduler)
      build ON scheduler_bench ff-coordinator
      tests/bench/compare_scheduler.sh "$BUILD/bin" "$@" ;;
    *) die "bench does not know '$what'" "next: ./flops-fit.sh bench scaling (or: bench trainer, bench scheduler)" ;;
  esac
}

bench_scaling() {
  local csv=${FF_REFERENCE_DIR:-../shared/reference}/scaling/chinchilla_fig4.csv
  [ -s "$csv" ] || die "the runs to measure on are missing ($csv)" "next: set FF_REFERENCE_DIR to the reference data"
  build ON scaling_bench
  tests/bench/compare_scaling.sh "$BUILD/bin/scaling_bench" "$csv" "$@"
}

lint() {
  install_packages $LINT_PACKAGES
  local files
  files=$(git ls-files -- '*.cc' '*.h')
  clang-format-14 --dry-run --Werror $files || die "some files are not formatted" "next: clang-format-14 -i FILES"
  build ON
  git ls-files -- 'server/*.cc' 'worker/*.cc' 'client/*.cc' 'conf/*.cc' |
    xargs -P "$(nproc)" -n 4 clang-tidy-14 -p "$BUILD" --quiet
}

NO_INSTALL="" PRESET=cpu_fast
command=${1:-help}
[ $# = 0 ] || shift
case "$command" in
  quickstart|test|setup)
    rest=()
    while [ $# -gt 0 ]; do
      case "$1" in
        --no-install) NO_INSTALL=1 ;;
        --preset) PRESET=${2:?--preset needs a name}; shift ;;
        *) rest+=("$1") ;;
      esac
      shift
    done
    case "$command" in
      quickstart)
        [ ${#rest[@]} = 0 ] || die "quickstart does not know '${rest[0]}'" "next: ./flops-fit.sh help"
        quickstart ;;
      test) run_tests ${rest[@]+"${rest[@]}"} ;;
      setup) setup; setup_text; say "Everything is there" ;;
    esac ;;
  build) build "${1:-ON}" ;;
  lint) lint ;;
  packages) packages "$@" ;;
  manifests) manifests ;;
  bench) bench "$@" ;;
  help|-h|--help) usage ;;
  *)
    [ -x "$BUILD/bin/ffctl" ] || die "ffctl is not built yet" "next: ./flops-fit.sh quickstart   (or: ./flops-fit.sh setup && ./flops-fit.sh build)"
    exec "$BUILD/bin/ffctl" "$command" "$@" ;;
esac
