#!/usr/bin/env bash
# Installs, once, the servers that `tests/Benchmarks compare` measures beside ScheduleZero: packages of Debian, as root or with sudo, and BullMQ from
# npm in a folder of the user's cache. No test needs them. Prints what could not be installed; the comparison says so in the server's row.
set -euo pipefail
# tests/Benchmarks/Compare/Programs.cs names the same version.
bullmq_version=6.7.0
ioredis_version=6.0.0
# shellcheck source=tests/installing.sh
source "$(dirname "${BASH_SOURCE[0]}")/installing.sh"

need nats-server nats-server
need redis-server redis-server
need node nodejs
need npm npm
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
install_missing "the comparison goes without them"
install_npm "bullmq-$bullmq_version" "the comparison goes without BullMQ" "bullmq@$bullmq_version" "ioredis@$ioredis_version"
