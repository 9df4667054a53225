#!/usr/bin/env bash
# Runs docs/notebooks on a demo lake of two days, at times that never change.
#
#     scripts/notebooks.sh check      compare what comes out with what is committed
#     scripts/notebooks.sh refresh    write what comes out into the notebooks
#
# REGATTA_BIN names the binary; without it the one that `make build` built.
# Exits with 3 where no Python environment can be made (scripts/python.sh).
set -euo pipefail
cd "$(dirname "$0")/.."

action="${1:?check or refresh}"
regatta="${REGATTA_BIN:-${CARGO_TARGET_DIR:-target}/release/regatta}"
[ -x "$regatta" ] || { echo "error: there is no $regatta: run make build" >&2; exit 1; }
python=$(./scripts/python.sh)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lake="$work/demo-lake"
demo() {
    SOURCE_DATE_EPOCH=$(date -u -d "$1" +%s) "$regatta" --lake "$lake" demo "${@:2}" > "$work/log" 2>&1 \
        || { cat "$work/log" >&2; exit 1; }
}
# The second call finds the first day unchanged and adds the second.
demo 2026-03-02T06:00:00Z --days false
demo 2026-03-03T06:00:00Z

"$python" tests/python/notebooks.py "$action" "$lake"
