#!/bin/sh
# Lint every sh and bash file of the repository; zsh and fish lint their own in the tests.
set -eu
cd "$(dirname "$0")/.."

set -- .ci tools shell tests
if [ -d editors ]; then set -- "$@" editors; fi
find "$@" -path '*/node_modules' -prune -o -path 'tests/cases' -prune -o -type f \
  \( -name '*.sh' -o -name '*.bash' -o -path '.ci/run' \) -exec .venv/bin/shellcheck {} +
