"""kai-lsp in the real Helix: keys pressed in a terminal, and the files that come of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.editors.model import Model
from tests.e2e.editors.terminal import Terminal, environment, eventually, program, terminal, written

WRONG = "kubectl get pods --wathc\n"
DOWN = "kubectl get pods --namespace=prod --field-selector=status.phase!=Running"
# The lines of docs/editors-terminal.md.
LANGUAGES = """\
[language-server.kai]
command = {command}
args = {arguments}

[[language]]
name = "bash"
language-servers = ["bash-language-server", "kai"]

[[language]]
name = "yaml"
language-servers = ["yaml-language-server", "kai"]
"""
# Each has a fault: its mark in the margin tells that the server has read the file.
SCRIPT = "#!/bin/sh\n# ai: pods in prod\nkubectl get pods --wathc\n"
WORKFLOW = """\
on: push
jobs:
  deploy:
    steps:
      - name: see \N{ROCKET}
        run: |
          # ai: pods in prod
          kubectl get pods --wathc
"""
GONE = "#!/bin/sh\n# ai: delete the checkout deployment in prod\nkubectl get pods --wathc\n"
Start = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the edited files are."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture(params=["stable", "testing"])
def name(request: pytest.FixtureRequest) -> str:
    """Debian 13's Helix 25.01, and the newest that Debian has."""
    return str(request.param)


@pytest.fixture
def start(isolated_home: Path, folder: Path, name: str) -> Iterator[Start]:
    """Starts a Helix with a file, and waits until the server has said what is wrong in it."""
    with ExitStack() as stack:

        def started(
            file: str, text: str, line: int, server: tuple[str, ...] = ("kai-lsp",)
        ) -> Terminal:
            (folder / file).write_text(text, encoding="utf-8", newline="")
            config = isolated_home / ".config" / "helix"
            config.mkdir(parents=True)
            command, *arguments = server
            languages = LANGUAGES.format(
                command=json.dumps(command), arguments=json.dumps(arguments)
            )
            (config / "languages.toml").write_text(languages, encoding="utf-8")
            words = [str(program(f"hx-{name}")), f"{file}:{line}"]
            screen = stack.enter_context(terminal(words, environment(isolated_home), folder))
            screen.shows("\u25cf 1")
            return screen

        yield started


def menu(screen: Terminal, shown: str) -> None:
    """Open the menu of code actions."""
    screen.type("Space", "a")
    screen.shows(f" {shown}")


def save(screen: Terminal) -> None:
    screen.escape()
    screen.write(":w")
    screen.type("Enter")


@pytest.mark.parametrize(
    ("file", "text", "line", "indent"),
    [("a.sh", SCRIPT, 2, ""), ("ci.yaml", WORKFLOW, 7, " " * 10)],
    ids=["script", "workflow"],
)
def test_a_comment_becomes_its_command(
    start: Start, folder: Path, file: str, text: str, line: int, indent: str
) -> None:
    screen = start(file, text, line)
    menu(screen, "kai: kubectl get pods --namespace=prod")
    screen.type("Enter")
    screen.shows("[+]")
    save(screen)
    comment = f"{indent}# ai: pods in prod\n"
    assert comment in text
    written(
        folder / file,
        text.replace(comment, f"{comment}{indent}kubectl get pods --namespace=prod\n"),
    )


def test_line_ends_and_letters_of_four_bytes_do_not_shift_what_is_written(
    start: Start, folder: Path
) -> None:
    text = f"#!/bin/sh\n# see \N{ROCKET}\necho '\N{ROCKET}\N{ROCKET}' # ai: pods in prod\n{WRONG}"
    text = text.replace("\n", "\r\n")
    screen = start("a.sh", text, 3)
    menu(screen, "kai: kubectl get pods --namespace=prod")
    screen.type("Enter")
    screen.shows("[+]")
    save(screen)
    written(
        folder / "a.sh", text.replace("prod\r\n", "prod\r\nkubectl get pods --namespace=prod\r\n")
    )


def test_a_finding_is_silenced_by_a_comment_for_its_line(start: Start, folder: Path) -> None:
    screen = start("a.sh", f"#!/bin/sh\n{WRONG}", 2)
    menu(screen, "kai: write --watch for --wathc")
    screen.type("C-n", "Enter")
    screen.until(lambda text: "\u25cf 1" not in text and "kai: ignore=K" in text)
    save(screen)
    eventually(
        lambda: "kai: ignore=K" in (folder / "a.sh").read_text(encoding="utf-8"),
        lambda: screen.until(bool),
    )


def test_what_is_wrong_is_marked_and_repaired(start: Start, folder: Path) -> None:
    screen = start("a.sh", "#!/bin/sh\nkubectl get pods --wathc\n", 2)
    menu(screen, "kai: write --watch for --wathc")
    screen.type("Enter")
    screen.until(lambda text: "\u25cf 1" not in text and "--watch" in text)
    save(screen)
    written(folder / "a.sh", "#!/bin/sh\nkubectl get pods --watch\n")


def test_a_command_is_explained_where_the_cursor_is(start: Start) -> None:
    screen = start("a.sh", "#!/bin/sh\nkubectl get pods --wathc -n shop\n", 2)
    screen.type("Space", "k")
    screen.shows("Lists pods")


def test_a_command_that_destroys_is_written_after_a_yes_or_not_at_all(
    start: Start, folder: Path, name: str
) -> None:
    screen = start("a.sh", GONE, 2)
    menu(screen, "kai: kubectl delete deployment checkout --namespace=prod")
    screen.type("Enter")
    if name == "stable":  # Helix 25.01 cannot ask for a server
        screen.shows("this editor cannot ask, so it is not written")
        save(screen)
        screen.shows("written")
        written(folder / "a.sh", GONE)
        return
    screen.shows("this command destroys something", "Write it", "Leave it")
    screen.type("Enter")
    screen.shows("# destructive:", "[+]")
    save(screen)
    screen.shows("written")
    lines = (folder / "a.sh").read_text(encoding="utf-8").splitlines()
    assert lines[2].startswith("# destructive: ")
    assert lines[3] == "kubectl delete deployment checkout --namespace=prod"
    assert [*lines[:2], *lines[4:]] == GONE.splitlines()


def test_a_models_answer_goes_where_the_comment_is_by_then(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    comment = "# ai: why is checkout so slow today\n"
    model = Model(tmp_path)
    screen = start("a.sh", f"echo one\n{comment}{WRONG}", 2, tuple(model.command))
    menu(screen, "kai: ask the model: why is checkout so slow today")
    screen.type("Enter")
    eventually(lambda: model.log != [], lambda: screen.until(bool))
    screen.type("g", "g", "O", "x", "Enter", "y")
    screen.escape()
    screen.shows(" NOR ", "  2  y")  # all that was typed is there
    model.answers(DOWN)
    screen.shows(DOWN)
    save(screen)
    written(folder / "a.sh", f"x\ny\necho one\n{comment}{DOWN}\n{WRONG}")
