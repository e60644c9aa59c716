# Sourced by every sample's run.sh: starts the shipped programs on free ports of 127.0.0.1 with data in a temporary folder, and stops them again.
# Needs the .NET 10 SDK and /usr/bin/python3 (which only picks ports and reads JSON here).
set -euo pipefail
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
samples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$samples")
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
work=$(mktemp -d)
program=${SZ_PROGRAM:-$repository/Cli/bin/Release/net10.0/schedulezero.dll} # tests name the program that they were built with
declare -A pids=() # of what this run started, by name

say() { printf '\n-- %s\n' "$*"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  for log in "$work"/*.log; do
    [ -s "$log" ] && { printf '\n%s:\n' "$(basename "$log")"; tail -n 25 "$log"; } >&2
  done
  exit 1
}

# check WHAT EXPECTED ACTUAL
check() {
  [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"
  printf 'ok: %s: %s\n' "$1" "$3"
}

free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# field NAME < json: one member of a JSON object, as it stands there
field() { /usr/bin/python3 -c 'import json, sys; v = json.load(sys.stdin).get(sys.argv[1]); print(v if isinstance(v, str) else json.dumps(v))' "$1"; }

# start NAME COMMAND…: in the background; what it prints goes to NAME.log
start() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 </dev/null &
  pids[$name]=$!
}

# wait_for_line NAME PATTERN [SECONDS]: until the program started as NAME prints it
wait_for_line() {
  local deadline=$((SECONDS + ${3:-120}))
  until grep -q -- "$2" "$work/$1.log"; do
    kill -0 "${pids[$1]}" 2>/dev/null || fail "$1 ended before it printed '$2'"
    [ "$SECONDS" -lt "$deadline" ] || fail "$1 did not print '$2' in time"
    sleep 0.1
  done
}

# wait_until WHAT EXPECTED SECONDS COMMAND…: until the command prints it
wait_until() {
  local what=$1 expected=$2 deadline=$((SECONDS + $3)) found
  shift 3
  until found=$("$@") && [ "$found" = "$expected" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "$what: expected '$expected', found '$found'"
    sleep 0.3
  done
  printf 'ok: %s: %s\n' "$what" "$found"
}

# stop NAME: SIGTERM, and its exit code
stop() {
  local code=0
  kill -TERM "${pids[$1]}"
  wait "${pids[$1]}" || code=$?
  unset "pids[$1]"
  return "$code"
}

stop_everything() {
  local code=$?
  trap - EXIT
  for name in "${!pids[@]}"; do kill -TERM "${pids[$name]}" 2>/dev/null || true; done
  for name in "${!pids[@]}"; do
    timeout 15 tail --pid="${pids[$name]}" -f /dev/null || kill -KILL "${pids[$name]}" 2>/dev/null || true
  done
  rm -rf "$work"
  exit "$code"
}
trap stop_everything EXIT

schedulezero() { dotnet "$program" "$@"; }

# sz VERB…: the command line, as the admin
sz() { SCHEDULEZERO_SERVER="$rest" SCHEDULEZERO_API_KEY="$admin_key" schedulezero "$@"; }

# new_key KIND NAME [OPTION…]: makes a key and prints the file that holds it
new_key() {
  sz keys create "$@" --out "$work/$2.key" 2>/dev/null >&2
  printf '%s\n' "$work/$2.key"
}

job_state() { sz jobs get "$1" -o json | field state; }

# outcomes < json: those of the attempts of a job, in their order
outcomes() { /usr/bin/python3 -c 'import json, sys; print(" ".join(a.get("outcome") or "running" for a in json.load(sys.stdin)["items"]))'; }

attempts() { sz jobs attempts "$1" -o json | outcomes; }

# start_broker [ENDPOINT…]: with further ROUTER endpoints
start_broker() {
  local endpoint endpoints=(--router "$router")
  for endpoint in "$@"; do endpoints+=(--router "$endpoint"); done
  # These scripts ask how a job is more often than people do.
  SCHEDULEZERO_BOOTSTRAP_KEY="$admin_key" SCHEDULEZERO_REQUESTS_PER_MINUTE=1000 start broker dotnet "$program" broker --data "$work/data" --urls "$rest" "${endpoints[@]}"
  wait_for_line broker '^ready: broker'
}

start_bridge() {
  [ -f "$work/bridge.key" ] || new_key bridge bridge >/dev/null
  start bridge dotnet "$program" bridge --urls "$bridge" --broker "$router" --key "$work/bridge.key"
  wait_for_line bridge '^ready: bridge'
}

if [ ! -f "$program" ]; then
  say "build schedulezero"
  dotnet build "$repository/Cli" -c Release -v q
fi

rest="http://127.0.0.1:$(free_port)"
router="tcp://127.0.0.1:$(free_port)"
bridge="http://127.0.0.1:$(free_port)"
# An operator lets the Broker make this key at its first start. Here it must be known beforehand.
admin_key="szk_$(openssl rand -hex 6)_$(openssl rand 32 | base64 -w0 | tr '+/' '-_' | tr -d '=')"
