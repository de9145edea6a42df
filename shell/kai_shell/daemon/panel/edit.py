"""The keys that edit one line: those that shells have in common."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.filters import Filter
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from kai_shell.daemon.panel.state import LineEdit

_MOVES: dict[tuple[str, ...], Callable[[LineEdit], None]] = {
    ("left",): lambda line: line.move(line.at - 1),
    ("c-b",): lambda line: line.move(line.at - 1),
    ("right",): lambda line: line.move(line.at + 1),
    ("c-f",): lambda line: line.move(line.at + 1),
    ("home",): lambda line: line.move(0),
    ("c-a",): lambda line: line.move(0),
    ("end",): lambda line: line.move(len(line.text)),
    ("c-e",): lambda line: line.move(len(line.text)),
    ("c-left",): lambda line: line.move(line.word_left()),
    ("escape", "b"): lambda line: line.move(line.word_left()),
    ("c-right",): lambda line: line.move(line.word_right()),
    ("escape", "f"): lambda line: line.move(line.word_right()),
    ("backspace",): lambda line: line.cut(line.at - 1, line.at),
    ("delete",): lambda line: line.cut(line.at, line.at + 1),
    ("c-d",): lambda line: line.cut(line.at, line.at + 1),
    ("c-w",): lambda line: line.cut(line.word_left(), line.at),
    ("escape", "backspace"): lambda line: line.cut(line.word_left(), line.at),
    ("escape", "d"): lambda line: line.cut(line.at, line.word_right()),
    ("c-u",): lambda line: line.cut(0, line.at),
    ("c-k",): lambda line: line.cut(line.at, len(line.text)),
}


def bind_editing(
    keys: KeyBindings,
    when: Filter,
    line: Callable[[], LineEdit | None],
    changed: Callable[[], None],
) -> None:
    """Bind the keys; `changed` is called after each of them."""

    def bind(names: tuple[str, ...], do: Callable[[LineEdit], None]) -> None:
        @keys.add(*names, filter=when)
        def pressed(event: KeyPressEvent) -> None:
            edit = line()
            if edit is not None:
                do(edit)
                changed()

    for names, do in _MOVES.items():
        bind(names, do)

    @keys.add(Keys.Any, filter=when)
    @keys.add(Keys.BracketedPaste, filter=when)
    def typed(event: KeyPressEvent) -> None:
        edit = line()
        if edit is not None and (event.data.isprintable() or len(event.data) > 1):
            edit.insert(event.data.replace("\r", "\n").strip("\n"))
            changed()
