"""The panel of the guard: is this line to be run? The key y, or a word that has to be typed."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from kai_shell.daemon.panel import tty, view
from kai_shell.daemon.panel.edit import bind_editing
from kai_shell.daemon.panel.screen import Screen
from kai_shell.daemon.panel.state import LineEdit


class Asker:
    """One open question. With a `word`, nothing but that word and Enter means yes."""

    def __init__(
        self,
        terminal: tty.Terminal,
        tier: str,
        word: str,
        details: Sequence[str],
        *,
        colour: bool = True,
        unicode: bool = True,
    ) -> None:
        self._terminal, self._tier, self._word, self._details = terminal, tier, word, details
        self._edit = LineEdit("")
        self._note = ""
        self.screen = Screen(
            terminal,
            self._draw,
            self._bindings(),
            colour=colour,
            unicode=unicode,
            first=self._look_ahead,
        )

    async def answer(self) -> bool:
        """Open the panel; whether the line is to be run. The terminal is as it was afterwards."""
        if self._terminal.typed():
            return False
        try:
            return await self.screen.show() is True
        except (EOFError, tty.NoTerminal):
            return False

    def _draw(self, look: view.Look) -> list[view.Line]:
        return view.question(self._tier, self._word, self._details, self._edit, self._note, look)

    def _look_ahead(self) -> None:
        """Keys typed before the question could be seen are no answer to it."""
        if self._terminal.typed():
            self.screen.done(False)

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()
        wordless = Condition(lambda: not self._word)

        def leave(event: KeyPressEvent) -> None:
            self.screen.done(False)

        for name in ("escape", "c-c", "c-g"):
            keys.add(name)(leave)
        for name in ("enter", "c-j", "n", "N", "q", "c-d"):
            keys.add(name, filter=wordless)(leave)

        @keys.add("y", filter=wordless)
        @keys.add("Y", filter=wordless)
        def yes(event: KeyPressEvent) -> None:
            self.screen.done(True)

        @keys.add("enter", filter=~wordless)
        @keys.add("c-j", filter=~wordless)
        def typed(event: KeyPressEvent) -> None:
            if not self._edit.text:
                self.screen.done(False)
            elif self._edit.text == self._word:
                self.screen.done(True)
            else:
                self._note = "that is not the word; Esc leaves the line"
                self.screen.update()

        keys.add(Keys.Escape, Keys.Any)(_nothing)
        bind_editing(keys, ~wordless, lambda: self._edit, self._changed)
        return keys

    def _changed(self) -> None:
        self._note = ""
        self.screen.update()


def _nothing(event: KeyPressEvent) -> None:
    """Alt and a key is not an Esc."""
