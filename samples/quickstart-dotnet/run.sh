#!/usr/bin/env bash
# A handler and a producer in C#, with the shipped Broker and Bridge between them.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
quickstart="$here/bin/Release/net10.0/ScheduleZero.QuickStart.dll"
[ -f "$quickstart" ] || dotnet build "$here" -c Release -v q

say "Broker $rest, Bridge $bridge, handler"
start_broker
start_bridge
HandlerAgent__ApiKeyFile=$(new_key handler office-7) HandlerAgent__Bridges__0=$bridge start office-7 dotnet "$quickstart" handler

say "the producer"
SCHEDULEZERO_SERVER="$rest" SCHEDULEZERO_API_KEY="$admin_key" dotnet "$quickstart" producer | tee "$work/producer.txt"
grep -q '^Succeeded: Report of 2026-10 by office-7$' "$work/producer.txt" || fail "the report was not rendered"
grep -q '^  information: Rendered page 3$' "$work/producer.txt" || fail "the job's log is not whole"
grep -q '^Failed after 1 attempt: no_pages: ' "$work/producer.txt" || fail "the empty report did not fail for good"
grep -q '^Succeeded: 6$' "$work/producer.txt" || fail "the sum is wrong"

say "the command line"
check "sum" 42 "$(sz jobs run numbers.sum '[20,22]' --wait 60s)"
check "report" '{"title":"Report of 2026-12","pagesSoFar":5}' "$(sz jobs run reports.render '{"month":"2026-12","pages":2}' --wait 60s)"

say "params that the handler's types do not take"
refused=$(sz jobs submit reports.render '{"pages":2}' 2>&1) && fail "a report without a month was taken"
printf '%s\n' "$refused" | grep -q month || fail "the refusal does not name the field: $refused"

say "SIGTERM while a job runs: the handler finishes it first"
job=$(sz jobs submit reports.render '{"month":"2027-01","pages":30}' -o json | field id)
wait_until "job" running 30 job_state "$job"
stop office-7 || fail "the handler did not stop cleanly"
check "job" succeeded "$(job_state "$job")"
check "attempts" succeeded "$(attempts "$job")"
say "C# quickstart: done"
