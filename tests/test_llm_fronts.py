"""Every kind of answer a model gives, through every front: the same command, or an honest no.

The rows are those of tests/cases/llm/answers.jsonl, said by the scripted server that ships with kai
to `kai WORDS`, to the key of a shell (the daemon's request over its socket) and to the code action
of an editor (the language server over its streams).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kai_shell.daemon import protocol, runtime
from tests.lsp_client import Editor, editing, until
from tests.model_rows import FAMILIES, ROWS, Row, Serving, script_of
from tests.run_kai import kai
from tests.test_daemon import sent, serving

STATUSES = {"answered": 0, "abstained": 3, "refused": 4}


@contextmanager
def asking(monkeypatch: pytest.MonkeyPatch, script: Mapping[str, Any]) -> Iterator[Serving]:
    """The settings name a server with this script."""
    with Serving(script) as server:
        monkeypatch.setenv("KAI_LLM_ENABLED", "true")
        monkeypatch.setenv("KAI_LLM_WARM", "off")
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        yield server


@pytest.fixture(name="row_server", params=FAMILIES)
def _row_server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Row, ...]]:
    """The rows of a family; the settings name a server that says them."""
    rows = tuple(row for row in ROWS if row["family"] == request.param)
    with asking(monkeypatch, script_of(rows, "tiny")):
        yield rows


@pytest.fixture(name="runtime_folder")
def _runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A runtime folder with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(name).resolve()))
        yield runtime.folder(os.environ)


# --- every row, every front ---------------------------------------------------------------------


def test_kai_words_makes_of_an_answer_what_its_row_says(row_server: tuple[Row, ...]) -> None:
    for row in row_server:
        said = kai("--json", "--", *row["request"].split())
        assert said.out, (row["id"], said)
        told = json.loads(said.out)
        assert (told["outcome"], said.status) == (row["outcome"], STATUSES[row["outcome"]]), told
        if row["outcome"] == "answered":
            assert [told["command"], *told["steps"]] == [row["command"], *row["steps"]]
            assert told["author"]["model"].startswith("tiny")
            assert told["author"]["reach"] == "this machine"
        else:
            assert told["command"] is None
            assert told["reason"]


async def test_the_key_makes_of_an_answer_what_its_row_says(
    row_server: tuple[Row, ...], runtime_folder: str
) -> None:
    """Where there is none the answer holds no command to put: the line stays as it is."""
    env = "\n".join(f"{name}={os.environ[name]}" for name in os.environ if name[:8] == "KAI_LLM_")
    async with serving(runtime_folder):
        for row in row_server:
            fields = ["1", "ask", "zsh", "", "80", "/", "", env, row["request"]]
            kind, *more = await sent(runtime_folder, protocol.encode(fields))
            if row["outcome"] != "answered":
                assert (kind, len(more)) == ("none", 1), (row["id"], kind, more)
                continue
            assert kind == "offer", (row["id"], kind, more)
            assert more[0] == row["command"]
            details = more[3]
            assert all(step in details for step in row["steps"]), (row["id"], details)


async def test_the_code_action_makes_of_an_answer_what_its_row_says(
    row_server: tuple[Row, ...], tmp_path: Path
) -> None:
    """The file has the commands below the comment, or not one byte more than before."""
    async with editing(home=tmp_path, env={"KAI_LLM_ENABLED": "true"}) as editor:
        for row in row_server:
            await in_an_editor(editor, row)


async def in_an_editor(editor: Editor, row: Row) -> None:
    text = f"#!/bin/sh\n# ai: {row['request']}\necho done\n"
    uri = editor.open(f"{row['id']}.sh", text)
    before = len(editor.messages)
    await editor.choose(await editor.action(uri, "ai:", "ask the model"))
    await until(
        lambda: editor.text(uri) != text or len(editor.messages) > before,
        lambda: (row["id"], editor.questions),
    )
    if row["outcome"] == "answered":
        lines = editor.text(uri).split("\n")
        written = [line for line in lines[2:-2] if not line.startswith("#")]
        assert written == [row["command"], *row["steps"]], (row["id"], editor.messages)
    else:
        assert editor.text(uri) == text, row["id"]
        assert row["request"][:20] in editor.messages[-1], row["id"]


def test_a_server_that_ends_where_it_was_told_to_gives_the_same_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A request for one command is ended behind the first line; what stands behind words or a
    fence is found all the same."""
    rows = [row for row in ROWS if row["family"] in ("plain", "fences", "prose", "thinking")]
    name = "qwen2.5-coder:7b"
    with asking(monkeypatch, script_of(rows, name, ends=True)) as server:
        for row in rows:
            told = json.loads(kai("--json", "--", *row["request"].split()).out)
            assert (told["outcome"], told["command"]) == (
                row["outcome"],
                row["command"] or None,
            ), (row["id"], told)
        requests = server.asked()
    assert {one.path for one in requests} == {"/api/generate"}  # kai writes the roles itself
    stops = [set(one.body["options"]["stop"]) for one in requests]
    assert sum("\n" in stop for stop in stops) >= len(rows) - 3
