"""Code actions of the language server over its real pipe, as three kinds of editors see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.lsp_client import Editor, editing, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PODS = "kubectl get pods --namespace=prod"


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["vscode-11", "neovim-0.12", "plain"]
)
async def editor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editor]:
    home: Path = tmp_path_factory.mktemp("home")
    async with editing(request.param, home=home) as started:
        yield started


async def test_columns_are_counted_as_the_editor_wants(editor: Editor) -> None:
    wanted = {"vscode-11": "utf-16", "neovim-0.12": "utf-8", "plain": "utf-32"}
    assert editor.encoding in wanted.values()
    uri = editor.open("emoji.sh", "#!/bin/sh\necho '🦊é' # ai: pods in prod\n")
    action = await editor.action(uri, "# ai", f"kai: {PODS}")
    await editor.choose(action)
    assert editor.text(uri) == f"#!/bin/sh\necho '🦊é' # ai: pods in prod\n{PODS}\n"


async def generated(editor: Editor, name: str, text: str, words: str = "ai:") -> str:
    """The text after the first action on the comment was chosen."""
    uri = editor.open(name, text)
    first, *_ = await editor.actions(uri, words)
    await editor.choose(first)
    return editor.text(uri)


async def test_a_command_goes_under_its_comment_in_a_script(editor: Editor) -> None:
    text = "#!/bin/sh\nif true; then\n  # ai: pods in prod\nfi\n"
    expected = f"#!/bin/sh\nif true; then\n  # ai: pods in prod\n  {PODS}\nfi\n"
    assert await generated(editor, "a.sh", text) == expected


async def test_a_comment_on_the_last_line_without_a_line_break_gets_one(editor: Editor) -> None:
    assert await generated(editor, "b.sh", "# ai: pods in prod") == f"# ai: pods in prod\n{PODS}"


async def test_windows_line_breaks_stay_as_they_are(editor: Editor) -> None:
    text = "# ai: pods in prod\r\necho\r\n"
    assert await generated(editor, "c.sh", text) == f"# ai: pods in prod\r\n{PODS}\r\necho\r\n"


async def test_in_the_block_of_a_workflow_step_the_indentation_is_that_of_the_block(
    editor: Editor,
) -> None:
    text = "jobs:\n  x:\n    steps:\n      - run: |\n          # ai: pods in prod\n          true\n"
    expected = text.replace("in prod\n", f"in prod\n          {PODS}\n")
    assert await generated(editor, ".github/workflows/w.yml", text) == expected


async def test_in_a_list_of_commands_it_becomes_an_item(editor: Editor) -> None:
    text = "deploy:\n  script:\n    - echo one\n    # ai: pods in prod\n    - echo two\n"
    expected = text.replace("in prod\n", f"in prod\n    - {PODS}\n")
    assert await generated(editor, ".gitlab-ci.yml", text) == expected


async def test_at_a_manifest_s_own_level_it_stays_a_comment_about_the_object_around(
    editor: Editor,
) -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n  namespace: prod\n"
        "# ai: restart this deployment\nspec:\n  replicas: 2\n"
    )
    command = "kubectl rollout restart deployment/shop --namespace=prod"
    expected = text.replace("this deployment\n", f"this deployment\n# {command}\n")
    assert await generated(editor, "shop.yaml", text) == expected


async def test_in_a_makefile_it_stands_behind_the_tab_of_the_recipe(editor: Editor) -> None:
    text = "show:\n\t# ai: pods in prod\n\ttrue\n"
    expected = text.replace("in prod\n", f"in prod\n\t{PODS}\n")
    assert await generated(editor, "Makefile", text) == expected


async def test_in_a_dockerfile_it_is_written_for_docker(editor: Editor) -> None:
    text = "FROM alpine\n# ai: pods in prod\n"
    done = await generated(editor, "Dockerfile", text)
    assert PODS in done
    assert done.startswith(text)


async def test_in_markdown_it_gets_a_fenced_block_of_its_own(editor: Editor) -> None:
    text = "# Runbook\n\n<!-- ai: pods in prod -->\n\nmore\n"
    done = await generated(editor, "run.md", text)
    assert f"\n{PODS}\n```\n" in done
    assert done.startswith("# Runbook\n\n<!-- ai: pods in prod -->\n")


async def test_the_title_shows_the_command_and_the_edit_is_in_the_action(editor: Editor) -> None:
    uri = editor.open("d.sh", "# ai: pods in prod\n")
    action = await editor.action(uri, "ai:", f"kai: {PODS}")
    assert action.kind == "quickfix.kai"
    assert action.edit is not None


async def test_every_line_of_the_requested_range_is_looked_at(editor: Editor) -> None:
    uri = editor.open("e.sh", "echo\n# ai: pods in prod\necho 2\n# ai: nodes\nend\n")
    titles = [one.title for one in await editor.actions(uri, ("echo", "end"))]
    assert f"kai: {PODS}" in titles
    assert "kai: kubectl get nodes" in titles


async def test_nothing_is_preferred_and_nothing_is_of_a_kind_that_runs_on_save(
    editor: Editor,
) -> None:
    uri = editor.open("f.sh", "# ai: pods in prod\nkubectl get pods -n prod --ouput wide\n")
    for action in await editor.actions(uri, ("ai:", "wide")):
        assert not action.is_preferred
        assert action.kind == "quickfix.kai"


@pytest.mark.parametrize("only", [["quickfix"], ["quickfix.kai"], [""], ["source", "quickfix"], []])
async def test_who_asks_for_a_kind_above_ours_gets_ours(editor: Editor, only: list[str]) -> None:
    uri = editor.open("g.sh", "# ai: pods in prod\n")
    assert await editor.actions(uri, "ai:", only)


@pytest.mark.parametrize("only", [["refactor"], ["source.fixAll"], ["quickfix.kai.more"]])
async def test_who_asks_for_another_kind_gets_nothing(editor: Editor, only: list[str]) -> None:
    uri = editor.open("h.sh", "# ai: pods in prod\n")
    assert await editor.actions(uri, "ai:", only) == []


async def test_nothing_is_written_when_a_file_is_saved(editor: Editor) -> None:
    uri = editor.open("save.sh", "# ai: pods in prod\nkubectl get podz\n")
    assert await editor.actions(uri, "ai:", ["quickfix"], automatic=True) == []
    assert await editor.actions(uri, "ai:", automatic=True)  # the light bulb


async def test_a_destructive_command_gets_a_comment_that_says_what_it_destroys(
    editor: Editor,
) -> None:
    uri = editor.open("i.sh", "# ai: delete namespace legacy\n")
    editor.replies.append("Write it")
    action = await editor.action(uri, "ai:", "kai: kubectl delete namespace legacy")
    await editor.choose(action)
    expected = "# ai: delete namespace legacy\n# destructive: "
    await until(lambda: editor.text(uri).startswith(expected), lambda: editor.text(uri))
    assert editor.text(uri).endswith("\nkubectl delete namespace legacy\n")
    editor.replies.clear()


async def test_before_a_destructive_command_is_written_somebody_asks(editor: Editor) -> None:
    uri = editor.open("j.sh", "# ai: delete namespace legacy\n")
    action = await editor.action(uri, "ai:", "kai: kubectl delete namespace legacy")
    if action.edit is not None:  # the editor asks
        notes = action.edit.change_annotations
        assert notes
        assert all(note.needs_confirmation for note in notes.values())
        [change] = action.edit.document_changes or ()
        assert isinstance(change, types.TextDocumentEdit)
        assert all(isinstance(one, types.AnnotatedTextEdit) for one in change.edits)
        return
    before = len(editor.questions)
    editor.replies.append("Leave it")
    await editor.choose(action)
    await editor.asked(before + 1)
    assert "destroys" in editor.questions[-1]
    # The server has taken the no in before it answers anything that is asked after it.
    assert await editor.actions(uri, "ai:")
    assert editor.text(uri) == "# ai: delete namespace legacy\n"


async def test_edits_name_the_version_they_are_for_where_the_editor_takes_that(
    editor: Editor,
) -> None:
    uri = editor.open("k.sh", "# ai: pods in prod\n")
    editor.type(uri, 0, 0, "\n")
    action = await editor.action(uri, "ai:", f"kai: {PODS}")
    assert action.edit is not None
    if editor.encoding == "utf-32":  # the plain one
        assert action.edit.changes
        assert not action.edit.document_changes
    else:
        [change] = action.edit.document_changes or ()
        assert isinstance(change, types.TextDocumentEdit)
        assert change.text_document.version == 2


async def test_what_kai_put_there_is_replaced_while_nobody_has_changed_it(editor: Editor) -> None:
    uri = editor.open("l.sh", "# ai: pods in prod\necho\n")
    await editor.choose(await editor.action(uri, "ai:", f"kai: {PODS}"))
    at = editor.text(uri).index("prod")
    editor.type(uri, at, at + 4, "test")
    other = PODS.replace("prod", "test")
    action = await editor.action(uri, "ai:", f"kai: {other} (in place of what kai put there)")
    await editor.choose(action)
    assert editor.text(uri) == f"# ai: pods in test\n{other}\necho\n"


async def test_a_line_of_somebody_s_own_is_only_replaced_by_an_action_that_names_it(
    editor: Editor,
) -> None:
    uri = editor.open("m.sh", "# ai: pods in prod\nkubectl get pods -A\n")
    titles = [one for one in await editor.titles(uri, "ai:") if PODS in one]
    assert titles[0] == f"kai: {PODS}"
    assert titles[1] == f"kai: {PODS} in place of: kubectl get pods -A"
    await editor.choose(await editor.action(uri, "ai:", "in place of"))
    assert editor.text(uri) == f"# ai: pods in prod\n{PODS}\n"


async def test_what_stands_there_already_is_not_offered_again(editor: Editor) -> None:
    uri = editor.open("n.sh", f"# ai: pods in prod\n{PODS}\n")
    assert not [one for one in await editor.titles(uri, "ai:") if one.startswith(f"kai: {PODS}")]


async def test_a_request_that_is_not_understood_says_what_to_try(editor: Editor) -> None:
    uri = editor.open("o.sh", "# ai: sing me a song about the sea\n")
    action = await editor.action(uri, "ai:", "kai does not understand this")
    assert action.edit is None
    before = len(editor.messages)
    await editor.choose(action)
    [told] = editor.messages[before:]
    assert "sing me a song" in told
    assert editor.text(uri) == "# ai: sing me a song about the sea\n"


async def test_what_kai_never_writes_is_no_edit_but_a_message(editor: Editor) -> None:
    uri = editor.open("p.sh", "# ai: kubectl delete namespaces --all\n")
    offered = await editor.actions(uri, "ai:")
    action = next(one for one in offered if "does not write this" in one.title)
    assert not [one for one in offered if one.edit is not None]
    before = len(editor.messages)
    await editor.choose(action)
    assert len(editor.messages) == before + 1
    assert editor.text(uri) == "# ai: kubectl delete namespaces --all\n"


async def test_a_marker_without_words_is_no_request_yet(editor: Editor) -> None:
    uri = editor.open("q.sh", "# ai:\n# ai:   \n")
    assert await editor.actions(uri, ("# ai:", "   ")) == []


async def test_all_requests_of_a_file_are_answered_in_one_edit(editor: Editor) -> None:
    text = "# ai: pods in prod\n\n# ai: nodes\nkubectl get nodes\n\n# ai: services in prod\n"
    uri = editor.open("r.sh", text)
    before = len(editor.edits)
    await editor.choose(await editor.action(uri, "ai:", "answer all 3 requests"))
    done = text.replace("in prod\n", f"in prod\n{PODS}\n", 1)
    await editor.changed_to(uri, done + "kubectl get services --namespace=prod\n")
    assert len(editor.edits) == before + 1


async def test_a_command_is_explained_in_words(editor: Editor) -> None:
    uri = editor.open("s.sh", "kubectl get pods -n prod -o wide\n")
    before = len(editor.messages)
    told = await editor.choose(await editor.action(uri, "get", "explain"))
    assert "prod" in told
    assert editor.messages[before:] == [told]


@pytest.mark.parametrize(
    ("line", "title", "expected"),
    [
        ("kubectl gte pods", "write get for gte", "kubectl get pods"),
        ("kubectl get pod --namespac=prod", "--namespace", "kubectl get pod --namespace=prod"),
    ],
)
async def test_every_fix_that_the_checks_know_is_an_action(
    editor: Editor, line: str, title: str, expected: str
) -> None:
    uri = editor.open(f"fix-{title[:8].strip('-')}.sh", f"echo '🦊'; {line}\n")
    action = await editor.action(uri, "kubectl", title)
    assert action.diagnostics
    await editor.choose(action)
    assert editor.text(uri) == f"echo '🦊'; {expected}\n"


async def test_a_finding_is_silenced_for_its_line_by_a_comment(editor: Editor) -> None:
    uri = editor.open("t.sh", "#!/bin/sh\ntrue && \\\n  true\n  kubectl gte pods\n")
    action = await editor.action(uri, "gte", "silence K130 here")
    await editor.choose(action)
    assert "\n  # kai: ignore=K130\n  kubectl gte pods\n" in editor.text(uri)
    assert not [one for one in await editor.titles(uri, "gte") if "gte" in one]


async def test_a_finding_is_silenced_for_the_file_below_the_first_line(editor: Editor) -> None:
    uri = editor.open("u.sh", "#!/bin/sh\nkubectl gte pods\n")
    await editor.choose(await editor.action(uri, "gte", "silence K130 in this file"))
    assert editor.text(uri) == "#!/bin/sh\n# kai: ignore-file=K130\nkubectl gte pods\n"
    assert not [one for one in await editor.titles(uri, "gte") if "gte" in one]


async def test_resolve_hands_every_action_back_as_it_came(editor: Editor) -> None:
    foreign = types.CodeAction(title="not ours", kind="refactor", data={"x": [1]})
    assert await editor.client.code_action_resolve_async(foreign) == foreign
    uri = editor.open("v.sh", "# ai: pods in prod\n")
    own = await editor.action(uri, "ai:", f"kai: {PODS}")
    assert await editor.client.code_action_resolve_async(own) == own


async def test_alternatives_are_offered_behind_the_first_answer(editor: Editor) -> None:
    uri = editor.open("w.sh", "# ai: pods in staging\n")
    titles = await editor.titles(uri, "ai:")
    assert titles[0].startswith("kai: kubectl")
    assert all(one.startswith("kai, or: ") for one in titles[1:] if "kubectl" in one)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("pods in $NS that restart", 'kubectl get pods --namespace="$NS"'),
        ("pods in ${NS}", 'kubectl get pods --namespace="$NS"'),
        ('pods in "$NS"', 'kubectl get pods --namespace="$NS"'),
        ("restart deployment $APP in $NS", '"deployment/$APP" --namespace="$NS"'),
        ("scale deployment $APP to $REPLICAS in $NS", '--replicas="$REPLICAS"'),
        ("logs of pod $1", "$1"),
    ],
)
async def test_a_variable_that_the_request_names_stands_in_the_command(
    editor: Editor, words: str, command: str
) -> None:
    text = f"#!/bin/sh\nNS=prod\nAPP=web\nREPLICAS=3\n# ai: {words}\n"
    done = await generated(editor, f"var-{len(words)}.sh", text)
    added = done.removeprefix(text)
    assert command.split(" --", maxsplit=1)[0] in added
    assert command.rpartition(" ")[2] in added
    assert "kaivar" not in done
    assert "37" not in done


async def test_a_variable_is_judged_by_the_value_that_the_script_gives_it(editor: Editor) -> None:
    text = "NS={}\n# ai: delete all pods in $NS\n"
    careless = editor.open("x1.sh", text.format("kube-system"))
    assert not [one for one in await editor.actions(careless, "ai:") if one.edit]
    titles = await editor.titles(careless, "ai:")
    assert any("kai does not" in one for one in titles), titles


async def test_the_object_around_is_what_this_means(editor: Editor) -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n---\n"
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: db\n  namespace: data\n"
        "# ai: wait until this is rolled out\nspec: {}\n"
    )
    uri = editor.open("db.yaml", text)
    first = (await editor.titles(uri, "ai:"))[0]
    assert "statefulset/db" in first
    assert "--namespace=data" in first
