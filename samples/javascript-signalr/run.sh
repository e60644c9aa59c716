#!/usr/bin/env bash
# The JavaScript handler over SignalR, through a Bridge that restarts while a job runs.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
command -v npm >/dev/null || fail "Node.js and npm are needed"

say "npm ci"
(cd "$here" && npm ci --no-audit --no-fund --loglevel=error)

say "Broker $rest, Bridge $bridge, handler"
start_broker
start_bridge
SCHEDULEZERO_API_KEY=$(cat "$(new_key handler js-1)") start js-1 node "$here/handler.mjs" js-1 "$bridge"
wait_for_line js-1 '^ready:'

say "a result, a retry, a permanent failure, a cancellation"
check "text" '{"text":"lived"}' "$(sz jobs run text.reverse '{"text":"devil"}' --wait 60s)"
check "the second attempt succeeds" '{"attempt":2}' "$(sz jobs run flaky --wait 60s)"
if sz jobs run text.reverse '{"text":7}' --wait 60s 2>"$work/refusal.txt"; then fail "a number was reversed"; fi
grep -q 'a string is expected' "$work/refusal.txt" || fail "the failure does not say why: $(cat "$work/refusal.txt")"
printf 'ok: %s\n' "$(tail -n 1 "$work/refusal.txt")"
long=$(sz jobs submit slow.count '{"to":1000}' -o json | field id)
wait_until "long job" running 30 job_state "$long"
sz jobs cancel "$long" >/dev/null
wait_until "long job" cancelled 30 job_state "$long"

say "the Bridge restarts while a job runs"
job=$(sz jobs submit slow.count '{"to":20}' -o json | field id)
wait_until "job" running 30 job_state "$job"
stop bridge || fail "the Bridge did not stop cleanly"
start_bridge
wait_until "job" succeeded 60 job_state "$job"
check "attempts" succeeded "$(attempts "$job")"
sz jobs logs "$job"

say "SIGTERM"
stop js-1 || fail "the handler did not stop cleanly"
say "JavaScript over SignalR: done"
