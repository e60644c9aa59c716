#!/usr/bin/env bash
# docs/deploy/public-internet.md on one machine: a Bridge on the internet, with a certificate by ACME; a Broker inside a company, to which nothing
# inbound is open and which dials the Bridge by CURVE; a handler in an office, behind NAT and a proxy that wants a password, over wss://.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
guide=docs/deploy/public-internet.md
need squid pebble

say "the internet 203.0.113.0/24: the CA .2, bridge .10, the company's router .20, the office's router .30"
say "the company 10.1.0.0/24: broker .10; the office 192.168.7.0/24: proxy .3, office-7 .20"
name 203.0.113.2 acme.example.org
name 203.0.113.10 bridge.example.org
name 192.168.7.3 proxy.office.example
machine wires
for place in bridge broker office-7; do
  machine $place
  guide=docs/deploy/README.md page $place account
done
for place in acme company-router office-router proxy; do machine $place; done
plug acme eth0 203.0.113.2/24 internet
plug bridge eth0 203.0.113.10/24 internet
plug company-router eth0 203.0.113.20/24 internet
plug company-router eth1 10.1.0.1/24 company
plug broker eth0 10.1.0.10/24 company
plug office-router eth0 203.0.113.30/24 internet
plug office-router eth1 192.168.7.1/24 office
plug proxy eth0 192.168.7.3/24 office
plug office-7 eth0 192.168.7.20/24 office
on broker ip route add default via 10.1.0.1
on proxy ip route add default via 192.168.7.1
on office-7 ip route add default via 192.168.7.1
masquerade company-router eth0 eth1
masquerade office-router eth0 eth1
# Only the proxy gets out of the office.
on office-router nft insert rule ip filter forward iifname eth1 ip saddr != 192.168.7.3 drop

say "the certificate authority: Pebble, Let's Encrypt's test server, in the place of Let's Encrypt. Its certificates live for 90 s"
own_authority acme acme.example.org
start pebble on acme env PEBBLE_VA_NOSLEEP=1 pebble -config "/opt/source/${here#"$repository/"}/acme/pebble.json"
wait_for_line pebble 'ACME directory available'
on acme curl -sS --cacert /etc/schedulezero/ca.pem https://acme.example.org:15000/roots/0 >"$work/root.pem"
# Every machine knows the roots of Let's Encrypt. Those of the office know that of Pebble in their place.
for place in office-7 proxy; do
  on $place sh -c 'rm -rf /etc/ssl/certs; mkdir -p /etc/ssl/certs'
  give $place "$work/root.pem" /etc/ssl/certs/ca-certificates.crt
done

say "the files, and the keys that have to be exchanged"
page bridge files
page bridge keys
page broker files
page broker keys
give broker <(taken bridge /etc/schedulezero/bridge.public) /etc/schedulezero/bridge.public
page bridge allow PUBLIC-KEY-OF-BROKER "$(taken broker /etc/schedulezero/broker.public)"
give bridge <(taken acme /etc/schedulezero/ca.pem) /etc/schedulezero/acme-ca.pem
printf '\nOnly for this demonstration, in bridge.env:\n'
on bridge tee -a /etc/schedulezero/bridge.env <<'LINES'
SCHEDULEZERO_BRIDGE_ACME_DIRECTORY="https://acme.example.org:14000/dir"
SCHEDULEZERO_BRIDGE_ACME_CA_FILE="/etc/schedulezero/acme-ca.pem"
LINES

say "the Broker, and the Bridge, which gets its certificate"
page broker start
wait_for_broker broker
guide=docs/deploy/same-network.md page broker admin
page broker bridge-key
give bridge <(taken broker /etc/schedulezero/bridge.key) /etc/schedulezero/bridge.key 0600
page bridge start
page bridge check
check "ports that are open on the Broker's machine" "" "$(listens broker)"
check "ports that are open on the Bridge's machine" "80 443 4243" "$(listens bridge)"
refuses office-router 203.0.113.10 4243
proves "the Broker dials the Bridge by CURVE; nothing inbound is open at the Broker, and nobody else reaches the Bridge's port for it"
# certificate: the serial number and the issuer of the certificate that the Bridge shows
certificate() {
  on proxy bash -c 'openssl s_client -connect bridge.example.org:443 -servername bridge.example.org </dev/null 2>/dev/null |
    openssl x509 -noout -serial -issuer | xargs'
}
first=$(certificate)
[[ $first == *Pebble* ]] || fail "the certificate is not from Pebble: $first"
printf 'ok: the certificate: %s\n' "$first"

say "the handler: behind NAT, and behind a proxy with a password"
password=secret-of-office-7
on proxy bash -c 'printf "office-7:%s\n" "$(openssl passwd -apr1 "$1")" >/etc/squid/passwords; chown proxy /etc/squid/passwords' bash "$password"
give proxy "$here/office/squid.conf" /etc/squid/squid.conf
on proxy systemctl start squid
wait_for_port office-7 192.168.7.3 3128
refuses office-7 203.0.113.10 443
refuses bridge 203.0.113.30 22
page broker enrol
token=$(token)
page office-7 files office-7:secret "office-7:$password"
page office-7 start 'sze_…' "$token"
page broker check
grep -q 'office-7\\n' "$work/last" || fail "the job did not run on office-7"
check "the Broker sees the handler at the office's router" 203.0.113.30 "$(address_of broker office-7)"
check "ports that are open on the handler's machine" "" "$(listens office-7)"
wait_until "the transport, by https" WebSockets 20 transport_of office-7 office-7
check "without a password, the proxy answers" 407 "$(on office-7 curl -sS --max-time 10 -o /dev/null -w '%{http_connect}' -x http://proxy.office.example:3128 https://bridge.example.org/ 2>/dev/null || true)"
page office-7 doctor
if grep -rF "$password" "/proc/${inits[office-7]}/root/var/log"; then fail "the proxy's password is in a log"; fi
proves "a job runs from the command line at the Broker to a handler that nobody can dial, through NAT and an authenticating proxy, and back"

say "the certificate is renewed while jobs run"
# submit SECONDS: prints the id of a job that lasts so long
submit() { on broker schedulezero jobs submit host.wait "{\"seconds\":$1}" -o json | field id; }
# tally: how all jobs stand, such as "20 succeeded in 1 attempt"
tally() {
  on broker schedulezero jobs list --limit 500 -o json 2>/dev/null | /usr/bin/python3 -c 'import collections, json, sys
stand = collections.Counter((job["state"], job["attempts"]) for job in json.load(sys.stdin)["items"])
print(", ".join(f"{count} {state} in {attempts} attempt" for (state, attempts), count in stand.items()))' || true
}
submit 75 >/dev/null
count=2 # with the one before
deadline=$((SECONDS + 120))
until [ "$(certificate)" != "$first" ]; do
  [ "$SECONDS" -lt "$deadline" ] || fail "the certificate was not renewed"
  submit 3 >/dev/null
  count=$((count + 1))
  sleep 2
done
printf 'ok: the certificate: %s\n' "$(certificate)"
check "a job after the renewal" '"office-7\n"' "$(on broker schedulezero jobs run host.name '{}' --wait 60s)"
wait_until "all jobs" "$((count + 1)) succeeded in 1 attempt" 150 tally
proves "the certificate was renewed while jobs ran, and no attempt was lost"

say "the office's router forgets its connections, and the Bridge restarts, while a job runs"
begin_job broker
on office-router conntrack -F 2>/dev/null
on bridge systemctl restart schedulezero-bridge
require_one_success broker
proves "neither costs the job a second attempt; the Bridge found its certificate again in its folder"
say "public internet: done"
