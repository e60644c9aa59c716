#!/usr/bin/env bash
# Makes pictures of every page of the dashboard, in both themes and at the width of a phone:
#   bash tests/screenshots.sh [FOLDER]      sz-screenshots in the folder for temporary files unless given
#   SZ_SCREENSHOTS_ONLY=job bash tests/screenshots.sh      only pages whose names begin so
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SZ_SCREENSHOTS=${1:-${TMPDIR:-/tmp}/sz-screenshots}
bash tests/install-tools.sh
dotnet test tests/Dashboard.Tests -c Release --filter FullyQualifiedName~Screenshots
ls "$SZ_SCREENSHOTS"
