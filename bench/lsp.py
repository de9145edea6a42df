"""The language server over its pipe: start, answers on 5,000 lines, memory after an hour of typing.

Targets: start to `initialize` 400 ms; a code action 3 ms in the middle, 8 ms at 95 %; 60 MB after
2,000 edits. The floor of the start is a Python that imports asyncio and json and nothing else; a bare
server of pygls, which imports every type of the protocol, stands beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.harness import Samples, environment

ROUNDS = 9
LINES = 5_000
EDITS = 2_000
URI = "file:///bench/deploy.sh"

COMMAND = [sys.executable, "-m", "kai_lsp.cli"]
FLOOR = [sys.executable, "-c", "import asyncio, json"]
BARE = [
    sys.executable,
    "-c",
    "from pygls.lsp.server import LanguageServer as S; S('bare', '1').start_io()",
]


class Client:
    """As little of an editor as there can be."""

    def __init__(self, command: Sequence[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
        )
        self._number = 0
        self._version = 1

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: object) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            answer = self._read()
            if answer.get("id") == number and "method" not in answer:
                if "error" in answer:
                    raise RuntimeError(answer["error"]["message"])
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        size = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                size = int(line.partition(b":")[2])
        found = json.loads(self.process.stdout.read(size))
        assert isinstance(found, dict)
        return found

    def initialize(self) -> None:
        literals: dict[str, Any] = {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}
        }
        told: dict[str, Any] = {"textDocument": {"diagnostic": {}, "codeAction": literals}}
        params = {"processId": None, "rootUri": None, "capabilities": told}
        self.ask("initialize", params)

    def open(self, text: str) -> None:
        item = {"uri": URI, "languageId": "shellscript", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def type(self, line: int, character: int, new: str, removed: int = 0) -> None:
        self._version += 1
        start = {"line": line, "character": character}
        end = {"line": line, "character": character + removed}
        change = {"range": {"start": start, "end": end}, "text": new}
        whose = {"uri": URI, "version": self._version}
        params = {"textDocument": whose, "contentChanges": [change]}
        self.notify("textDocument/didChange", params)

    def actions(self, line: int) -> Any:
        place = {"line": line, "character": 0}
        params = {
            "textDocument": {"uri": URI},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        }
        return self.ask("textDocument/codeAction", params)

    def about(self, kind: str, **more: object) -> Any:
        return self.ask(f"textDocument/{kind}", {"textDocument": {"uri": URI}, **more})

    def memory(self) -> int:
        """Resident bytes now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(row for row in status.splitlines() if row.startswith("VmRSS"))
        return int(line.split()[1]) * 1024


def script(lines: int = LINES) -> str:
    """A deploy script as they are: functions, conditions, two commands in fifteen lines."""
    block = [
        "",
        "step_{n}() {{",
        "  local name=$1",
        '  log "step $name of {n}"',
        '  if [ -n "$name" ]; then',
        '    kubectl rollout status "deployment/$name" --namespace="$NS" --timeout=2m',
        "  fi",
        "  # ai: pods of app web{n} in staging",
        "  for host in a b c; do",
        '    echo "$host" | tee -a "$LOG"',
        "  done",
        "}}",
        'kubectl get pods -n "$NS" -l app=web{n} -o wide | grep -v Running',
        'echo "done {n}"',
        "wait",
    ]
    head = ["#!/bin/bash", "set -euo pipefail", "NS=staging", "LOG=/tmp/log"]
    rows = head + [row.format(n=n) for n in range(lines // len(block) + 1) for row in block]
    return "\n".join(rows[:lines]) + "\n"


@contextmanager
def server(env: dict[str, str], command: Sequence[str] = COMMAND) -> Iterator[Client]:
    with Client(command, env) as client:
        client.initialize()
        client.notify("initialized", {})
        yield client


def starts(env: dict[str, str]) -> None:
    """Start to the answer of `initialize`, beside a bare server and the floor."""
    found: dict[str, list[float]] = {"kai-lsp": [], "bare pygls": [], "asyncio": []}
    for number in range(ROUNDS + 1):
        for name, command in (("kai-lsp", COMMAND), ("bare pygls", BARE)):
            start = time.perf_counter()
            with server(env, command):
                took = time.perf_counter() - start
            if number:  # the first writes the bytecode
                found[name].append(took)
        start = time.perf_counter()
        subprocess.run(FLOOR, env=env, check=True)
        if number:
            found["asyncio"].append(time.perf_counter() - start)
    floor = Samples.of(found["asyncio"]).median
    for name, seconds in found.items():
        samples = Samples.of(seconds)
        print(f"start, {name:<24} {samples.line()}  x{samples.median / floor:.2f}")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def answers(env: dict[str, str]) -> None:
    """What an editor waits for, on a long script."""
    rows = script().split("\n")
    asked = [number for number, row in enumerate(rows) if "ai:" in row][:200]
    called = [number for number, row in enumerate(rows) if "kubectl" in row][:200]
    with server(env) as client:
        client.open(script())
        first = timed(lambda: client.actions(asked[0]))
        checked = timed(lambda: client.about("diagnostic"))
        print(
            f"opened: first action {first * 1e3:.0f} ms, diagnostics {checked * 1e3:.0f} ms later"
        )
        again = [*asked[:50], *asked[:50]]  # the cursor comes back to where it was
        for name, lines in (
            ("requests", asked),
            ("requests, again", again),
            ("commands", called),
            ("any line", range(0, LINES, 17)),
        ):
            seconds = [timed(lambda line=line: client.actions(line)) for line in lines]  # type: ignore[misc]
            print(f"actions, {name:<22} {Samples.of(seconds).line()}")
        for name, lines in (("requests", asked[:60]), ("commands", called[:60])):
            seconds = []
            for line in lines:
                client.type(4, 0, "x")
                seconds.append(timed(lambda line=line: client.actions(line)))  # type: ignore[misc]
            print(f"typing, actions, {name:<14} {Samples.of(seconds).line()}")
        changed = timed(lambda: client.about("diagnostic"))
        print(f"typing, then diagnostics {changed * 1e3:.0f} ms after the last letter")
        place = {"line": called[5], "character": 6}
        seconds = [timed(lambda: client.about("hover", position=place)) for _ in range(50)]
        print(f"hover                          {Samples.of(seconds).line()}")
        end = {"line": called[5], "character": len(rows[called[5]])}
        seconds = [timed(lambda: client.about("completion", position=end)) for _ in range(50)]
        print(f"completion                     {Samples.of(seconds).line()}")


def memory(env: dict[str, str], lines: int) -> None:
    """Resident memory at the start, with the script open and checked, and after the edits."""
    with server(env) as client:
        begin = client.memory()
        client.open(script(lines))
        client.about("diagnostic")
        opened = client.memory()
        for number in range(EDITS):
            line = 10 + number * 7 % (lines - 20)
            client.type(line, 0, "#" if number % 2 else "echo 1; ")
            if number % 10 == 0:
                client.actions(line)
            if number % 200 == 199:
                client.about("diagnostic")
        client.actions(10)
        after = client.memory()
    shown = "  ".join(
        f"{name} {value / 2**20:5.1f} MiB"
        for name, value in (("started", begin), ("opened", opened), (f"{EDITS} edits", after))
    )
    print(f"memory, {lines:>5} lines: {shown}")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        env = environment(Path(scratch))
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        starts(env)
        answers(env)
        memory(env, 300)
        memory(env, LINES)


if __name__ == "__main__":
    main()
