#!/usr/bin/env bash
# Runs the tests of one project that has been built for Release, and ends them when they hang:
#   bash tests/run-suite.sh tests/Core.Tests [more arguments of dotnet test]
# When no test has begun or ended for SZ_HANG_TIMEOUT (15m), the suite is ended as failed. The stacks of its threads, its awaiting
# methods and those of its child processes are printed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$1
shift
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

print_stacks() {
  printf '\n== %s hangs: its awaiting methods, then its threads\n' "$(basename "$1")"
  # The tools are pinned in .config/dotnet-tools.json in the root of the repository.
  (cd "$root" && dotnet tool restore >/dev/null && dotnet dotnet-dump analyze "$1" \
    -c "dumpasync" -c "clrstack -all" -c "exit" 2>&1) | grep -v '^Loading core dump\|^Ready to process' | head -n 3000
}

dotnet test "$project" -c Release --no-build --results-directory "$results" \
  --blame-hang --blame-hang-timeout "${SZ_HANG_TIMEOUT:-15m}" --blame-hang-dump-type full "$@"
code=$?
while IFS= read -r dump; do
  print_stacks "$dump"
  code=1
done < <(find "$results" -name '*.dmp')
exit "$code"
