#!/usr/bin/env bash
# Installs, once, what some suites and samples need beside the .NET SDK: packages of Debian, as root or with sudo, and packages of npm in a folder of
# the user's cache. Prints what could not be installed.
set -euo pipefail
spectral_version=6.16.3
signalr_version=10.0.11
openapi_typescript_version=7.13.0
axe_version=4.14.1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/schedulezero

install_packages() {
  local missing=()
  need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
  need ip iproute2
  need nft nftables
  need conntrack conntrack
  need strace strace
  need python3 python3
  need node nodejs
  need npm npm
  need cc gcc
  need pebble pebble
  need testssl testssl.sh
  need nginx nginx
  need haproxy haproxy
  need caddy caddy
  need squid squid-openssl
  need sshd openssh-server
  need wg wireguard-tools
  need wireguard-go wireguard-go
  need curl curl
  need openssl openssl
  need pgrep procps
  need tinyproxy tinyproxy
  need chromium chromium
  [ -e /usr/include/time.h ] || missing+=(libc6-dev)
  /usr/bin/python3 -c 'import zmq' >/dev/null 2>&1 || missing+=(python3-zmq)
  /usr/bin/python3 -c 'import dateutil' >/dev/null 2>&1 || missing+=(python3-dateutil)
  [ ${#missing[@]} -eq 0 ] && return

  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  if ! command -v apt-get >/dev/null 2>&1 || ! "${sudo[@]}" true 2>/dev/null; then
    echo "not installed, the suites that need them are skipped: ${missing[*]}"
    return
  fi

  "${sudo[@]}" apt-get update -qq
  without_services "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  echo "installed: ${missing[*]}"
}

# without_services COMMAND…: installs packages without the services that come with them, now and at the next boot. The suites start what they need.
without_services() {
  local policy=/usr/sbin/policy-rc.d before added code=0
  before=$(enabled_services)
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
    trap '"${sudo[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  "$@" || code=$?
  added=$(comm -13 <(echo "$before") <(enabled_services))
  # shellcheck disable=SC2086 # The names of units are words.
  [ -z "$added" ] || "${sudo[@]}" systemctl disable $added
  return "$code"
}

enabled_services() {
  [ ! -d /run/systemd/system ] || systemctl list-unit-files --type=service --state=enabled --no-legend | awk '{ print $1 }' | sort
}

# install_npm FOLDER PURPOSE PACKAGE@VERSION…: installs packages into the cache, unless they are there.
install_npm() {
  local folder=$cache/$1 purpose=$2
  shift 2
  [ -d "$folder/node_modules" ] && return
  if ! command -v npm >/dev/null 2>&1; then
    echo "not installed, npm is missing: $purpose"
  elif npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel error "$@" >/dev/null; then
    echo "installed: $*"
  else
    rm -rf "$folder"
    echo "not installed, npm could not get $*: $purpose"
  fi
}

# This tool shows where a suite hangs. Its version is pinned in .config/dotnet-tools.json.
install_dump() {
  (cd "$(dirname "${BASH_SOURCE[0]}")/.." && dotnet tool restore >/dev/null) ||
    echo "not installed, a suite that hangs ends without its stacks: dotnet-dump could not be restored"
}

install_packages
install_npm "spectral-$spectral_version" "the OpenAPI document is not linted" "@stoplight/spectral-cli@$spectral_version"
install_npm "signalr-$signalr_version" "SignalR's JavaScript client is not tested" "@microsoft/signalr@$signalr_version"
install_npm "openapi-typescript-$openapi_typescript_version" "no client is generated from the OpenAPI document" \
  "openapi-typescript@$openapi_typescript_version" openapi-fetch@0.17.0 typescript@5.9.3
install_npm "axe-core-$axe_version" "pages of the dashboard are not checked for accessibility" "axe-core@$axe_version"
install_dump
