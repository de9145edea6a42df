"""Words to command, whole processes: kai, shell-gpt and llm with llm-cmd, next to a bare Python.

    python -m bench peers [--runs N]

Each is installed from the package index (kai from its own wheel) into a virtual environment of its
own in a temporary folder, which is deleted afterwards. The others ask a model on the loopback that
answers at once (bench/_stub.py): a real one comes on top of their figures. Needs uv or pip, and the
index; nothing else of the network is used.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench._stub import ANSWER, Stub
from bench.harness import FLOOR, Samples, environment, machine, process_memory
from bench.size import build

WORDS = "pods not running in kube-system"
_SHOWN = b"field-selector=status.phase!=Running"
_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Contender:
    """One program to measure. `typed`: it shows the command for editing, on a terminal only."""

    name: str
    argv: Sequence[str]
    typed: bool = False


def install(folder: Path, *packages: str) -> Path:
    """Make a virtual environment with `packages`; gives its folder of programs."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv:
        _run(uv, "venv", "--quiet", "--no-cache", "--python", sys.executable, str(folder))
        python = str(folder / "bin" / "python")
        _run(uv, "pip", "install", "--quiet", "--no-cache", "--python", python, *packages)
    else:
        _run(sys.executable, "-m", "venv", str(folder))
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-cache-dir")
        _run(*pip, *packages)
    return folder / "bin"


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv[:3])} failed: {done.stderr.strip()[-500:]}")


def configure(env: Mapping[str, str], url: str) -> dict[str, str]:
    """Point both programs to `url`, by their own configuration files; gives the environment."""
    home = Path(env["HOME"])
    shell_gpt = home / ".config" / "shell_gpt" / ".sgptrc"
    shell_gpt.parent.mkdir(parents=True)
    shell_gpt.write_text(
        f"OPENAI_API_KEY=none\nAPI_BASE_URL={url}\nDEFAULT_MODEL=stub\n", encoding="utf-8"
    )
    llm = home / "llm"
    llm.mkdir()
    entry = f"- model_id: stub\n  model_name: stub\n  api_base: {url}\n  api_key_name: stub\n"
    (llm / "extra-openai-models.yaml").write_text(entry, encoding="utf-8")
    (llm / "keys.json").write_text('{"stub": "none"}', encoding="utf-8")
    (llm / "default_model.txt").write_text("stub", encoding="utf-8")
    scratch = home / "tmp"
    scratch.mkdir()
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    kept = {name: value for name, value in env.items() if name.lower() not in proxies}
    more = {"LLM_USER_PATH": str(llm), "OPENAI_API_KEY": "none", "TMPDIR": str(scratch)}
    return {**kept, **more, "NO_PROXY": "127.0.0.1", "TERM": "xterm", "SHELL": "/bin/sh"}


def until_shown(argv: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds until a program on a terminal shows the command; it is then stopped, not obeyed."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 200))  # wide enough for the command to stay in one line
    start = time.perf_counter()
    child = subprocess.Popen(
        argv, stdin=end, stdout=end, stderr=end, env=env, start_new_session=True
    )
    os.close(end)
    seen, seconds = b"", None
    try:
        while seconds is None and time.perf_counter() - start < _DEADLINE:
            if not select.select([terminal], [], [], 0.5)[0]:
                continue
            try:
                part = os.read(terminal, 65536)
            except OSError:  # Linux says that the terminal has no other end any more
                part = b""
            if not part:
                break
            if b"\x1b[6n" in part:  # where is the cursor?
                os.write(terminal, b"\x1b[1;1R")
            seen += part
            if _SHOWN in _plain(seen):
                seconds = time.perf_counter() - start
    finally:
        child.kill()
        child.wait()
        os.close(terminal)
    if seconds is None:
        raise RuntimeError(f"{argv[0]} showed no command but: {seen[-300:]!r}")
    return seconds


def _plain(text: bytes) -> bytes:
    """The characters on the screen: what sets colours and moves the cursor left out."""
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", text)


def seconds_of(contender: Contender, env: Mapping[str, str]) -> float:
    """Wall seconds of one run. Raises RuntimeError where the command does not come out."""
    if contender.typed:
        return until_shown(contender.argv, env)
    start = time.perf_counter()
    done = subprocess.run(
        contender.argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=env
    )
    seconds = time.perf_counter() - start
    if done.returncode or (contender.name != FLOOR and _SHOWN not in done.stdout):
        said = (done.stdout + done.stderr).decode(errors="replace").strip()[-500:]
        raise RuntimeError(f"{contender.name} ended with {done.returncode}: {said}")
    return seconds


def contenders(scratch: Path) -> list[Contender]:
    """Everything that is measured, installed."""
    (scratch / "wheel").mkdir()
    kai = install(scratch / "kai", str(build(scratch / "wheel")))
    # shell-gpt imports click, which what it asks for does not always bring along.
    sgpt = str(install(scratch / "shell-gpt", "shell-gpt", "click") / "sgpt")
    llm = str(install(scratch / "llm", "llm", "llm-cmd") / "llm")
    shell = [sgpt, "--shell", "--no-interaction"]
    return [
        Contender(FLOOR, [str(kai / "python"), "-c", "pass"]),
        Contender("kai (built-in)", [str(kai / "kai"), "--source", "builtin", *WORDS.split()]),
        Contender("kai (kept answer)", [str(kai / "kai"), *WORDS.split()]),
        Contender("sgpt --shell", [*shell, "--no-cache", WORDS]),
        Contender("sgpt --shell (kept answer)", [*shell, WORDS]),
        Contender("llm prompt", [llm, "prompt", WORDS]),
        Contender("llm cmd, until shown", [llm, "cmd", WORDS], typed=True),
    ]


def versions(scratch: Path) -> str:
    """What was installed, as its own metadata says."""
    wanted = {"kai_kubectl": "kai", "shell_gpt": "shell-gpt", "llm": "llm", "llm_cmd": "llm-cmd"}
    found = {}
    for path in scratch.glob("*/lib/python*/site-packages/*.dist-info"):
        name, _, version = path.name.removesuffix(".dist-info").partition("-")
        if name in wanted:
            found[wanted[name]] = version
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = max(parser.parse_args().runs, 7)
    with tempfile.TemporaryDirectory() as name, Stub() as stub:
        scratch = Path(name)
        every = contenders(scratch)
        env = configure(environment(scratch / "place"), stub.url)
        print(f"{versions(scratch)}; {machine()}")
        taken: dict[str, list[float]] = {one.name: [] for one in every}
        for turn in range(runs + 1):
            for one in every:
                seconds = seconds_of(one, env)
                if turn:  # the first fills the caches and writes the bytecode
                    taken[one.name].append(seconds)
        floor = statistics.median(taken[FLOOR])
        kai = statistics.median(taken["kai (built-in)"])
        for one in every:
            samples = Samples.of(taken[one.name])
            peak = "" if one.typed else f"  {process_memory(one.argv, env=env) / 1e6:6.1f} MB"
            times = f"x{samples.median / floor:5.1f} floor  x{samples.median / kai:5.1f} kai"
            print(f"{one.name:<27} {samples.line('ms')}  {times}{peak}")
        print(f"the model was asked {len(stub.asked)} times and answered: {ANSWER}")


if __name__ == "__main__":
    main()
