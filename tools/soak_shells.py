"""The shells that `tools.soak` and the tests of many shells drive: how each is started and cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.e2e.shells import Place, zsh
from tests.e2e.shells_bash import bash
from tests.e2e.shells_fish import fish
from tests.shell_pty import ShellPty

KEY, UNDO = b"\x0b", b"\x1f"


class Start(Protocol):
    """Starts a shell with kai's file, at its prompt."""

    def __call__(
        self,
        place: Place,
        *,
        before: str = "",
        after: str = "",
        python: str = ...,
        keys: tuple[str, str] = ...,
        guard: bool = ...,
        **env: str,
    ) -> ShellPty:
        """`before` and `after` are read before and after kai's file; `python` starts its client."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of shell: how it starts, what notes every line that is run in the file CANARY, the key
    that clears a line of any kind, and what binds that key, where it is no key of the shell's own.
    `changes_pasted`: tabs do not arrive as they are."""

    start: Start
    canary: str
    clear: bytes
    binds: str = ""
    changes_pasted: bool = False

    def before(self, canary: Path | None = None) -> str:
        """What has to be read at the start; `canary` notes what is run."""
        noting = self.canary.replace("CANARY", str(canary)) if canary else ""
        return f"{self.binds}\n{noting}"


KINDS: Mapping[str, Kind] = {
    "zsh": Kind(zsh, "preexec() { print -r -- \"$1\" >> 'CANARY' }", b"\x18\x0b"),
    "bash": Kind(bash, "PS0='$(echo run >> CANARY)'", b"\x15"),
    "fish": Kind(
        fish,
        "function _canary --on-event fish_preexec; echo $argv >> 'CANARY'; end",
        b"\x18\x0b",
        "bind \\cx\\ck 'commandline -r \"\"'",
        changes_pasted=True,
    ),
}
"""Every shell there is a widget for."""
