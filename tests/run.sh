#!/usr/bin/env bash
# Builds everything, checks the format, and runs every test suite and every sample. Needs the .NET 10 SDK; installs other tools
# that are missing. A suite that needs more than this machine allows says so and counts as skipped. Suites that mostly wait run
# beside suites that mostly compute; SZ_LANES=1 runs one after the other. A suite that hangs is ended, and its stacks are printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

# These suites mostly wait for processes, browsers and time-outs, so they need little of the processor. Together they take as long as all
# others.
waiting=" Dashboard.Tests EndToEnd.Tests "

work=$(mktemp -d)
mkdir "$work/running" "$work/done" "$work/printed"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

step() { printf '\n== %s\n' "$*"; }

# Runs suites one after the other. The output of a suite is printed in one piece at its end. A suite that ends without a result hung or
# crashed, and counts as failed.
run_suites() {
  local project name
  for project in "$@"; do
    name=$(basename "$(dirname "$project")")
    if ! bash tests/run-suite.sh "$project" >"$work/running/$name" 2>&1 && ! grep -q 'Failed: *[1-9]' "$work/running/$name"; then
      echo "Failed: 1, Passed: 0, Skipped: 0" >>"$work/running/$name"
    fi
    mv "$work/running/$name" "$work/done/$name"
  done
}

print_done() {
  local output
  for output in "$work"/done/*; do
    [ -e "$output" ] || continue
    step "$(basename "$output")"
    cat "$output"
    mv "$output" "$work/printed/"
  done
}

# Prints again what failed, so that it stands at the end of the output: each failed test with the first lines of what it said, and the
# last lines of a suite or sample that failed without naming a test.
print_failures() {
  local output
  for output in "$work"/printed/*; do
    grep -q 'Failed: *[1-9]' "$output" || continue
    step "failed in $(basename "$output")"
    if grep -q '^  Failed ' "$output"; then
      awk '/^  Failed / { left = 40 } /^(Failed|Passed|Skipped)!/ { left = 0 } left-- > 0' "$output"
    else
      tail -n 40 "$output"
    fi
  done
}

step "build"
dotnet build ScheduleZero.sln -c Release -v q

step "format"
dotnet tool restore >/dev/null
dotnet csharpier check .

step "tools"
bash tests/install-tools.sh

lane_1=() lane_2=()
for project in $(printf '%s\n' tests/*.Tests/*.csproj tests/Simulation/*.csproj | sort); do
  if [ "${SZ_LANES:-2}" -gt 1 ] && [[ $waiting == *" $(basename "$(dirname "$project")") "* ]]; then
    lane_2+=("$project")
  else
    lane_1+=("$project")
  fi
done

step "suites"
lanes=()
run_suites "${lane_1[@]}" & lanes+=($!)
run_suites ${lane_2[@]+"${lane_2[@]}"} & lanes+=($!)
while kill -0 "${lanes[@]}" 2>/dev/null; do
  print_done
  sleep 1
done
wait "${lanes[@]}"
print_done

for sample in samples/*/run.sh; do
  [ -e "$sample" ] || continue
  name="sample $(basename "$(dirname "$sample")")"
  step "$name"
  if bash "$sample" 2>&1 | tee "$work/running/$name"; then result="Failed: 0, Passed: 1"; else result="Failed: 1, Passed: 0"; fi
  echo "$result, Skipped: 0" >>"$work/running/$name"
  mv "$work/running/$name" "$work/printed/$name"
done

print_failures
printf '\n'
# A sample may print results of tests that are its own, so the last result of each output is what counts.
total=$(for output in "$work"/printed/*; do
  sed -n 's/.*Failed: *\([0-9]*\), Passed: *\([0-9]*\), Skipped: *\([0-9]*\).*/\1 \2 \3/p' "$output" | tail -n 1
done | awk '{ f += $1; p += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }')
echo "$total"
[[ $total == *" 0 failed,"* ]]
