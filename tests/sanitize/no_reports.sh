#!/bin/sh
# no_reports.sh FOLDER FACTOR COMMAND...: runs a test of a sanitizer build; it fails if the test does, or
# if any process that it started left a report, whoever started it and however it ended. Reports go
# to files of FOLDER, since daemons write to logs of their own and may be killed before they exit.
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
# For the tests' own time limits, as ctest's are multiplied.
export FF_TEST_TIMEOUT_FACTOR="$2"
shift 2
rm -rf "$folder"
mkdir -p "$folder"
export FF_SANITIZER_REPORTS="$folder"
to="log_path=$folder/report:log_exe_name=1"
export TSAN_OPTIONS="suppressions=$here/tsan.supp:second_deadlock_stack=1:$to:$TSAN_OPTIONS"
export ASAN_OPTIONS="detect_stack_use_after_return=1:$to:$ASAN_OPTIONS"
export LSAN_OPTIONS="suppressions=$here/lsan.supp:print_suppressions=0:$LSAN_OPTIONS"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:$UBSAN_OPTIONS"
# Instrumented daemons take several times as long: fewer kills in the tests that count them.
export FF_CHAOS_KILLS="${FF_CHAOS_KILLS:-8}"
"$@"
status=$?
reports=0
for report in "$folder"/report*; do
  if [ -s "$report" ]; then
    reports=$((reports + 1))
    echo "--- $report"
    head -n 200 "$report"
  fi
done
if [ "$reports" -gt 0 ]; then
  echo "$reports sanitizer report files, in $folder"
  [ "$status" -ne 0 ] || status=66
fi
exit "$status"
