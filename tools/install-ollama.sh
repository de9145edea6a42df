#!/bin/sh
# Install real Ollama servers to test against, each built for the CPU from its released Go module.
# usage: install-ollama.sh [-d FOLDER] [VERSION]...
#   install-ollama.sh                  0.13.5 and 0.11.4
#   install-ollama.sh 0.13.5           this one
# They are put into FOLDER (default: kai/ollama in the user's cache folder) as VERSION/ollama; what
# is already there and runs is kept. Some minutes for each from nothing. Needs Go >= 1.24, a C++
# compiler, and Python >= 3.11 with pip; where the system has not nlohmann/json.hpp and
# stb/stb_image.h (Debian: nlohmann-json3-dev, libstb-dev), an apt-get that can fetch them: they are
# unpacked beside the servers, nothing enters the system.
#   PYTHON=/path/to/python3.12         the interpreter to fetch one header with
set -eu

default='0.13.5 0.11.4'

say() { printf 'install-ollama: %s\n' "$*" >&2; }

usage() {
  say "usage: install-ollama.sh [-d FOLDER] [VERSION]...   (VERSION as in 0.13.5)"
  exit 2
}

quietly() { # COMMAND...: its last words are shown where it fails
  "$@" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    say "this failed: $*"
    exit 1
  }
}

runs() { # PROGRAM: it answers, without a server and without a home of its own
  [ -x "$1" ] && HOME=/nonexistent OLLAMA_HOST=127.0.0.1:1 "$1" --version >/dev/null 2>&1
}

is_before() { # VERSION VERSION: is the first one older?
  [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)" = "$1" ]
}

need_tools() {
  command -v go >/dev/null 2>&1 || {
    say "Ollama is built with Go, and there is no 'go' on PATH: install Go 1.24 or newer."
    exit 1
  }
  found=$(go env GOVERSION)
  found=${found#go}
  if is_before "${found%%[!0-9.]*}" 1.24; then
    say "Ollama needs Go 1.24 or newer, and 'go' on PATH is $found."
    exit 1
  fi
  if ! command -v "${CXX:-g++}" >/dev/null 2>&1; then
    say "Ollama's engine is C++, and there is no '${CXX:-g++}' on PATH: install a C++ compiler (Debian: g++)."
    exit 1
  fi
}

has_header() { # HEADER FOLDER
  printf '#include <%s>\n' "$1" | "${CXX:-g++}" "-I$2" -fsyntax-only -x c++ - 2>/dev/null
}

fetch_packages() { # PACKAGE...: their headers, from Debian's archive, without installing them
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    say "the headers nlohmann/json.hpp and stb/stb_image.h are missing, and there is no apt-get to fetch them with."
    say "Install them (Debian: $*; Fedora: json-devel, stb-devel)."
    exit 1
  fi
  # Lists of our own: no right to write the system's is needed, and no list may be there yet.
  state=$work/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  apt="apt-get -o Dir::State::lists=$state/lists -o Dir::Cache=$state/cache -o APT::Sandbox::User= -o Debug::NoLocking=1"
  # shellcheck disable=SC2086 # a list of words is meant
  quietly $apt update -qq
  (
    cd "$state"
    # shellcheck disable=SC2086
    quietly $apt download -qq "$@"
  ) || exit 1
  for package in "$state"/*.deb; do
    quietly dpkg -x "$package" "$state/unpacked"
  done
  cp -R "$state/unpacked/usr/include/." "$work/headers"
}

fetch_miniaudio() { # the header lies in the source of a Python package; pip holds it to its hash
  cat >"$work/requirements" <<'LINES'
miniaudio==1.71 --hash=sha256:ff51e2887bb673e2e757752b586b3dc924d59aa5fbcae9bbc45f4a111bd3262b
LINES
  quietly "${PYTHON:-python3}" -m pip download -q --disable-pip-version-check --no-deps \
    --no-binary miniaudio --require-hashes -d "$work/sdist" -r "$work/requirements"
  mkdir "$work/source"
  tar -xzf "$work"/sdist/miniaudio-*.tar.gz -C "$work/source" --strip-components=1
  mkdir "$work/headers/miniaudio"
  cp "$work/source/miniaudio/miniaudio.h" "$work/headers/miniaudio/"
}

need_headers() { # a Go module leaves out every folder named vendor/, and llama.cpp keeps three headers there
  [ ! -d "$headers" ] || return 0
  mkdir "$work/headers"
  if ! has_header nlohmann/json.hpp "$work/headers" || ! has_header stb/stb_image.h "$work/headers"; then
    fetch_packages nlohmann-json3-dev libstb-dev
  fi
  has_header miniaudio/miniaudio.h "$work/headers" || fetch_miniaudio
  # Kept, and always in the same place: with another one Go would compile everything again.
  mv "$work/headers" "$headers.$$"
  mv "$headers.$$" "$headers"
}

build() { # VERSION FOLDER
  if is_before "$1" 0.11.5; then
    # The last that is built as `go install` builds it, which is to call itself 0.0.0: so do the
    # builds of some distributions, and tests want one of them.
    quietly env CGO_ENABLED=1 GOBIN="$2" go install -ldflags "-s -w" "github.com/ollama/ollama@v$1"
  else
    need_headers
    quietly env CGO_ENABLED=1 GOBIN="$2" CGO_CPPFLAGS="'-I$headers'" go install \
      -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$1" "github.com/ollama/ollama@v$1"
  fi
}

folder=${XDG_CACHE_HOME:-$HOME/.cache}/kai/ollama
if [ "${1:-}" = -d ]; then
  [ $# -ge 2 ] || usage
  folder=$2
  shift 2
fi
# shellcheck disable=SC2086 # a list of words is meant
[ $# -gt 0 ] || set -- $default
for version in "$@"; do
  case $version in
    *[!0-9.]* | .* | *. | *..*) usage ;;
    *.*.*) ;;
    *) usage ;;
  esac
done
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

work=$(mktemp -d)
built=
trap 'rm -rf "$work" ${built:+"$built"}' EXIT
trap 'exit 1' HUP INT TERM
headers=$folder/.headers

for version in "$@"; do
  if runs "$folder/$version/ollama"; then
    continue
  fi
  need_tools
  say "building Ollama $version"
  # Beside its place, so that the move is one step: whoever looks meanwhile sees none or a whole one.
  built=$(mktemp -d "$folder/.new.XXXXXX")
  chmod 755 "$built"
  build "$version" "$built"
  runs "$built/ollama" || {
    say "what was built for $version does not run"
    exit 1
  }
  rm -rf "${folder:?}/$version"
  mv "$built" "$folder/$version"
  built=
done
