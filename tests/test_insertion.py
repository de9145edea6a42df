"""Insertion: a command goes under its comment as the place wants it, and nothing else changes."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from kai.model import Target
from kai_lsp.insertion import Below, Edit, block, generated_after, insertion
from kai_lsp.regions import AiComment, Document, Language, PlaceKind
from kai_lsp.regions.spelling import as_template
from kai_lsp.regions.values import Place
from tests.region_cases import COMMAND, EXAMINER, Case, every

PLAIN = "kubectl get pods --namespace=prod"
COMMANDS = (
    PLAIN,
    COMMAND,
    "kubectl get po -o jsonpath='{.a}' # no",
    'kubectl get "a": b',
    "kubectl ",
)

ASKED = [case for case in every() if any(one.request for one in case.document().comments)]
IDS = [case.title for case in ASKED]


def after(document: Document, edit: Edit) -> str:
    return document.text[: edit.start] + edit.new + document.text[edit.end :]


def asked(case: Case) -> Iterator[tuple[Document, AiComment]]:
    document = case.document()
    for comment in document.comments:
        if comment.request:
            yield document, comment


# ---------------------------------------------------------------------- the text around it
@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_an_insertion_adds_lines_below_the_comment_and_changes_no_other(case: Case) -> None:
    for document, comment in asked(case):
        for command in COMMANDS:
            edit = insertion(document, comment, command, above=["a remark: with 'marks'"])
            assert edit.start == edit.end >= comment.end
            assert document.lines.line(edit.start) == document.lines.line(comment.end)
            text = after(document, edit)
            assert text.startswith(document.text[: edit.start])
            assert text.endswith(document.text[edit.end :])
            breaks = {part for part in ("\r\n",) if part in document.text}
            if breaks:
                assert "\n" not in edit.new.replace("\r\n", "")


@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_the_comment_and_everything_else_is_found_again_behind_an_insertion(case: Case) -> None:
    for document, comment in asked(case):
        before = [one.request for one in document.comments]
        fresh = Document(
            after(document, insertion(document, comment, PLAIN)), case.language, case.path
        )
        assert [one.request for one in fresh.comments] == before
        again = [one for one in fresh.comments if one.start == comment.start]
        assert [one.place for one in again] == [comment.place] or "lines of RUN" in case.title


@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_what_was_put_into_shell_is_found_as_that_command(case: Case) -> None:
    """In a place that is shell, the document has one more command, and it is the one put in."""
    for document, comment in asked(case):
        if comment.place.kind is PlaceKind.COMMENT:
            continue
        fresh = Document(
            after(document, insertion(document, comment, PLAIN)), case.language, case.path
        )
        known = [one.text for one in document.commands(EXAMINER)]
        found = [one.text for one in fresh.commands(EXAMINER)]
        if "RUN kubectl version && \\\n" in case.text or "in a pipeline" in case.title:
            continue
        assert len(found) == len(known) + 1, (comment.request, found)
        assert PLAIN in [" ".join(text.split()) for text in found]


@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_a_command_put_in_as_a_comment_is_no_command(case: Case) -> None:
    for document, comment in asked(case):
        if comment.place.kind is not PlaceKind.COMMENT:
            continue
        fresh = Document(
            after(document, insertion(document, comment, PLAIN)), case.language, case.path
        )
        assert len(fresh.commands(EXAMINER)) == len(document.commands(EXAMINER))


@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_an_insertion_that_is_undone_leaves_the_same_document(case: Case) -> None:
    for document, comment in asked(case):
        for command in COMMANDS:
            edit = insertion(document, comment, command, above=["a remark: 'x'"])
            other = case.document()
            other.changed(edit.start, edit.end, edit.new)
            assert other.text == after(document, edit)
            other.changed(
                edit.start, edit.start + len(edit.new), document.text[edit.start : edit.end]
            )
            assert other.text.encode() == document.text.encode()
            assert other.comments == document.comments
            assert [one.text for one in other.shells] == [one.text for one in document.shells]


@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_the_shell_gets_exactly_the_command_that_was_put_in(case: Case) -> None:
    """Whatever the place makes of quotes, dollar signs and braces: what a shell reads is the command."""
    for document, comment in asked(case):
        if comment.place.kind is PlaceKind.COMMENT:
            continue
        before = lines_of(document)
        for command in COMMANDS[:4]:
            edit = insertion(document, comment, command)
            fresh = Document(after(document, edit), case.language, case.path)
            joint = f"&& {command}" if comment.place.before == "&& " else command
            shown = as_template(joint) if comment.place.template else joint
            ends = "" if comment.place.kind is PlaceKind.FENCE else comment.place.after
            more = lines_of(fresh) - before
            wanted = f"{shown}{ends}".rstrip("\\ ")
            assert wanted in {line.rstrip("\\ ") for line in more}, more


def lines_of(document: Document) -> Counter[str]:
    """Every line that a shell gets."""
    found = (line.strip() for one in document.shells for line in one.text.split("\n"))
    return Counter(line for line in found if line)


def test_there_are_enough_rows_for_every_language() -> None:
    rows: Counter[Language] = Counter()
    odd: dict[str, set[Language]] = defaultdict(set)
    for case in ASKED:
        language = case.document().language
        rows[language] += sum(line.startswith("edit ") for line in case.found)
        for mark in ("\r\n", "\t", "\f", "\u2028", "\U0001f600"):
            if mark in case.text:
                odd[mark].add(language)
        if not case.text.endswith("\n"):
            odd["no line break at the end"].add(language)
    every_language = set(Language) - {Language.NONE}
    assert {language for language, number in rows.items() if number >= 10} == every_language
    missing = {mark: every_language - languages for mark, languages in odd.items()}
    assert not any(missing.values()), missing


# ---------------------------------------------------------------------- the same structure
def loaded(text: str) -> list[object] | None:
    """What PyYAML makes of a text; None where it is not YAML. Tags are passed over."""

    class Loader(yaml.SafeLoader):
        pass

    def anything(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
        return suffix

    Loader.add_multi_constructor("!", anything)
    try:
        return list(yaml.load_all(text, Loader=Loader))
    except yaml.YAMLError:
        return None


def differences(one: object, other: object) -> list[tuple[object, object]]:
    """What is different in two structures: the smallest parts."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return [item for key in one for item in differences(one[key], other[key])]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [item for pair in zip(one, other, strict=True) for item in differences(*pair)]
    return [] if one == other else [(one, other)]


def added(before: Any, now: Any) -> list[str]:
    """The lines or items that one list or text has more than the other, in order."""
    old = before.split("\n") if isinstance(before, str) else list(before or [])
    new = now.split("\n") if isinstance(now, str) else now
    if not isinstance(new, list):
        return [repr(now)]
    rest = list(old)
    more = []
    for item in new:
        if rest and rest[0] == item:
            rest.pop(0)
        else:
            more.append(item)
    return more if not rest else ["lost", *map(str, rest)]


YAML = [case for case in ASKED if case.document().language is Language.YAML and loaded(case.text)]


@pytest.mark.parametrize("case", YAML, ids=[case.title for case in YAML])
def test_yaml_has_the_same_structure_and_the_command(case: Case) -> None:
    for document, comment in asked(case):
        for command in COMMANDS[:4]:
            edit = insertion(document, comment, command, above=["a remark: 'x'"])
            now = loaded(after(document, edit))
            assert now is not None, edit.new
            different = differences(loaded(case.text), now)
            if comment.place.kind is PlaceKind.COMMENT and "in a text" not in comment.request:
                inside = [one for one in document.shells if one.start <= comment.start < one.end]
                assert not different or inside or "nothing" in comment.request
                continue
            if comment.place.kind is PlaceKind.COMMENT:
                continue
            shown = command.replace("{{", '{{ "{{" }}') if comment.place.template else command
            ((old, new),) = different
            if comment.place.kind is PlaceKind.VALUE:
                assert (old, new) == (None, shown)
            else:
                more = [
                    line.strip() for line in added(old, new) if line and line.strip()[:1] != "#"
                ]
                assert more == [shown.strip()]


def test_enough_yaml_is_compared() -> None:
    assert len(YAML) >= 40


# ---------------------------------------------------------------------- what stands below
@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_what_kai_put_there_is_known_again(case: Case) -> None:
    for document, comment in asked(case):
        for above in ((), ("destroys: the pod 'x'",)):
            edit = insertion(document, comment, COMMAND, above=above)
            text = after(document, edit)
            fresh = Document(text, case.language, case.path)
            found = generated_after(fresh, comment, [edit.block, "kubectl other"])
            assert found is not None
            assert found.by_kai
            assert text[found.start : found.end].replace("\r\n", "\n") == edit.block
            again = insertion(fresh, comment, PLAIN, instead_of=found)
            plain = insertion(document, comment, PLAIN)
            assert after(fresh, again) == after(document, plain)


@pytest.mark.parametrize("case", ASKED, ids=IDS)
def test_what_somebody_changed_is_theirs(case: Case) -> None:
    for document, comment in asked(case):
        if comment.place.after and comment.place.kind is not PlaceKind.FENCE:
            continue
        edit = insertion(document, comment, PLAIN)
        text = after(document, edit).replace(PLAIN, PLAIN + "-changed", 1)
        found = generated_after(Document(text, case.language, case.path), comment, [edit.block])
        assert found is None or (not found.by_kai and "prod-changed" in found.text)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("x.sh", "# ai: a\nkubectl get pods \\\n  -n x\necho\n", "kubectl get pods \\\n  -n x"),
        ("x.sh", "# ai: a\n\nkubectl get pods\n", None),
        ("x.sh", "# ai: a\n# kubectl get pods\n", None),
        ("x.sh", "# ai: a\necho\n", None),
        ("x.sh", "# ai: a", None),
        ("x.yaml", "# ai: a\n# kubectl get pods\na: b\n", "# kubectl get pods"),
        ("x.yaml", "# ai: a\nrun: kubectl get pods\n", None),
        ("x.yml", "script:\n  # ai: a\n  - kubectl get pods\n", "  - kubectl get pods"),
        ("x.md", "<!-- ai: a -->\n```sh\nkubectl get pods\n```\n", "```sh\nkubectl get pods\n```"),
        ("x.md", "<!-- ai: a -->\n```sh\necho\n```\n", None),
        ("x.md", "<!-- ai: a -->\n```sh\nkubectl", None),
        ("Makefile", "a:\n\t# ai: b\n\t@kubectl get pods\n", "\t@kubectl get pods"),
    ],
)
def test_a_command_of_somebody_right_below_is_named(
    path: str, text: str, expected: str | None
) -> None:
    document = Document(text, "", path)
    found = generated_after(document, document.comments[0], ["kubectl get nodes"])
    assert (found.text if found else None) == expected
    if found:
        assert found == Below(found.start, found.end, text[found.start : found.end], by_kai=False)


# ---------------------------------------------------------------------- spelling
@pytest.mark.parametrize(
    ("path", "text", "command", "expected"),
    [
        ("x.yml", "script:\n  - # ai: a\n", "kubectl get pods", "    kubectl get pods"),
        (
            "x.yml",
            "script:\n  # ai: a\n  - b\n",
            "kubectl get -l a=b#c",
            "  - kubectl get -l a=b#c",
        ),
        ("x.yml", "script:\n  # ai: a\n  - b\n", "kubectl get a #b", "  - 'kubectl get a #b'"),
        ("x.yml", "script:\n  # ai: a\n  - b\n", "kubectl get a: b", "  - 'kubectl get a: b'"),
        ("x.yml", "script:\n  # ai: a\n  - b\n", "kubectl get a:", "  - 'kubectl get a:'"),
        ("x.yml", "script:\n  # ai: a\n  - b\n", "'kubectl'", "  - '''kubectl'''"),
        ("x.yml", "script:\n  # ai: a\n  - b\n", "kubectl get {a}", "  - kubectl get {a}"),
        ("x.html", "<!-- ai: a -->\n", "kubectl get --x -->", "<!-- kubectl get --x -- > -->"),
        ("Makefile", "a:\n\t# ai: b\n", "kubectl get $(X)$$", "\tkubectl get $$(X)$$$$"),
    ],
)
def test_a_command_is_spelled_as_the_place_needs_it(
    path: str, text: str, command: str, expected: str
) -> None:
    document = Document(text, "", path)
    assert insertion(document, document.comments[0], command).new == "\n" + expected


def test_remarks_stand_above_the_command_as_comments() -> None:
    rows = [
        ("x.sh", "  # ai: a\n", "\n  # deletes web\n  kubectl x"),
        ("x.yaml", "# ai: a\nb: c\n", "\n# deletes web\n# kubectl x"),
        ("x.yml", "script:\n  # ai: a\n  - b\n", "\n  # deletes web\n  - kubectl x"),
        ("Makefile", "a:\n\t# ai: b\n", "\n\t# deletes web\n\tkubectl x"),
        ("Dockerfile", "RUN a && \\\n  # ai: b\n  c\n", "\n  # deletes web\n  kubectl x && \\"),
        ("x.md", "<!-- ai: a -->\n", "\n```sh\n# deletes web\nkubectl x\n```"),
        ("x.go", "\t// ai: a\n", "\n\t// deletes web\n\t// kubectl x"),
        ("x.html", "<!-- ai: a -->\n", "\n<!-- deletes web -->\n<!-- kubectl x -->"),
        ("x.yml", "run: >\n  a\n  # ai: b\n", "\n\n  # deletes web\n\n  kubectl x"),
    ]
    for path, text, expected in rows:
        document = Document(text, "", path)
        edit = insertion(document, document.comments[0], "kubectl x", above=["deletes\n web"])
        assert edit.new == expected, path


def test_all_requests_of_a_document_can_be_answered_at_once() -> None:
    """The edits of several requests do not touch each other."""
    chance = random.Random(9)  # noqa: S311 - texts, no secrets
    for case in ASKED:
        document = case.document()
        edits = [insertion(document, one, PLAIN) for one in document.comments if one.request]
        assert len({edit.start for edit in edits}) == len(edits), case.title
        chance.shuffle(edits)
        text = document.text
        for edit in sorted(edits, key=lambda one: -one.start):
            text = text[: edit.start] + edit.new + text[edit.end :]
        assert text.count(PLAIN) == len(edits) + document.text.count(PLAIN)


STEPS = ("kubectl get pods", "kubectl get nodes")
SEVERAL = {
    PlaceKind.SHELL: ["  kubectl get pods", "  kubectl get nodes"],
    PlaceKind.FOLDED: ["  kubectl get pods", "", "  kubectl get nodes"],
    PlaceKind.ITEM: ["  kubectl get pods", "  kubectl get nodes"],
    PlaceKind.VALUE: ["  kubectl get pods && kubectl get nodes"],
    PlaceKind.COMMENT: ["  kubectl get pods", "  kubectl get nodes"],
    PlaceKind.FENCE: ["  ```sh", "  kubectl get pods", "  kubectl get nodes", "  ```"],
}


@pytest.mark.parametrize("kind", PlaceKind)
def test_several_commands_stand_in_their_order_each_as_the_place_wants_it(kind: PlaceKind) -> None:
    fence = ("```sh", "```") if kind is PlaceKind.FENCE else ("", "")
    place = Place(kind, Target.SCRIPT, "  ", *fence)
    assert block(place, STEPS[0], then=STEPS[1:]) == SEVERAL[kind]
