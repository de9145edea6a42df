"""A real Neovim with the plugin: keys go in through a terminal, what it knows is asked for in Lua."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.editors.terminal import (
    ROOT,
    SECONDS,
    Terminal,
    environment,
    eventually,
    program,
    terminal,
)

PLUGIN = ROOT / "editors" / "neovim"

INIT = """\
vim.opt.rtp:prepend({plugin})
vim.o.swapfile = false
vim.o.shadafile = 'NONE'
vim.o.more = false
{more}
"""


@dataclass(frozen=True, slots=True)
class Neovim:
    """One that runs. `screen` is what a person sees and the keyboard."""

    screen: Terminal
    path: Path
    socket: str
    env: dict[str, str]

    def listens(self) -> bool:
        """Whether it can be asked."""
        return self._asked("1").returncode == 0

    def _asked(self, expression: str) -> subprocess.CompletedProcess[str]:
        words = ["--server", self.socket, "--remote-expr", expression]
        return subprocess.run(
            [self.path, *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def lua(self, expression: str) -> Any:
        """The value of a Lua expression."""
        quoted = json.dumps(f"vim.json.encode({expression})")
        done = self._asked(f"luaeval({quoted})")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or done.stderr)

    def until(self, expression: str) -> Any:
        """The value of a Lua expression, once it is neither nil nor false."""
        found: list[Any] = [None]

        def holds() -> bool:
            found[0] = self.lua(expression)
            return found[0] not in (None, False)

        eventually(holds, lambda: f"{expression}: {found[0]!r}\n{self.screen.until(bool)}")
        return found[0]

    def command(self, text: str) -> None:
        """Type a command of the command line."""
        self.screen.write(f":{text}")
        self.screen.type("Enter")

    def open(self, path: Path, line: int = 1) -> None:
        """Edit a file and wait until the server has it."""
        self.command(f"edit +{line} {path.name}")
        self.until("(require('kai').clients(0)[1] or {}).initialized")

    @property
    def lines(self) -> list[str]:
        """What is in the buffer."""
        found: list[str] = self.lua("vim.api.nvim_buf_get_lines(0, 0, -1, false)")
        return found

    @property
    def messages(self) -> str:
        """All that was said so far."""
        return str(self.lua("vim.fn.execute('messages')"))


@contextmanager
def neovim(
    name: str, home: Path, folder: Path, *, more: str = "", rows: int = 24
) -> Iterator[Neovim]:
    """The Neovim of a release of Debian, in a folder; `more` are lines for its init.lua."""
    path = program(f"nvim-{name}")
    config = home / ".config" / "nvim"
    config.mkdir(parents=True, exist_ok=True)
    init = INIT.format(plugin=json.dumps(str(PLUGIN)), more=more)
    (config / "init.lua").write_text(init, encoding="utf-8")
    env = environment(home)
    # Next to tmux's own socket: short enough for a path of one.
    listening = 'exec "$0" --listen "$(dirname "${TMUX%%,*}")/nvim"'
    with terminal(["sh", "-c", listening, str(path)], env, folder, rows=rows) as screen:
        socket = str(Path(screen.server[2]).with_name("nvim"))
        eventually(Path(socket).exists, lambda: screen.until(lambda text: True))
        running = Neovim(screen, path, socket, env)
        # The socket's file is there before anybody listens.
        eventually(running.listens, lambda: screen.until(bool))
        running.until("vim.v.vim_did_enter == 1")
        yield running


Start = Callable[..., Neovim]
"""Takes a file's name, its text, the cursor's line, and lines for init.lua."""


@contextmanager
def starting(name: str, home: Path, folder: Path) -> Iterator[Start]:
    """Starts Neovims in a folder, each with a file that the server has read."""
    with ExitStack() as stack:

        def started(file: str, text: str, line: int, more: str = "") -> Neovim:
            path = folder / file
            path.write_text(text, encoding="utf-8", newline="")
            running = stack.enter_context(neovim(name, home, folder, more=more))
            running.open(path, line)
            return running

        yield started
