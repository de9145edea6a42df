"""The plugin in the real Neovims: keys pressed in a terminal, and the files that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.editors.neovim import PLUGIN, Neovim, Start, neovim, starting
from tests.e2e.editors.terminal import eventually, written

SCRIPT = """\
#!/bin/sh
# ai: pods in prod
echo done
"""
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - name: see \N{ROCKET}
        run: |
          # ai: pods in prod
          echo done
"""
GONE = """\
#!/bin/sh
# ai: delete the checkout deployment in prod
echo done
"""


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


@pytest.mark.parametrize(
    ("file", "text", "line", "indent"),
    [("a.sh", SCRIPT, 2, ""), ("ci.yaml", WORKFLOW, 8, " " * 10)],
    ids=["script", "workflow"],
)
def test_a_comment_becomes_its_command_without_a_menu(
    start: Start, folder: Path, file: str, text: str, line: int, indent: str
) -> None:
    nvim = start(file, text, line)
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    nvim.command("write")
    comment = f"{indent}# ai: pods in prod\n"
    assert comment in text
    written(
        folder / file,
        text.replace(comment, f"{comment}{indent}kubectl get pods --namespace=prod\n"),
    )


def test_the_editors_own_menu_offers_it_too(start: Start, folder: Path) -> None:
    nvim = start("a.sh", SCRIPT, 2)
    nvim.command("lua vim.lsp.buf.code_action()")
    nvim.screen.shows("kai: kubectl get pods --namespace=prod")
    nvim.screen.type("1", "Enter")
    nvim.until("vim.api.nvim_buf_line_count(0) == 4")
    nvim.command("write")
    written(folder / "a.sh", SCRIPT.replace("prod\n", "prod\nkubectl get pods --namespace=prod\n"))


def test_what_kai_put_there_is_replaced_once_the_comment_says_something_else(
    start: Start, folder: Path
) -> None:
    nvim = start("a.sh", SCRIPT, 2)
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    nvim.command("substitute/pods in prod/services in shop/")
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get services --namespace=shop")
    nvim.command("write")
    new = "# ai: services in shop\nkubectl get services --namespace=shop\n"
    written(folder / "a.sh", SCRIPT.replace("# ai: pods in prod\n", new))


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_command_that_destroys_is_written_after_a_yes_alone(
    start: Start, folder: Path, name: str, answer: str
) -> None:
    nvim = start("a.sh", GONE, 2)
    nvim.command("KaiGenerate")
    if name == "stable":  # the server asks, in a list
        nvim.screen.shows("this command destroys something", "1: Write it", "2: Leave it")
        nvim.screen.type("1" if answer == "yes" else "2", "Enter")
    else:  # Neovim asks
        nvim.screen.shows("this command destroys something", "[Y]es, (N)o")
        nvim.screen.type("y" if answer == "yes" else "n")
    if answer == "yes" and name == "testing":  # it says what it did, in lines to be dismissed
        nvim.screen.shows("Applied changes")
        nvim.screen.type("Enter")
    if answer == "yes":
        nvim.screen.shows("kubectl delete deployment checkout")
    elif name == "testing":
        nvim.until("vim.fn.execute('messages'):find('nothing was written') ~= nil")
    nvim.command("write!")
    nvim.screen.shows("B written")
    comment = "# ai: delete the checkout deployment in prod\n"
    if answer == "no":
        written(folder / "a.sh", GONE)
        return
    remark, command = nvim.lines[2:4]
    assert remark.startswith("# destructive: ")
    assert command == "kubectl delete deployment checkout --namespace=prod"
    written(folder / "a.sh", GONE.replace(comment, f"{comment}{remark}\n{command}\n"))


def test_every_request_of_a_file_is_answered_by_the_command_with_an_exclamation_mark(
    start: Start, folder: Path
) -> None:
    text = "# ai: pods in prod\n\n# ai: services in shop\n"
    nvim = start("a.sh", text, 1)
    nvim.command("KaiGenerate!")
    nvim.until("vim.api.nvim_buf_line_count(0) == 5")
    nvim.command("write")
    written(
        folder / "a.sh",
        "# ai: pods in prod\nkubectl get pods --namespace=prod\n\n"
        "# ai: services in shop\nkubectl get services --namespace=shop\n",
    )


def test_what_is_wrong_is_shown_listed_and_repaired(start: Start, folder: Path) -> None:
    nvim = start("a.sh", "#!/bin/sh\nkubectl get pods --wathc\n", 2)
    nvim.until("#vim.diagnostic.get(0) == 1")
    assert "--wathc" in nvim.lua("vim.diagnostic.get(0)[1].message")
    nvim.command("KaiCheck")
    nvim.screen.shows("a.sh|2 col 18", "error| kubectl get has no flag --wathc; did you mean")
    nvim.command("lclose")
    nvim.command("lua vim.lsp.buf.code_action()")
    nvim.screen.shows("1: kai: write --watch for --wathc")
    nvim.screen.type("1", "Enter")
    nvim.screen.until(lambda screen: "--watch" in screen and "--wathc" not in screen)
    nvim.until("#vim.diagnostic.get(0) == 0")
    nvim.command("write")
    written(folder / "a.sh", "#!/bin/sh\nkubectl get pods --watch\n")
    nvim.command("KaiCheck")
    nvim.screen.shows("nothing is wrong with the kubectl commands of this file")


def test_a_finding_is_silenced_by_a_comment_for_its_line(start: Start, folder: Path) -> None:
    nvim = start("a.sh", "#!/bin/sh\nkubectl get pods --wathc\n", 2)
    nvim.until("#vim.diagnostic.get(0) == 1")
    code = nvim.lua("vim.diagnostic.get(0)[1].code")
    only = f"filter = function(one) return one.title:find('silence {code} here') ~= nil end"
    nvim.command(f"lua vim.lsp.buf.code_action({{ apply = true, {only} }})")
    nvim.until("#vim.diagnostic.get(0) == 0")
    nvim.command("write")
    ignored = f"kai: ignore={code}"
    eventually(
        lambda: ignored in (folder / "a.sh").read_text(encoding="utf-8"), lambda: str(nvim.lines)
    )
    assert "kubectl get pods --wathc" in nvim.lines[-1]


def test_the_lens_above_a_request_generates(start: Start, folder: Path) -> None:
    nvim = start("a.sh", SCRIPT, 2)
    nvim.command(
        "lua vim.lsp.codelens.enable(true)" if enables(nvim) else "lua vim.lsp.codelens.refresh()"
    )
    nvim.screen.shows("generate")
    nvim.command("lua vim.lsp.codelens.run()")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    nvim.command("write")
    written(folder / "a.sh", SCRIPT.replace("prod\n", "prod\nkubectl get pods --namespace=prod\n"))


def enables(nvim: Neovim) -> bool:
    """Whether lenses are switched on, and not asked for each time."""
    return bool(nvim.lua("vim.lsp.codelens.enable ~= nil"))


def test_line_ends_and_letters_of_four_bytes_do_not_shift_what_is_written(
    start: Start, folder: Path
) -> None:
    text = "#!/bin/sh\r\necho '\N{ROCKET}\N{ROCKET}' # ai: pods in prod\r\necho done\r\n"
    nvim = start("a.sh", text, 2)
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    nvim.command("write")
    written(
        folder / "a.sh", text.replace("prod\r\n", "prod\r\nkubectl get pods --namespace=prod\r\n")
    )


def test_a_command_is_explained_in_a_window_from_anywhere_on_its_line(start: Start) -> None:
    text = "#!/bin/sh\necho \N{ROCKET}; kubectl delete pods --all -n shop\n"
    nvim = start("a.sh", text, 2)
    nvim.command("KaiExplain")  # the cursor stands on echo
    nvim.screen.shows("destructive", "pods", "shop")
    nvim.screen.type("j", "k")  # moving closes it
    nvim.screen.until(lambda screen: "destructive" not in screen)
    nvim.command("call search('--all')")
    nvim.command("lua vim.lsp.buf.hover()")
    nvim.screen.shows("--all", "destructive")


def test_the_menus_explanation_is_the_same_window(start: Start) -> None:
    nvim = start("a.sh", "kubectl get pods -n shop\n", 1)
    nvim.command("lua vim.lsp.buf.code_action()")
    nvim.screen.shows("1: kai: explain this command")
    nvim.screen.type("1", "Enter")
    nvim.screen.until(lambda screen: "Type number" not in screen and "shop" in screen)
    nvim.until("#vim.api.nvim_list_wins() == 2")


def test_a_restart_gives_a_new_server_that_answers(start: Start, folder: Path) -> None:
    nvim = start("a.sh", SCRIPT, 2)
    before = nvim.lua("require('kai').clients(0)[1].id")
    nvim.command("KaiRestart")
    nvim.until(f"(require('kai').clients(0)[1] or {{ id = {before} }}).id ~= {before}")
    nvim.until("require('kai').clients(0)[1].initialized")
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    assert nvim.lua("#require('kai').clients()") == 1


def test_the_health_check_finds_nothing_to_repair(start: Start) -> None:
    nvim = start("a.sh", SCRIPT, 2)
    nvim.command("checkhealth kai")
    nvim.until("vim.bo.filetype == 'checkhealth' and vim.fn.search('what `kai doctor` finds') > 0")
    nvim.until("vim.fn.search('journal') > 0")
    report = "\n".join(nvim.lines)
    assert "kai-lsp 0." in report
    assert "a server runs for files without a project: 1 buffer" in report
    assert "ERROR" not in report


def test_a_server_that_is_not_there_is_told_once_and_the_health_check_says_what_to_do(
    isolated_home: Path, folder: Path, name: str
) -> None:
    (folder / "a.sh").write_text(SCRIPT, encoding="utf-8")
    (folder / "b.sh").write_text(SCRIPT, encoding="utf-8")
    more = "require('kai').setup({ cmd = { '/nonexistent/kai-lsp' } })"
    with neovim(name, isolated_home, folder, more=more) as nvim:
        nvim.command("edit a.sh")
        nvim.screen.shows("/nonexistent/kai-lsp was not found")
        nvim.command("edit b.sh")
        nvim.until("vim.fn.expand('%') == 'b.sh' and vim.bo.filetype == 'sh'")
        assert nvim.messages.count("was not found") == 1
        nvim.command("KaiGenerate")
        nvim.screen.shows("no server reads this buffer")
        nvim.command("checkhealth kai")
        nvim.until("vim.fn.search('/nonexistent/kai-lsp was not found') > 0")
        assert "pip install kai-kubectl" in "\n".join(nvim.lines)


def test_settings_reach_the_server(start: Start) -> None:
    more = "require('kai').setup({ settings = { diagnostics = { enabled = false } } })"
    nvim = start("a.sh", SCRIPT + "kubectl get pods --wathc\n", 2, more)
    nvim.command("KaiGenerate")
    nvim.screen.shows("kubectl get pods --namespace=prod")
    nvim.command("KaiCheck")
    nvim.screen.shows("nothing is wrong")
    assert nvim.lua("#vim.diagnostic.get(0)") == 0
    assert "settings" not in nvim.messages


def test_an_option_that_does_not_exist_is_refused_with_those_that_do(
    isolated_home: Path, folder: Path, name: str
) -> None:
    with neovim(name, isolated_home, folder) as nvim:
        refused = nvim.lua("({ pcall(require('kai').setup, { colour = 1 }) })")
        assert refused[0] is False
        assert refused[1] == (
            "kai: there is no option colour;"
            " there are cmd, filetypes, progress, root_markers, settings"
        )


def test_the_help_file_has_tags_for_every_command(
    isolated_home: Path, folder: Path, name: str, tmp_path: Path
) -> None:
    copied = tmp_path / "doc"
    copied.mkdir()
    help_file = (PLUGIN / "doc" / "kai.txt").read_text(encoding="utf-8")
    (copied / "kai.txt").write_text(help_file, encoding="utf-8")
    with neovim(name, isolated_home, folder) as nvim:
        nvim.command(f"helptags {copied}")
        eventually((copied / "tags").exists, lambda: nvim.messages)
        tags = (copied / "tags").read_text(encoding="utf-8")
        commands = nvim.lua("vim.fn.getcompletion('Kai', 'command')")
        assert len(commands) == 5
        for command in commands:
            assert f":{command}\t" in tags


class TestTheWayOfNeovim011:
    """Neovim's own functions start the server, the plugin's do not."""

    MORE = "vim.g.kai_autostart = false\nvim.lsp.enable('kai')"

    @pytest.fixture
    def name(self) -> str:
        return "testing"

    def test_the_shipped_configuration_serves_and_nothing_deprecated_is_called(
        self, start: Start, folder: Path
    ) -> None:
        nvim = start("a.sh", SCRIPT + "kubectl get pods --wathc\n", 2, self.MORE)
        nvim.command("KaiGenerate")
        nvim.screen.shows("kubectl get pods --namespace=prod")
        nvim.command("KaiCheck")
        nvim.screen.shows("error")
        nvim.command("wincmd p")
        nvim.command("$")
        nvim.command("KaiExplain")
        nvim.until("#vim.api.nvim_list_wins() == 3")
        nvim.command("KaiRestart")
        nvim.command("checkhealth kai vim.deprecated")
        nvim.until("vim.bo.filetype == 'checkhealth' and vim.fn.search('No deprecated') > 0")

    def test_the_root_of_a_project_is_found(self, start: Start, folder: Path) -> None:
        (folder / ".git").mkdir()
        nvim = start("a.sh", SCRIPT, 2, self.MORE)
        assert nvim.lua("require('kai').clients(0)[1].root_dir") == str(folder)
