"""Start-up of the command line as a person feels it: whole processes next to a bare Python.

    python -m bench startup [--runs N]

Files and bytecode are in the machine's cache, as they are on any day but the first. Goals on a
quiet machine of two cores: `kai --version` 60 ms, `kai WORDS` 200 ms, or 40 ms where the daemon
runs, 1,000 rows 3 s.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bench._rows import requests
from bench.harness import Timing, environment, processes, report_processes
from kai_shell.daemon import lifecycle

# Beside the interpreter as it was called: a virtual environment's Python is a link out of it.
KAI = str(Path(sys.executable).with_name("kai"))
WORDS = "pods not running in kube-system"

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: prod
contexts:
- {name: prod, context: {cluster: prod, user: me, namespace: web}}
- {name: test, context: {cluster: test, user: me}}
clusters:
- {name: prod, cluster: {server: "https://10.0.0.1:6443"}}
- {name: test, cluster: {server: "https://10.0.0.2:6443"}}
users:
- {name: me, user: {token: none}}
"""


def batch(folder: Path, count: int = 1000) -> str:
    """A file of `count` rows for `kai --batch`: the requests of the test rows, again and again."""
    asked = requests()
    rows = ({"id": str(n), "request": asked[n % len(asked)]} for n in range(count))
    path = folder / f"{count}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def beside_daemon(runs: int, builtin: list[str], env: dict[str, str]) -> list[Timing]:
    """The same calls where the daemon answers."""
    # A short name: a socket's path has 103 bytes.
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        there = env | {"XDG_RUNTIME_DIR": str(Path(name).resolve())}
        lifecycle.start(there)
        try:
            while (lifecycle.status(there) or {}).get("state") == "loading":
                time.sleep(0.05)
            calls = {
                "kai WORDS (built-in)": builtin,
                "kai --json WORDS (built-in)": [KAI, "--json", "--source", "builtin", WORDS],
                "kai WORDS (kept answer)": [KAI, WORDS],
            }
            return processes(calls, runs=runs, env=there)
        finally:
            lifecycle.stop(there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        alone = environment(scratch / "alone")
        builtin = [KAI, "--source", "builtin", WORDS]
        single = {
            "python -c 'import kai'": [sys.executable, "-c", "import kai"],
            "kai --version": [KAI, "--version"],
            "kai --help": [KAI, "--help"],
            "kai WORDS (built-in)": builtin,
            "kai --json WORDS (built-in)": [KAI, "--json", "--source", "builtin", WORDS],
            "kai WORDS (kept answer)": [KAI, WORDS],
        }
        report_processes(processes(single, runs=runs, env=alone))
        print("with the daemon:")
        report_processes(beside_daemon(runs, builtin, alone))
        print("with a kubeconfig:")
        (scratch / "config").write_text(_KUBECONFIG, encoding="utf-8")
        there = environment(scratch / "there") | {"KUBECONFIG": str(scratch / "config")}
        there["PYTHONPYCACHEPREFIX"] = alone["PYTHONPYCACHEPREFIX"]
        report_processes(processes({"kai WORDS (built-in)": builtin}, runs=runs, env=there))
        print("1,000 rows:")
        many = [KAI, "--source", "builtin", "--batch", batch(scratch)]
        report_processes(processes({"kai --batch": many}, runs=max(3, runs // 5), env=alone))


if __name__ == "__main__":
    main()
