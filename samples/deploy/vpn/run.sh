#!/usr/bin/env bash
# The WireGuard part of docs/deploy/vpn.md on one machine: a Broker on the internet side, a handler behind NAT. Where neither the kernel nor
# wireguard-go gives the device, only the syntax of its files is checked, and a plain cable takes its place.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
guide=docs/deploy/vpn.md
need wg wg-quick

say "the machines: broker 203.0.113.10; behind the NAT of office-router 203.0.113.30: office-7 192.168.7.20"
name 203.0.113.10 vpn.example.org
machine wires
for place in broker office-router office-7; do machine $place; done
for place in broker office-7; do guide=docs/deploy/README.md page $place account; done
plug broker eth0 203.0.113.10/24 internet
plug office-router eth0 203.0.113.30/24 internet
plug office-router eth1 192.168.7.1/24 office
plug office-7 eth0 192.168.7.20/24 office
on office-7 ip route add default via 192.168.7.1
masquerade office-router eth0 eth1

say "the VPN"
page broker wg-keys
page office-7 wg-keys
page broker wg-files PUBLIC-KEY "$(taken office-7 /etc/wireguard/wg0.public)"
page office-7 wg-files PUBLIC-KEY "$(taken broker /etc/wireguard/wg0.public)"
for place in broker office-7; do on $place wg-quick strip wg0 >/dev/null; done
has_wireguard() {
  in_network wires ip link add probe type wireguard 2>/dev/null || { command -v wireguard-go >/dev/null && [ -c /dev/net/tun ]; }
}
if has_wireguard; then
  page broker wg-up
  page office-7 wg-up
  page office-7 wg-check
else
  printf 'skipped: WireGuard itself: the kernel does not have it, and wireguard-go is not installed. The syntax of the files was checked.\n'
  printf 'A plain cable between broker and office-7 takes its place, with the same addresses.\n'
  plug broker wg0 10.88.0.1/24 cable
  plug office-7 wg0 10.88.0.7/24 cable
fi

say "the Broker and the handler"
page broker files
page broker start
wait_for_broker broker
guide=docs/deploy/same-network.md page broker admin
page broker enrol
token=$(token)
give office-7 <(taken broker /etc/schedulezero/broker.public) /etc/schedulezero/broker.public
page office-7 files
page office-7 start 'sze_…' "$token"
log_says office-7 schedulezero-agent '^ready: agent'
page broker check
grep -q 'office-7' "$work/last" || fail "the job did not run on office-7"
refuses office-7 203.0.113.10 4242
refuses broker 203.0.113.30 22
proves "a job runs through the VPN; the Broker's port is not there outside of it, and nothing at the office can be dialled"

say "the office's router forgets its connections while a job runs"
begin_job broker
on office-router conntrack -F 2>/dev/null
require_one_success broker
say "VPN: done"
