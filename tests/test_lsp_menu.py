"""What the menu of a request says: several commands, who wrote them, what stands there already; and
how editors that take only commands get their edits."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from kai_lsp.insertion import Below, block, generated_after, stands_already
from kai_lsp.regions import Document
from tests.lsp_client import editing, scripted, until, within

WORDS = "the pods of the blue team, prettily"
STEPS = ("kubectl get namespace blue", "kubectl get pods --namespace=blue")


async def test_a_kept_answer_of_a_model_shows_every_step_and_who_wrote_it(tmp_path: Path) -> None:
    command = scripted(script=["\n".join(STEPS)], author="small:1b")
    async with editing(home=tmp_path, command=command) as editor:
        text = f"#!/bin/sh\n# ai: {WORDS}\n"
        first = editor.open("a.sh", text)
        await editor.choose(await editor.action(first, "ai:", "ask the model"))
        await editor.changed_to(first, f"{text}{STEPS[0]}\n{STEPS[1]}\n")
        second = editor.open("b.sh", text)
        action = await editor.action(second, "ai:", f"{STEPS[0]}, then {STEPS[1]}")
        assert action.title.startswith("kai (small:1b): ")
        await editor.choose(action)
        assert editor.text(second) == f"{text}{STEPS[0]}\n{STEPS[1]}\n"


@pytest.mark.parametrize("client", ["vscode-11", "plain"])
async def test_a_request_that_now_asks_for_less_gets_its_command_replaced(
    tmp_path: Path, client: str
) -> None:
    """The new command is a part of the old one."""
    async with editing(client, home=tmp_path) as editor:
        uri = editor.open("a.sh", "# ai: pods in prod\n")
        await editor.choose((await editor.actions(uri, "ai:"))[0])
        at = editor.text(uri).index(" in prod")
        editor.type(uri, at, at + len(" in prod"), "")
        await editor.choose(await editor.action(uri, "ai:", "in place of what kai put there"))
        assert editor.text(uri) == "# ai: pods\nkubectl get pods\n"


async def test_a_line_of_somebody_s_own_that_does_more_is_not_what_was_asked(
    tmp_path: Path,
) -> None:
    async with editing(home=tmp_path) as editor:
        uri = editor.open("a.sh", "# ai: pods\nkubectl get pods --namespace=prod | wc -l\n")
        assert (await editor.titles(uri, "ai:"))[:2] == [
            "kai: kubectl get pods",
            "kai: kubectl get pods in place of: kubectl get pods --namespace=prod | wc -l",
        ]


async def test_where_the_workspace_is_not_trusted_the_menu_says_why_no_model_is_asked(
    tmp_path: Path,
) -> None:
    command = scripted(script=["kubectl get pods"])
    async with editing(home=tmp_path, command=command, options={"trusted": False}) as editor:
        uri = editor.open("a.sh", f"# ai: {WORDS}\n")
        [action] = await editor.actions(uri, "ai:")
        await editor.choose(action)
        await editor.told(1)
        assert "this workspace is not trusted" in editor.messages[-1]
        assert editor.edits == []


PLACES = [
    ("a.sh", "# ai: a\n"),
    ("a.yml", "script:\n  # ai: a\n  - b\n"),
    ("a.yml", "jobs:\n  a:\n    steps:\n      - run: >\n          b\n          # ai: a\n"),
    ("a.yaml", "# ai: a\nkind: Pod\n"),
    ("Makefile", "a:\n\t# ai: b\n"),
    ("Dockerfile", "RUN a && \\\n  # ai: b\n  c\n"),
    ("a.md", "<!-- ai: a -->\n"),
    ("a.sh", "# ai: a\r\n"),
]


@pytest.mark.parametrize(("name", "text"), PLACES)
@pytest.mark.parametrize("above", [(), ("destructive: deletes objects",)])
@pytest.mark.parametrize("by_kai", [True, False])
@pytest.mark.parametrize("commands", [STEPS[:1], STEPS])
def test_in_every_place_what_was_put_there_stands_there_already(
    name: str, text: str, above: tuple[str, ...], by_kai: bool, commands: tuple[str, ...]
) -> None:
    if above and not by_kai and name != "a.md":
        return  # a remark of somebody's own is no command, and hides what is below
    command, *then = commands
    document = Document(text, "", name)
    lines = block(document.comments[0].place, command, above, then)
    at = document.lines.span(document.lines.line(document.comments[0].end))[1]
    gap = "\n\n" if ">" in text and "run" in text else "\n"
    document = Document(text[:at] + gap + "\n".join(lines) + text[at:], "", name)
    comment = document.comments[0]
    below = generated_after(document, comment, ["\n".join(lines)] if by_kai else ())
    assert below is not None
    assert below.by_kai is by_kai
    if by_kai or len(commands) == 1 or ">" not in text:
        assert stands_already(document, comment, below, command, then)
    for other in ("kubectl get namespace", "kubectl get namespace blue -o yaml", "kubectl get"):
        assert not stands_already(document, comment, below, other, then)
    assert not stands_already(document, comment, below, command, (*then, "kubectl get nodes"))


@pytest.mark.parametrize("before", ["- ", "sudo ", "run: ", "then  "])
def test_with_something_in_front_of_it_a_command_of_somebody_s_own_stands_there(
    before: str,
) -> None:
    line = f"{before}{STEPS[0]}"
    document = Document(f"# ai: a\n{line}\n", "", "a.sh")
    below = Below(8, 8 + len(line), line, by_kai=False)
    assert stands_already(document, document.comments[0], below, STEPS[0])


def commands_only(told: types.ClientCapabilities) -> None:
    assert told.text_document is not None
    told.text_document.code_action = None


async def test_an_editor_that_takes_only_commands_gets_its_edits_through_them(
    tmp_path: Path,
) -> None:
    async with editing(home=tmp_path, change=commands_only) as editor:
        uri = editor.open("a.sh", "# ai: pods in prod\nkubectl gte nodes\n")

        async def menu(words: str) -> list[types.Command]:
            place = editor.at(uri, words)
            params = types.CodeActionParams(
                types.TextDocumentIdentifier(uri),
                types.Range(place, place),
                types.CodeActionContext(diagnostics=[]),
            )
            found = await within(editor.client.text_document_code_action_async(params))
            assert all(isinstance(one, types.Command) for one in found)
            return list(found)

        first, *_ = await menu("ai:")
        assert first.title == "kai: kubectl get pods --namespace=prod"
        await editor.execute(first)
        text = "# ai: pods in prod\nkubectl get pods --namespace=prod\nkubectl gte nodes\n"
        await editor.changed_to(uri, text)
        [repair] = [one for one in await menu("gte") if "write get for gte" in one.title]
        editor.refuses.append(None)
        await editor.execute(repair)
        await until(lambda: any("did not take the edit" in one for one in editor.messages))
        await editor.execute(repair)
        await editor.changed_to(uri, text.replace("gte", "get"))
