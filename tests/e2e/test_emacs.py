"""kai-lsp in the real Emacs with eglot: keys pressed in a terminal, and the files that come of it."""

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
# The lines of docs/editors-terminal.md; yaml-mode, a package of its own, only by its name.
INIT = """\
(setq make-backup-files nil create-lockfiles nil auto-save-default nil
      inhibit-startup-screen t)
(define-derived-mode yaml-mode text-mode "YAML")
(add-to-list 'auto-mode-alist '("\\\\.ya?ml\\\\'" . yaml-mode))
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((sh-mode bash-ts-mode yaml-mode yaml-ts-mode makefile-mode
                  dockerfile-mode dockerfile-ts-mode markdown-mode)
                 . ({server}))))
(add-hook 'sh-mode-hook #'eglot-ensure)
(add-hook 'yaml-mode-hook #'eglot-ensure)
(setq eglot-send-changes-idle-time 0)
"""
# Each has a fault: that it is counted tells that the server has read the file.
SCRIPT = f"#!/bin/sh\n# ai: pods in prod\necho \N{ROCKET}\n{WRONG}"
WORKFLOW = f"""\
on: push
jobs:
  deploy:
    steps:
      - name: see \N{ROCKET}
        run: |
          # ai: pods in prod
          {WRONG}"""
GONE = f"#!/bin/sh\n# ai: delete the checkout deployment in prod\n{WRONG}"
Start = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the edited files are."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def start(isolated_home: Path, folder: Path) -> Iterator[Start]:
    """Starts an Emacs with a file, and waits until the server has said what is wrong in it."""
    with ExitStack() as stack:

        def started(
            file: str, text: str, line: int, server: tuple[str, ...] = ("kai-lsp",)
        ) -> Terminal:
            (folder / file).write_text(text, encoding="utf-8", newline="")
            config = isolated_home / ".emacs.d"
            config.mkdir()
            words = " ".join(json.dumps(word) for word in server)
            (config / "init.el").write_text(INIT.replace("{server}", words), encoding="utf-8")
            command = [str(program("emacs-stable")), "-nw", f"+{line}", file]
            screen = stack.enter_context(terminal(command, environment(isolated_home), folder))
            screen.shows("Flymake[1 0]")
            return screen

        yield started


def menu(screen: Terminal, shown: str) -> None:
    """Ask for the code actions; the first is the one that Enter takes."""
    screen.type("M-x")
    screen.write("eglot-code-actions")
    screen.type("Enter")
    screen.shows(f"Pick an action (default {shown}")


def save(screen: Terminal) -> None:
    screen.type("C-x", "C-s")
    screen.shows("Wrote ")


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
    screen.shows("Edit successful")
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
    screen.shows("Edit successful")
    save(screen)
    written(
        folder / "a.sh", text.replace("prod\r\n", "prod\r\nkubectl get pods --namespace=prod\r\n")
    )


def test_what_is_wrong_is_counted_explained_and_repaired(start: Start, folder: Path) -> None:
    screen = start("a.sh", SCRIPT, 4)
    screen.type("C-f")  # ElDoc waits for the cursor to move
    screen.shows("Display one or many resources")
    menu(screen, "kai: write --watch for --wathc")
    screen.type("Enter")
    screen.shows("Flymake[0 0]")
    save(screen)
    written(folder / "a.sh", SCRIPT.replace("--wathc", "--watch"))


@pytest.mark.parametrize("answer", ["Write it", "Leave it"])
def test_a_command_that_destroys_is_written_after_a_yes_alone(
    start: Start, folder: Path, answer: str
) -> None:
    screen = start("a.sh", GONE, 2)
    menu(screen, "kai: kubectl delete deployment checkout --namespace=prod")
    screen.type("Enter")
    screen.shows("this command destroys something", "Choose an option: Write it")
    if answer == "Leave it":
        screen.type("C-a", "C-k")
        screen.write(answer)
    screen.type("Enter")
    if answer == "Leave it":
        screen.until(lambda text: "Choose an option" not in text)
        screen.type("C-x", "C-s")
        screen.shows("(No changes need to be saved)")
        assert (folder / "a.sh").read_text(encoding="utf-8") == GONE
        return
    screen.shows("# destructive:")
    save(screen)
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
    screen.type("M-<", "x", "Enter", "y", "Enter")
    model.answers(DOWN)
    screen.shows(DOWN)
    save(screen)
    written(folder / "a.sh", f"x\ny\necho one\n{comment}{DOWN}\n{WRONG}")
