"""What the language server says about commands that stand in a document already."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.lsp_client import Editor, editing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
#!/bin/sh
echo '🦊🦊'; kubectl gte pods
kubectl get pods --ouput=wide
kubectl delete namespace legacy
kubectl delete namespaces --all
kubectl get pods --namespace='<your-namespace>'
kubectl get pods
"""


def pushing(told: types.ClientCapabilities) -> None:
    """A client that does not pull its diagnostics."""
    assert told.text_document is not None
    told.text_document.diagnostic = None


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["vscode-11", "neovim-0.12", "plain"]
)
async def editor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editor]:
    async with editing(request.param, home=tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pushed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editing(home=tmp_path_factory.mktemp("home"), change=pushing) as started:
        yield started


async def found(editor: Editor, uri: str) -> list[types.Diagnostic]:
    """Pulled or pushed, as the editor has it."""
    told = editor.client.capabilities
    assert told is not None
    if told.text_document is not None and told.text_document.diagnostic is not None:
        return await editor.diagnostics(uri)
    return await editor.pushed(uri)


async def codes(editor: Editor, name: str, text: str) -> list[str]:
    return [str(one.code) for one in await found(editor, editor.open(name, text))]


async def test_every_finding_is_told_at_its_place_in_the_editor_s_own_columns(
    editor: Editor,
) -> None:
    uri = editor.open("a.sh", SCRIPT)
    told = await found(editor, uri)
    places = {editor.spanned(uri, one.range): str(one.code) for one in told}
    assert places["gte"] == "K130"
    assert "--ouput=wide" in places or "--ouput" in places
    assert any("<your-namespace>" in place for place in places)
    assert all(one.source == "kai" for one in told)
    assert [one.range.start.line for one in told] == sorted(one.range.start.line for one in told)


async def test_severity_goes_by_level_and_by_tier(editor: Editor) -> None:
    uri = editor.open("b.sh", SCRIPT)
    by_line: dict[int, set[types.DiagnosticSeverity]] = {}
    for one in await found(editor, uri):
        assert one.severity is not None
        by_line.setdefault(one.range.start.line, set()).add(one.severity)
    severity = types.DiagnosticSeverity
    assert by_line[1] == {severity.Error}
    assert severity.Information in by_line[3]  # destructive
    assert severity.Warning in by_line[4]  # forbidden in what kai writes
    assert 6 not in by_line


async def test_pull_and_push_say_the_same(editor: Editor, pushed: Editor) -> None:
    one = await found(editor, editor.open("c.sh", SCRIPT))
    other = await pushed.pushed(pushed.open("c.sh", SCRIPT))

    def said(told: list[types.Diagnostic]) -> list[object]:
        return [(item.code, item.message, item.severity, item.range.start.line) for item in told]

    assert said(one) == said(other)
    assert one


async def test_a_report_that_is_the_same_as_the_last_one_is_not_sent_again(editor: Editor) -> None:
    if editor.name == "plain":  # it is pushed to
        return
    uri = editor.open("same.sh", SCRIPT)

    async def pulled(previous: str | None) -> types.DocumentDiagnosticReport:
        whose = types.TextDocumentIdentifier(uri)
        params = types.DocumentDiagnosticParams(whose, previous_result_id=previous)
        return await editor.client.text_document_diagnostic_async(params)

    first = await pulled(None)
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    again = await pulled(first.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    assert again.result_id == first.result_id
    editor.type(uri, 0, 0, "\n")  # everything stands a line lower now
    moved = await pulled(first.result_id)
    assert isinstance(moved, types.RelatedFullDocumentDiagnosticReport)
    assert len(moved.items) == len(first.items)


async def test_pushed_diagnostics_follow_the_typing_and_go_with_the_document(
    pushed: Editor,
) -> None:
    uri = pushed.open("d.sh", "kubectl gte pods\n")
    assert len(await pushed.pushed(uri)) == 1
    pushed.type(uri, 8, 11, "get")
    assert await pushed.pushed(uri) == []
    pushed.type(uri, 8, 11, "gte")
    assert len(await pushed.pushed(uri)) == 1
    pushed.close(uri)
    from tests.lsp_client import until

    await until(lambda: pushed.client.diagnostics[uri] == ())


async def test_a_script_of_thousands_of_lines_is_checked_while_actions_go_on(
    editor: Editor,
) -> None:
    block = 'NS=team\nif true; then\n  kubectl get pods -n "$NS"\nfi\necho 1\n'
    uri = editor.open("e.sh", block * 1_000 + "kubectl gte pods\n# ai: nodes\n")
    titles = [one.title for one in await editor.actions(uri, ("gte", "nodes"))]
    assert "kai: kubectl get nodes" in titles
    assert any("write get for gte" in one for one in titles)
    assert [str(one.code) for one in await found(editor, uri)] == ["K130"]


async def test_what_is_typed_in_a_long_script_is_known_before_the_whole_is_read_again(
    editor: Editor,
) -> None:
    uri = editor.open("f.sh", "kubectl get pods\n" * 2_000 + "NS=kube-system\n# end\n")
    await found(editor, uri)
    at = editor.text(uri).index("# end")
    editor.type(uri, at, at, "kubectl gte pods -n $NS\n")
    assert any("write get for gte" in one for one in await editor.titles(uri, "gte"))
    assert "gte" in await editor.hover(uri, "gte pods -n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w.yml", "jobs:\n  x:\n    steps:\n      - run: |\n          kubectl gte pods\n"),
        ("Makefile", "all:\n\tkubectl gte pods\n"),
        ("Dockerfile", "FROM a\nRUN kubectl gte pods\n"),
        ("r.md", "text\n\n```sh\nkubectl gte pods\n```\n"),
        ("x.zsh", "kubectl gte pods\n"),
    ],
)
async def test_commands_are_checked_wherever_a_shell_runs_them(
    editor: Editor, name: str, text: str
) -> None:
    folder = ".github/workflows/" if name == "w.yml" else ""
    uri = editor.open(folder + name, text)
    [told] = await found(editor, uri)
    assert editor.spanned(uri, told.range) == "gte"


@pytest.mark.parametrize(
    "comment",
    [
        "kubectl gte pods # kai: ignore=K130",
        "# kai: ignore=K130\nkubectl gte pods",
        "# kai: ignore\nkubectl gte pods",
        "# kai: ignore-file=K130\n\n\nkubectl gte pods",
        "# kai: ignore-begin=K130\n\nkubectl gte pods\n# kai: ignore-end",
    ],
)
async def test_a_comment_silences_a_finding_for_a_line_a_block_or_the_file(
    editor: Editor, comment: str
) -> None:
    assert await codes(editor, f"s{len(comment)}.sh", comment + "\n") == []


async def test_a_comment_about_another_finding_silences_nothing(editor: Editor) -> None:
    assert await codes(editor, "s999.sh", "kubectl gte pods # kai: ignore=K999\n") == ["K130"]


async def test_hover_explains_the_part_under_the_pointer_and_the_whole(editor: Editor) -> None:
    text = "echo '🦊'; kubectl delete pods -l app=web --namespace=prod --wait=false\n"
    uri = editor.open("h.sh", text)
    flag = await editor.hover(uri, "--wait")
    assert "--wait" in flag
    assert "destructive" in flag
    assert "prod" in flag
    assert "app=web" in await editor.hover(uri, "app=web")
    assert await editor.hover(uri, "echo") == ""


async def test_hover_writes_no_markdown_of_the_document_s_own(editor: Editor) -> None:
    uri = editor.open(
        "m.sh", "kubectl delete pod '[x](command:quit)' '<img>' -n '# b' --context=a@b.c\n"
    )
    for words in ("delete", "[x]", "<img>", "# b", "a@b"):
        told = await editor.hover(uri, words)
        assert told
        marks = re.sub(r"`[^`]*`|\\.", "", told)
        assert not re.search(r"[\[\]<]|\w@|^# ", marks, re.MULTILINE) or editor.name == "plain"


async def test_hover_is_plain_text_where_the_editor_has_no_markdown(editor: Editor) -> None:
    uri = editor.open("p.sh", "kubectl delete pod '[x]' --wait=false\n")
    told = await editor.hover(uri, "--wait")
    markdown = editor.name != "plain"
    assert ("**" in told) is markdown
    assert ("`" in told) is markdown
    assert ("\\[x\\]" in told) is markdown


async def test_a_lens_answers_a_request_and_names_what_destroys(editor: Editor) -> None:
    text = "# ai: pods in prod\n\n# ai: nodes\nkubectl get nodes\nkubectl delete ns legacy\n"
    uri = editor.open("l.sh", text)
    lenses = await editor.lenses(uri)
    titles = {one.range.start.line: one.command.title for one in lenses if one.command}
    assert titles[0] == "⚡ generate"
    assert 2 not in titles  # a command stands below it
    assert titles[4].startswith("destructive")
    generate = next(one.command for one in lenses if one.range.start.line == 0)
    assert generate is not None
    await editor.execute(generate)
    command = "kubectl get pods --namespace=prod\n"
    await editor.changed_to(uri, text.replace("in prod\n", f"in prod\n{command}"))


async def test_documents_without_kubectl_have_nothing_to_say(editor: Editor) -> None:
    for name, text in (
        ("x.py", "# kubectl gte pods\n"),
        ("x.txt", "kubectl gte pods\n"),
        ("README.md", "Use kubectl gte pods.\n"),
        ("x.yaml", "a: b\n"),
    ):
        assert await codes(editor, name, text) == []
