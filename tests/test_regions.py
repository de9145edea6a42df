"""Regions: requests and commands are found where they stand, in every kind of document."""

from __future__ import annotations

import random
import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_bash
import yaml
from tree_sitter import Language as Grammar
from tree_sitter import Parser

from kai_lsp.regions import Document, Language, ShellRegion, language_of
from kai_lsp.regions.mapping import Builder, Mapped
from tests.region_cases import EXAMINER, FOLDER, Case, cases, every, told

EVERY = every()
IDS = [case.title for case in EVERY]


@pytest.mark.parametrize("case", EVERY, ids=IDS)
def test_requests_and_commands_are_found_where_they_stand(case: Case) -> None:
    assert told(case.document()) == list(case.found)


def test_there_are_enough_documents_of_every_kind() -> None:
    assert len(EVERY) >= 150
    assert {case.document().language for case in EVERY} == set(Language)


def test_titles_tell_documents_apart() -> None:
    assert len(set(IDS)) == len(IDS)


# ---------------------------------------------------------------------- places
def lines_of(region: ShellRegion) -> list[str]:
    return [line for line in region.text.replace("\r\n", "\n").split("\n") if line.strip()]


@pytest.mark.parametrize("case", EVERY, ids=IDS)
def test_every_place_of_a_region_has_one_in_the_document_and_back(case: Case) -> None:
    document = case.document()
    for region in document.shells:
        assert 0 <= region.start <= region.end <= len(document.text)
        last = region.start
        for offset in range(len(region.text)):
            start, end = region.span(offset, offset + 1)
            assert region.start <= start <= end <= region.end
            assert start >= last
            last = start
            if region.copies(offset, offset + 1):
                there = document.text[start:end].replace("\r", "\n")
                assert there == region.text[offset].replace("\r", "\n")
                assert region.inside(start) == offset


@pytest.mark.parametrize("case", EVERY, ids=IDS)
def test_every_place_told_is_inside_the_document(case: Case) -> None:
    document = case.document()
    size = len(document.text)
    for command in document.commands(EXAMINER):
        assert 0 <= command.start < command.end <= size
        for finding in command.findings:
            assert command.start <= finding.start <= finding.end <= command.end
    for comment in document.comments:
        assert 0 <= comment.start <= comment.request_start <= comment.end <= size
        assert document.comment_at(comment.start, comment.start)


def scalars(text: str) -> Iterator[tuple[int, int, str]]:
    """Where PyYAML sees a scalar begin, its anchor with it, and end; and its value. What a list with
    a tag of its own holds (`!reference [.job, script]`) is no command."""
    tagged = False
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.SequenceStartEvent):
            tagged = event.tag is not None
        if tagged:
            tagged = not isinstance(event, yaml.SequenceEndEvent)
        elif isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark:
            yield event.start_mark.index, event.end_mark.index, event.value


def readable(case: Case) -> bool:
    """Whether PyYAML reads the document, in which no template stands."""
    if case.document().language is not Language.YAML or re.search(
        r"\{\{|<<|\\\n|\"\$\(", case.text
    ):
        return False
    try:
        list(yaml.parse(case.text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return False
    return True


READABLE = [case for case in EVERY if readable(case)]


@pytest.mark.parametrize("case", READABLE, ids=[case.title for case in READABLE])
def test_the_text_of_yaml_is_what_a_yaml_parser_reads(case: Case) -> None:
    values = list(scalars(case.text))
    for region in case.document().shells:
        inside = [text for start, end, text in values if start < region.end and end > region.start]
        if len(inside) > 1 and "\n" not in region.text:  # the words of one command line
            words = shlex.split(region.text)
            assert words in (inside, ["kubectl", *inside])
            continue
        expected = "\n".join(inside).split("\n")
        assert lines_of(region) == [line for line in expected if line.strip()]


def test_enough_yaml_is_compared_with_a_parser() -> None:
    assert len(READABLE) >= 40


def bash_comments(text: str) -> set[int]:
    """Where tree-sitter's grammar of bash sees a comment begin."""
    found = set()
    todo = [Parser(Grammar(tree_sitter_bash.language())).parse(text.encode()).root_node]
    while todo:
        node = todo.pop()
        todo += node.children
        if node.type == "comment":
            found.add(len(text.encode()[: node.start_byte].decode()))
    return found


def read_as_bash(case: Case) -> bool:
    """Whether all of a script is bash: fish has a syntax of its own, and to the other reader the
    text that a remote shell gets from a here-document is no code."""
    script = case.document().language is Language.SHELL and not case.path.endswith(".fish")
    return script and "here-document for" not in case.title


SCRIPTS = [case for case in EVERY if read_as_bash(case)]


@pytest.mark.parametrize("case", SCRIPTS, ids=[case.title for case in SCRIPTS])
def test_what_is_a_request_in_a_script_is_a_comment_for_another_reader_of_bash(case: Case) -> None:
    mark = len(case.text) - len(case.text.lstrip("\ufeff"))  # bash knows no byte order mark
    told = {one.start - mark for one in case.document().comments}
    assert told <= bash_comments(case.text[mark:])


# ---------------------------------------------------------------------- what a fix may write
def test_a_repair_is_written_as_the_place_wants_it() -> None:
    rows = [
        ("x.sh", "kubectl get pods --namspace web\n", "--namespace"),
        ("Makefile", "up:\n\tkubectl get pods --namspace $(NS)\n", "--namespace"),
        (".gitlab-ci.yml", "script:\n  - 'kubectl get pods --namspace ''x'''\n", "--namespace"),
        ("x.yml", 'run: "kubectl get pods --namspace x"\n', "--namespace"),
        ("README.md", "```console\n$ kubectl get pods --namspace x\n```\n", "--namespace"),
        ("x.yaml", 'command: ["kubectl", "get", "pods", "--namspace", "x"]\n', "--namespace"),
        ("Dockerfile", "RUN kubectl get pods \\\n  --namspace x\n", "--namespace"),
    ]
    for path, text, new in rows:
        document = Document(text, "", path)
        (command,) = document.commands(EXAMINER)
        (finding,) = [one for one in command.findings if one.code == "K141"]
        assert text[finding.start : finding.end] == "--namspace", path
        assert finding.replacement == new, path


def test_a_repair_over_what_the_document_joins_is_not_offered() -> None:
    text = 'run: "kubectl get pods --names\\\n  pace=x"\n'
    (command,) = Document(text, "", "x.yml").commands(EXAMINER)
    assert all(finding.replacement is None for finding in command.findings)


# ---------------------------------------------------------------------- settings
@pytest.mark.parametrize(
    ("path", "text", "tier"),
    [
        ("Makefile", "NS := kube-system\nup:\n\tkubectl delete pod x -n $(NS)\n", "forbidden"),
        ("Makefile", "K = kubectl -n web\nup:\n\t$(K) get pods\n", "read"),
        ("Makefile", "A = delete\nB = $(A) ns x\nup:\n\tkubectl $(B)\n", "destructive"),
        ("justfile", "k := 'kubectl -n x'\nup:\n  {{k}} delete pod y\n", "destructive"),
        ("Dockerfile", "ENV NS=kube-system\nRUN kubectl delete pod x -n $NS\n", "forbidden"),
    ],
)
def test_what_the_document_sets_counts(path: str, text: str, tier: str) -> None:
    (command,) = Document(text, "", path).commands(EXAMINER)
    assert (command.examined.tier, command.examined.why) == (tier, "")


def test_what_was_said_is_kept_until_something_changes() -> None:
    text = "NS := web\nup:\n\tkubectl get pods -n $(NS)\n\tkubectl get ns\n"
    document = Document(text, "", "Makefile")
    first, second = document.commands(EXAMINER)
    document.changed(len(text), len(text), "\n# a comment\n")
    assert document.commands(EXAMINER)[0].examined is first.examined
    document.changed(6, 9, "shop")
    again, same = document.commands(EXAMINER)
    assert again.examined is not first.examined
    assert same.examined is second.examined


# ---------------------------------------------------------------------- changes
def state_of(document: Document) -> object:
    shells = [(one.start, one.end, one.text, one.target) for one in document.shells]
    return document.comments, shells, document.settings, document.lines.starts


PARTS = [
    "\n",
    "\r\n",
    " ",
    "  ",
    "-",
    "# ai: x",
    "kubectl get pods\n",
    "run: |\n",
    "'",
    '"',
    "\\\n",
]
PARTS += [
    "script:\n",
    "```\n",
    "```sh\n",
    "\t",
    "x:\n",
    "{{ x }}",
    "[",
    "]",
    "---\n",
    "é",
    "\U0001f600",
]
PARTS += [
    "<!-- ai: y -->",
    "RUN kubectl x",
    "EOF\n",
    "    ",
    "shell: pwsh\n",
    "k: v\n",
    "- ",
    "|",
    "\r",
]


def long_documents() -> list[tuple[str, str]]:
    """Documents of several chunks: all small ones of a kind behind one another."""
    joined: dict[str, list[Case]] = {}
    for case in EVERY:
        joined.setdefault(case.document().language.name, []).append(case)
    found = []
    for several in joined.values():
        text = "\n".join(case.text for case in several)
        found.append((several[0].path or "x", text * max(1, 30_000 // (len(text) + 1))))
    return found


@pytest.mark.parametrize(("path", "text"), long_documents(), ids=lambda value: value[:12])
def test_a_changed_document_is_read_as_if_it_were_new(path: str, text: str) -> None:
    chance = random.Random(len(text))  # noqa: S311 - texts, no secrets
    document = Document(text, "", path)
    language = document.language
    for _ in range(60):
        start = chance.randint(0, len(document.text))
        end = min(len(document.text), start + chance.choice([0, 0, 0, 1, 3, 40, 900]))
        new = "".join(chance.choices(PARTS, k=chance.choice([0, 1, 1, 2, 6])))
        document.changed(start, end, new)
        fresh = Document(document.text, _WORDS[language], path)
        assert state_of(document) == state_of(fresh), (start, end, new)


_WORDS = {
    Language.SHELL: "shellscript",
    Language.YAML: "yaml",
    Language.MAKE: "makefile",
    Language.DOCKER: "dockerfile",
    Language.MARKDOWN: "markdown",
    Language.JUST: "just",
    Language.HASH: "python",
    Language.SLASHES: "go",
    Language.BOTH: "terraform",
    Language.DASHES: "sql",
    Language.MARKUP: "html",
    Language.NONE: "",
}


def test_a_bracket_that_is_never_closed_ends_with_its_instruction() -> None:
    text = 'CMD ["kubectl", "get"\nRUN kubectl get pods\nCMD ["sh", "-c", "kubectl get ns"]\n'
    document = Document(text, "", "Dockerfile")
    commands = [command.text for command in document.commands(EXAMINER)]
    assert commands == ["kubectl get", "kubectl get pods", "kubectl get ns"]


def test_a_makefile_whose_prefix_changes_is_read_anew() -> None:
    text = "up:\n> kubectl get pods\n" * 2000
    document = Document(text, "", "Makefile")
    assert document.shells == ()
    document.changed(len(text), len(text), "\n.RECIPEPREFIX = >\n")
    assert len(document.shells) == 2000
    document.changed(len(text) + 17, len(text) + 18, "<")
    assert document.shells == ()


@pytest.mark.parametrize(
    ("path", "head", "line"),
    [
        ("Makefile", "SHELL := bash\n", "a:\n\tkubectl get pods\n"),
        ("justfile", "set shell := ['bash', '-c']\n", "a:\n    kubectl get pods\n"),
        ("Dockerfile", 'FROM a\nSHELL ["bash", "-c"]\n', "RUN kubectl get pods\n"),
        ("x.yml", "defaults:\n  run:\n    shell: bash\njobs:\n", "  - run: kubectl get pods\n"),
    ],
)
def test_what_another_shell_runs_is_not_read_from_the_change_on(
    path: str, head: str, line: str
) -> None:
    document = Document(head + line * 1000, "", path)
    assert len(document.shells) == 1000
    at = head.index("bash")
    document.changed(at, at + 4, "pwsh")
    assert document.shells == ()
    document.changed(at, at + 4, "sh")
    assert len(document.shells) == 1000


def test_a_default_shell_counts_for_what_stands_beside_it() -> None:
    jobs = (
        "a:\n  defaults:\n    run:\n      shell: pwsh\n  steps:\n  - run: kubectl get a\n"
        "  - {run: kubectl get b}\n  - run: kubectl get c\n    shell: sh\n"
        "b:\n  steps:\n  - run: kubectl get d\n"
    )
    document = Document(f"jobs:\n{textwrap.indent(jobs, '  ')}", "", "x.yml")
    assert [one.text for one in document.shells] == ["kubectl get c", "kubectl get d"]


def test_a_document_can_be_given_anew_as_a_whole() -> None:
    chance = random.Random(3)  # noqa: S311 - texts, no secrets
    texts = [case.text for case in EVERY if case.path.endswith((".yml", ".yaml"))]
    document = Document(texts[0], "yaml", "x.yaml")
    for _ in range(200):
        text = chance.choice(texts)
        if chance.random() < 0.5:
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice(PARTS) + text[at:]
        document.becomes(text)
        assert document.text == text
        assert state_of(document) == state_of(Document(text, "yaml", "x.yaml"))


def test_any_text_is_read_in_any_language() -> None:
    chance = random.Random(5)  # noqa: S311 - texts, no secrets
    parts = [*PARTS, "kubectl ", "cmds:\n", "args: ", "- run: ", ">\n", "define x\n", "$(shell "]
    for number in range(1500):
        text = "".join(chance.choices(parts, k=chance.randint(1, 40)))
        language = chance.choice(list(_WORDS.values()))
        document = Document(text, language, f"{number}.txt")
        for region in document.shells:
            assert 0 <= region.start <= region.end <= len(text)
            region.span(0, len(region.text))
        for comment in document.comments:
            assert 0 <= comment.start <= comment.end <= len(text)
        if number % 10 == 0:
            document.commands(EXAMINER)


@pytest.mark.parametrize(
    "part",
    ["- ", "[", "{", "a:\n", "a: |\n", "'", '"', "\\\n", "# ai: x\n", "```\n", "<!-- ai:", "$("],
)
def test_text_that_never_closes_is_read_too(part: str) -> None:
    for language in _WORDS.values():
        document = Document("kubectl get pods\n" + part * 3000, language, "x")
        assert all(one.end <= len(document.text) for one in document.comments)
        assert all(one.end <= len(document.text) for one in document.shells)


# ---------------------------------------------------------------------- languages
@pytest.mark.parametrize(
    ("word", "path", "text", "expected"),
    [
        ("", "a/Makefile", "", Language.MAKE),
        ("", "Makefile.common", "", Language.MAKE),
        ("", "docker/Dockerfile.dev", "", Language.DOCKER),
        ("", "api.Dockerfile", "", Language.DOCKER),
        ("", ".bash_aliases", "", Language.SHELL),
        ("", "C:\\x\\deploy.SH", "", Language.SHELL),
        ("", "hooks/pre-commit", "#!/bin/sh\n", Language.SHELL),
        ("", "x", "#!/usr/bin/env -S FOO=1 zsh -f\n", Language.SHELL),
        ("", "x", "#!/usr/bin/env python3\n", Language.HASH),
        ("", "x", "#!/usr/bin/env node\n", Language.SLASHES),
        ("", "x", "# -*- mode: sh -*-\n", Language.SHELL),
        ("", "chart/values.yaml", "", Language.YAML),
        ("", "deploy.yaml.tmpl", "", Language.YAML),
        ("helm", "x.tpl", "", Language.YAML),
        ("shellscript", "x.yaml", "", Language.SHELL),
        ("plaintext", "README.md", "", Language.MARKDOWN),
        ("", ".justfile", "", Language.JUST),
        ("", "x.bin", "", Language.NONE),
        ("", "", "", Language.NONE),
    ],
)
def test_the_language_is_told_by_the_editor_the_name_or_the_first_line(
    word: str, path: str, text: str, expected: Language
) -> None:
    assert language_of(word, path, text) is expected


# ---------------------------------------------------------------------- mapping
def mapped() -> Mapped:
    builder = Builder()
    builder.copy("ab", 10)
    builder.put("$", 12, 14)
    builder.copy("cd", 14)
    builder.put("\n", 16, 20)
    builder.copy("ef", 20)
    return builder.done()


def test_a_mapped_text_knows_where_its_parts_were() -> None:
    text = mapped()
    assert text.text == "ab$cd\nef"
    assert text.span(0, 2) == (10, 12)
    assert text.span(2, 3) == (12, 14)
    assert text.span(1, 4) == (11, 15)
    assert text.span(3, 8) == (14, 22)
    assert text.span(5, 5) == (16, 16)
    assert [text.from_host(place) for place in (9, 10, 12, 13, 14, 17, 20, 22, 23)] == [
        *(None, 0, 2, 2, 3, 5, 6, 8, None)
    ]
    assert (text.copies(0, 2), text.copies(1, 3), text.copies(3, 5)) == (True, False, True)


def test_parts_of_a_mapped_text_can_be_replaced() -> None:
    text = mapped().replaced([(1, 2, "XYZ"), (6, 6, "+")])
    assert text.text == "aXYZ$cd\n+ef"
    assert text.span(1, 4) == (11, 12)
    assert text.span(5, 7) == (14, 16)
    assert text.span(9, 11) == (20, 22)


def test_the_cases_are_read_whole() -> None:
    for path in sorted(FOLDER.glob("*.txt")):
        text = Path(path).read_text(encoding="utf-8")
        assert len(list(cases(path))) == text.count("\n=== ") + text.startswith("=== ")
        assert text.count("--- found\n") == len(list(cases(path)))


# ---------------------------------------------------------------------- files as people have them
REAL = every(FOLDER / "realworld")


@pytest.mark.parametrize("case", REAL, ids=[case.title for case in REAL])
def test_the_commands_of_files_as_people_have_them_are_found(case: Case) -> None:
    assert told(case.document()) == list(case.found)
