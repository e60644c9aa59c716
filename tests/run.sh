#!/usr/bin/env bash
# Builds everything, checks the format, runs every test suite and every sample. Installs what they need, where that is missing.
# Needs the .NET 10 SDK. Suites that need more than this machine allows say so and are counted as skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

step() { printf '\n== %s\n' "$*"; }

step "build"
dotnet build ScheduleZero.sln -c Release -v q

step "format"
dotnet format ScheduleZero.sln --verify-no-changes --no-restore

step "tools"
bash tests/install-tools.sh

results=$(mktemp)
trap 'rm -f "$results"' EXIT
failed=0
for project in $(printf '%s\n' tests/*.Tests/*.csproj tests/Simulation/*.csproj | sort); do
  step "$(basename "$(dirname "$project")")"
  dotnet test "$project" -c Release --no-build 2>&1 | tee -a "$results" || failed=1
done

for sample in samples/*/run.sh; do
  [ -e "$sample" ] || continue
  step "sample $(basename "$(dirname "$sample")")"
  if bash "$sample"; then echo "Failed: 0, Passed: 1, Skipped: 0" >> "$results"; else failed=1; echo "Failed: 1, Passed: 0, Skipped: 0" >> "$results"; fi
done

printf '\n'
sed -n 's/.*Failed: *\([0-9]*\), Passed: *\([0-9]*\), Skipped: *\([0-9]*\).*/\1 \2 \3/p' "$results" |
  awk '{ f += $1; p += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }'
exit "$failed"
