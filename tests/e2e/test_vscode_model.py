"""A model behind kai in a real VS Code: how it stands, what is shown while it works, what comes of it.

The model is one that the tests hold in their hands (editors/model_server.py); all else is real.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.e2e.editors.model import Model, switch
from tests.e2e.editors.terminal import eventually
from tests.e2e.vscode.editor import STATUS, Installation, Window, parts, picture, until

ANSWER = "kubectl get pods --namespace=prod --field-selector=status.phase!=Running"
GONE = "kubectl delete deployment checkout --namespace=prod"
TOAST = ".notifications-toasts"
# What nobody knows by itself; another one for each, as an answer is kept for the next who asks.
FILES = ("checkout.sh", "cart.sh", "search.sh", "login.sh", "mail.sh")


@dataclass(frozen=True, slots=True)
class Place:
    """The workspace, and what the tests say through files."""

    model: Model
    shop: Path
    kubeconfig: Path
    config: Path


def words(file: str) -> str:
    """The request of a file."""
    return f"why is {file.removesuffix('.sh')} so slow today"


def text(file: str) -> str:
    """What stands in it at first."""
    return f"#!/bin/sh\n# ai: {words(file)}\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace with files for the tests."""
    folder = tmp_path_factory.mktemp("model")
    made = Place(Model(folder), folder / "shop", folder / "kubeconfig", folder / "config.yaml")
    made.shop.mkdir()
    made.model.state("cold")
    switch(made.kubeconfig, "prod-eu")
    made.config.write_text("llm: {}\n", encoding="utf-8")
    for name in FILES:
        (made.shop / name).write_text(text(name), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, place: Place) -> Iterator[Window]:
    """A window whose kai has that model."""
    installation = Installation(parts(missing), tmp_path_factory.mktemp("vscode"))
    installation.install()
    programs = tmp_path_factory.mktemp("bin")
    lsp, kai = programs / "kai-lsp", programs / "kai"
    lsp.write_text(f"#!/bin/sh\nexec {shlex.join(place.model.command)}\n")
    lsp.chmod(0o755)
    kai.symlink_to(Path(sys.executable).parent / "kai")
    env = {"KAI_CONFIG": str(place.config), "KUBECONFIG": str(place.kubeconfig)}
    with (
        installation.editor({"kai.serverPath": str(lsp)}, env=env) as editor,
        editor.window(place.shop) as window,
    ):
        window.file("checkout.sh")
        window.ready("context ")
        yield window


@pytest.fixture
def window(opened: Window, place: Place) -> Window:
    """The same window; the model has not answered yet, and nobody has asked it."""
    place.model.thinks()
    return opened


def asked(window: Window, place: Place, file: str) -> None:
    """Have the model asked for the comment of a file; it works from then on."""
    window.file(file, 2, 3)
    window.actions()
    window.take("ask the model")
    window.wait(TOAST, "so slow today")
    logged(place.model, f"asked: {words(file)}")


def logged(model: Model, line: str) -> None:
    """Wait until the model has noted something."""
    eventually(lambda: line in model.log, lambda: f"not {line!r}: {model.log}")


def saved(window: Window) -> None:
    """Save the file of the window; what has changed is on disk then."""
    window.press("Control+s")
    window.gone(".tab.active.dirty")


def test_the_status_item_tells_the_context_and_how_warm_the_model_is(
    window: Window, place: Place
) -> None:
    """It follows both within seconds, and is coloured in a protected context alone."""
    window.file("checkout.sh", 1, 1)
    window.ready("context prod-eu, which is protected; namespace shop; model small:1b: cold")
    assert "kai prod-eu/shop" in window.status()
    assert "cold" in window.status()
    window.wait(f"{STATUS}.warning-kind")
    place.model.state("loading")
    window.ready("model small:1b: loading")
    place.model.state("warm")
    window.ready("model small:1b: warm (it is warm)")
    assert "warm" in window.status()
    window.hover(STATUS)
    window.wait(".monaco-hover:not(.hidden)", "namespace shop")
    picture(window, "status")
    switch(place.kubeconfig, "play")
    window.ready("context play; namespace default")
    window.gone(f"{STATUS}.warning-kind")
    switch(place.kubeconfig, "prod-eu")
    window.wait(f"{STATUS}.warning-kind")


def test_the_status_items_menu_has_all_that_kai_does(window: Window) -> None:
    """A click opens it; above the entries stands how kai stands."""
    window.click(STATUS)
    for entry in (
        *("Generate the command", "Show alternatives", "Explain this command"),
        *("Check this file", "Select model", "Restart", "Open the log", "Settings"),
    ):
        window.wait(".quick-input-list .monaco-list-row", entry)
    assert "prod-eu" in window.attribute(".quick-input-widget input", "placeholder")
    window.press("Escape")


def test_selecting_a_model_writes_kais_own_setting(window: Window, place: Place) -> None:
    """The shell and other editors read the same; empty leaves the choice to kai."""
    window.run("kai: Select Model")
    window.wait(".quick-input-widget", "as the program that runs it calls it")
    window.type("qwen2.5-coder:7b")
    window.press("Enter")
    window.told("the model is qwen2.5-coder:7b")
    assert "qwen2.5-coder:7b" in place.config.read_text(encoding="utf-8")
    window.run("Notifications: Clear All Notifications")


def test_a_model_is_stopped_from_its_notification(window: Window, place: Place) -> None:
    """While it works a notification says so; Cancel there ends the work, and nothing is written."""
    asked(window, place, "checkout.sh")
    picture(window, "model")
    window.click(f"{TOAST} .monaco-button", "Cancel")
    window.gone(TOAST, "so slow today")
    logged(place.model, "stopped")
    window.file("checkout.sh", 1, 1)
    saved(window)
    until(text("checkout.sh"), place.shop / "checkout.sh")


def test_an_answer_goes_where_its_comment_is_by_then(window: Window, place: Place) -> None:
    """Lines typed above while the model works move it; the notification ends with the answer."""
    asked(window, place, "cart.sh")
    window.file("cart.sh", 1, 10)
    window.press("Enter")
    window.type("echo one")
    window.press("Enter")
    window.type("echo two")
    place.model.answers(ANSWER)
    window.gone(TOAST, "so slow today")
    window.wait(".view-line", "field-selector")
    saved(window)
    until(
        f"#!/bin/sh\necho one\necho two\n# ai: {words('cart.sh')}\n{ANSWER}\n",
        place.shop / "cart.sh",
    )


def test_an_answer_whose_comment_is_gone_is_not_written(window: Window, place: Place) -> None:
    """The user is told so."""
    asked(window, place, "search.sh")
    window.file("search.sh", 2, 1)
    window.press("Control+Shift+k")
    window.gone(".view-line", "slow today")
    place.model.answers(ANSWER)
    window.told("nothing was written")
    saved(window)
    until("#!/bin/sh\n", place.shop / "search.sh")
    window.run("Notifications: Clear All Notifications")


def test_a_models_destructive_answer_is_shown_before_it_is_written(
    window: Window, place: Place
) -> None:
    """Discarded, nothing is written, and a message says so."""
    asked(window, place, "login.sh")
    place.model.answers(GONE)
    window.wait(".bulk-edit-panel", "kubectl delete deployment")
    window.click(".bulk-edit-panel .monaco-button", "Discard")
    window.gone(".bulk-edit-panel", "kubectl delete deployment")
    window.told("nothing was written")
    window.file("login.sh", 1, 1)
    saved(window)
    until(text("login.sh"), place.shop / "login.sh")
    window.run("Notifications: Clear All Notifications")


def test_a_lens_asks_the_model_too(window: Window, place: Place) -> None:
    """One click on it, and the answer is below the comment."""
    window.file("mail.sh", 1, 1)
    window.click(".codelens-decoration a", "generate")
    logged(place.model, f"asked: {words('mail.sh')}")
    place.model.answers(ANSWER)
    window.wait(".view-line", "field-selector")
    saved(window)
    until(f"{text('mail.sh')}{ANSWER}\n", place.shop / "mail.sh")
