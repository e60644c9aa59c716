#!/usr/bin/env bash
# Installs what some suites and samples need beside the .NET SDK, once: Debian's packages, as root or with sudo, and npm's into a folder of the user's
# cache. Says what it could not get.
set -euo pipefail
spectral_version=6.16.3
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
  [ -e /usr/include/time.h ] || missing+=(libc6-dev)
  /usr/bin/python3 -c 'import zmq' >/dev/null 2>&1 || missing+=(python3-zmq)
  /usr/bin/python3 -c 'import dateutil' >/dev/null 2>&1 || missing+=(python3-dateutil)
  [ ${#missing[@]} -eq 0 ] && return

  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  if ! command -v apt-get >/dev/null 2>&1 || ! "${sudo[@]}" true 2>/dev/null; then
    echo "not installed, the suites that need them are skipped: ${missing[*]}"
    return
  fi

  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  echo "installed: ${missing[*]}"
}

# Checks the OpenAPI document.
install_spectral() {
  local folder=$cache/spectral-$spectral_version
  [ -x "$folder/node_modules/.bin/spectral" ] && return
  if ! command -v npm >/dev/null 2>&1; then
    echo "not installed, the OpenAPI document is not linted: spectral needs npm"
  elif npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel error "@stoplight/spectral-cli@$spectral_version" >/dev/null; then
    echo "installed: spectral $spectral_version"
  else
    rm -rf "$folder"
    echo "not installed, the OpenAPI document is not linted: npm could not get spectral $spectral_version"
  fi
}

install_packages
install_spectral
