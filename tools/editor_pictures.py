"""Take the pictures of Neovim and Helix that the documentation shows, from real ones in tmux.

    python -m tools.editor_pictures

Needs what tools/install-terminal-editors.sh installs, tmux and DejaVu Sans Mono.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from tests.e2e.editors.model import Model, switch
from tests.e2e.editors.neovim import Neovim, neovim
from tests.e2e.editors.terminal import ROOT, Terminal, environment, program, terminal
from tools.recording import drawn

COLUMNS, ROWS = 100, 26
IMAGES = ROOT / "editors" / "neovim" / "images"
SCRIPT = """\
#!/usr/bin/env bash
NS=shop
kubectl rollout status deploy/web -n "$NS" --timout=60s

# ai: pods that keep restarting in $NS, worst first

# ai: delete the checkout deployment in prod

"""
INIT = """\
vim.o.termguicolors = false -- the picture's own ground
vim.o.number = true
vim.o.ruler = false
vim.diagnostic.config({ virtual_text = true })
"""
LINE = "\\ %f\\ %m%=%{v:lua.require'kai'.status()}\\ "
LANGUAGES = """\
[language-server.kai]
command = "kai-lsp"
[[language]]
name = "bash"
language-servers = ["kai"]
"""


def take(screen: Terminal, path: Path, rows: int = ROWS) -> None:
    """What is on the screen now, as a picture."""
    time.sleep(0.5)  # what still moves comes to rest

    def tmux(*words: str) -> str:
        return subprocess.run(
            [*screen.server, *words], check=True, capture_output=True, text=True
        ).stdout

    at = tmux("display", "-p", "#{cursor_x} #{cursor_y}").split()
    image = drawn(tmux("capture-pane", "-e", "-N", "-p"), (int(at[0]), int(at[1])), COLUMNS, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(64).save(path, optimize=True)


def generated(nvim: Neovim, script: Path) -> None:
    """A request answered, one that destroys with its question, what is wrong, an explanation."""
    nvim.open(script, 5)
    nvim.until("#vim.diagnostic.get(0) > 0")
    nvim.command("KaiGenerate")
    nvim.screen.shows("--sort-by")
    nvim.command("/checkout")
    nvim.command("noh")
    nvim.command("KaiGenerate")
    nvim.screen.shows("[Y]es, (N)o")
    take(nvim.screen, IMAGES / "asked.png")
    nvim.screen.type("y")
    nvim.screen.shows("Press ENTER")
    nvim.screen.type("Enter")
    nvim.screen.shows("# destructive:")
    nvim.command("/namespace=prod")
    nvim.command("noh")
    nvim.command("KaiExplain")
    nvim.until("#vim.api.nvim_list_wins() == 2")
    take(nvim.screen, IMAGES / "generated.png")


def main() -> None:
    """Start the editors, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        home, work = Path(name) / "home", Path(name) / "work"
        home.mkdir()
        work.mkdir()
        script = work / "checkout.sh"
        script.write_text(SCRIPT, encoding="utf-8")
        with neovim("testing", home, work, more=INIT, rows=ROWS) as nvim:
            generated(nvim, script)
        (work / "slow.sh").write_text("# ai: why is checkout so slow today\n", encoding="utf-8")
        model = Model(work)  # it is never told an answer
        model.state("warm")
        (home / ".kube").mkdir()
        switch(home / ".kube" / "config", "prod-eu")
        words = model.command
        slow = f"require('kai').setup({{ cmd = {{ {', '.join(map(repr, words))} }} }})"
        with neovim("testing", home, work, more=INIT + slow, rows=8) as nvim:
            nvim.open(work / "slow.sh")
            nvim.command(f"set laststatus=2 statusline={LINE}")
            nvim.screen.shows("(protected) warm")
            nvim.command("echo")
            take(nvim.screen, IMAGES / "status.png", 8)
            nvim.command("set laststatus=1")
            nvim.command("KaiGenerate")
            nvim.screen.shows("let me think, 3 s")
            take(nvim.screen, IMAGES / "model.png", 8)
        script.write_text(SCRIPT, encoding="utf-8")
        config = home / ".config" / "helix"
        config.mkdir(parents=True)
        (config / "languages.toml").write_text(LANGUAGES, encoding="utf-8")
        words = [str(program("hx-testing")), "checkout.sh:5"]
        (config / "config.toml").write_text('theme = "base16_transparent"\n', encoding="utf-8")
        env = environment(home)
        with terminal(words, env, work, rows=ROWS) as screen:
            screen.shows("\u25cf 1")
            screen.type("Space", "a")
            screen.shows(" kai: kubectl")
            take(screen, ROOT / "docs" / "helix.png")


if __name__ == "__main__":
    main()
