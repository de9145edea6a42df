#!/bin/sh
# Install real kubectls to test against, each built from the Go modules kubectl itself is made of.
# usage: install-kubectl.sh [-d FOLDER] [MINOR | VERSION]...
#   install-kubectl.sh                 every minor version below
#   install-kubectl.sh 1.34 1.37       these, in the patch version below
#   install-kubectl.sh 1.37.2          exactly this one
# They are put into FOLDER (default: kai/kubectl in the user's cache folder) as kubectl-MINOR;
# what is already there and right is kept. Needs Go >= 1.21, which fetches a newer Go by itself
# where a version asks for one. Some minutes for the first, about one for each further one.
set -eu

# Minor versions kai has a table for, each in a patch version that the Go module proxy serves.
known='1.27.16 1.28.15 1.29.15 1.30.14 1.31.14 1.32.11 1.33.7 1.34.13 1.35.10 1.36.6 1.37.2'

say() { printf 'install-kubectl: %s\n' "$*" >&2; }

patch_of() {
  for full in $known; do
    case $full in "$1".*) echo "$full"; return ;; esac
  done
  say "no patch version of $1 is known here; name one, as in 1.37.2"
  return 2
}

is_version() { # PROGRAM VERSION: does it run, and is it that one?
  [ -x "$1" ] || return 1
  case $("$1" version --client 2>/dev/null) in *"v$2"*) return 0 ;; *) return 1 ;; esac
}

write_program() { # FOLDER: kubectl's own main, which is a few lines over a library
  cat >"$1/main.go" <<'GO'
// Command kubectl is the program of that name, from its released modules.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the sign-in plugins of cloud providers
)

func main() {
	command := cmd.NewDefaultKubectlCommand()
	if err := cli.RunNoErrOutput(command); err != nil {
		util.CheckErr(err)
	}
}
GO
}

build() { # VERSION OUTPUT
  module=v0.${1#1.}
  minor=${1#1.}
  minor=${minor%%.*}
  stamp=k8s.io/component-base/version
  (
    cd "$work"
    rm -f go.mod go.sum
    go mod init kubectl
    go get "k8s.io/kubectl@$module" "k8s.io/client-go@$module" "k8s.io/component-base@$module"
    go mod tidy
    CGO_ENABLED=0 go build -trimpath -o "$2.new" -ldflags "-s -w \
      -X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor -X $stamp.gitVersion=v$1 \
      -X $stamp.gitTreeState=clean" .
  ) >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    say "building kubectl $1 failed"
    return 1
  }
  # Moved into place when whole: whoever looks meanwhile sees the old one or the new one.
  mv "$2.new" "$2"
}

folder=${XDG_CACHE_HOME:-$HOME/.cache}/kai/kubectl
if [ "${1:-}" = -d ]; then
  folder=$2
  shift 2
fi
# shellcheck disable=SC2086 # a list of words is meant
[ $# -gt 0 ] || set -- $known
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
write_program "$work"

for wanted in "$@"; do
  case $wanted in
    1.*.*) version=$wanted ;;
    *) version=$(patch_of "$wanted") ;;
  esac
  output=$folder/kubectl-${version%.*}
  if is_version "$output" "$version"; then
    continue
  fi
  if ! command -v go >/dev/null 2>&1; then
    say "kubectl $version is built with Go, and there is no 'go' on PATH: install Go 1.21 or newer."
    exit 1
  fi
  say "building kubectl $version"
  build "$version" "$output"
  if ! is_version "$output" "$version"; then
    say "$output does not say that it is $version"
    exit 1
  fi
done
