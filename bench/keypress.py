"""From the key to the rewritten line on the screen, in a real zsh on a terminal.

    python -m bench keypress [--runs N]

The floor is a widget that only assigns the line. Then the file of `kai init zsh`: asking a program
that answers every request with the same line, and asking kai's own daemon, for a kept answer and for
words it has not seen. Goals on a quiet machine of two cores, median / p95: kept 2 / 4 ms, built-in
4 / 8 ms, and 1 ms for reading the file when a shell starts.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness import Samples, environment, report
from kai_shell.commands.init import script
from kai_shell.daemon import lifecycle
from tests.shell_pty import PROMPT, ShellPty

KEY, KILL_WHOLE = "\x0b", "\x15"
COMMAND = "kubectl get pods --namespace=kube-system"

_SAME_ANSWER = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o600)
listener.listen(16)
print(flush=True)
while True:
    connection, _ = listener.accept()
    connection.recv(65536)
    connection.sendall(sys.argv[2].encode())
    connection.close()
"""

_RC = """\
PS1='{prompt}'
unsetopt prompt_sp prompt_cr
zmodload zsh/datetime
_probe() {{ print -rn -- "$CURSOR:$BUFFER"$'\\0' >| {probe} }}
zle -N _probe
bindkey -e
{rest}
bindkey '^X^P' _probe
"""

_NULL = f"null-widget() {{ BUFFER='{COMMAND}'; CURSOR=$#BUFFER }}; zle -N null-widget; bindkey '^K' null-widget"  # fmt: skip


@contextmanager
def shell(scratch: Path, env: dict[str, str], rest: str) -> Iterator[ShellPty]:
    program = shutil.which("zsh")
    assert program, "there is no zsh"
    rc = _RC.format(prompt=PROMPT, probe=scratch / "probe", rest=rest)
    (scratch / ".zshrc").write_text(rc, encoding="utf-8")
    there = env | {"ZDOTDIR": str(scratch), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    with ShellPty([program, "-d", "-i"], there, scratch / "probe") as running:
        yield running


def presses(running: ShellPty, words: Callable[[int], tuple[str, str]], runs: int) -> Samples:
    """Seconds from the key until the end of the command is on the screen."""
    seconds = []
    for number in range(runs + 3):
        text, end = words(number)
        running.keys(KILL_WHOLE + text)
        running.line()
        running.seen(0.005)
        running.forget()
        start = time.perf_counter()
        running.keys(KEY)
        running.until(end)
        if number >= 3:
            seconds.append(time.perf_counter() - start)
    return Samples.of(seconds)


def same(_number: int) -> tuple[str, str]:
    return "pods in kube-system", "kube-system"


def new(number: int) -> tuple[str, str]:
    """Words that no answer is kept for."""
    return f"pods in web-{number}", f"space=web-{number}"


def loading(running: ShellPty, path: Path, runs: int) -> Samples:
    """Seconds that reading the file takes when a shell starts, as the shell itself counts them."""
    command = (
        f"for i in {{1..{runs}}}; do t=$EPOCHREALTIME; . {path}; print $((EPOCHREALTIME - t)); done"
    )
    running.keys(KILL_WHOLE)
    return Samples.of(float(line) for line in running.run(command).split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    runs = parser.parse_args().runs
    rows: dict[str, Samples] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        runtime = scratch / "r"
        runtime.mkdir(mode=0o700)
        env = environment(scratch) | {"XDG_RUNTIME_DIR": str(runtime)}
        path = scratch / "kai.zsh"
        path.write_text(script("zsh", sys.executable, "^K", "^[k"), encoding="utf-8")
        with shell(scratch, env, _NULL) as running:
            rows["a widget that assigns the line"] = presses(running, same, runs)
        with shell(scratch, env, f"source {path}") as running:
            with same_answer(runtime / "kai"):
                rows["kai, the same answer always"] = presses(running, same, runs)
            try:
                lifecycle.start(env)
                time.sleep(2)  # it loads the rest behind its back
                rows["kai's daemon, kept answer"] = presses(running, same, runs)
                rows["kai's daemon, built-in answer"] = presses(running, new, runs)
            finally:
                lifecycle.stop(env)
            rows["reading the file at start"] = loading(running, path, runs)
    floor = next(iter(rows.values()))
    for label, samples in rows.items():
        report(label, samples, floor=floor)


@contextmanager
def same_answer(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "kai.sock"
    line = f"put\x1f{COMMAND}\x1f\n"
    server = subprocess.Popen(
        [sys.executable, "-c", _SAME_ANSWER, str(path), line], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield
    finally:
        server.kill()
        server.communicate()
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
