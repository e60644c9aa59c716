#!/usr/bin/env bash
# The ready agent with three allow-listed commands, behind a Bridge: results, a refused param, a cancelled command.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

say "Broker $rest, Bridge $bridge, agent"
start_broker
start_bridge
SCHEDULEZERO_API_KEY=$(cat "$(new_key handler backup-1)") start agent dotnet "$program" agent --config "$here/agent.yaml" --bridge "$bridge"
wait_for_line agent '^ready: agent'
sz handlers methods

say "commands as jobs"
expected=$(printf '{"text":"a"}' | sha256sum)
check "checksum" "\"$expected\\n\"" "$(sz jobs run text.checksum '{"text":"a"}' --wait 60s)"
sz jobs run folder.size '{"folder":"doc"}' --wait 60s

say "what was not allowed is refused before there is a job: the Broker knows the schema that the agent publishes"
if sz jobs run folder.size '{"folder":"../../etc"}' --wait 60s 2>"$work/refusal.txt"; then fail "the pattern did not hold"; fi
grep -q 'params\.folder' "$work/refusal.txt" || fail "not refused for its params: $(cat "$work/refusal.txt")"
printf 'ok: %s\n' "$(tail -n 1 "$work/refusal.txt")"

say "cancelling ends the command"
long=$(sz jobs submit host.wait '{"seconds":251}' -o json | field id)
wait_until "job" running 30 job_state "$long"
wait_until "command" 1 10 sh -c "pgrep -c -f '/sleep 251$'"
sz jobs cancel "$long" >/dev/null
wait_until "job" cancelled 30 job_state "$long"
wait_until "command" 0 10 sh -c "pgrep -c -f '/sleep 251$' || true"

say "SIGTERM while a job runs: the agent finishes it first"
job=$(sz jobs submit host.wait '{"seconds":5}' -o json | field id)
wait_until "job" running 30 job_state "$job"
stop agent || fail "the agent did not stop cleanly"
check "job" succeeded "$(job_state "$job")"
check "attempts" succeeded "$(attempts "$job")"
say "command agent: done"
