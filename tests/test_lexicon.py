"""The parsed lexicon is kept as bytecode is, and never trusted for other files than it was made of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kai.errors import TableError
from kai.nlu import lexicon

ASK = "import sys; from pathlib import Path; from kai.nlu import lexicon;"
ASK += "print(sorted(lexicon.read(Path(sys.argv[1])).phrases))"


def ask(folder: Path, **environment: str) -> str:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [sys.executable, "-c", ASK, str(folder)]
    done = subprocess.run(
        command, env={**plain, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "acts.txt").write_text("[act]\nget: show, list all\n", encoding="utf-8")
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return list(folder.rglob("*.marshal"))


def test_a_kept_lexicon_says_the_same_as_the_files(folder: Path) -> None:
    assert [ask(folder), ask(folder)] == ["['list all', 'show']"] * 2
    assert len(kept(folder)) == 1


def test_a_changed_file_is_parsed_again(folder: Path) -> None:
    ask(folder)
    (folder / "acts.txt").write_text("[act]\nget: show, view\n", encoding="utf-8")
    assert ask(folder) == "['show', 'view']"


def test_a_file_that_came_later_counts(folder: Path) -> None:
    ask(folder)
    (folder / "more.txt").write_text("[act]\ndelete: zap\n", encoding="utf-8")
    assert ask(folder) == "['list all', 'show', 'zap']"


@pytest.mark.parametrize("damage", [b"", b"\x00", b"not marshal at all", None])
def test_a_damaged_kept_lexicon_is_parsed_again(folder: Path, damage: bytes | None) -> None:
    ask(folder)
    (path,) = kept(folder)
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    assert ask(folder) == "['list all', 'show']"


def test_nothing_is_kept_where_python_writes_no_bytecode(folder: Path) -> None:
    ask(folder, PYTHONDONTWRITEBYTECODE="1")
    assert kept(folder) == []


def test_a_prefix_for_bytecode_holds_the_lexicon_too(folder: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "elsewhere"
    ask(folder, PYTHONPYCACHEPREFIX=str(prefix))
    assert [path.is_relative_to(prefix) for path in kept(folder)] == [True]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way", encoding="utf-8")
    assert ask(folder) == "['list all', 'show']"


def test_a_folder_without_files_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="reinstall kai"):
        lexicon.read(tmp_path)
