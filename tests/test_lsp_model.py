"""Answers of a slow model: the editor stays free, the user types on, stops it, or goes away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp_client import Editor, editing, scripted, until

WORDS = "the pods of the blue team, prettily"
COMMAND = "kubectl get pods -l team=blue"
TEXT = f"#!/bin/sh\n# ai: {WORDS}\necho 🦊 done\n"
DONE = TEXT.replace("prettily\n", f"prettily\n{COMMAND}\n")


class Model:
    """A scripted model that thinks until `open` is called."""

    def __init__(self, folder: Path, *script: str) -> None:
        self.stopped = folder / "stopped"
        self.command = scripted(script=script or (COMMAND,), gated=True, stopped=str(self.stopped))
        self.open: Callable[[], None] = lambda: None


@asynccontextmanager
async def asking(
    tmp_path: Path, client: str = "vscode-11", *script: str, text: str = TEXT
) -> AsyncIterator[tuple[Editor, Model, str]]:
    """An editor whose user has just chosen to ask the model."""
    model = Model(tmp_path, *script)
    async with editing(client, home=tmp_path, command=model.command) as editor:
        model.open = editor.open_gate
        uri = editor.open("a.sh", text)
        action = await editor.action(uri, "ai:", "ask the model")
        assert action.edit is None
        await editor.choose(action)
        yield editor, model, uri


def progress(editor: Editor) -> list[object]:
    """What the one progress has shown."""
    [token] = editor.client.progress_reports
    return list(editor.client.progress_reports[token])


async def ended(editor: Editor) -> types.WorkDoneProgressEnd:
    """The end of the one progress, which comes once and last."""
    await until(
        lambda: any(
            isinstance(one, types.WorkDoneProgressEnd)
            for shown in editor.client.progress_reports.values()
            for one in shown
        )
    )
    shown = progress(editor)
    ends = [one for one in shown if isinstance(one, types.WorkDoneProgressEnd)]
    assert len(ends) == 1
    assert shown[-1] is ends[0]
    return ends[0]


@pytest.mark.parametrize("client", ["vscode-11", "neovim-0.12", "plain"])
async def test_the_command_is_answered_at_once_and_the_edit_comes_when_the_model_is_done(
    tmp_path: Path, client: str
) -> None:
    async with asking(tmp_path, client) as (editor, model, uri):
        assert editor.text(uri) == TEXT  # the command is answered, the model still thinks
        model.open()
        await editor.changed_to(uri, DONE)


async def test_what_a_model_wrote_is_kept_and_offered_from_then_on(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        model.open()
        await editor.changed_to(uri, DONE)
        titles = [action.title for action in await editor.actions(uri, "ai:")]
        assert not any("ask the model" in title for title in titles)


async def test_progress_can_be_cancelled_tells_what_is_done_and_is_ended(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        await until(lambda: bool(editor.client.progress_reports) and len(progress(editor)) > 1)
        begin, second, *_ = progress(editor)
        assert isinstance(begin, types.WorkDoneProgressBegin)
        assert begin.cancellable
        assert isinstance(second, types.WorkDoneProgressReport)
        model.open()
        assert (await ended(editor)).message == "done"
        await editor.changed_to(uri, DONE)


async def test_cancelling_the_progress_stops_the_model_and_writes_nothing(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        await until(lambda: bool(editor.client.progress_reports) and len(progress(editor)) > 1)
        [token] = editor.client.progress_reports
        editor.client.window_work_done_progress_cancel(
            types.WorkDoneProgressCancelParams(token=token)
        )
        await until(lambda: editor.stopped)
        assert (await ended(editor)).message == "stopped"
        model.open()
        assert await editor.actions(uri, "ai:")
        assert editor.edits == []


async def test_an_editor_without_progress_gets_its_edit_all_the_same(tmp_path: Path) -> None:
    async with asking(tmp_path, "plain") as (editor, model, uri):
        model.open()
        await editor.changed_to(uri, DONE)
        assert editor.client.progress_reports == {}


async def test_a_comment_that_moved_while_the_model_thought_is_found_again(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        editor.type(uri, 0, 0, "# 🦊🦊 one more line\n\n")
        editor.type(uri, len(editor.text(uri)), len(editor.text(uri)), "more\n")
        moved = editor.text(uri)
        await editor.settled()
        model.open()
        await editor.changed_to(uri, moved.replace("prettily\n", f"prettily\n{COMMAND}\n"))


async def test_a_comment_that_is_gone_gets_a_message_and_no_edit(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        start = editor.text(uri).index("# ai")
        editor.type(uri, start, editor.text(uri).index("\necho"), "true")
        await editor.settled()
        model.open()
        await editor.told(1)
        assert "nothing was written" in editor.messages[-1]
        assert editor.edits == []


async def test_a_document_that_is_closed_meanwhile_gets_no_edit(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        editor.close(uri)
        await editor.settled()
        model.open()
        await editor.told(1)
        assert editor.edits == []


async def test_an_edit_that_came_too_late_is_made_anew_for_the_text_of_now(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        editor.refuses.append(lambda: editor.type(uri, 0, 0, "# typed just then\n"))
        model.open()
        await editor.changed_to(uri, "# typed just then\n" + DONE)
        assert len(editor.edits) == 2


async def test_an_edit_that_the_editor_does_not_take_is_told(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        editor.refuses.append(None)
        model.open()
        await editor.told(1)
        assert "did not take the edit" in editor.messages[-1]
        assert editor.text(uri) == TEXT
        assert len(editor.edits) == 1


async def test_a_model_without_a_command_is_an_honest_no(tmp_path: Path) -> None:
    async with asking(tmp_path, "vscode-11", "") as (editor, model, uri):
        model.open()
        await editor.told(1)
        assert WORDS in editor.messages[-1]
        assert (await ended(editor)).message == "done"
        assert editor.text(uri) == TEXT


async def test_a_model_that_breaks_is_told_and_its_progress_ended(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        model.open()
        await editor.changed_to(uri, DONE)
        at = editor.text(uri).index(COMMAND)
        editor.type(uri, at - 2, at + len(COMMAND), "!")  # other words: the script has ended
        editor.client.progress_reports.clear()
        action = await editor.action(uri, "ai:", "ask the model")
        await editor.choose(action)
        await editor.told(1)
        assert "the script of this model has ended" in editor.messages[-1]
        await ended(editor)


async def test_what_a_model_may_not_write_is_refused_and_not_written(tmp_path: Path) -> None:
    async with asking(tmp_path, "vscode-11", "kubectl delete namespaces --all") as (
        editor,
        model,
        _,
    ):
        model.open()
        await editor.told(1)
        assert editor.edits == []


@pytest.mark.parametrize(("reply", "written"), [("Write it", True), ("Leave it", False)])
async def test_where_the_editor_cannot_ask_the_server_asks_before_it_destroys(
    tmp_path: Path, reply: str, written: bool
) -> None:
    command = "kubectl delete pods -l team=blue"
    async with asking(tmp_path, "plain", command) as (editor, model, uri):
        editor.replies.append(reply)
        model.open()
        await editor.asked(1)
        if written:
            await until(lambda: command in editor.text(uri))
            assert "# destructive: " in editor.text(uri)
        else:
            assert await editor.actions(uri, "ai:")
            assert editor.edits == []


async def history(editor: Editor) -> list[str]:
    """What the user is known to have asked before."""
    uri = editor.open("history.sh", "# ai: ")
    return [one.label for one in (await editor.completions(uri)).items]


async def test_an_edit_that_is_declined_and_called_applied_is_not_taken(tmp_path: Path) -> None:
    script = ("kubectl delete pods -l team=blue", "kubectl get pods -l team=red")
    async with asking(tmp_path, "neovim-0.12", *script) as (editor, model, uri):
        editor.declines = 1
        model.open()
        await until(lambda: len(editor.edits) == 1)
        other = editor.open("b.sh", "# ai: the pods of the red team, prettily\n")
        await editor.choose(await editor.action(other, "ai:", "ask the model"))
        await until(lambda: script[1] in editor.text(other))
        seen: list[str] = []
        while not seen:
            seen = await history(editor)
        assert seen == ["the pods of the red team, prettily"]
        assert editor.text(uri) == TEXT


async def test_other_requests_are_answered_while_the_model_thinks(tmp_path: Path) -> None:
    async with asking(tmp_path) as (editor, model, uri):
        other = editor.open("b.sh", "# ai: pods in prod\n")
        assert (await editor.titles(other, "ai:"))[0].startswith("kai: kubectl get pods")
        model.open()
        await editor.changed_to(uri, DONE)


async def test_shutting_down_while_the_model_thinks_stops_it_and_ends_the_process(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path) as (editor, model, _):
        await until(lambda: bool(editor.client.progress_reports) and len(progress(editor)) > 1)
        await editor.client.shutdown_session()
        assert model.stopped.exists()
        assert editor.client._server is not None
        assert editor.client._server.returncode == 0


async def test_all_requests_of_a_file_find_their_comments_again(tmp_path: Path) -> None:
    model = Model(tmp_path, "kubectl get pods -l team=one", "kubectl get pods -l team=two")
    text = "# ai: the first team, prettily\n\n# ai: the second team, prettily\n"
    async with editing(home=tmp_path, command=model.command) as editor:
        model.open = editor.open_gate
        uri = editor.open("a.sh", text)
        await editor.choose(await editor.action(uri, "ai:", "answer all 2 requests"))
        editor.type(uri, 0, 0, "# typed\n")
        await editor.settled()
        model.open()
        first, last = "first team, prettily\n", "second team, prettily\n"
        done = text.replace(first, first + "kubectl get pods -l team=one\n")
        done = done.replace(last, last + "kubectl get pods -l team=two\n")
        await editor.changed_to(uri, "# typed\n" + done)
        seen: list[str] = []
        while not seen:
            seen = await history(editor)
        assert set(seen) == {"the first team, prettily", "the second team, prettily"}


async def test_an_editor_that_fails_over_an_edit_is_told_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path) as (editor, model, uri):

        def fails(params: types.ApplyWorkspaceEditParams) -> None:
            raise RuntimeError("this editor has a fault")

        editor.client.protocol.fm.features[types.WORKSPACE_APPLY_EDIT] = fails
        model.open()
        await editor.told(1)
        assert "did not take the edit" in editor.messages[-1]
        assert editor.text(uri) == TEXT
