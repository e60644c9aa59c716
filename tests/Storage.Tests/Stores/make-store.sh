#!/usr/bin/env bash
# make-store.sh CHECKOUT OUT.tar.br: makes the data folder of a Broker that is killed in the middle of its work, for
# the tests that open such folders with later code (WrittenStoreTests). CHECKOUT is a checkout of the version that is to
# write the folder, with Cli built for Release; its own samples/lib.sh starts the programs.
#
# The folder holds jobs in every state, batches, schedules, calendars, namespaces, keys, enrolments, users, roles,
# sign-ins, logs and the audit log. The last changes are made right before the Broker is killed with SIGKILL, so that
# the journal still holds them: the store moves them out of it only after a quarter of a second without work.
checkout=$(cd "$1" && pwd)
out=$(realpath "$2")
source "$checkout/samples/lib.sh"

# api METHOD PATH [JSON]: asks REST as the admin, and prints the answer's body
api() {
  local body=()
  [ $# -lt 3 ] || body=(-H 'Content-Type: application/json' --data-binary "$3")
  curl -sS --fail-with-body -o "$work/answer" -X "$1" -H "Authorization: Bearer $admin_key" "${body[@]}" "$rest/api$2" ||
    fail "$1 $2 ${3:-}: $(cat "$work/answer")"
  cat "$work/answer"
}

# in_default METHOD PATH [JSON]: the same within the default namespace
in_default() { api "$1" "/namespaces/default$2" "${@:3}"; }

# submit JSON: makes a job and prints its id
submit() { in_default POST /jobs "$1" | field id; }

# state ID: the job's state
state() { in_default GET "/jobs/$1" | field state; }

# start_agent NAME CREDENTIAL-VARIABLE=VALUE
start_agent() {
  sed "s/^handler:.*/handler: $1/" "$work/agent.yaml" >"$work/$1.yaml"
  chmod 600 "$work/$1.yaml"
  start "$1" env "$2" dotnet "$program" agent --config "$work/$1.yaml" --bridge "$bridge"
  wait_for_line "$1" '^ready: agent'
}

cat >"$work/agent.yaml" <<'YAML'
handler: NAME
capacity: 4
groups: [emea]
labels: { site: store }
methods:
  text.echo: { command: cat, stdin: params, result: json, params: { text: { type: string, maxLength: 5000 } } }
  text.log: { command: sh, args: [-c, "echo to output; echo to error >&2"] }
  text.fail: { command: sh, args: [-c, "echo it broke >&2; exit 4"], exitCodes: { 4: permanent } }
  text.retry: { command: sh, args: [-c, "exit 5"] }
  host.wait: { command: sleep, args: ["3600"], grace: PT1S, params: { for: { type: string, maxLength: 10 } } }
YAML

say "Broker, Bridge and namespaces"
start_broker
start_bridge
api POST /namespaces '{"name":"acme","description":"A tenant","addresses":["127.0.0.0/8"],"limits":{"waitingJobs":1000,"runningJobs":50,"perMethod":{"text.log":{"runningJobs":3,"rate":{"limit":100,"period":"PT1M"}}},"perHandler":{"office-7":{"runningJobs":4}}}}' >/dev/null
api POST /namespaces '{"name":"gone"}' >/dev/null
api POST /namespaces/gone/jobs '{"method":"nobody.offers"}' >/dev/null
api DELETE '/namespaces/gone?confirm=gone' >/dev/null

say "keys, enrolments, roles, users"
in_default POST /keys '{"kind":"service","name":"producer","roles":["operator"],"requestsPerMinute":500,"expiresAt":"2099-01-01T00:00:00Z"}' >/dev/null
revoked=$(in_default POST /keys '{"kind":"service","name":"revoked","roles":["viewer"]}' | field id)
in_default DELETE "/keys/$revoked" >/dev/null
in_default POST /enrolments '{"handlers":"branch-*","methods":["text.*"],"groups":["emea"],"maxCapacity":2,"expiresIn":"PT1H"}' >/dev/null
token=$(in_default POST /enrolments '{"handler":"office-8"}' | field token)
api POST /roles '{"name":"auditor","description":"Reads the audit log","rules":[{"permissions":["audit:read"],"names":["*"]}],"addresses":["127.0.0.1/32"]}' >/dev/null
api POST /users '{"userName":"ana","password":"violet gravel mends 41 lamps","roles":[{"role":"operator","namespace":"default"}],"mustChangePassword":false}' >/dev/null
api POST /users '{"userName":"bob","password":"quiet copper turns 53 wheels","roles":[{"role":"auditor","namespace":"*"}]}' >/dev/null
api PATCH /users/bob '{"disabled":true}' >/dev/null
curl -sS --fail-with-body -X POST -H 'Content-Type: application/json' --data-binary '{"userName":"ana","password":"violet gravel mends 41 lamps"}' "$rest/api/auth/login" >/dev/null

say "handlers"
start_agent office-7 "SCHEDULEZERO_API_KEY=$(cat "$(new_key handler office-7 --group emea)")"
schedulezero agent enroll "$bridge" "$token" --out "$work/office-8.json"
start_agent office-8 "SCHEDULEZERO_IDENTITY=$work/office-8.json"
in_default POST /handlers/office-8/drain >/dev/null

say "calendars and schedules"
in_default POST /calendars '{"name":"holidays","description":"Days off","timeZone":"Europe/Berlin","dates":["2026-12-25","2027-01-01"],"ranges":[{"from":"2026-08-01","to":"2026-08-14"}],"weekdays":["saturday","sunday"]}' >/dev/null
in_default POST /calendars '{"name":"every-day","weekdays":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}' >/dev/null
in_default POST /calendars '{"name":"unused","dates":["2030-05-01"]}' >/dev/null
in_default DELETE /calendars/unused >/dev/null
in_default POST /schedules '{"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *","timeZone":"Europe/Berlin"},"job":{"method":"text.log","tags":["nightly"],"priority":5},"excludeCalendars":["holidays"],"misfire":"earliest","catchUpWindow":"PT2H","jitter":"PT5M"}' >/dev/null
in_default PUT /schedules/nightly '{"name":"nightly","trigger":{"kind":"cron","expression":"30 2 * * *","timeZone":"Europe/Berlin"},"job":{"method":"text.log","tags":["nightly"],"priority":6},"excludeCalendars":["holidays"]}' >/dev/null
in_default POST /schedules/nightly/trigger >/dev/null
in_default POST /schedules '{"name":"often","trigger":{"kind":"interval","every":"PT1S"},"job":{"method":"text.log"},"maxOccurrences":3}' >/dev/null
in_default POST /schedules '{"name":"never-on-a-day","trigger":{"kind":"interval","every":"PT1S"},"job":{"method":"text.log"},"excludeCalendars":["every-day"]}' >/dev/null
in_default POST /schedules '{"name":"blocked","trigger":{"kind":"interval","every":"PT1S"},"job":{"method":"nobody.offers"},"overlap":"skip","maxOccurrences":4}' >/dev/null
in_default POST /schedules '{"name":"paused","trigger":{"kind":"calendarInterval","months":1,"timeOfDay":"08:30","timeZone":"America/New_York"},"job":{"method":"text.echo","params":{"text":"2026-11"}},"paused":true}' >/dev/null
in_default POST /schedules '{"name":"deleted","trigger":{"kind":"once","at":"2099-01-01T00:00:00Z"},"job":{"method":"text.log"}}' >/dev/null
in_default DELETE /schedules/deleted >/dev/null

say "jobs that end"
long=$(printf 'x%.0s' $(seq 1 3000))
echoed=$(submit "{\"method\":\"text.echo\",\"params\":{\"text\":\"$long\"},\"tags\":[\"long\"],\"deduplicationKey\":\"echo-1\",\"deduplicationWindow\":\"P7D\"}")
logged=$(submit '{"method":"text.log","handler":"office-7","rateLimit":{"key":"mail","limit":100,"period":"PT1H"}}')
failed=$(submit '{"method":"text.fail","retry":{"maxAttempts":2,"backoff":"fixed","firstDelay":"PT1S","maxDelay":"PT1S","jitter":0}}')
retried=$(submit '{"method":"text.retry","retry":{"maxAttempts":2,"backoff":"fixed","firstDelay":"PT0S","maxDelay":"PT1S","jitter":0}}')
cancelled=$(submit '{"method":"nobody.offers"}')
in_default POST "/jobs/$cancelled/cancel" >/dev/null
stopped=$(submit '{"method":"host.wait","group":"emea"}')
expired=$(submit "{\"method\":\"nobody.offers\",\"startDeadline\":\"$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)\"}")
wait_until stopped running 30 state "$stopped"
in_default POST "/jobs/$stopped/cancel" '{"grace":"PT2S"}' >/dev/null
wait_until echoed succeeded 30 state "$echoed"
wait_until logged succeeded 30 state "$logged"
wait_until failed failed 30 state "$failed"
wait_until retried failed 30 state "$retried"
wait_until cancelled cancelled 30 state "$cancelled"
wait_until stopped cancelled 30 state "$stopped"
wait_until expired expired 30 state "$expired"
in_default POST "/jobs/$failed/replay" >/dev/null
for i in $(seq 1 40); do submit "{\"method\":\"text.echo\",\"params\":{\"text\":\"$i\"}}" >/dev/null; done

say "batches"
in_default POST /batches '{"name":"done","jobs":[{"method":"text.log"},{"method":"text.fail"}],"onComplete":{"method":"text.log"}}' >/dev/null
in_default POST /batches '{"name":"open","jobs":[{"method":"text.log"},{"method":"nobody.offers"}],"onComplete":{"method":"text.log"}}' >/dev/null

say "jobs that wait or run"
running=$(submit '{"method":"host.wait","params":{"for":"ever"},"concurrency":{"key":"one","limit":1}}')
wait_until running running 30 state "$running"
in_default POST /jobs "{\"method\":\"text.log\",\"after\":[\"$running\"],\"afterFailure\":\"run\"}" >/dev/null
in_default POST /jobs '{"method":"host.wait","concurrency":{"key":"one","limit":1}}' >/dev/null
in_default POST /jobs '{"method":"text.log","runAt":"2099-01-01T00:00:00Z","priority":-5,"tags":["far"]}' >/dev/null
api POST /namespaces/acme/jobs '{"method":"nobody.offers","params":{"of":"acme"},"retry":{"maxAttempts":7,"backoff":"linear","firstDelay":"PT2S","maxDelay":"PT1H","jitter":0.5}}' >/dev/null
sleep 5

say "the last changes, which the journal still holds"
request=(-sS --fail-with-body -o /dev/null -H "Authorization: Bearer $admin_key" -H 'Content-Type: application/json')
all="$rest/api/namespaces/default"
curl "${request[@]}" -X POST "$all/calendars" -d '{"name":"late","dates":["2031-05-01"]}' \
  --next "${request[@]}" -X DELETE "$all/calendars/late" \
  --next "${request[@]}" -X POST "$all/calendars" -d '{"name":"latest","dates":["2031-05-02"]}' \
  --next "${request[@]}" -X POST "$all/schedules" -d '{"name":"late","trigger":{"kind":"once","at":"2099-02-01T00:00:00Z"},"job":{"method":"text.log"}}' \
  --next "${request[@]}" -X DELETE "$all/schedules/late" \
  --next "${request[@]}" -X POST "$all/schedules" -d '{"name":"latest","trigger":{"kind":"once","at":"2099-02-01T00:00:00Z"},"job":{"method":"text.log"}}' \
  --next "${request[@]}" -X POST "$all/keys" -d '{"kind":"service","name":"latest","roles":["viewer"]}' \
  --next "${request[@]}" -X POST "$rest/api/roles" -d '{"name":"latest","rules":[{"permissions":["jobs:read"]}]}' \
  --next "${request[@]}" -X POST "$rest/api/users" -d '{"userName":"cleo","password":"narrow basalt keeps 67 rivers","roles":[]}' \
  --next "${request[@]}" -X DELETE "$rest/api/users/cleo" \
  --next "${request[@]}" -X POST "$all/handlers/office-8/resume" -d '' \
  --next "${request[@]}" -X POST "$all/batches" -d '{"name":"latest","jobs":[{"method":"nobody.offers"}]}' \
  --next "${request[@]}" -X POST "$all/jobs" -d '{"method":"text.log","tags":["latest"],"deduplicationKey":"latest","deduplicationWindow":"P7D","rateLimit":{"key":"mail","limit":100,"period":"PT1H"}}' \
  --next "${request[@]}" -X POST "$all/jobs" -d '{"method":"text.fail","tags":["latest"]}' \
  --next "${request[@]}" -X POST "$all/jobs" -d '{"method":"nobody.offers","tags":["latest"],"params":{"last":true}}' ||
  fail "the last changes"
kill -KILL "${pids[broker]}"
wait "${pids[broker]}" || true
unset "pids[broker]"
# Only the store: the keys and the reserve beside it are no part of its format. Brotli, since its window holds the
# nearly equal pages of the log, which gzip's does not.
mkdir "$work/store" "$work/pack"
mv "$work/data/broker.db" "$work/data/broker.log" "$work/store"
cat >"$work/pack/pack.cs" <<'CSHARP'
using System.Formats.Tar;
using System.IO.Compression;
using var packed = new BrotliStream(File.Create(args[1]), CompressionLevel.SmallestSize);
TarFile.CreateFromDirectory(args[0], packed, includeBaseDirectory: false);
CSHARP
dotnet run "$work/pack/pack.cs" "$work/store" "$out"
ls -l "$out"
