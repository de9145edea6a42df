#!/bin/sh
# Install a real llama.cpp server to test against: the one of llama-cpp-python, built for the CPU
# from its source on PyPI, in a virtual environment of its own.
# usage: install-llama-cpp.sh [-d FOLDER]
# Everything goes into FOLDER (default: kai/llama-cpp in the user's cache folder); what is already
# there and runs is kept, and so is the wheel: with it, a new environment takes seconds instead of
# minutes. Needs Python >= 3.11 with venv, and a C and a C++ compiler.
#   FOLDER/VERSION/venv/bin/python -m llama_cpp.server    the server
#   FOLDER/wheels/                                        what was built
#   PYTHON=/path/to/python3.12                            the interpreter to use
set -eu

version=0.3.36
hash=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
# What the server is made of besides, as it was tried.
parts='fastapi==0.165.0 pydantic-settings==2.16.3 sse-starlette==3.7.0 starlette==1.10.0 uvicorn==0.54.0'

say() { printf 'install-llama-cpp: %s\n' "$*" >&2; }

folder=${XDG_CACHE_HOME:-$HOME/.cache}/kai/llama-cpp
if [ "${1:-}" = -d ] && [ $# -ge 2 ]; then
  folder=$2
  shift 2
fi
[ $# -eq 0 ] || {
  say "usage: install-llama-cpp.sh [-d FOLDER]"
  exit 2
}
mkdir -p "$folder/wheels"
folder=$(cd "$folder" && pwd)
venv=$folder/$version/venv

runs() {
  [ -e "$folder/$version/ready" ] && "$venv/bin/python" -m llama_cpp.server --help >/dev/null 2>&1
}

quietly() { # COMMAND...: its last words are shown where it fails
  "$@" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    say "this failed: $*"
    exit 1
  }
}

find_wheel() { # the one that was built for this Python, if any
  "$venv/bin/python" -m pip download -q --disable-pip-version-check --no-deps --no-index \
    --only-binary :all: --find-links "$folder/wheels" -d "$work/found" "llama-cpp-python==$version" \
    >/dev/null 2>&1 || return 0
  for wheel in "$work"/found/*.whl; do
    [ ! -e "$wheel" ] || echo "$folder/wheels/${wheel##*/}"
  done
}

build_wheel() {
  for compiler in "${CC:-cc}" "${CXX:-c++}"; do
    command -v "$compiler" >/dev/null 2>&1 || {
      say "llama.cpp is C++, and there is no '$compiler' on PATH: install a C++ compiler (Debian: g++)."
      exit 1
    }
  done
  say "building llama-cpp-python $version"
  echo "llama-cpp-python==$version --hash=sha256:$hash" >"$work/requirements"
  # Not for this very processor: a cache folder may come to another one. Without pictures: half the build.
  quietly env CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF ${CMAKE_ARGS:-}" \
    "$venv/bin/python" -m pip wheel -q --disable-pip-version-check --no-deps --require-hashes \
    --no-binary llama-cpp-python -w "$work/built" -r "$work/requirements"
  for wheel in "$work"/built/*.whl; do
    cp "$wheel" "$folder/wheels/.new"
    mv "$folder/wheels/.new" "$folder/wheels/${wheel##*/}"
  done
}

if runs; then
  exit 0
fi
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  say "this needs Python 3.11 or newer, and '$python' is not: name one, as in PYTHON=/path/to/python3.12"
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Made in its place, because an environment cannot be moved; whole from when `ready` is there.
rm -rf "${folder:?}/$version"
quietly "$python" -m venv "$venv"
wheel=$(find_wheel)
if [ -z "$wheel" ]; then
  build_wheel
  wheel=$(find_wheel)
fi
# shellcheck disable=SC2086 # a list of words is meant
quietly "$venv/bin/python" -m pip install -q --disable-pip-version-check "${wheel}[server]" $parts
: >"$folder/$version/ready"
runs || {
  rm -f "$folder/$version/ready"
  say "what was built does not run: $venv/bin/python -m llama_cpp.server"
  exit 1
}
