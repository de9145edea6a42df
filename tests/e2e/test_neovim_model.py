"""A model behind the plugin in the real Neovims: what is shown while it works, what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.editors.model import Model, switch
from tests.e2e.editors.neovim import Neovim, Start, starting
from tests.e2e.editors.terminal import eventually, written

DOWN = "kubectl get pods --namespace=prod --field-selector=status.phase!=Running"
SCRIPT = "#!/bin/sh\n# ai: pods in prod\necho done\n"


@pytest.fixture(params=["stable", "testing"])
def name(request: pytest.FixtureRequest) -> str:
    """Debian 13's Neovim 0.10, and the newest that Debian has, 0.12 or later."""
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the edited files are."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def start(isolated_home: Path, folder: Path, name: str) -> Iterator[Start]:
    """Starts a Neovim in the folder and opens a file in it."""
    with starting(name, isolated_home, folder) as started:
        yield started


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """A model that answers when the test wants it to."""
    made = Model(tmp_path / "model")
    made.folder.mkdir()
    return made


def with_model(model: Model) -> str:
    """Lines for init.lua: the server that has it."""
    return f"require('kai').setup({{ cmd = vim.json.decode({json.dumps(json.dumps(model.command))}) }})"


def asked(nvim: Neovim, words: str) -> None:
    """Ask the model for the request of the cursor's line; it works from then on."""
    nvim.command("KaiGenerate")
    nvim.screen.shows(f"kai: {words}: let me think", "[:KaiCancel]")


def test_a_models_answer_comes_while_the_user_types_and_goes_where_the_comment_is(
    start: Start, folder: Path, model: Model
) -> None:
    comment = "# ai: why is checkout so slow today\n"
    nvim = start("a.sh", f"echo one\n{comment}", 2, with_model(model))
    asked(nvim, "why is checkout so slow today")
    assert "why is checkout so slow today" in nvim.lua("require('kai').status()")
    nvim.screen.type("g", "g", "O", "x", "Enter", "y")
    nvim.screen.escape()
    nvim.until("vim.api.nvim_buf_line_count(0) == 4")
    model.answers(DOWN)
    nvim.screen.shows(DOWN)
    nvim.until("require('kai').progress() == ''")
    nvim.screen.until(lambda screen: "[:KaiCancel]" not in screen)
    nvim.command("write")
    written(folder / "a.sh", f"x\ny\necho one\n{comment}{DOWN}\n")


def test_an_answer_whose_comment_is_gone_is_not_written(
    start: Start, folder: Path, model: Model
) -> None:
    nvim = start("a.sh", "echo one\n# ai: why is checkout so slow today\n", 2, with_model(model))
    asked(nvim, "why is checkout so slow today")
    nvim.screen.type("d", "d")
    nvim.until("vim.api.nvim_buf_line_count(0) == 1")
    model.answers(DOWN)
    nvim.screen.shows("nothing was written")
    nvim.until("require('kai').progress() == ''")
    nvim.command("write!")
    written(folder / "a.sh", "echo one\n")


def test_a_model_can_be_stopped_and_then_nothing_is_written(start: Start, model: Model) -> None:
    nvim = start("a.sh", "# ai: why is checkout so slow today\n", 1, with_model(model))
    asked(nvim, "why is checkout so slow today")
    nvim.command("KaiCancel")
    eventually(lambda: model.log[-1] == "stopped", lambda: str(model.log))
    nvim.until("require('kai').progress() == ''")
    nvim.screen.until(lambda screen: "[:KaiCancel]" not in screen)
    assert nvim.lines == ["# ai: why is checkout so slow today"]
    nvim.command("KaiCancel")
    nvim.screen.shows("kai: nothing is going on")


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_models_command_that_destroys_is_written_after_a_yes_alone(
    start: Start, folder: Path, name: str, answer: str, model: Model
) -> None:
    """After a no the user is told that nothing was written."""
    comment = "# ai: get rid of what makes checkout slow\n"
    command = "kubectl delete deployment checkout --namespace=prod"
    nvim = start("a.sh", comment, 1, with_model(model))
    asked(nvim, "get rid of what makes checkout slow")
    model.answers(command)
    nvim.screen.shows("this command destroys something")
    if name == "stable":  # the server asks, in a list
        nvim.screen.shows("1: Write it", "2: Leave it")
        nvim.screen.type("1" if answer == "yes" else "2", "Enter")
    else:  # Neovim asks
        nvim.screen.shows("[Y]es, (N)o")
        nvim.screen.type("y" if answer == "yes" else "n")
    if answer == "no":
        if name == "testing":
            nvim.until("vim.fn.execute('messages'):find('nothing was written') ~= nil")
        nvim.until("require('kai').progress() == ''")
        assert nvim.lines == [comment.rstrip()]
        return
    if name == "testing":  # it says what it did, in lines to be dismissed
        nvim.screen.shows("Applied changes")
        nvim.screen.type("Enter")
    nvim.until("vim.api.nvim_buf_line_count(0) == 3")
    assert nvim.lines[2] == command


def test_the_status_tells_the_context_and_how_warm_the_model_is(
    start: Start, isolated_home: Path, model: Model
) -> None:
    """It follows both within seconds; a status line is drawn anew by an autocommand."""
    kubeconfig = isolated_home / ".kube" / "config"
    kubeconfig.parent.mkdir()
    switch(kubeconfig, "prod-eu")
    model.state("cold")
    drawn = """
vim.o.laststatus = 2
vim.o.statusline = "%f %= %{v:lua.require'kai'.status()}"
vim.api.nvim_create_autocmd('User', { pattern = 'KaiStatus', command = 'redrawstatus' })
"""
    nvim = start("a.sh", SCRIPT, 2, with_model(model) + drawn)
    nvim.screen.shows("kai prod-eu/shop (protected) cold")
    model.state("loading")
    nvim.screen.shows("kai prod-eu/shop (protected) loading")
    model.state("warm")
    switch(kubeconfig, "play")
    nvim.screen.shows("kai play/default warm")
    assert nvim.lua("require('kai').standing()") == {
        "context": "play",
        "namespace": "default",
        "protected": False,
        "model": {"name": "small:1b", "state": "warm", "detail": "it is warm"},
    }
    nvim.command("checkhealth kai")
    nvim.until("vim.fn.search('context play, namespace default') > 0")
    nvim.until("vim.fn.search('model small:1b: warm') > 0")
