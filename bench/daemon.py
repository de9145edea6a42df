"""The daemon: start to listening, round trips through its socket, memory.

    python -m bench daemon [--runs N] [--requests N]

Goals on a quiet machine of two cores: listening 150 ms, `kai warmup` 30 ms, a kept answer 2 ms at
p95 4, a built-in one 4 ms at p95 8, 60 MB. A round trip begins and ends in a Python client with a
connection of its own, as each key has one; `hello` is the floor of that.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from pathlib import Path

from bench.harness import Samples, environment, processes, report, report_processes
from kai_shell.daemon import client, lifecycle, runtime

KAI = str(Path(sys.executable).with_name("kai"))


def listening(env: dict[str, str]) -> float:
    """Seconds from starting the process to the first connection that it takes."""
    path = runtime.socket_path(runtime.folder(env))
    start = time.perf_counter()
    lifecycle.launch(env)
    while time.perf_counter() - start < 30:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError:
                time.sleep(0.001)
            else:
                return time.perf_counter() - start
    raise RuntimeError("the daemon does not listen")


def warm(env: dict[str, str]) -> dict[str, str]:
    """What a loaded daemon says of itself."""
    for _ in range(3000):
        said = lifecycle.status(env)
        if said is None or said["state"] == "cold":
            raise RuntimeError("the daemon could not load")
        if said["state"] == "warm":
            return said
        time.sleep(0.01)
    raise RuntimeError("the daemon does not get warm")


def round_trips(folder: str, requests: list[str]) -> Samples:
    """Seconds of each request, connection included."""
    seconds = []
    for words in requests:
        start = time.perf_counter_ns()
        answer = client.ask(
            folder, ["ask", "zsh", "", "80", "/", "", "", words] if words else ["hello"]
        )
        seconds.append((time.perf_counter_ns() - start) / 1e9)
        if answer[0] not in ("put", "offer", "hello"):
            raise RuntimeError(f"{words!r} was answered with {answer}")
    return Samples.of(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--requests", type=int, default=300)
    given = parser.parse_args()
    # A short name: a socket's path has 103 bytes.
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        scratch = Path(name).resolve()
        env = environment(scratch) | {"XDG_RUNTIME_DIR": str(scratch)}
        try:
            measure(env, given.runs, given.requests)
        finally:
            lifecycle.stop(env)


def measure(env: dict[str, str], runs: int, requests: int) -> None:
    folder = runtime.folder(env)
    starts = []
    for turn in range(runs + 1):
        lifecycle.stop(env)
        taken = listening(env)
        warm(env)  # so that the bytecode is written, and nothing is loading in the next turn
        if turn:
            starts.append(taken)
    report("start to listening", Samples.of(starts))
    report_processes(processes({"kai warmup (it runs)": [KAI, "warmup"]}, runs=runs, env=env))
    floor = round_trips(folder, [""] * requests)
    report("hello", floor)
    round_trips(folder, ["pods in kube-system"])
    kept = round_trips(folder, ["pods in kube-system"] * requests)
    report("ask, kept answer", kept, floor=floor)
    for shape in ("pods in team-{}", "scale deployment api-{} to 3", "delete pod web-{}"):
        words = [shape.format(number) for number in range(requests)]
        report(f"ask, built in: {shape.format('N')}", round_trips(folder, words), floor=floor)
    said = warm(env)
    print(f"memory after {said['requests']} requests: {said['memory']} MiB")


if __name__ == "__main__":
    main()
