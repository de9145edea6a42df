"""`kai init`: what it writes, what it prints, and what it refuses."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from kai.errors import UsageError
from kai_shell import keys
from kai_shell.commands.init import data_folder, fish_quoted, rc_line, script
from tests.run_kai import kai


def written() -> Path:
    return data_folder(os.environ) / "kai.zsh"


def test_it_writes_the_file_and_prints_the_one_line_that_loads_it() -> None:
    said = kai("init", "zsh")
    assert said.status == 0
    assert said.out == f"[ -r {written()} ] && . {written()}\n"
    assert "~/.zshrc" in said.err
    assert written().is_file()


def test_the_file_calls_the_interpreter_by_its_path() -> None:
    kai("init", "zsh")
    assert f"_kai_python={shlex.quote(sys.executable)}\n" in written().read_text()
    assert Path(sys.executable).is_absolute()


def test_nothing_is_left_to_fill_in() -> None:
    for shell in ("zsh", "bash", "fish"):
        for name in ("@PYTHON@", "@KEY@", "@KEY2@", "@GUARD@"):
            assert name not in script(shell, "/usr/bin/python3", "^K", "")


def test_every_name_of_the_file_begins_with_kai() -> None:
    import re

    text = script("zsh", "/p", "^K", "^[k")
    functions = re.findall(r"^(\w+)\(\) \{", text, re.MULTILINE)
    assert len(functions) > 10
    assert all(name.startswith("_kai_") for name in functions)
    for assigned in re.findall(r"^ *typeset -g\w* (.*?)(?:#|$)", text, re.MULTILINE):
        assert all(word.startswith("_kai_") for word in assigned.split())


def test_bash_gets_a_file_a_line_and_keys_of_its_own() -> None:
    said = kai("init", "bash")
    path = data_folder(os.environ) / "kai.bash"
    assert (said.status, said.out) == (0, f"[ -r {path} ] && . {path}\n")
    assert "~/.bashrc" in said.err
    assert r"_kai_key=${KAI_KEY-'\C-k'} _kai_key2=${KAI_KEY2-'\ek'}" in path.read_text()
    assert "@" not in path.with_name("kai-old.bash").read_text().replace("[@]", "").replace(
        "_@", ""
    )
    assert kai("init", "bash", "--uninstall").status == 0
    assert list(path.parent.iterdir()) == []


def test_fish_gets_them_too() -> None:
    said = kai("init", "fish")
    path = data_folder(os.environ) / "kai.fish"
    assert (said.status, said.out) == (0, f"test -r {path}; and source {path}\n")
    assert "~/.config/fish/config.fish" in said.err
    assert r"\ck" in path.read_text()
    assert kai("init", "fish", "--uninstall").status == 0
    assert not path.exists()


def test_the_guard_comes_from_the_option_then_from_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = data_folder(os.environ) / "kai.bash"
    for setting, options, written_guard in (
        ("off", [], "0"),
        ("destructive", [], "1"),
        ("destructive", ["--no-guard"], "0"),
        ("off", ["--guard"], "1"),
    ):
        monkeypatch.setenv("KAI_SHELL_GUARD", setting)
        kai("init", "bash", *options)
        assert f"${{KAI_GUARD-{written_guard}}}" in path.read_text()


def test_a_blank_or_a_quote_in_a_path_is_quoted() -> None:
    assert "_kai_python='/a b/py'\"'\"'thon'\n" in script("zsh", "/a b/py'thon", "^K", "")
    assert rc_line(Path("/a b/kai.zsh")) == "[ -r '/a b/kai.zsh' ] && . '/a b/kai.zsh'"


def test_fish_has_quotes_and_words_of_its_own() -> None:
    path = Path("/a b/ka'i\\.fish")
    assert rc_line(path) == r"test -r '/a b/ka\'i\\.fish'; and source '/a b/ka\'i\\.fish'"
    assert fish_quoted("/usr/bin/python3.11") == "/usr/bin/python3.11"
    assert fish_quoted("") == "''"


@pytest.mark.parametrize(
    ("key", "bash", "fish"),
    [
        ("^K", r"\C-k", r"\ck"),
        ("^[k", r"\ek", r"\ek"),
        (r"\ek", r"\ek", r"\ek"),
        (r"\C-g", r"\C-g", r"\cg"),
        (r"\M-x", r"\ex", r"\ex"),
        ("^X^K", r"\C-x\C-k", r"\cx\ck"),
        ("^[[1;5D", r"\e[1;5D", r"\e\x5b1\x3b5D"),
        ("^_", r"\037", r"\x1f"),
        ("^?", r"\177", r"\x7f"),
        (r"\x0b", r"\C-k", r"\ck"),
        (r"\013", r"\C-k", r"\ck"),
        (r"^X\\", r"\C-x\\", r"\cx\x5c"),
        ("^X'", r"\C-x\'", r"\cx\x27"),
        ("", "", "''"),
    ],
)
def test_a_key_in_the_notation_of_bindkey_is_the_same_key_in_bash_and_fish(
    key: str, bash: str, fish: str
) -> None:
    assert (keys.for_bash(key), keys.for_fish(key)) == (bash, fish)


def test_a_key_that_fish_cannot_hold_is_refused() -> None:
    assert keys.for_bash("^@") == r"\000"
    with pytest.raises(UsageError, match="fish"):
        keys.for_fish("^@")


def test_the_keys_come_from_the_options_then_from_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kai("init", "zsh")
    assert "${KAI_KEY-'^K'}" in written().read_text()
    assert "${KAI_KEY2-'^[k'}" in written().read_text()
    monkeypatch.setenv("KAI_KEY", "^G")
    kai("init", "zsh", "--key2", "")
    assert "${KAI_KEY-'^G'} _kai_key2=${KAI_KEY2-''}" in written().read_text()
    kai("init", "zsh", "--key", "^O")
    assert "${KAI_KEY-'^O'}" in written().read_text()


@pytest.mark.parametrize(
    "key", ["k", "K x", "^", "^K\n", "ü", "^" + "x" * 40, r"\q", r"\q^", "^Kü"]
)
def test_what_is_no_key_is_refused_and_nothing_is_written(key: str) -> None:
    said = kai("init", "zsh", "--key", key)
    assert (said.status, said.out) == (2, "")
    assert "^K" in said.err
    assert not written().exists()


def test_a_second_time_the_file_is_replaced_and_no_other_is_left() -> None:
    kai("init", "zsh")
    kai("init", "zsh", "--key", "^O")
    assert [path.name for path in written().parent.iterdir()] == ["kai.zsh"]


def test_uninstall_removes_the_file_and_names_the_line_to_remove() -> None:
    kai("init", "zsh")
    said = kai("init", "zsh", "--uninstall")
    assert (said.status, said.out) == (0, "")
    assert "~/.zshrc" in said.err
    assert not written().exists()
    assert kai("init", "zsh", "--uninstall").status == 0


def test_a_folder_that_cannot_be_written_is_one_message(isolated_home: Path) -> None:
    (isolated_home / ".local").write_text("a file")
    said = kai("init", "zsh")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("kai: ")
    assert "cannot be written" in said.err
    assert kai("init", "zsh", "--uninstall").status == 1


def test_without_a_folder_for_data_the_file_lies_below_the_home(tmp_path: Path) -> None:
    assert data_folder({"HOME": str(tmp_path)}) == tmp_path / ".local" / "share" / "kai"
    assert data_folder({"HOME": str(tmp_path), "XDG_DATA_HOME": "relative"}).is_relative_to(
        tmp_path
    )


def test_another_shell_is_refused() -> None:
    assert kai("init", "--uninstall", "tcsh").status == 2


@pytest.mark.parametrize("words", [("init", "containers", "of", "pod", "web")])
def test_words_that_begin_with_init_are_a_request(words: tuple[str, ...]) -> None:
    said = kai(*words)
    assert said.status in (0, 3)
    assert "--help" not in said.err
