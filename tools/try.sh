#!/bin/sh
# The main job on a few real requests. Nothing is run: kai prints the command, you decide.
set -eu
cd "$(dirname "$0")/.."

# What is asked here is no part of the person's own history or cache.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
XDG_CACHE_HOME=$scratch/cache XDG_STATE_HOME=$scratch/state XDG_DATA_HOME=$scratch/data
export XDG_CACHE_HOME XDG_STATE_HOME XDG_DATA_HOME

ask() {
  printf '$ kai "%s"\n' "$1"
  .venv/bin/kai "$1" 2>"$scratch/remarks" || {
    status=$?
    cat "$scratch/remarks" >&2
    printf 'make try: kai ended with status %s\n' "$status" >&2
    exit 1
  }
  echo
}

ask "pods that are not running in kube-system"
ask "logs of api since 10 minutes in prod"
ask "scale deployment web to 5 replicas in staging"
ask "events in prod, newest last"
ask "restart the checkout deployment"
ask "which nodes use the most memory"
