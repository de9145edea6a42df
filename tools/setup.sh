#!/bin/sh
# Build .venv from uv.lock with nothing but a Python >= 3.11.
# usage: setup.sh run|dev      run: what kai needs to run; dev: the development tools as well
set -eu
cd "$(dirname "$0")/.."
what=${1:-dev}

say() { printf 'setup: %s\n' "$*" >&2; }

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if [ -n "$candidate" ] && new_enough "$candidate"; then
      # The interpreter's own path: a shim or a link may mean something else elsewhere.
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  found=$(python3 -c 'import platform; print("python3 is " + platform.python_version())' \
    2>/dev/null) || found='there is no python3'
  say "kai needs Python 3.11 or newer, and $found."
  say "Install one, or name it: make PYTHON=/path/to/python3.12 ..."
  return 1
}

make_venv() {
  rm -rf .venv
  if "$python" -m venv .venv >/dev/null 2>&1; then
    return
  fi
  # Some systems split ensurepip from Python; the system's own pip can do its work.
  rm -rf .venv
  if "$python" -m venv --without-pip .venv && "$python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  rm -rf .venv
  say "$python can make no virtual environment: its venv or pip module is missing."
  say "Install it (on Debian and Ubuntu: apt-get install python3-venv), or install uv."
  return 1
}

pip() {
  if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    .venv/bin/python -m pip "$@"
  else
    "$python" -m pip --python .venv/bin/python "$@"
  fi
}

locked_uv() {
  "$python" -c 'import tomllib
lock = tomllib.load(open("uv.lock", "rb"))
print(next(p["version"] for p in lock["package"] if p["name"] == "uv"))'
}

python=$(find_python)
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON="$python" UV_NO_PROGRESS=1

# A .venv that was moved, or whose Python is gone or too old, is built again.
if [ -e .venv ] && ! new_enough .venv/bin/python; then
  say "the .venv found here does not work; building it again"
  rm -rf .venv
fi
if [ -x .venv/bin/uv ] && .venv/bin/uv --version >/dev/null 2>&1; then
  uv=.venv/bin/uv
  UV_PYTHON=.venv/bin/python
elif command -v uv >/dev/null 2>&1; then
  uv=uv
else
  say "building .venv with $("$python" --version)"
  make_venv
  pip install --quiet --disable-pip-version-check "uv==$(locked_uv)"
  uv=.venv/bin/uv
  UV_PYTHON=.venv/bin/python
fi

say "installing what uv.lock names"
case $what in
  run) "$uv" sync --locked --quiet --inexact --no-dev ;;
  dev) "$uv" sync --locked --quiet --inexact && touch .venv/.ready-dev ;;
  *) say "unknown set: $what (run or dev)"; exit 2 ;;
esac
# Where Python may not write bytecode (PYTHONDONTWRITEBYTECODE, a read-only tree) every start would
# compile all sources anew; what lies there is used all the same.
.venv/bin/python -m compileall -q kai lsp shell
touch .venv/.ready-run
