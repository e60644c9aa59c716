#!/usr/bin/env bash
# docs/deploy/reverse-proxy.md on one machine: nginx, haproxy and Caddy, one after the other, in front of the same Bridge and Broker.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
guide=docs/deploy/reverse-proxy.md
proxies=${SZ_PROXIES:-nginx haproxy caddy}
for proxy in $proxies; do need "$proxy"; done

say "the machines: edge 203.0.113.10 with Broker, Bridge and proxy; office-7 203.0.113.21"
name 203.0.113.10 bridge.example.org broker.example.org
machine wires
for place in edge office-7; do
  machine $place
  guide=docs/deploy/README.md page $place account
done
plug edge eth0 203.0.113.10/24 internet
plug office-7 eth0 203.0.113.21/24 internet

say "Broker and Bridge on loopback, with a certificate of an authority of their own"
page edge files
own_authority edge bridge.example.org broker.example.org
page edge broker
wait_for_broker edge
guide=docs/deploy/same-network.md page edge admin
page edge bridge
log_says edge schedulezero-bridge '^ready: bridge'
check "ports that are open without a proxy" "" "$(listens edge)"
on edge schedulezero keys create service shop --role operator --out /root/shop.key
give office-7 <(taken edge /root/shop.key) /root/shop.key 0600
shop_key=$(taken office-7 /root/shop.key)
page edge enrol
token=$(token)

ask() { on office-7 curl -sS --max-time 60 --cacert /etc/schedulezero/ca.pem "$@"; }
as_shop() { ask -H "Authorization: Bearer $shop_key" -H 'Content-Type: application/json' "$@"; }
post_batch() { as_shop --http1.1 -o /dev/null -w '%{http_code}' --data-binary @- https://broker.example.org/api/namespaces/default/jobs/batch; }
# jobs_of MEGABYTES: a batch of jobs
jobs_of() {
  /usr/bin/python3 -c 'import json, sys
print(json.dumps({"jobs": [{"method": "nobody.offers", "params": "x" * 200_000}] * (5 * int(sys.argv[1]))}))' "$1"
}
for proxy in $proxies; do
  say "$proxy"
  case $proxy in
    nginx) page edge nginx ;;
    haproxy) page edge haproxy ;;
    caddy) page edge caddy ;;
  esac
  wait_for_port office-7 203.0.113.10 443
  check "open ports" "80 443" "$(listens edge)"
  if [ -n "$token" ]; then
    give office-7 <(taken edge /etc/schedulezero/ca.pem) /etc/schedulezero/ca.pem
    page office-7 agent 'sze_…' "$token"
    token=""
  else
    on office-7 systemctl start schedulezero-agent
  fi
  wait_until "office-7 is connected from" 203.0.113.21 60 address_of edge office-7
  wait_until "the transport" WebSockets 20 transport_of office-7 office-7
  proves "WebSockets pass, and Broker and Bridge see the handler's own address"

  start "events-$proxy" as_shop -N https://broker.example.org/api/namespaces/default/events
  result=$(on office-7 schedulezero jobs run host.name '{}' --wait 60s --server https://broker.example.org --ca /etc/schedulezero/ca.pem --api-key-file /root/shop.key)
  check "a job, submitted through $proxy" '"office-7\n"' "$result"
  wait_for_line "events-$proxy" 'job.succeeded' 10
  proves "a job runs through the proxy and back, and its events are not held up in a buffer"

  ask -o /dev/null -H "Authorization: Bearer $admin_key" -H 'X-Forwarded-For: 192.0.2.66' https://broker.example.org/api/namespaces/default/jobs
  on edge schedulezero audit list -o json >"$work/audit"
  if grep '192\.0\.2\.66' "$work/audit"; then fail "a forged X-Forwarded-For was believed"; fi
  grep -q '203\.0\.113\.21' "$work/audit" || fail "the audit log does not have the client's address"
  check "http is sent on" "308 https://broker.example.org/x" "$(ask -o /dev/null -w '%{http_code} %{redirect_url}' http://broker.example.org/x)"
  ask -D - -o /dev/null https://broker.example.org/health/live | grep -qi '^strict-transport-security' || fail "https is not recognised"
  check "a batch of 2 MB" 200 "$(jobs_of 2 | post_batch)"
  check "a batch of 40 MB" 413 "$(jobs_of 40 | post_batch)"
  proves "forged addresses are not believed, plain http is sent on, bodies that are too large are refused"

  on office-7 systemctl stop schedulezero-agent
  on office-7 rm -rf /var/lib/schedulezero/.config/schedulezero/ways
  on edge systemctl stop "$proxy"
done
say "reverse proxies: done"
