#!/usr/bin/env bash
# Takes the README's pictures anew, from the report that `cargo xtask demo --backtest` writes.
# Needs chromium. Usage: docs/pictures/make.sh [REPORT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
report=$(realpath "${1:-${CARGO_TARGET_DIR:-$here/../../target}/demo/report.html}")
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
shoot() { # FILE WIDTHxHEIGHT ADDRESS
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
    --window-size="${2/x/,}" --screenshot="$here/$1" "$3" >/dev/null 2>&1
}
shoot backtest-report.png 1180x1000 "file://$report"
for picture in "$here"/*.png; do
  bytes=$(stat -c %s "$picture")
  [ "$bytes" -lt 300000 ] || { echo "$picture has $bytes bytes: too many" >&2; exit 1; }
done
