"""Words to command, whole processes and keys: kai beside shell-gpt, llm cmd and aichat.

    python -m bench peers [--runs N]

shell-gpt and llm with llm-cmd come from the package index, into kai's folder under the user's cache
folder, where they stay; kai from its own wheel, into a temporary one. aichat is measured where it is
on PATH or in bin/ there (`cargo install aichat --root` that folder). All others ask a model on the
loopback that answers at once (bench/_stub.py): a real one comes on top of their figures. kai answers
these words without a model. "key" rows press the key of the shell integration that a program ships,
until the command stands on the line. Needs uv or pip, and the index once.
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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench._integrations import keys
from bench._stub import ANSWER, Stub
from bench.harness import FLOOR, Samples, environment, machine, process_memory
from bench.size import build

WORDS = "pods not running in kube-system"
_SHOWN = b"field-selector=status.phase!=Running"
_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Contender:
    """One program to measure. `typed`: it shows the command for editing, on a terminal only.
    `daemon`: kai's daemon runs beside it."""

    name: str
    argv: Sequence[str]
    typed: bool = False
    daemon: bool = False


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
    aichat = home / "aichat"
    aichat.mkdir()
    models = f"api_base: {url}\n  api_key: none\n  models:\n  - name: stub\n"
    (aichat / "config.yaml").write_text(
        f"model: stub:stub\nclients:\n- type: openai-compatible\n  name: stub\n  {models}",
        encoding="utf-8",
    )
    scratch = home / "tmp"
    scratch.mkdir()
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    kept = {name: value for name, value in env.items() if name.lower() not in proxies}
    more = {"LLM_USER_PATH": str(llm), "OPENAI_API_KEY": "none", "TMPDIR": str(scratch)}
    more["AICHAT_CONFIG_DIR"] = str(aichat)
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


def kept(name: str, *packages: str) -> Path:
    """The folder of programs of a peer, installed where it is not yet."""
    folder = peers() / name
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        install(folder, *packages)
        done.touch()
    return folder / "bin"


def peers() -> Path:
    """Where the other programs are kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "kai" / "peers"


def contenders(scratch: Path) -> list[Contender]:
    """Everything that is measured, installed."""
    (scratch / "wheel").mkdir()
    kai = install(scratch / "kai", str(build(scratch / "wheel")))
    # shell-gpt imports click, which what it asks for does not always bring along.
    sgpt = str(kept("shell-gpt", "shell-gpt", "click") / "sgpt")
    llm = str(kept("llm", "llm", "llm-cmd") / "llm")
    shell = [sgpt, "--shell", "--no-interaction"]
    builtin = [str(kai / "kai"), "--source", "builtin", *WORDS.split()]
    found = shutil.which("aichat") or shutil.which("aichat", path=str(peers() / "bin"))
    return [
        Contender(FLOOR, [str(kai / "python"), "-c", "pass"]),
        Contender("kai, daemon (built-in)", builtin, daemon=True),
        Contender("kai, daemon (kept answer)", [str(kai / "kai"), *WORDS.split()], daemon=True),
        Contender("kai (built-in)", builtin),
        Contender("kai (kept answer)", [str(kai / "kai"), *WORDS.split()]),
        *([Contender("aichat -e", [found, "-e", WORDS])] if found else []),
        Contender("sgpt --shell", [*shell, "--no-cache", WORDS]),
        Contender("sgpt --shell (kept answer)", [*shell, WORDS]),
        Contender("llm prompt", [llm, "prompt", WORDS]),
        Contender("llm cmd, until shown", [llm, "cmd", WORDS], typed=True),
    ]


def versions(folders: Iterable[Path]) -> str:
    """What was installed, as its own metadata says."""
    wanted = {"kai_kubectl": "kai", "shell_gpt": "shell-gpt", "llm": "llm", "llm_cmd": "llm-cmd"}
    found = {}
    for folder in folders:
        for path in folder.glob("*/lib/python*/site-packages/*.dist-info"):
            name, _, version = path.name.removesuffix(".dist-info").partition("-")
            if name in wanted:
                found[wanted[name]] = version
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = max(parser.parse_args().runs, 7)
    # A short name: a socket's path has 103 bytes.
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name, Stub() as stub:
        scratch = Path(name).resolve()
        every = contenders(scratch)
        env = configure(environment(scratch / "place"), stub.url)
        print(f"{versions((scratch, peers()))}; {machine()}")
        (scratch / "run").mkdir(mode=0o700)
        beside = env | {"XDG_RUNTIME_DIR": str(scratch / "run")}
        subprocess.run([*every[1].argv[:1], "warmup", "--wait"], env=beside, check=True)
        try:
            taken: dict[str, list[float]] = {one.name: [] for one in every}
            for turn in range(runs + 1):
                for one in every:
                    seconds = seconds_of(one, beside if one.daemon else env)
                    if turn:  # the first fills the caches and writes the bytecode
                        taken[one.name].append(seconds)
            show(taken, every, env, beside)
            show_keys(keys(scratch, beside, WORDS, _SHOWN.decode(), runs))
        finally:
            subprocess.run([*every[1].argv[:1], "daemon", "stop"], env=beside, check=False)
        print(f"the model was asked {len(stub.asked)} times and answered: {ANSWER}")


def show(
    taken: Mapping[str, list[float]],
    every: Sequence[Contender],
    env: Mapping[str, str],
    beside: Mapping[str, str],
) -> None:
    """One line a program; `beside` is the environment with the daemon."""
    floor = statistics.median(taken[FLOOR])
    kai = statistics.median(taken["kai, daemon (built-in)"])
    for one in every:
        samples = Samples.of(taken[one.name])
        memory = 0 if one.typed else process_memory(one.argv, env=beside if one.daemon else env)
        peak = f"  {memory / 1e6:6.1f} MB" if memory else ""
        times = f"x{samples.median / floor:5.1f} floor  x{samples.median / kai:5.1f} kai"
        print(f"{one.name:<27} {samples.line('ms')}  {times}{peak}")


def show_keys(rows: Mapping[str, Samples]) -> None:
    """One line a shell integration; the first is kai's."""
    floor = next(iter(rows.values()))
    for name, samples in rows.items():
        print(f"{name:<27} {samples.line('ms')}  x{samples.median / floor.median:5.1f} kai")


if __name__ == "__main__":
    main()
