# Sourced by the run.sh of every deployment: builds a small network of machines on this one, and follows the deployment's page in docs/deploy.
#
# A "machine" is a network namespace with processes and files of its own: /etc is a copy of this machine's; /var, /run, /tmp and /root are empty;
# /opt/schedulezero holds the program that was built here. Everything else can only be read, so nothing outside is changed. When the script ends,
# in whatever way, the kernel ends everything that runs on its machines, and their files are gone.
#
# The commands come from the page itself: a block that begins with ```sh MACHINE STEP is run by `page MACHINE STEP`; `each` stands for any machine.
# The configuration comes from the files in this folder. So what is read there is what was run.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
deploy=$samples/deploy
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
declare -A inits=() # the first process of each machine, by name
not_possible=77     # the exit code of a demonstration that this machine does not allow

# skip REASON: ends the demonstration
skip() {
  printf 'skipped: %s\n' "$*"
  exit "$not_possible"
}

# need PROGRAM…: tests/install-tools.sh installs them
need() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null 2>&1 || skip "the program $program is missing"; done
}

# name ADDRESS NAME…: in /etc/hosts of the machines that are made afterwards
name() { printf '%s\n' "$*" >>"$work/hosts"; }

# Runs as the first process of a machine: lays out its files, then takes in orphans until it is killed.
machine_init() {
  local name=$1 room=$2 entry
  hostname "$name"
  mount -t tmpfs -o mode=755 files "$room"
  mkdir -p "$room"/{etc,var,opt/schedulezero,opt/dotnet,opt/stand-ins,opt/source}
  cp -a /etc/. "$room/etc"
  cp "$hosts" "$room/etc/hosts"
  : >"$room/etc/resolv.conf"
  rm -rf "$room/etc/schedulezero"
  for entry in /opt/*; do
    [ -d "$entry" ] && [ ! -e "$room/opt/${entry##*/}" ] && mkdir "$room/opt/${entry##*/}" && mount -o bind,ro "$entry" "$room/opt/${entry##*/}"
  done
  mount -o bind,ro "$(dirname "$program")" "$room/opt/schedulezero"
  mount -o bind,ro "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$room/opt/dotnet"
  mount -o bind,ro "$deploy/stand-ins" "$room/opt/stand-ins"
  mount -o bind,ro "$repository" "$room/opt/source"
  # Packages have made folders with owners and modes in /var. The folders are here too, and are empty.
  (cd / && find var -xdev -maxdepth 3 -type d ! -path 'var/lib/dpkg/*' ! -path 'var/lib/docker/*' -print0 |
    tar --no-recursion --null -T - -cf - | tar -C "$room" -xpf -)
  ln -sfn /run "$room/var/run"
  ln -sfn /run/lock "$room/var/lock"
  for entry in etc opt var; do mount --rbind "$room/$entry" "/$entry"; done
  mount -t tmpfs -o mode=755 run /run
  mount -t tmpfs -o mode=700 home /root
  mount -t tmpfs -o mode=1777 tmp /tmp
  mount -o remount,bind,ro /
  mount -o bind,ro /dev /dev
  mount -t tmpfs -o mode=1777 memory /dev/shm
  mkdir -p /run/lock /run/schedulezero
  ip link set lo up
  trap 'exit 0' TERM # With the first process, the kernel ends all others of the machine.
  : >/run/up
  while :; do sleep 3600 & wait $!; done
}

# machine NAME: makes a machine without network devices
machine() {
  mkdir "$work/$1"
  hosts="$work/hosts" program="$program" deploy="$deploy" repository="$repository" setpriv --pdeathsig KILL -- \
    unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc bash -euo pipefail -c \
    "$(declare -f machine_init); machine_init $1 $work/$1" >"$work/$1.machine.log" 2>&1 </dev/null &
  local outside=$!
  disown "$outside" # Bash would tell of its end.
  until inits[$1]=$(pgrep -P "$outside") && [ -e "/proc/${inits[$1]}/root/run/up" ]; do
    kill -0 "$outside" 2>/dev/null || fail "the machine $1 was not made: $(cat "$work/$1.machine.log")"
    sleep 0.05
  done
  pids[machine-$1]=${inits[$1]}
}

# in_network MACHINE COMMAND…: with this machine's own files
in_network() { nsenter -t "${inits[$1]}" -n "${@:2}"; }

# on MACHINE COMMAND…: as root, with nothing in the environment that a fresh machine would not have
on() {
  nsenter -t "${inits[$1]}" -m -u -i -n -p -- env -i -C /opt/source HOME=/root LANG=C.UTF-8 DOTNET_ROOT=/opt/dotnet DOTNET_NOLOGO=1 \
    PATH=/opt/stand-ins:/opt/schedulezero:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"
}

# plug MACHINE DEVICE ADDRESS/PREFIX SWITCH: cables the machine to a switch, which is made when it is new
plug() {
  local port
  port=p$(in_network wires sh -c 'ip -o link | wc -l')
  in_network "$1" ip link add "$2" type veth peer name "$port" netns "${inits[wires]}"
  in_network wires sh -c "ip link show $4 >/dev/null 2>&1 || { ip link add $4 type bridge && ip link set $4 up; }
    ip link set $port master $4 up"
  in_network "$1" sh -c "ip address add $3 dev $2 && ip link set $2 up"
}

# masquerade ROUTER OUTSIDE INSIDE: NAT, as an office has it: what the inside asks for comes back, and nothing else comes in. Packets of connections
# that the router does not know are dropped.
masquerade() {
  on "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose'
  on "$1" nft -f - <<RULES
    table ip nat {
      chain out { type nat hook postrouting priority 100; oifname "$2" masquerade; }
    }
    table ip filter {
      chain input { type filter hook input priority 0; policy drop; ct state established accept; iifname { "lo", "$3" } accept; }
      chain forward { type filter hook forward priority 0; policy drop; ct state established accept; iifname "$3" ct state new accept; }
    }
RULES
}

# give MACHINE FILE PATH [MODE]: what an admin copies from machine to machine, by scp or on paper
give() { install -D -m "${4:-0644}" "$2" "/proc/${inits[$1]}/root$3"; }

# taken MACHINE PATH: prints a file of a machine
taken() { cat "/proc/${inits[$1]}/root$2"; }

# page MACHINE STEP [TEXT VALUE]…: runs a block of $guide on the machine, with values in place of texts; what it prints is in $work/last too
page() {
  local machine=$1 step=$2 block
  shift 2
  block=$(awk -v fence="\`\`\`sh $machine $step" -v other="\`\`\`sh each $step" \
    '$0 == fence || $0 == other { on = 1; next } $0 == "```" { on = 0 } on' "$repository/$guide")
  [ -n "$block" ] || fail "$guide has no block '$machine $step'"
  while [ $# -gt 0 ]; do
    [[ $block == *"$1"* ]] || fail "the block '$machine $step' does not contain '$1'"
    block=${block//"$1"/"$2"}
    shift 2
  done
  printf '\n'
  printf '%s\n' "$block" | sed "s/^/root@$machine# /"
  on "$machine" bash -euo pipefail -c "$block" 2>&1 </dev/null | tee "$work/last" || fail "the block '$machine $step' of $guide failed"
}

# token: the enrolment token that the last block has shown
token() { grep -o 'sze_[A-Za-z0-9_-]*' "$work/last" | head -n 1; }

# proves WHAT: says what the steps before have shown
proves() { printf 'proves: %s\n' "$*"; }

# reaches MACHINE HOST PORT: whether a TCP connection opens
reaches() { on "$1" timeout 2 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; }

# refuses MACHINE HOST PORT: makes sure that no TCP connection opens
refuses() { ! reaches "$@" || fail "$1 reaches $2:$3"; }

# wait_for_port MACHINE HOST PORT
wait_for_port() {
  local deadline=$((SECONDS + 30))
  until reaches "$@"; do [ "$SECONDS" -lt "$deadline" ] || fail "nobody listens at $2:$3"; sleep 0.1; done
}

# listens MACHINE: the TCP ports at which others can knock, sorted
listens() { on "$1" ss -Hltn | awk '{ print $4 }' | grep -v '^127\.\|^\[::1\]' | sed 's/.*://' | sort -nu | xargs; }

# log_says MACHINE UNIT PATTERN: waits for a line in the log of a service
log_says() {
  local deadline=$((SECONDS + 60))
  until taken "$1" "/var/log/$2.log" | grep -q -- "$3"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "$2 on $1 did not say '$3'"
    sleep 0.2
  done
}

# wait_for_broker MACHINE: until the Broker there serves REST
wait_for_broker() {
  local deadline=$((SECONDS + 60))
  until on "$1" curl -fsS --max-time 5 http://127.0.0.1:8888/health/ready >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "the Broker on $1 is not ready"
    sleep 0.2
  done
}

# Seconds of a job that something happens to while it runs: long enough that it still runs when a slow command line has seen it running.
job_seconds=${SZ_JOB_SECONDS:-30}

# begin_job MACHINE: submits such a job, waits until it runs, and leaves its id in $job
begin_job() {
  job=$(on "$1" schedulezero jobs submit host.wait "{\"seconds\":$job_seconds}" -o json | field id)
  wait_until "the job" running 60 state_of "$1" "$job"
}

# require_one_success MACHINE: the job that was begun succeeds, in one attempt
require_one_success() {
  wait_until "the job" succeeded $((job_seconds + 90)) state_of "$1" "$job"
  check "its attempts" succeeded "$(attempts_of "$1" "$job")"
}

# state_of MACHINE JOB, attempts_of MACHINE JOB: as the command line on the machine shows them; no state while the Broker is away
state_of() { on "$1" schedulezero jobs get "$2" -o json 2>/dev/null | field state 2>/dev/null || true; }

attempts_of() { on "$1" schedulezero jobs attempts "$2" -o json | outcomes; }

# address_of MACHINE HANDLER: where the Broker sees the handler's only session, when that is ready
address_of() {
  on "$1" schedulezero handlers get "$2" -o json 2>&1 | /usr/bin/python3 -c 'import json, sys
text = sys.stdin.read()
s = [s for s in json.loads(text)["sessions"] if s["state"] == "ready"] if text.startswith("{") else []
print(s[0].get("remoteAddress") if len(s) == 1 else f"{len(s)} sessions")'
}

# transport_of MACHINE HANDLER: what the agent there has noted about its way to the Bridge; without noise before there is a note
transport_of() { grep -o 'WebSockets\|ServerSentEvents\|LongPolling' "/proc/${inits[$1]}/root/var/lib/schedulezero/.config/schedulezero/ways/$2.json" 2>/dev/null || true; }

# own_authority MACHINE NAME…: a certificate for the names, of a new authority, in /etc/schedulezero
own_authority() {
  on "$1" bash -euo pipefail -c 'mkdir -p /etc/schedulezero && cd /etc/schedulezero
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Example CA" -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=$(printf ",DNS:%s" "$@" | cut -c 2-)" \
      -keyout tls.key -out tls.csr
    openssl x509 -req -in tls.csr -copy_extensions copy -CA ca.pem -CAkey ca.key -days 397 -out tls.pem' bash "${@:2}" 2>/dev/null
}

# Adds the logs of the services to what fail shows.
fail() {
  local machine log
  {
    printf 'FAILED: %s\n' "$*"
    for log in "$work"/*.log; do [ -s "$log" ] && printf '\n%s:\n' "$(basename "$log")" && tail -n 25 "$log"; done
    for machine in "${!inits[@]}"; do
      for log in /proc/"${inits[$machine]}"/root/var/log/*.log; do
        [ -s "$log" ] && printf '\n%s: %s:\n' "$machine" "$(basename "$log")" && tail -n 25 "$log"
      done
    done
  } >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
need ip nft conntrack nsenter unshare setpriv pgrep openssl curl ss
unshare --net --mount --pid --fork true 2>/dev/null || skip "this machine does not let root make namespaces"
: >"$work/hosts"
name 127.0.0.1 localhost
