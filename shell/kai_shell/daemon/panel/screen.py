"""A prompt_toolkit application below the line of a shell, on a terminal that is not the daemon's.

How it stands below the prompt without touching it: rows are reserved by moving down (IND scrolls
where there are none left) and up again; the cursor's place is kept by DECSC. Each painting starts
from there and ends there (`_Painter.flush`), and the cursor is never left inside the panel: a shell
that paints its line again when the terminal changes its size finds the cursor where it left it, and
so do we afterwards. All of prompt_toolkit's that would change what the shell has set (bracketed
paste, the mode of the arrow keys, a blinking cursor) is left out.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.data_structures import Point, Size
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import DummyInput, Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyBindings, KeyPress
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import ColorDepth, DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import Renderer
from prompt_toolkit.styles import Attrs, Style

from kai_shell.daemon.panel import tty, view

ESCAPE_SECONDS = 0.03
"""How long an Esc may be the begin of a longer key."""

SIZE_SECONDS = 0.2
"""How often the terminal is asked for its size: no signal comes here."""

HUNG_SECONDS = 2.5
"""A daemon that stood still for so long (it was stopped, or the machine was) finds a terminal that is
no longer its own: the shell has given up, put it right, and may be running something. It is left
alone then. A shell that waits for 3 s puts right what it gets back in any case."""

_STYLE = Style(
    [
        # Older ones of prompt_toolkit know no dim text.
        (name, said if said != "dim" or "dim" in Attrs._fields else "")
        for name, said in view.STYLES.items()
    ]
)


class _Nowhere:
    """What `Vt100_Output` wants to write to; nothing arrives here."""

    encoding = "utf-8"

    def write(self, data: str) -> None:
        raise AssertionError(data)

    def flush(self) -> None:
        raise AssertionError

    def fileno(self) -> int:
        return -1

    def isatty(self) -> bool:
        return True


class _Painter(Vt100_Output):
    """Writes the panel: from the shell's cursor to the panel, and back."""

    def __init__(self, terminal: tty.Terminal, colours: ColorDepth, encoding: str) -> None:
        nowhere: Any = _Nowhere()
        super().__init__(
            nowhere, self._room, default_color_depth=colours, enable_bell=False, enable_cpr=False
        )
        self._terminal, self._encoding = terminal, encoding
        self.columns = self.rows = 0
        self.renderer: Renderer | None = None
        self.first: Callable[[], None] | None = None
        """Called before anything of the panel can be seen, once."""
        self.hung: Callable[[], bool] = lambda: False
        """Whether nothing may be written any more."""
        self._at = Point(0, 0)

    def _room(self) -> Size:
        return Size(rows=self.rows, columns=self.columns)

    def reserve(self, rows: int, columns: int) -> None:
        """Have `rows` rows below the cursor, and keep its place."""
        self.rows, self.columns = rows, columns
        self._put("\x1bD" * rows + f"\x1b[{rows}A\x1b7\x1b[?25l")

    def wipe(self) -> None:
        """Erase what stands below the cursor's row, whatever it is.

        The place that was kept does not count: it is another row since the terminal has changed
        its size. There is a row below once the cursor went down and up.
        """
        if self.rows:
            self._put("\x1bD\x1b[A\x1b7\x1bD\r\x1b[0m\x1b[J\x1b8")

    def release(self) -> None:
        """Erase the panel, and leave the cursor where it was."""
        self.wipe()
        self._put("\x1b[0m\x1b[?7h\x1b[?25h")

    def flush(self) -> None:
        data = "".join(self._buffer)
        self._buffer = []
        at = self._at
        self._at = self.renderer._cursor_pos if self.renderer else Point(0, 0)
        if data and self.first is not None:
            first, self.first = self.first, None
            first()
        if data:
            down = f"\x1b[{at.y}B" if at.y else ""
            right = f"\x1b[{at.x}C" if at.x else ""
            self._put(f"\x1bD\r{down}{right}{data}\x1b[0m\x1b[?7h\x1b8")

    def _put(self, data: str) -> None:
        if not self.hung():
            self._terminal.write(data.encode(self._encoding, "replace"))

    # What the shell has set stays as it is.

    def enable_bracketed_paste(self) -> None:
        return

    def disable_bracketed_paste(self) -> None:
        return

    def reset_cursor_key_mode(self) -> None:
        return

    def show_cursor(self) -> None:
        return

    def hide_cursor(self) -> None:
        return


class _Keys(Input):
    """Keys, read a byte at a time: what comes after the key that decides is the shell's."""

    def __init__(self, terminal: tty.Terminal, hung: Callable[[], bool]) -> None:
        self._terminal, self._hung = terminal, hung
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pressed: list[KeyPress] = []
        self._parser = Vt100Parser(self._pressed.append)
        self.stopped = self._closed = False
        self._ready: Callable[[], None] | None = None

    def hold(self) -> None:
        """Read no further byte for now."""
        asyncio.get_running_loop().remove_reader(self.fileno())

    def go_on(self) -> None:
        """Read on."""
        if self._ready is not None and not self.stopped:
            asyncio.get_running_loop().add_reader(self.fileno(), self._ready)

    def fileno(self) -> int:
        return self._terminal.handle

    def typeahead_hash(self) -> str:
        return f"kai-{id(self)}"

    def read_keys(self) -> list[KeyPress]:
        if self.stopped:
            return []
        if self._hung():
            self._closed = True
            return []
        try:
            self._parser.feed(self._decoder.decode(self._terminal.read()))
        except (OSError, EOFError):
            self._closed = True
        return self._taken()

    def flush_keys(self) -> list[KeyPress]:
        self._parser.flush()
        return self._taken()

    def _taken(self) -> list[KeyPress]:
        pressed = list(self._pressed)
        self._pressed.clear()
        return pressed

    @property
    def closed(self) -> bool:
        return self._closed

    def raw_mode(self) -> AbstractContextManager[None]:
        return nullcontext()  # the terminal is in it already

    def cooked_mode(self) -> AbstractContextManager[None]:
        return nullcontext()

    @contextmanager
    def attach(self, input_ready_callback: Callable[[], None]) -> Iterator[None]:
        self._ready = input_ready_callback
        self.go_on()
        try:
            yield
        finally:
            self._ready = None
            self.hold()

    def detach(self) -> AbstractContextManager[None]:
        return nullcontext()


_spare: list[Application[Any]] = []
"""An application made before it is needed: that takes longer than painting it."""


def prepare() -> None:
    """Make the next application, where there is none."""
    if not _spare:
        _spare.append(_application())


def _application() -> Application[Any]:
    control = FormattedTextControl("", show_cursor=False)
    window = Window(control, wrap_lines=False, always_hide_cursor=True, dont_extend_height=True)
    app: Application[Any] = Application(
        layout=Layout(window),
        include_default_pygments_style=False,
        erase_when_done=True,
        terminal_size_polling_interval=None,
        input=DummyInput(),
        output=DummyOutput(),
    )
    # None of its own keys means anything here, and merging them costs more than painting does.
    app._default_bindings = app._page_navigation_bindings = KeyBindings()
    app.ttimeoutlen = ESCAPE_SECONDS
    app.timeoutlen = 0.001
    return app


class Screen:
    """One panel on one terminal, from `show` until `done` was called. `draw` gives its lines."""

    def __init__(
        self,
        terminal: tty.Terminal,
        draw: Callable[[view.Look], list[view.Line]],
        keys: KeyBindings,
        *,
        colour: bool,
        unicode: bool,
        first: Callable[[], None],
    ) -> None:
        """`first` is called before anything can be seen."""
        self._terminal, self._draw, self._unicode = terminal, draw, unicode
        depth = ColorDepth.DEPTH_4_BIT if colour else ColorDepth.DEPTH_1_BIT
        self._painter = _Painter(terminal, depth, "utf-8" if unicode else "ascii")
        self._input = _Keys(terminal, self._hung)
        self._awake, self._lost = asyncio.get_running_loop().time(), False
        self._painter.hung = self._hung
        self._painter.first = lambda: self.attempt(first)
        prepare()
        app = self._app = _spare.pop()
        app.input, app.output, app.key_bindings = self._input, self._painter, keys
        app.renderer = Renderer(_STYLE, self._painter)
        self._painter.renderer = app.renderer
        control = app.layout.current_control
        assert isinstance(control, FormattedTextControl)  # noqa: S101 - `_application` made it
        self._control = control
        self._size = (0, 0)
        self.painted: Callable[[], None] = lambda: None
        app.after_render += lambda _: self.attempt(self.painted)

    async def show(self) -> Any:
        """Paint the panel and serve its keys; what `done` was given. Raises EOFError where the
        terminal is gone. The terminal is as it was before when this returns or raises."""
        watching: asyncio.Task[None] | None = None
        self._awake = asyncio.get_running_loop().time()
        with self._terminal.raw(unless=self._hung):
            try:
                self._fit()
                watching = asyncio.ensure_future(self._watch_size())
                with create_app_session(input=self._input, output=self._painter):
                    return await self._app.run_async(
                        set_exception_handler=False, handle_sigint=False
                    )
            finally:
                if watching is not None:
                    watching.cancel()
                clear_typeahead(self._input)
                self._painter.release()
                await self._terminal.drained()

    def _hung(self) -> bool:
        """Whether we stood still for too long; then the terminal is not touched any more."""
        if asyncio.get_running_loop().time() - self._awake > HUNG_SECONDS:
            self._lost = True
        return self._lost

    def done(self, result: object) -> None:
        """Read no further byte, and let `show` return `result`."""
        self._input.stopped = True
        if not self._app.is_done and self._app.future is not None:
            self._app.exit(result=result)

    def fail(self, error: BaseException) -> None:
        """Let `show` raise this, once the terminal is as it was."""
        self._input.stopped = True
        if not self._app.is_done and self._app.future is not None:
            self._app.exit(exception=error)

    def attempt(self, function: Callable[[], object]) -> None:
        """Do what a key means; a fault in it ends the panel."""
        try:
            function()
        except Exception as error:  # noqa: BLE001 - `show` raises it
            self.fail(error)

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Within this, keys that are typed stay where they are."""
        self._input.hold()
        try:
            yield
        finally:
            self._input.go_on()

    def update(self) -> None:
        """Something has changed: paint it."""
        if self._app.future is not None and not self._app.is_done:
            self._fit()
            self._app.invalidate()

    def _fit(self) -> None:
        """The lines as they are now, and rows for them."""
        self._size = rows, columns = self._terminal.size()
        most = max(min(rows - 2, rows * 2 // 3), 3)  # the line and what is before it stay there
        told = self._draw(view.Look(columns, most, self._unicode))[:most]
        if len(told) > self._painter.rows or columns != self._painter.columns:
            self._again(min(len(told) + 1, most), columns)
        text: StyleAndTextTuples = []
        for number, line in enumerate(told):
            text += [("", "\n"), *line] if number else line
        self._control.text = text

    def _again(self, rows: int, columns: int) -> None:
        """More rows, or another width: from the shell's cursor on everything is painted anew."""
        self._painter.wipe()
        self._painter.reserve(rows, columns)
        self._app.renderer.reset()

    async def _watch_size(self) -> None:
        while not self._terminal.failed and not self._hung():
            self._awake = asyncio.get_running_loop().time()
            await asyncio.sleep(SIZE_SECONDS)
            if not self._hung() and self._terminal.size() != self._size:
                await asyncio.sleep(SIZE_SECONDS)  # the shell may be painting its line again
                self._painter.columns = 0
                self.update()
        self.fail(EOFError())
