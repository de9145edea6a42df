"""Settings of the language server: where they come from, what they change, who may tighten them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lsprotocol import types

from kai_lsp.settings import EditorSettings, read
from tests.lsp_client import Editor, editing, scripted, until

SCRIPT = "kubectl gte pods\nkubectl delete namespace legacy\n"


async def severities(editor: Editor, name: str = "a.sh") -> list[tuple[str, int]]:
    told = await editor.diagnostics(editor.open(name, SCRIPT))
    return [(str(one.code), int(one.severity or 0)) for one in told]


async def test_settings_come_with_the_first_message(tmp_path: Path) -> None:
    options = {"severity": {"error": "hint", "destructive": "off"}}
    async with editing("plain", home=tmp_path, options={"kai": options}, change=_pulls) as editor:
        assert await severities(editor) == [("K130", 4)]


def _pulls(told: types.ClientCapabilities) -> None:
    assert told.text_document is not None
    told.text_document.diagnostic = types.DiagnosticClientCapabilities()


async def test_settings_are_asked_for_where_the_editor_tells_them(tmp_path: Path) -> None:
    settings = {"severity": {"error": "information", "destructive": "error"}}
    async with editing("vscode-11", home=tmp_path, settings=settings) as editor:
        await until(lambda: editor.client.diagnostic_refresh_count == 1)
        told = dict(await severities(editor))
        assert told.pop("K130") == 3
        assert set(told.values()) == {1}


async def test_changed_settings_take_effect_and_everything_is_checked_anew(tmp_path: Path) -> None:
    async with editing("vscode-11", home=tmp_path) as editor:
        assert len(await severities(editor)) > 1
        await until(lambda: bool(editor.registered))
        assert types.WORKSPACE_DID_CHANGE_CONFIGURATION in editor.registered
        editor.client.set_configuration({"kai": {"diagnostics.enabled": False}})
        empty = types.DidChangeConfigurationParams(settings=None)
        editor.client.workspace_did_change_configuration(empty)
        await until(lambda: editor.client.diagnostic_refresh_count == 1)
        assert await severities(editor) == []


async def test_kai_s_own_settings_and_policies_are_watched(tmp_path: Path) -> None:
    async with editing("vscode-11", home=tmp_path) as editor:
        await until(lambda: bool(editor.registered))
        assert types.WORKSPACE_DID_CHANGE_WATCHED_FILES in editor.registered
        shown = str(editor.watched)
        assert (tmp_path / ".config").as_uri() in shown
        assert ".kai" in shown
        change = types.FileEvent(uri="file:///x", type=types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams(changes=[change])
        )
        await until(lambda: editor.client.diagnostic_refresh_count == 1)


async def test_settings_that_are_pushed_count_where_the_editor_cannot_be_asked(
    tmp_path: Path,
) -> None:
    async with editing("plain", home=tmp_path, change=_pulls) as editor:
        pushed = {"kai": {"diagnostics": {"enabled": False}}}
        editor.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings=pushed)
        )
        assert await severities(editor) == []


async def test_a_setting_that_is_unknown_is_named_and_the_rest_counts(tmp_path: Path) -> None:
    options = {"unheardOf": 1, "severity.error": "loud", "explainDestructive": False}
    async with editing(home=tmp_path, options=options) as editor:
        await editor.told(2)
        assert any("kai.unheardOf" in one for one in editor.messages)
        assert any("kai.severity.error" in one and "'loud'" in one for one in editor.messages)
        uri = editor.open("a.sh", "# ai: delete namespace legacy\n")
        action = await editor.action(uri, "ai:", "kai: kubectl delete namespace legacy")
        await editor.choose(action)
        assert editor.text(uri).endswith("legacy\nkubectl delete namespace legacy\n")


async def test_an_empty_table_of_lua_is_an_empty_table_wherever_settings_come_in(
    tmp_path: Path,
) -> None:
    empty: list[object] = []
    async with editing("neovim-0.12", home=tmp_path, options=empty, settings=empty) as editor:
        for settings in (empty, {"kai": empty}, {"kai": {"severity": empty}}):
            params = types.DidChangeConfigurationParams(settings=settings)
            editor.client.workspace_did_change_configuration(params)
        assert len(await severities(editor)) > 1
        assert editor.messages == []
    async with editing("plain", home=tmp_path, options={"kai": empty}) as editor:
        for settings in (empty, {"kai": empty}, {"kai": {"severity": empty}}):
            params = types.DidChangeConfigurationParams(settings=settings)
            editor.client.workspace_did_change_configuration(params)
        await editor.settled()
        assert editor.messages == []


async def test_lenses_can_be_switched_off(tmp_path: Path) -> None:
    async with editing(home=tmp_path, options={"codeLens": {"enabled": False}}) as editor:
        assert await editor.lenses(editor.open("a.sh", "# ai: nodes\n")) == []


def _kubectl(folder: Path) -> tuple[Path, Path]:
    """A kubectl that leaves a trace wherever it is started, and the trace."""
    program, trace = folder / "kubectl", folder / "started"
    program.write_text(f'#!/bin/sh\necho "$@" >> {trace}\nexit 1\n')
    program.chmod(0o755)
    return program, trace


@pytest.mark.parametrize("trusted", [True, False])
async def test_in_a_workspace_that_is_not_trusted_no_process_is_started(
    tmp_path: Path, trusted: bool
) -> None:
    _, trace = _kubectl(tmp_path)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    options = {"trusted": trusted}
    async with editing(home=tmp_path, options=options, env={"PATH": path}) as editor:
        uri = editor.open(
            "a.sh", "# ai: get pods --unheard-of=3\nkubectl get pods --unheard-of=3\n"
        )
        await editor.actions(uri, ("ai:", "kubectl"))
        await editor.diagnostics(uri)
        await editor.hover(uri, "kubectl")
        assert not trace.exists()  # nothing that an editor asks by itself starts a process
        arguments = {"uri": uri, "start": 0, "request": "get pods --unheard-of=3"}
        generate = types.Command(title="", command="kai.generate", arguments=[arguments])
        await editor.execute(generate)
        await until(lambda: bool(editor.messages or editor.edits))
        assert trace.exists() is trusted


async def test_in_a_workspace_that_is_not_trusted_no_model_is_asked(tmp_path: Path) -> None:
    command = scripted(script=["kubectl get pods"])
    async with editing(home=tmp_path, command=command, options={"trusted": False}) as editor:
        uri = editor.open("a.sh", "# ai: something only a model knows\n")
        titles = await editor.titles(uri, "ai:")
        assert not any("ask the model" in one for one in titles)
        arguments = {"uri": uri, "start": 0, "request": "something only a model knows"}
        await editor.execute(types.Command(title="", command="kai.generate", arguments=[arguments]))
        await editor.told(1)
        assert editor.edits == []


async def test_a_workspace_cannot_trust_itself(tmp_path: Path) -> None:
    _, trace = _kubectl(tmp_path)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    settings = {"trusted": True}
    async with editing(
        home=tmp_path, options={"trusted": False}, settings=settings, env={"PATH": path}
    ) as editor:
        uri = editor.open("a.sh", "# ai: get pods --unheard-of=3\n")
        arguments = {"uri": uri, "start": 0, "request": "get pods --unheard-of=3"}
        await editor.execute(types.Command(title="", command="kai.generate", arguments=[arguments]))
        await editor.told(1)
        assert not trace.exists()


async def test_kai_s_own_settings_that_cannot_be_read_are_told_once(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("unheard: of\n")
    async with editing(home=tmp_path, env={"KAI_CONFIG": str(file)}) as editor:
        uri = editor.open("a.sh", "# ai: nodes\nkubectl gte pods\n")
        assert await editor.actions(uri, "ai:") == []
        assert await editor.diagnostics(uri) == []
        assert len(editor.messages) == 1
        assert "unheard" in editor.messages[0]
        file.write_text("")
        assert await editor.actions(uri, "ai:")
        assert len(await editor.diagnostics(uri)) == 1


# --- the table itself -------------------------------------------------------------------------


def told(given: object) -> tuple[EditorSettings, list[str]]:
    said: list[str] = []
    return read(given, EditorSettings(), said.append), said


def test_nothing_given_changes_nothing() -> None:
    assert told(None) == (EditorSettings(), [])
    assert told({}) == (EditorSettings(), [])
    assert told([]) == (EditorSettings(), [])
    assert told({"severity": []}) == (EditorSettings(), [])


def test_nested_tables_and_dotted_names_mean_the_same() -> None:
    nested = {"severity": {"destructive": "off"}, "codeLens": {"enabled": False}}
    dotted = {"severity.destructive": "off", "codeLens.enabled": False}
    assert told(nested) == told(dotted)
    assert told(nested)[0].severity["destructive"] == "off"


@pytest.mark.parametrize("given", [3, "words", [1]])
def test_what_is_no_table_is_told_and_changes_nothing(given: object) -> None:
    settings, said = told(given)
    assert settings == EditorSettings()
    assert len(said) == 1


def test_trust_can_be_taken_and_never_given() -> None:
    untrusted = read({"trusted": False}, EditorSettings())
    assert not untrusted.trusted
    assert not read({"trusted": True}, untrusted).trusted


def test_the_client_files_are_those_of_real_editors() -> None:
    folder = Path(__file__).parent / "cases" / "lsp"
    for name in ("vscode-11", "neovim-0.12"):
        told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        assert told["capabilities"]["textDocument"]["codeAction"]
