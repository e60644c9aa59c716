#!/usr/bin/env bash
# Tests of a handler and its schedule with ScheduleZero.Testing: two nights, a change of the clocks and a restart of the Broker, in virtual time.
set -euo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
cd "$(dirname "${BASH_SOURCE[0]}")"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
dotnet test -c Release 2>&1 | tee "$output"
grep -q 'Passed: *2' "$output" || { echo "FAILED: both tests were to pass" >&2; exit 1; }
