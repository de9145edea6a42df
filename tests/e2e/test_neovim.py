"""The plugin in the real Neovims: keys pressed in a terminal, and the files that come of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.editors.neovim import Neovim, neovim
from tests.e2e.editors.terminal import written

SERVER = Path(__file__).parent / "editors" / "model_server.py"
DOWN = "kubectl get pods --namespace=prod --field-selector=status.phase!=Running"
SCRIPT = """\
#!/bin/sh
# ai: pods in prod
echo done
"""
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - name: see \N{ROCKET}
        run: |
          # ai: pods in prod
          echo done
"""
GONE = """\
#!/bin/sh
# ai: delete the checkout deployment in prod
echo done
"""
Start = Callable[..., Neovim]


@pytest.fixture(params=["stable", "testing"])
def name(request: pytest.FixtureRequest) -> str:
    """Debian 13's Neovim 0.10, and the newest that Debian has, 0.12 or later."""
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the edited files are."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def start(isolated_home: Path, folder: Path, name: str) -> Iterator[Start]:
    """Starts a Neovim in the folder and opens a file in it."""
    with ExitStack() as stack:

        def started(file: str, text: str, line: int, more: str = "") -> Neovim:
            path = folder / file
            path.write_text(text, encoding="utf-8")
            running = stack.enter_context(neovim(name, isolated_home, folder, more=more))
            running.open(path, line)
            return running

        yield started


def slow(seconds: float, log: Path, command: str) -> str:
    """Lines for init.lua: a server whose model takes this long."""
    words = [sys.executable, str(SERVER), str(seconds), str(log), command]
    return f"require('kai').setup({{ cmd = vim.json.decode({json.dumps(json.dumps(words))}) }})"


@pytest.mark.parametrize(
    ("file", "text", "line", "indent"),
    [("a.sh", SCRIPT, 2, ""), ("ci.yaml", WORKFLOW, 8, " " * 10)],
)
def test_a_comment_becomes_its_command_without_a_menu(
    start: Start, folder: Path, file: str, text: str, line: int, indent: str
) -> None:
    nvim = start(file, text, line)
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    nvim.command("write")
    comment = f"{indent}# ai: pods in prod\n"
    assert comment in text
    written(
        folder / file,
        text.replace(comment, f"{comment}{indent}kubectl get pods --namespace=prod\n"),
    )
