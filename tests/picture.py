"""A terminal's picture, as far as the panel's output goes: what stands where after all was painted."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\x1b\[(?P<arguments>[0-9;?]*)(?P<final>[A-Za-z])|\x1b(?P<short>[D78])|(?P<char>.)", re.S
)


class Picture:
    """Rows of characters and a cursor; anything that is not understood is an error."""

    def __init__(self, rows: int, columns: int) -> None:
        self.columns = columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.saved = (0, 0)
        self.visible = self.wraps = True
        self._rest = ""

    def text(self) -> list[str]:
        """The rows, without blanks at their ends and empty rows below."""
        rows = ["".join(row).rstrip() for row in self.cells]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def write(self, data: str) -> None:
        """What a terminal does with this; a sequence may come in pieces."""
        data = self._rest + data
        cut = data.rfind("\x1b", max(len(data) - 12, 0))
        whole = cut < 0 or re.match(r"\x1b(\[[0-9;?]*[A-Za-z]|[D78])", data[cut:])
        self._rest = "" if whole else data[cut:]
        for token in _TOKEN.finditer(data if whole else data[:cut]):
            if token["final"]:
                self._sequence(token["arguments"], token["final"])
            elif token["short"]:
                self._short(token["short"])
            else:
                self._char(token["char"])

    def _sequence(self, arguments: str, final: str) -> None:
        count = int(arguments) if arguments.isdecimal() else 1
        match arguments, final:
            case _, "A":
                self.row = max(self.row - count, 0)
            case _, "B":
                self.row = min(self.row + count, len(self.cells) - 1)
            case _, "C":
                self.column = min(self.column + count, self.columns - 1)
            case _, "D":
                self.column = max(min(self.column, self.columns - 1) - count, 0)
            case "", "J":
                self._blank(self.row, self.column)
                for row in range(self.row + 1, len(self.cells)):
                    self._blank(row, 0)
            case "", "K":
                self._blank(self.row, self.column)
            case "?25", "h" | "l":
                self.visible = final == "h"
            case "?7", "h" | "l":
                self.wraps = final == "h"
            case _, "m":
                pass
            case _:
                raise AssertionError(f"unexpected: ESC [ {arguments} {final}")

    def _blank(self, row: int, start: int) -> None:
        self.cells[row][start:] = [" "] * (self.columns - start)

    def _short(self, final: str) -> None:
        match final:
            case "D":
                self._down()
            case "7":
                self.saved = self.row, self.column
            case _:
                self.row, self.column = self.saved

    def _down(self) -> None:
        if self.row == len(self.cells) - 1:
            self.cells = [*self.cells[1:], [" "] * self.columns]
        else:
            self.row += 1

    def _char(self, char: str) -> None:
        match char:
            case "\r":
                self.column = 0
            case "\n":
                self._down()
            case "\b":
                self.column = max(self.column - 1, 0)
            case _:
                assert char.isprintable(), repr(char)
                if self.column >= self.columns and self.wraps:
                    self.column = 0
                    self._down()
                self.column = min(self.column, self.columns - 1)
                self.cells[self.row][self.column] = char
                self.column += 1
