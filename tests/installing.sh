# Functions of the scripts that install what suites, samples and measurements need. To be sourced.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/schedulezero
missing=()

# need COMMAND PACKAGE: notes a package of Debian whose command is missing.
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }

# install_missing CONSEQUENCE: installs the packages that were noted, as root or with sudo.
install_missing() {
  [ ${#missing[@]} -eq 0 ] && return

  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo -n)
  if ! command -v apt-get >/dev/null 2>&1 || ! "${sudo[@]}" true 2>/dev/null; then
    echo "not installed, $1: ${missing[*]}"
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
