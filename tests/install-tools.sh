#!/usr/bin/env bash
# Installs, once, what some suites and samples need beside the .NET SDK: packages of Debian, as root or with sudo, and packages of npm in a folder of
# the user's cache. Prints what could not be installed.
set -euo pipefail
spectral_version=6.16.3
signalr_version=10.0.11
openapi_typescript_version=7.13.0
axe_version=4.14.1
# shellcheck source=tests/installing.sh
source "$(dirname "${BASH_SOURCE[0]}")/installing.sh"

install_packages() {
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
  install_missing "the suites that need them are skipped"
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
