"""Start-up is a feature: what may be imported on the way to a built-in answer.

Durations depend on the machine and are measured by `make bench`; what is imported does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake_daemon import FakeDaemon, answering

ROOT = Path(__file__).resolve().parent.parent
CASES = Path(__file__).parent / "cases" / "startup"

CORE = {
    "kai": "kai/__init__.py",
    "kai.errors": "kai/errors.py",
    "kai.model": "kai/model.py",
    "kai.kubectl.grammar": "kai/kubectl/grammar.py",
    "kai.kubectl.spec": "kai/kubectl/spec.py",
    "kai.kubectl.resources": "kai/kubectl/resources.py",
    "kai.kubectl.invocation": "kai/kubectl/invocation.py",
    "kai.kubectl.canonical": "kai/kubectl/canonical.py",
    "kai.nlu": "kai/nlu/__init__.py",
    "kai.validators": "kai/validators/__init__.py",
    "kai.engine": "kai/engine.py",
}


def loaded_by(program: str, *arguments: str) -> set[str]:
    """The modules a fresh Python has loaded after `program`, less those it always loads.

    `program` may end the process with SystemExit; an uncaught exception fails the test.
    """
    wrapped = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "try:\n"
        f"    exec({program!r})\n"
        "except SystemExit as end:\n"
        "    assert end.code in (None, 0), end.code\n"
        "names = sorted(set(sys.modules) - before)\n"
        "import json\n"
        "print('\\n' + json.dumps(names))\n"
    )
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-c", wrapped, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(names)


def heavy(names: set[str]) -> set[str]:
    """Those of `names` that tests/cases/startup/heavy.txt lists, sub-modules included."""
    listed = rows("heavy.txt")
    parents = {name: {name[:end] for end in _ends(name)} for name in names}
    return {name for name in names if parents[name] & listed}


def _ends(name: str) -> list[int]:
    """Where each dotted prefix of `name` ends, its own end included."""
    return [index for index, char in enumerate(name) if char == "."] + [len(name)]


def rows(name: str) -> set[str]:
    """The rows of a data file: one module a line, `#` begins a remark."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return {bare for line in lines if (bare := line.partition("#")[0].strip())}


@pytest.mark.parametrize("module", CORE)
def test_importing_the_core_imports_nothing_heavy(module: str) -> None:
    if not (ROOT / CORE[module]).exists():
        pytest.skip(f"{CORE[module]} is not there")
    assert heavy(loaded_by(f"import {module}")) == set()


def test_importing_kai_imports_nothing_at_all() -> None:
    assert loaded_by("import kai") == {"kai"}


COMMANDS = {
    "version.txt": ["--version"],
    "words.txt": ["--source", "builtin", "pods in kube-system"],
}


@pytest.mark.parametrize("allowed", COMMANDS)
def test_the_command_line_imports_only_what_its_list_allows(allowed: str) -> None:
    """A new import on the hot path is a decision: it is measured, then added to the list."""
    if not (ROOT / "shell/kai_shell/cli.py").exists():
        pytest.skip("there is no command line yet")
    program = "import sys; from kai_shell.cli import main; sys.exit(main())"
    names = loaded_by(program, *COMMANDS[allowed])
    ours = {name for name in names if name.partition(".")[0] in ("kai", "kai_shell")}
    top = {name.partition(".")[0] for name in names - ours}
    public = {name for name in top if not name.startswith("_")}
    assert public - rows(allowed) == set()


def test_where_a_daemon_answers_next_to_nothing_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    program = "import sys; from kai_shell.cli import main; sys.exit(main())"
    with FakeDaemon(tmp_path / "kai", answering(b"words\x1f0\x1f1\x1fanswered\x1e\n")) as daemon:
        names = loaded_by(program, "pods in kube-system")
    assert daemon.asked[0][1] == "words"
    public = {name.partition(".")[0] for name in names if not name.startswith("_")}
    assert public - rows("through.txt") == {"kai", "kai_shell"}
    assert "kai_shell.request" not in names
    assert "kai.model" not in names


def test_a_kept_answer_is_given_without_loading_the_lexicon() -> None:
    program = "import sys; from kai_shell.cli import main; sys.exit(main())"
    first = loaded_by(program, "pods in kube-system")
    second = loaded_by(program, "pods in kube-system")
    assert "kai.nlu" in first
    assert "kai.nlu" not in second


def test_an_answer_that_needs_no_model_loads_nothing_that_asks_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAI_LLM_ENABLED", "true")
    program = "import sys; from kai_shell.cli import main; sys.exit(main())"
    for _ in ("understood", "kept"):
        names = loaded_by(program, "pods in kube-system")
        models = {name for name in names if name.startswith("kai.llm.")}
        assert models == {"kai.llm.weights"}
        assert "asyncio" not in names
