#!/usr/bin/env bash
# The ssh -R part of docs/deploy/vpn.md on one machine: the Broker's machine accepts nothing inbound and dials the handler's machine by ssh.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
guide=docs/deploy/vpn.md
need ssh sshd ssh-keygen

say "the machines: broker 203.0.113.10, office-7 203.0.113.21"
name 203.0.113.21 office-7.example.org
machine wires
for place in broker office-7; do
  machine $place
  guide=docs/deploy/README.md page $place account
done
plug broker eth0 203.0.113.10/24 internet
plug office-7 eth0 203.0.113.21/24 internet
on office-7 bash -c 'rm -f /etc/ssh/ssh_host_*; ssh-keygen -A' >/dev/null

say "the tunnel"
page broker ssh-files
page office-7 ssh-files PUBLIC-KEY "$(taken broker /etc/schedulezero/tunnel.key.pub)"
give broker <(taken office-7 /etc/ssh/ssh_host_ed25519_key.pub | sed 's/^/office-7.example.org /') /etc/schedulezero/known_hosts
page broker ssh-start
wait_for_broker broker
guide=docs/deploy/same-network.md page broker admin
page office-7 ssh-check

say "the handler"
page broker enrol
token=$(token)
page office-7 ssh-agent 'sze_…' "$token"
log_says office-7 schedulezero-agent '^ready: agent'
page broker check
grep -q 'office-7' "$work/last" || fail "the job did not run on office-7"
check "ports that are open on the Broker's machine" "" "$(listens broker)"
check "ports that are open on the handler's machine" 22 "$(listens office-7)"
proves "a job runs from a Broker to which nothing inbound is open, over a tunnel that the Broker's machine dials"

say "what the tunnel's account may not do"
as_tunnel() {
  on broker runuser -u schedulezero -- timeout 10 ssh -i /etc/schedulezero/tunnel.key -o BatchMode=yes -o ExitOnForwardFailure=yes \
    -o UserKnownHostsFile=/etc/schedulezero/known_hosts "$@"
}
if as_tunnel tunnel@office-7.example.org true >/dev/null 2>&1; then fail "the account runs commands"; fi
as_tunnel -N -R 127.0.0.1:4999:127.0.0.1:8888 tunnel@office-7.example.org >"$work/forward" 2>&1 || true
grep -i 'forwarding failed' "$work/forward" || fail "the account opens another port: $(cat "$work/forward")"
proves "the key opens one port on the handler's machine, no shell and no other port"

say "the tunnel breaks while a job runs"
begin_job broker
on office-7 pkill -KILL -u tunnel || fail "there was no tunnel to cut"
require_one_success broker
proves "the tunnel is dialled again, and the job goes on in its one attempt"
say "ssh -R: done"
