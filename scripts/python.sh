#!/usr/bin/env bash
# Makes the Python environment of the tests and notebooks, and prints the path
# of its interpreter: the only line on standard output.
#
# The environment lies in the user's cache, in a folder that is named after the
# packages asked for and the version of Python, so that a change of either makes
# a new one and checkouts do not disturb each other. What nobody used for a month
# is removed.
#
# Exits with 3, and the reason on standard error, where none can be made: no
# Python 3.11 or later, no pip, no network.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=tests/python/requirements.txt
constraints=tests/python/constraints.txt
python="${PYTHON:-python3}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/regatta/venv"

give_up() {
    echo "no Python environment: $1" >&2
    exit 3
}

make_environment() {
    rm -rf "$folder"
    # Some distributions leave out the pip that venv would install; the one of
    # the system can install into an environment without.
    if "$python" -c 'import ensurepip' 2> /dev/null && "$python" -m venv "$folder" 2> "$log"; then
        pip=("$folder/bin/python" -m pip)
    elif rm -rf "$folder" && "$python" -m venv --without-pip "$folder" 2> "$log" \
        && "$python" -m pip --python "$folder/bin/python" --version > /dev/null 2> "$log"; then
        pip=("$python" -m pip --python "$folder/bin/python")
    else
        tail -n 3 "$log" >&2
        give_up "neither venv nor pip of $python works (Debian: apt install python3-venv)"
    fi
    echo "Installing the Python packages of $requirements (140 MB, once) ..." >&2
    if ! "${pip[@]}" install --quiet --disable-pip-version-check --retries 2 --only-binary :all: \
        --requirement "$requirements" --constraint "$constraints" 2> "$log"; then
        { grep -m 1 -o 'connection broken by.*' "$log"; grep '^ERROR' "$log"; } | cut -c 1-300 >&2 || true
        give_up "pip could not install $requirements"
    fi
}

command -v "$python" > /dev/null || give_up "there is no $python"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || give_up "$python is $version, 3.11 or later is needed"

asked=$(cat "$requirements" "$constraints" | sha256sum | cut -c 1-12)
folder="$cache/$version-$asked"
mkdir -p "$cache"

# One at a time: tests run side by side.
exec 9> "$cache/lock"
flock 9
if [ ! -e "$folder/complete" ]; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    make_environment
fi
touch "$folder/complete"
find "$cache" -mindepth 2 -maxdepth 2 -name complete -mtime +30 -printf '%h\0' | xargs -0 -r rm -rf
echo "$folder/bin/python"
