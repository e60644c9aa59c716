#!/usr/bin/env bash
# A job of 30 s (SZ_JOB_SECONDS), side by side behind what stands between a handler and its Bridge in companies: a reverse proxy that cuts after
# 5 s of silence, a forward proxy with a password, WebSockets blocked, TLS looked into. Each job has to run once.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need nginx squid
squid -v | grep -q -- --enable-ssl-crtd || skip "this squid cannot look into TLS: it is not the package squid-openssl"
password=a-secret-of-the-proxy

say "the machines: edge 203.0.113.10 with Broker, Bridge and nginx; proxy 203.0.113.30 with squid; office 203.0.113.31 with the handlers"
name 203.0.113.10 bridge.example.org idle.example.org blocked.example.org
name 203.0.113.30 proxy.office.example
machine wires
for place in edge proxy office; do machine $place; done
for place in edge office; do guide=docs/deploy/README.md page $place account >/dev/null; done
plug edge eth0 203.0.113.10/24 internet
plug proxy eth0 203.0.113.30/24 internet
plug office eth0 203.0.113.31/24 internet

guide=docs/deploy/reverse-proxy.md
page edge files >/dev/null
own_authority edge bridge.example.org idle.example.org blocked.example.org broker.example.org
page edge broker >/dev/null
wait_for_broker edge
guide=docs/deploy/same-network.md page edge admin >/dev/null
page edge bridge >/dev/null
log_says edge schedulezero-bridge '^ready: bridge'

say "nginx: bridge.example.org as in docs/deploy/reverse-proxy.md; idle.example.org cuts after 5 s; blocked.example.org does not upgrade"
# variant NAME SED…: the Bridge's part of the sample's file for another name, with one thing changed
variant() {
  sed -e "s/bridge\.example\.org/$1.example.org/; s/schedulezero_connection/$1_connection/" "${@:2}" "$deploy/reverse-proxy/nginx.conf" |
    awk '/^map/ { on = 1 } /^server/ { on = ++servers == 2 } on' >"$work/$1.conf"
  give edge "$work/$1.conf" "/etc/nginx/conf.d/$1.conf"
}
variant idle -e 's/_timeout 1h/_timeout 5s/' -e 's|client_max_body_size.*|&\n  error_log /var/log/nginx/idle.log info;|'
variant blocked -e '/header Upgrade/d; /header Connection/d'
[ "$(grep -c 'timeout 5s' "$work/idle.conf")" -eq 2 ] || fail "the sample's nginx.conf has another form"
page edge nginx >/dev/null

say "squid: 3128 wants a password, 3129 looks into TLS"
give proxy "$here/squid.conf" /etc/squid/squid.conf
give proxy <(taken edge /etc/schedulezero/ca.pem) /etc/squid/ca.pem
on proxy bash -euo pipefail -c 'cd /etc/squid
  printf "office:%s\n" "$(openssl passwd -apr1 "$1")" >passwords
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Office Inspection CA" \
    -addext keyUsage=critical,keyCertSign -keyout key -out authority.pem
  cat authority.pem key >intercepting.pem
  chown proxy passwords intercepting.pem
  /usr/lib/squid/security_file_certgen -c -s /run/squid-certificates -M 4MB
  chown -R proxy /run/squid-certificates
  systemctl start squid' bash "$password" >"$work/squid.log" 2>&1 || fail "squid did not start"
wait_for_port office 203.0.113.30 3129
wait_for_port office 203.0.113.10 443

# handler NAME BRIDGE MACHINE CA-FILE [VARIABLE=VALUE]: starts a handler that trusts the authority of that machine
handler() {
  sed "s/HANDLER/$1/; s/BRIDGE/$2/" "$here/agent.yaml" >"$work/$1.yaml"
  on edge schedulezero keys create handler "$1" --out "/root/$1.key" 2>/dev/null
  give office "$work/$1.yaml" "/etc/schedulezero/$1/agent.yaml"
  give office <(taken edge "/root/$1.key") "/etc/schedulezero/$1/handler.key" 0600
  give office <(taken "$3" "$4") "/etc/schedulezero/$1/ca.pem"
  start "$1" on office env "${@:5}" schedulezero agent --config "/etc/schedulezero/$1/agent.yaml"
}
say "the handlers"
handlers=(idle password blocked intercepted)
handler idle idle.example.org edge /etc/schedulezero/ca.pem
handler password bridge.example.org edge /etc/schedulezero/ca.pem "HTTPS_PROXY=http://office:$password@proxy.office.example:3128"
handler blocked blocked.example.org edge /etc/schedulezero/ca.pem
handler intercepted bridge.example.org proxy /etc/squid/authority.pem HTTPS_PROXY=http://proxy.office.example:3129
wait_until "idle, at nginx, is seen at" 203.0.113.31 90 address_of edge idle
wait_until "password, through squid, is seen at" 203.0.113.30 90 address_of edge password
wait_until "blocked, at nginx, is seen at" 203.0.113.31 90 address_of edge blocked
wait_until "intercepted, through squid, is seen at" 203.0.113.30 90 address_of edge intercepted

say "what stands in the way does stand there"
ask() { on office curl -sS --http1.1 --max-time 20 --cacert /etc/schedulezero/idle/ca.pem "$@"; }
check "without a password, the proxy answers" 407 "$(ask -o /dev/null -w '%{http_connect}' -x http://proxy.office.example:3128 https://bridge.example.org/ 2>/dev/null || true)"
taken edge /var/log/nginx/access.log | grep -m 1 'POST /hubs/handlers/negotiate' || fail "nobody had to do without WebSockets"
ask -o "$work/silence" -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
  -H "Sec-WebSocket-Key: $(openssl rand -base64 16)" https://idle.example.org/hubs/handlers 2>/dev/null || true
taken edge /var/log/nginx/idle.log | grep -m 1 'timed out.*while proxying upgraded connection' || fail "nginx did not cut a silent connection"

say "a job of $job_seconds s behind each, side by side"
declare -A jobs=()
for handler in "${handlers[@]}"; do
  jobs[$handler]=$(on edge schedulezero jobs submit host.wait "{\"seconds\":$job_seconds}" --handler "$handler" -o json | field id)
done
for handler in "${handlers[@]}"; do
  wait_until "the job behind '$handler'" succeeded $((job_seconds + 90)) state_of edge "${jobs[$handler]}"
  check "its attempts" succeeded "$(attempts_of edge "${jobs[$handler]}")"
done
if grep -F "$password" "$work"/{idle,password,blocked,intercepted}.log; then fail "the proxy's password is in a log"; fi
proves "each job ran once, and the proxy's password is in no log"
say "corporate networks: done"
