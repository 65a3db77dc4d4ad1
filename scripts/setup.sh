#!/bin/sh
# Makes .venv and superset/.venv with everything that their uv.lock names: Superset needs other versions of what the pipeline
# needs too. Run through `make setup`; says what is missing where it cannot.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.8
BOOTSTRAP=.bootstrap
NEEDED_MB=3000

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# --- a Python that is supported: $PYTHON, else the first that fits ---------------------------------------------------
fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1
}
found=""
if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or 3.12 ($("$PYTHON" --version 2>&1 || true))"
    found=$PYTHON
else
    for candidate in python3 python3.12 python3.11 python; do
        if fits "$candidate"; then
            found=$candidate
            break
        fi
    done
fi
[ -n "$found" ] || fail "Python 3.11 or 3.12 is needed; found: $(python3 --version 2>&1 || echo none). Install one, or say which: make setup PYTHON=/path/to/python3.12"
python=$("$found" -c 'import sys; print(sys.executable)')

# --- room on the disk ------------------------------------------------------------------------------------------------
if [ ! -d .venv ] || [ ! -d superset/.venv ]; then
    free_mb=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free_mb" -ge "$NEEDED_MB" ] || fail "$free_mb MB free on this disk, $NEEDED_MB MB needed"
fi
[ -w . ] || fail "no permission to write in $(pwd)"

# --- uv, the installer, in an environment of its own -----------------------------------------------------------------
explain() {
    log=$1
    if grep -qi 'no space left' "$log"; then
        fail "the disk is full"
    elif grep -qiE 'dns error|name resolution|network is unreachable|connection (refused|reset)|timed out|error sending request|failed to establish|could not connect|max retries|from versions: none' "$log"; then
        cat "$log" >&2
        fail "the package index cannot be reached: check the network (or UV_DEFAULT_INDEX, HTTPS_PROXY) and run it again"
    fi
    cat "$log" >&2
    fail "$2"
}
log=$(mktemp)
dashboards_log=$(mktemp)
trap 'rm -f "$log" "$dashboards_log"' EXIT
if ! "$BOOTSTRAP/bin/uv" --version 2>/dev/null | grep -q "^uv $UV_VERSION"; then
    echo "setup: installing uv $UV_VERSION with $python"
    rm -rf "$BOOTSTRAP"
    if ! "$python" -m venv "$BOOTSTRAP" >"$log" 2>&1; then
        rm -rf "$BOOTSTRAP"
        if grep -qi 'ensurepip' "$log"; then
            fail "this Python has no venv: apt-get install python3-venv (or your system's package of that name)"
        fi
        explain "$log" "the environment for uv could not be made"
    fi
    "$BOOTSTRAP/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" >"$log" 2>&1 ||
        { rm -rf "$BOOTSTRAP"; explain "$log" "uv $UV_VERSION could not be installed"; }
fi

# --- the two locked environments, side by side ------------------------------------------------------------------------
echo "setup: installing the locked environments into .venv and superset/.venv"
export UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv UV_NO_PROGRESS=1
"$BOOTSTRAP/bin/uv" sync --locked --quiet --python "$python" --project superset >"$dashboards_log" 2>&1 &
dashboards=$!
# A shell without a terminal keeps its children from hearing an interrupt.
trap 'kill "$dashboards" 2>/dev/null; exit 130' INT TERM
failed=""
"$BOOTSTRAP/bin/uv" sync --locked --quiet --python "$python" >"$log" 2>&1 || failed=.venv
wait "$dashboards" || failed=${failed:-superset/.venv}
case $failed in
    .venv) explain "$log" "uv could not install what uv.lock names" ;;
    superset/.venv) explain "$dashboards_log" "uv could not install what superset/uv.lock names" ;;
esac
touch .venv/.ready
echo "setup: ready ($(.venv/bin/python --version))"
