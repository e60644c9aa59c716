#!/usr/bin/env bash
# docs/deploy/same-network.md on one machine: a Broker, a handler that dials it by ZeroMQ with CURVE, and a producer that uses REST over TLS.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
guide=docs/deploy/same-network.md

say "the machines: broker 10.20.0.10, office-7 10.20.0.21, producer 10.20.0.30, on one switch"
name 10.20.0.10 broker.example.org
machine wires
for place in broker office-7 producer; do
  machine $place
  guide=docs/deploy/README.md page $place account
done
plug broker eth0 10.20.0.10/24 office
plug office-7 eth0 10.20.0.21/24 office
plug producer eth0 10.20.0.30/24 office

say "the Broker: keys, firewall, start"
page broker files
page broker keys
if command -v systemd-analyze >/dev/null; then
  guide=docs/deploy/README.md page broker verify
else
  printf 'skipped: the check of the units; systemd-analyze is not here\n'
fi
page broker start
wait_for_broker broker
page broker admin
check "ports that are open on the Broker's machine" "4242 8443" "$(listens broker)"

say "the handler"
page broker enrol
token=$(token)
give office-7 <(taken broker /etc/schedulezero/broker.public) /etc/schedulezero/broker.public
page office-7 files
page office-7 start 'sze_…' "$token"
log_says office-7 schedulezero-agent '^ready: agent'
page broker check
grep -q 'office-7\\n' "$work/last" || fail "the job did not run on office-7"
check "ports that are open on the handler's machine" "" "$(listens office-7)"
proves "a job runs from the command line to a handler and back; nobody can knock at the handler's machine"

say "a producer on another machine, over TLS"
page broker producer
give producer <(taken broker /root/shop.key) /root/shop.key 0600
give producer <(taken broker /etc/schedulezero/ca.pem) /root/ca.pem
page producer submit
grep -q 'office-7' "$work/last" || fail "the producer got no result"
proves "REST is reached by https with the certificate of the company's own authority"

say "without the right keys"
if on producer curl -sS --max-time 5 https://broker.example.org:8443/health/live 2>"$work/refusal"; then fail "curl trusts the certificate"; fi
head -n 1 "$work/refusal"
on office-7 sed '/^curveServerKeys/d; /^identityFile/d; s/^handler: .*/handler: plain/' /etc/schedulezero/agent.yaml >"$work/plain.yaml"
give office-7 "$work/plain.yaml" /root/plain/agent.yaml 0600
start plain on office-7 env SCHEDULEZERO_API_KEY="$admin_key" timeout 15 schedulezero agent --config /root/plain/agent.yaml
log_says broker schedulezero-broker 'plaintext'
proves "who does not know the authority does not go on, and who does not encrypt is refused"

say "a job while the Broker restarts and its CURVE key is replaced"
begin_job broker
page broker rotate-key
require_one_success broker
give office-7 <(taken broker /etc/schedulezero/broker-2.public) /etc/schedulezero/broker-2.public
page office-7 rotate-key
page broker rotate-end
wait_for_broker broker
check "a job with the new key" '"office-7\n"' "$(on broker schedulezero jobs run host.name '{}' --wait 60s)"
page office-7 rotate-own
check "a job with the handler's new key" '"office-7\n"' "$(on broker schedulezero jobs run host.name '{}' --wait 60s)"
proves "the Broker restarts and its key is replaced while a job runs, in one attempt; the handler's own key is replaced too"
say "same network: done"
