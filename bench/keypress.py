"""From the key to the screen, in real shells on terminals: rewriting, the panel, Enter, the guard.

    python -m bench keypress [--runs N] [--shell zsh]

The floor is a key of the same shell that only assigns the line. Then the file of `kai init`, asking a
program that answers every request with the same line, and asking kai's own daemon: a kept answer,
words it has not seen, the panel until its last line is painted, and Enter there until the command
stands on the line. `Enter` is from the key until a command's own output, without kai's guard and with
it. Goals on a quiet machine of two cores, median / p95: kept 2 / 4 ms, built-in 4 / 8 ms, panel 12 /
16 ms, its Enter 8 ms, reading the file when a shell starts 1 ms, and less than 1 ms for the guard
where nothing is asked. No row has a model in it: the daemon has none to ask yet.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.harness import Samples, environment, report
from kai_shell.daemon import lifecycle
from tests.e2e.shells import Place
from tests.shell_pty import ShellPty
from tools.soak_faults import said
from tools.soak_shells import KEY, KINDS

COMMAND = "kubectl get pods --all-namespaces"
SAME = ("pods everywhere", "-namespaces")
"""Words, and what of their command shows last: nothing of it stands on the line before."""

_DAEMON = Path(__file__).parent.parent / "tools" / "soak_daemon.py"
_TIME = re.compile(r"T=([0-9.]+)")
_PANEL_ENDS, _PANEL_BEGINS = "leaves", "destructive"


class Bare(NamedTuple):
    """A key of the shell itself, and what puts the time into a variable NAME."""

    null: str
    clock: str


_NULL, _KUBECTL = b"\x18\x0e", "kubectl() { echo RA''N; }"  # Ctrl-X Ctrl-N

BARE: Mapping[str, Bare] = {
    "zsh": Bare(
        f"null-widget() {{ BUFFER='{COMMAND}'; CURSOR=$#BUFFER }}; zle -N null-widget;"
        " bindkey '^X^N' null-widget",
        "zmodload zsh/datetime; NAME=$EPOCHREALTIME",
    ),
    "bash": Bare(
        f"_null() {{ READLINE_LINE='{COMMAND}'; READLINE_POINT=${{#READLINE_LINE}}; }};"
        " bind -x '\"\\C-x\\C-n\": _null'",
        "NAME=$EPOCHREALTIME",
    ),
    "fish": Bare(
        f"function _null; commandline -r '{COMMAND}'; end; bind \\cx\\cn _null",
        "set NAME (date +%s.%N)",
    ),
}


@contextmanager
def started(
    name: str, scratch: Path, env: Mapping[str, str], *, guard: bool = False
) -> Iterator[ShellPty]:
    """A shell with kai's file and the key of the floor."""
    runtime = scratch / "kai"
    place = Place(Path(env["HOME"]), runtime, scratch / "probe", scratch / f"kai.{name}")
    kind = KINDS[name]
    passed = {key: value for key, value in env.items() if key.startswith(("XDG_RUNTIME", "PYTHON"))}
    clock = BARE[name].clock
    with kind.start(
        place,
        before=f"{kind.before()}\n{clock.replace('NAME', '_t0')}",
        after="\n".join((*(clock.replace("NAME", f"_t{n}") for n in (1, 2)), BARE[name].null)),
        python=sys.executable,
        guard=guard,
        **passed,  # type: ignore[arg-type] # variables, none of which is a parameter
    ) as running:
        yield running


def presses(
    running: ShellPty,
    clear: bytes,
    words: Callable[[int], tuple[str, str]],
    runs: int,
    key: bytes = KEY,
) -> Samples:
    """Seconds from the key until the end of the command is on the screen."""
    seconds = []
    for number in range(runs + 3):
        text, end = words(number)
        running.keys(clear + text.encode())
        running.line()
        running.seen(0.005)
        running.forget()
        start = time.perf_counter()
        running.keys(key)
        running.until(end)
        if number >= 3:
            seconds.append(time.perf_counter() - start)
    return Samples.of(seconds)


def panels(running: ShellPty, clear: bytes, runs: int) -> tuple[Samples, Samples]:
    """Seconds until a panel is painted to its last line, and from Enter until its command stands
    on the line."""
    painted, taken = [], []
    for number in range(runs + 3):
        running.keys(clear + f"remove deployment api-{number}".encode())
        running.line()
        running.seen(0.005)
        running.forget()
        start = time.perf_counter()
        running.keys(KEY)
        seen = running.until(_PANEL_ENDS)
        shown = time.perf_counter() - start
        if _PANEL_BEGINS not in seen.lower():
            raise RuntimeError(f"this is no panel: {seen!r}")
        running.seen(0.05)
        running.forget()
        start = time.perf_counter()
        running.keys(b"\r")
        running.until(f"deployment api-{number}")
        if number >= 3:
            painted.append(shown)
            taken.append(time.perf_counter() - start)
        running.seen(0.01)
    running.keys(clear)
    return Samples.of(painted), Samples.of(taken)


def enters(running: ShellPty, clear: bytes, command: str, runs: int) -> Samples:
    """Seconds from Enter until the output of the command."""
    seconds = []
    for number in range(runs + 3):
        running.keys(clear + command.encode())
        running.line()
        running.seen(0.005)
        running.forget()
        start = time.perf_counter()
        running.keys(b"\r")
        running.until("RAN")
        if number >= 3:
            seconds.append(time.perf_counter() - start)
        running.line()
    return Samples.of(seconds)


def same(_number: int) -> tuple[str, str]:
    return SAME


def new(number: int) -> tuple[str, str]:
    """Words that no answer is kept for."""
    return f"namespace w{number} pods", f"space=w{number}"


def loading(name: str, scratch: Path, env: Mapping[str, str], runs: int) -> Samples:
    """Seconds that reading the file takes when a shell starts, as the shell itself counts them, less
    what counting takes."""
    seconds = []
    for _ in range(runs):
        with started(name, scratch, env) as running:
            said = running.run("echo T=$_t0 T=$_t1 T=$_t2")
        begin, end, after = (float(time) for time in _TIME.findall(said)[-3:])
        seconds.append(max(end - begin - (after - end), 0))
    return Samples.of(seconds)


def measured(name: str, scratch: Path, env: Mapping[str, str], runs: int) -> dict[str, Samples]:
    """All rows of one shell; the first is the floor."""
    rows: dict[str, Samples] = {}
    clear = KINDS[name].clear
    with started(name, scratch, env) as running:
        rows["a key that assigns the line"] = presses(running, clear, same, runs, _NULL)
        with same_answer(scratch / "kai", scratch):
            rows["kai, the same answer always"] = presses(running, clear, same, runs)
        with daemon(env):
            rows["kai's daemon, kept answer"] = presses(running, clear, same, runs)
            rows["kai's daemon, built-in answer"] = presses(running, clear, new, runs)
            paint, take = panels(running, clear, max(runs // 2, 5))
            rows["the panel, until painted"], rows["Enter there, until on the line"] = paint, take
    rows["reading the file at start"] = loading(name, scratch, env, max(runs // 5, 5))
    for guard in (False, True):
        with daemon(env), started(name, scratch, env, guard=guard) as running:
            running.run(_KUBECTL if name != "fish" else "function kubectl; echo RA''N; end")
            what = "Enter, guard on" if guard else "Enter, no guard"
            rows[f"{what}: echo"] = enters(running, clear, "echo RA''N", runs)
            rows[f"{what}: kubectl get"] = enters(running, clear, "kubectl get pods", runs)
    return rows


@contextmanager
def daemon(env: Mapping[str, str]) -> Iterator[None]:
    """kai's own daemon, with everything loaded."""
    try:
        lifecycle.start(env)
        while (lifecycle.status(env) or {}).get("state") == "loading":
            time.sleep(0.05)
        time.sleep(1)  # what it does behind its back
        yield
    finally:
        lifecycle.stop(env)


@contextmanager
def same_answer(runtime: Path, scratch: Path) -> Iterator[None]:
    """A daemon that knows one answer alone."""
    runtime.mkdir(mode=0o700, exist_ok=True)
    steps, asked = scratch / "steps", scratch / "asked"
    steps.write_text(said(f"put\x1f{COMMAND}\x1f\x1f\x1f\n") + "\n", encoding="ascii")
    asked.touch()
    argv = [sys.executable, "-I", "-S", str(_DAEMON), str(runtime), str(steps), str(asked)]
    server = subprocess.Popen(argv, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield
    finally:
        server.kill()
        server.communicate()
        for name in ("kai.sock", "ask.fifo", "kai.lock"):
            (runtime / name).unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--shell", choices=sorted(KINDS), action="append", default=[])
    given = parser.parse_args()
    for name in given.shell or KINDS:
        if shutil.which(name) is None:
            print(f"{name}: not here")
            continue
        with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as folder:
            scratch = Path(folder).resolve()
            env = environment(scratch) | {"XDG_RUNTIME_DIR": str(scratch)}
            rows = measured(name, scratch, env, given.runs)
        print(f"-- {name}; load average {os.getloadavg()[0]:.1f}")
        floor = next(iter(rows.values()))
        for label, samples in rows.items():
            report(label, samples, floor=floor)
        _guard_costs(rows)


def _guard_costs(rows: Mapping[str, Samples]) -> None:
    """What the guard adds to Enter, as a difference of medians."""
    for what in ("echo", "kubectl get"):
        off, on = (rows[f"Enter, {how}: {what}"].seconds for how in ("no guard", "guard on"))
        added = statistics.median(on) - statistics.median(off)
        print(f"the guard adds to Enter ({what}): {added * 1e3:.3f} ms at the median")


if __name__ == "__main__":
    main()
