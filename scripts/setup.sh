#!/usr/bin/env bash
# Makes DuckDB's library available to the build, and tells Cargo where it is.
#
# The first that works is taken:
#   1. DUCKDB_LIB_DIR, if it names a folder with libduckdb.so
#   2. the official library inside DuckDB's npm package, fetched once into the
#      user's cache and checked by its hash
#   3. nothing: Cargo's feature `bundled` then compiles DuckDB from source
#
# Then, optional: redis-server for the tests of the workers, with apt where that
# works; without it those tests say SKIPPED (and fail where CI is set).
#
# Writes .cargo/config.toml (ignored by git), and .cargo/features for the
# Makefile: empty, or `--features regatta/bundled`.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.5.6
package=@duckdb/node-bindings-linux-x64@1.5.6-r.1
package_sha256=1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff
cache="${XDG_CACHE_HOME:-$HOME/.cache}/regatta/duckdb/$version"

use_library() {
    mkdir -p .cargo
    local text
    text=$(printf '# Written by scripts/setup.sh.\n[env]\nDUCKDB_LIB_DIR = "%s"\n' "$1")
    # Only when it differs: a newer file would make Cargo look again.
    [ "$(cat .cargo/config.toml 2>/dev/null)" = "$text" ] || printf '%s\n' "$text" > .cargo/config.toml
    : > .cargo/features
}

# What is unfinished goes, however the script ends.
work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# Each step says where it ends: `set -e` does not hold in a function that is asked
# whether it worked.
fetch_library() {
    [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || return 1
    command -v npm > /dev/null || return 1
    mkdir -p "$cache" || return 1
    # Beside the place of the library, so that one rename puts it there whole.
    work=$(mktemp -d "$cache/.new-XXXXXX") || return 1
    echo "Fetching DuckDB $version (23 MB) with npm ..." >&2
    (cd "$work" && npm pack --silent "$package" > /dev/null) || return 1
    local archive
    archive=$(echo "$work"/*.tgz)
    if ! echo "$package_sha256  $archive" | sha256sum --check --status; then
        echo "error: $package does not have the sha256 $package_sha256" >&2
        exit 1
    fi
    tar -xzf "$archive" -C "$work" package/libduckdb.so || return 1
    mv "$work/package/libduckdb.so" "$cache/libduckdb.so"
}

if [ -n "${DUCKDB_LIB_DIR:-}" ] && [ -e "$DUCKDB_LIB_DIR/libduckdb.so" ]; then
    use_library "$DUCKDB_LIB_DIR"
elif [ -e "$cache/libduckdb.so" ] || fetch_library; then
    use_library "$cache"
else
    mkdir -p .cargo
    rm -f .cargo/config.toml
    echo '--features regatta/bundled' > .cargo/features
    echo "No prebuilt DuckDB library is to be had here: it will be compiled from source." >&2
    echo "That takes about 40 minutes on two cores, once." >&2
fi

if ! command -v redis-server > /dev/null && [ -z "${REGATTA_REDIS_SERVER:-}" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        echo "Installing redis-server for the tests of the workers ..." >&2
        # Some images start what they install; the tests start their own.
        (apt-get install -y --no-install-recommends redis-server > /dev/null 2>&1) ||
            (apt-get update > /dev/null 2>&1 &&
                apt-get install -y --no-install-recommends redis-server > /dev/null 2>&1) ||
            echo "redis-server could not be installed: some tests will be skipped." >&2
    else
        echo "No redis-server: some tests will be skipped. Debian: apt-get install redis-server" >&2
    fi
fi
