"""`kai check` as a process of its own, behind pipes, and as a hook of the real pre-commit."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.e2e.test_cli_process import wait_until_idle
from tests.run_kai import HEARS_INTERRUPTS

ROOT = Path(__file__).resolve().parent.parent.parent
KAI = str(Path(sys.executable).with_name("kai"))
MANIFEST = ROOT / ".pre-commit-hooks.yaml"

GET = "kubectl get pods\n"
DELETE = "kubectl delete pod x -n web\n"


def run(*argv: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [KAI, "check", *argv], input=stdin, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("argv", "stdin", "status"),
    [
        ([GET.strip()], "", 0),
        ([DELETE.strip()], "", 1),
        (["--file", "-"], DELETE, 1),
        (["--file", "none.sh"], "", 2),
        (["--batch", "-"], '{"id": 1}\n', 2),
        (["--frob", "x"], "", 2),
        ([], "", 2),
        (["--help"], "", 0),
    ],
)
def test_the_exit_status_of_the_process(argv: list[str], stdin: str, status: int) -> None:
    done = run(*argv, stdin=stdin.encode())
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr


def test_standard_input_is_read_as_bytes() -> None:
    done = run("--file", "-", stdin=b"\xef\xbb\xbf" + DELETE.replace("\n", "\r\n").encode())
    assert done.stdout.startswith(b"stdin:1:1: destructive: kubectl delete pod x -n web\n")
    assert b"CRLF" in done.stderr
    assert run("--file", "-", stdin=b"caf\xe9").returncode == 2


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_pipe_that_closes_early_leaves_no_complaint(form: str, tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text(DELETE * 5000)
    process = subprocess.Popen(
        [KAI, "check", f"--format={form}", "--file", str(script), str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    assert process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert said == b""


@pytest.mark.parametrize("argv", [["--file", "-"], ["--batch", "-"]])
def test_ctrl_c_ends_it_with_130_and_no_traceback(argv: list[str]) -> None:
    process = subprocess.Popen(
        [*HEARS_INTERRUPTS, KAI, "check", *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until_idle(process.pid)  # it waits for its input, which never ends
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, b"", b"")


def test_ten_thousand_rows_are_answered_in_order() -> None:
    commands = [GET.strip(), DELETE.strip(), "kubectl scale deploy web --replicas=0", "ls"]
    lines = [
        json.dumps({"id": number, "command": commands[number % 4]}) for number in range(10_000)
    ]
    done = run("--batch", "-", stdin="\n".join(lines).encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(10_000))
    tiers = ["read", "destructive", "destructive", "forbidden"]
    assert [answer["tier"] for answer in answers] == tiers * 2500


# --- pre-commit ----------------------------------------------------------------------------------


@pytest.fixture
def pre_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The real one, with a store of its own and no git hook of whoever runs the tests around it."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "store"))
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    found = shutil.which("pre-commit", path=str(Path(sys.executable).parent)) or shutil.which(
        "pre-commit"
    )
    if found is None:
        missing("there is no pre-commit")
    if shutil.which("git") is None:
        missing("there is no git")
    return found


def git(folder: Path, *argv: str) -> str:
    program = shutil.which("git")
    assert program is not None
    who = ("-c", "user.name=kai", "-c", "user.email=kai@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        [program, *who, *argv], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """A repository that offers the hook, run by the kai under test: nothing can be installed."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    text = MANIFEST.read_text(encoding="utf-8")
    assert text.count("language: python\n") == 1
    text = text.replace("language: python\n", "language: system\n")
    (folder / MANIFEST.name).write_text(text.replace("entry: kai ", f"entry: {KAI} "))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "hooks")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with scripts, each staged."""
    folder = tmp_path / "project"
    (folder / "ops").mkdir(parents=True)
    (folder / "ops" / "read only.sh").write_text(f"#!/bin/bash\n{GET}")
    (folder / "notes.md").write_text(DELETE)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    return folder


def hooked(
    pre_commit: str, hooks: Path, project: Path, *argv: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [pre_commit, "try-repo", str(hooks), "kai-check", "--all-files", "--verbose", *argv],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_manifest_is_valid(pre_commit: str) -> None:
    done = subprocess.run(
        [pre_commit, "validate-manifest", str(MANIFEST)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_hook_lets_a_harmless_commit_pass(pre_commit: str, hooks: Path, project: Path) -> None:
    done = hooked(pre_commit, hooks, project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    assert "kai: 1 file, 1 command: 1 read" in done.stdout


def test_the_hook_stops_a_destructive_commit_and_says_where(
    pre_commit: str, hooks: Path, project: Path
) -> None:
    (project / "ops" / "clean").write_text(f"#!/usr/bin/env bash\nset -e\n  {DELETE}")
    (project / "ops" / "clean").chmod(0o755)  # a script by its first line, not by its name
    git(project, "add", ".")
    done = hooked(pre_commit, hooks, project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Failed" in done.stdout
    assert "ops/clean:3:3: destructive: kubectl delete pod x -n web" in done.stdout
    assert "kai: 2 files, 2 commands: 1 read, 1 destructive" in done.stdout


def test_the_hook_takes_arguments(pre_commit: str, hooks: Path, project: Path) -> None:
    """`args` stand between the entry and the names of the files."""
    (project / "ops" / "clean.sh").write_text(DELETE)
    hook = {"id": "kai-check", "args": ["--fail-on=forbidden", "--format=github"]}
    head = git(hooks, "rev-parse", "HEAD")
    config = {"repos": [{"repo": str(hooks), "rev": head, "hooks": [hook]}]}
    (project / ".pre-commit-config.yaml").write_text(json.dumps(config))
    git(project, "add", ".")
    done = subprocess.run(
        [pre_commit, "run", "--all-files", "--verbose"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::warning file=ops/clean.sh,line=1," in done.stdout
