#!/usr/bin/env bash
# Checks licences, sources and known vulnerabilities of everything that the
# product is made of, with cargo-deny and deny.toml.
#
# cargo-deny is the one in PATH, or is compiled once into the user's cache. The
# database of vulnerabilities comes from GitHub; where that is not reachable the
# rest is checked, and a line says so.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
tools="${XDG_CACHE_HOME:-$HOME/.cache}/regatta/tools"

if command -v cargo-deny > /dev/null; then
    deny=cargo-deny
else
    deny="$tools/bin/cargo-deny"
    if ! "$deny" --version 2> /dev/null | grep -q " $version\$"; then
        echo "Compiling cargo-deny $version (some minutes, once) ..." >&2
        # Without optimisation: it runs for seconds. Not in the target folder of
        # the checkout, which another command may be using.
        CARGO_TARGET_DIR="$tools/build" cargo install --quiet --locked --debug --force \
            --root "$tools" --version "$version" cargo-deny
        rm -rf "$tools/build"
    fi
fi

# The graph of all platforms is looked at: their packages are needed too, of which
# a build fetches only those of its own.
cargo fetch --quiet --locked
"$deny" --offline check licenses bans sources
if timeout 120 "$deny" fetch db > /dev/null 2>&1; then
    "$deny" check --disable-fetch advisories
else
    echo "Known vulnerabilities were NOT checked: their database cannot be fetched here." >&2
fi
