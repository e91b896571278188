#!/bin/bash
# The round trip of the Debian packages in a root of their own: install, start, train, upgrade over a database
# of an older schema, remove, purge. usage: packages_test.sh BUILD_FOLDER (with the .deb files)
# Needs root, debootstrap and a Debian mirror; exit 77 with the reason where one is missing.
# The mirror is this system's own; FF_MIRROR names another, FF_KEEP leaves the root. The base system is kept in BUILD_FOLDER.
set -euo pipefail
build=$(readlink -f "${1:?usage: packages_test.sh BUILD_FOLDER}")
source_dir=$(readlink -f "$(dirname "$0")/../..")
mirror=${FF_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -n 1 || true)}
pids=() root="" work=""

skip() { echo "skipped: $*"; exit 77; }
ok() { echo "ok: $*"; }
fail() { echo "FAILED: $*"; [ -z "$root" ] || tail -n 15 "$root"/tmp/*.log 2>/dev/null || true; exit 1; }
clean() {
  local pid
  for pid in "${pids[@]:-}"; do [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true; done
  [ -z "$root" ] || umount "$root/proc" "$root/dev" 2>/dev/null || true
  if [ -n "$work" ] && [ -z "${FF_KEEP:-}" ] && ! mountpoint -q "$root/proc" && ! mountpoint -q "$root/dev"; then
    rm -rf --one-file-system "$work"
  fi
}
trap clean EXIT

[ "$(id -u)" = 0 ] || skip "this needs root, for chroot"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (apt-get install debootstrap)"
[ -n "$mirror" ] || skip "apt knows no mirror; name one in FF_MIRROR"
ls "$build"/flops-fit-coordinator_*.deb >/dev/null 2>&1 || fail "no packages in $build; ./flops-fit.sh packages makes them"

in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive HOME=/root LC_ALL=C.UTF-8 "$@"; }
# As the units run them: another user, its state folder, nothing more. as USER FOLDER PROGRAM... &
as() {
  local user=$1 folder=$2
  shift 2
  # In a process of its own (&), which becomes the program: a signal to it reaches that.
  exec chroot --userspec="$user:$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# --- a base system
if [ ! -s "$build/base-root.tar" ]; then
  work=$(mktemp -d)
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" "$mirror" >"$build/debootstrap.log" 2>&1 ||
    skip "debootstrap could not fetch a base system from $mirror (its log: $build/debootstrap.log)"
  tar -C "$work/base" --one-file-system -cf "$build/base-root.tar.new" . && mv "$build/base-root.tar.new" "$build/base-root.tar"
  rm -rf --one-file-system "$work"
fi
work=$(mktemp -d)
root=$work/root
mkdir "$root"
tar -C "$root" -xf "$build/base-root.tar"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
in_root apt-get update -qq || skip "the mirror $mirror does not answer inside the new root"
ok "a base system of $(du -sm --one-file-system "$root" | cut -f1) MB"

# --- an older version of the packages, to upgrade from
old=$work/old
mkdir "$old"
(cd "$build" && cpack -G DEB -B "$old" -D CPACK_PACKAGE_VERSION=0.0.9 -D "CPACK_COMPONENTS_ALL=coordinator;worker;client;web" \
  -D "CPACK_DEBIAN_COORDINATOR_PACKAGE_DEPENDS=flops-fit-web, init-system-helpers" \
  >"$old/cpack.log" 2>&1) || { tail "$old/cpack.log"; fail "cpack made no older version"; }
mkdir "$root/old" "$root/new"
cp "$old"/*.deb "$root/old/"
cp "$build"/flops-fit-*.deb "$root/new/"
in_root sh -c 'apt-get install -y -qq --no-install-recommends /old/*.deb' >"$root/tmp/install.log" 2>&1 || fail "the packages do not install"
for program in ff-coordinator ff-worker ff-trainer-synthetic ffctl; do
  in_root ldd "/usr/bin/$program" | grep "not found" && fail "$program lacks a library"
  in_root "$program" --help >/dev/null || fail "$program does not start"
done
for file in /lib/systemd/system/ff-coordinator.service /lib/systemd/system/ff-worker.service /etc/flops-fit/coordinator.yaml \
  /etc/flops-fit/worker.yaml /usr/share/flops-fit/web/index.html /usr/share/flops-fit/slurm/worker.sbatch \
  /usr/share/man/man1/ffctl.1 /usr/share/doc/flops-fit-coordinator/copyright; do
  [ -e "$root$file" ] || [ -e "$root$file.gz" ] || fail "$file is missing"
done
[ "$(readlink "$root/etc/systemd/system/multi-user.target.wants/ff-coordinator.service")" = /lib/systemd/system/ff-coordinator.service ] ||
  fail "ff-coordinator is not enabled"
ok "installed version 0.0.9, enabled"

# --- start, train
grpc=127.0.0.1:$(free_port) http=127.0.0.1:$(free_port)
state=$root/var/lib/flops-fit worker_state=$root/var/lib/flops-fit-worker
install -d -o 4711 -g 4711 -m 0700 "$state"
install -d -o 4712 -g 4712 -m 0700 "$worker_state"
start() {
  as 4711 /var/lib/flops-fit /usr/bin/ff-coordinator --config /etc/flops-fit/coordinator.yaml "listen.grpc=$grpc" "listen.http=$http" \
    lease.sync_interval_seconds=0.5 >>"$root/tmp/coordinator.log" 2>&1 &
  pids+=($!)
  coordinator=$!
  local i
  for i in $(seq 150); do ctl status >/dev/null 2>&1 && return; sleep 0.2; done
  fail "the coordinator does not answer"
}
stop() { kill -TERM "$1"; wait "$1" || fail "it ended with $?"; }
ctl() { in_root ffctl --coordinator "$grpc" "$@"; }
start
as 4712 /var/lib/flops-fit-worker /usr/bin/ff-worker --config /etc/flops-fit/worker.yaml "coordinator=$grpc" devices.kind=cpu devices.cpu_slots=2 \
  >>"$root/tmp/worker.log" 2>&1 &
worker=$!
pids+=($worker)
cp "$source_dir/tests/end_to_end/synthetic.yaml" "$root/tmp/"
ctl train --preset /tmp/synthetic.yaml --name first >"$root/tmp/train.log" 2>&1 || fail "the sweep did not train"
finished=$(ctl exp list first -o json | python3 -c 'import json, sys; print(sum(e["state"] == "EXPERIMENT_STATE_FINISHED" for e in json.load(sys.stdin)["experiments"]))')
[ "$finished" -gt 10 ] || fail "only $finished experiments finished"
python3 - "$http" <<'PYTHON' || fail "the dashboard does not answer"
import sys, urllib.request
page = urllib.request.urlopen(f"http://{sys.argv[1]}/").read()
plotly = urllib.request.urlopen(f"http://{sys.argv[1]}/vendor/plotly.min.js").read(1000)
assert b"<html" in page and plotly
PYTHON
stop "$worker"
stop "$coordinator"
ok "started as the units do, trained $finished experiments, the dashboard answers"

# --- upgrade, over a database as version 4 of the schema left it
echo "# a line of the administrator's" >>"$root/etc/flops-fit/coordinator.yaml"
mv "$state/coordinator.db" "$state/first.db"
rm -f "$state"/coordinator.db-*
python3 - "$source_dir/server/storage/schema" "$state/coordinator.db" <<'PYTHON'
import glob, sqlite3, sys
db = sqlite3.connect(sys.argv[2])
for path in sorted(glob.glob(sys.argv[1] + "/*.sql"))[:4]:
    db.executescript(open(path).read())
db.executescript("""
  PRAGMA application_id = 1717987700; PRAGMA user_version = 4;
  INSERT INTO sweeps (id, name, content, state, created_at, spec_source, dropped, imported)
    VALUES ('abc', 'from-version-4', 'x', 'cancelled', 1700000000000000, '{}', '[]', 0);""")
db.commit()
PYTHON
chown 4711:4711 "$state/coordinator.db"
in_root sh -c 'apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold /new/*.deb' \
  >"$root/tmp/upgrade.log" 2>&1 || fail "the packages do not upgrade"
grep -q "administrator's" "$root/etc/flops-fit/coordinator.yaml" || fail "the upgrade took the administrator's configuration away"
start
ctl sweep list | grep -q from-version-4 || fail "the old database's sweep is gone"
version=$(python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version").fetchone()[0])' "$state/coordinator.db")
newest=$(ls "$source_dir"/server/storage/schema/*.sql | wc -l)
[ "$version" = "$newest" ] || fail "schema version $version after the upgrade, $newest is the newest"
stop "$coordinator"
ok "upgraded to $(in_root dpkg-query -W -f '${Version}' flops-fit-coordinator); schema 4 became $version, configuration kept"
if [ -e "$root/usr/bin/ff-trainer" ]; then
  in_root ldd /usr/bin/ff-trainer | grep "not found" && fail "ff-trainer lacks a library"
  in_root ldd /usr/bin/ff-trainer | grep -q "/usr/bin/../lib/flops-fit/torch/libtorch" || fail "ff-trainer takes LibTorch from elsewhere"
  in_root ff-trainer --self-test cpu >"$root/tmp/self-test.log" 2>&1 || fail "ff-trainer's self-test"
  ok "ff-trainer computes with its own LibTorch"
fi

# --- remove and purge
packages=$(in_root dpkg-query -W -f '${Package} ' 'flops-fit-*')
in_root apt-get remove -y -qq $packages >"$root/tmp/remove.log" 2>&1 || fail "the packages can't be removed"
[ ! -e "$root/usr/bin/ff-coordinator" ] && [ -e "$state/coordinator.db" ] && [ -e "$root/etc/flops-fit/coordinator.yaml" ] ||
  fail "remove takes programs and leaves state and configuration"
# Those of which nothing is left are unknown to dpkg by now.
in_root dpkg --purge flops-fit-coordinator flops-fit-worker >"$root/tmp/purge.log" 2>&1 || fail "the packages can't be purged"
left=$(find "$root" -xdev \( -name '*flops-fit*' -o -name 'ff-*' -o -name 'ffctl*' \) -not -path "$root/old/*" -not -path "$root/new/*" \
  -not -path "$root/tmp/*" -not -path "$root/proc/*")
[ -z "$left" ] || fail "purge leaves: $left"
ok "removed; purged without a trace"
