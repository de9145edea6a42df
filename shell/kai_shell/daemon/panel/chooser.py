"""The panel of an answer that needs a yes: its keys, and what arrives while it is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from kai.errors import KaiError
from kai.model import (
    Abstained,
    Answered,
    Checked,
    Event,
    Failed,
    Offered,
    Phase,
    Refused,
    Status,
    Suggestion,
    Text,
    Tier,
)
from kai.verdicts import said
from kai_shell.daemon.panel import tty, view
from kai_shell.daemon.panel.edit import bind_editing
from kai_shell.daemon.panel.screen import Screen
from kai_shell.daemon.panel.state import Choice, LineEdit, Mode, State, hindrance, rank

AGAIN = "there is an answer that needs a yes; press the key again"
"""Said where keys were typed before the panel could be seen: they are no answer to it."""


class Session(Protocol):
    """What a panel asks the engine, about the request it was opened for."""

    async def examine(self, command: str, /) -> Suggestion:
        """What there is to say about a command that was edited."""
        ...

    def again(self) -> AsyncIterator[Event]:
        """Everything that happens when the same is asked once more, no kept answer used."""
        ...

    def checks(self, suggestion: Suggestion, /) -> AsyncGenerator[Checked]:
        """What the slow checks find, as it comes."""
        ...

    def explain(self, command: str, /) -> Sequence[tuple[str, str]]:
        """The command part by part, as (style, line)."""
        ...


@dataclass(frozen=True, slots=True)
class Left:
    """The line stays as it was."""

    message: str = ""


Decision = Suggestion | Left
"""What came of a panel: the command that was taken, or that none was."""


class Chooser:
    """One open panel. `events` are those of a request that is still under way."""

    def __init__(
        self,
        terminal: tty.Terminal,
        state: State,
        session: Session,
        *,
        colour: bool = True,
        unicode: bool = True,
        events: AsyncIterator[Event] | None = None,
    ) -> None:
        self._terminal, self._state, self._session, self._events = terminal, state, session, events
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._seen: Choice | None = None
        self._seen_tier = ""
        self._first = True
        self.screen = Screen(
            terminal,
            self._draw,
            self._bindings(),
            colour=colour,
            unicode=unicode,
            first=self._look_ahead,
        )
        self.screen.painted = self._painted

    async def decision(self) -> Decision:
        """Open the panel, and say what came of it. The terminal is as it was afterwards, also
        when this is cancelled."""
        if self._terminal.typed():
            return Left(AGAIN)
        try:
            self._check()
            if self._events is not None:
                self._start("events", partial(self._follow, self._events))
            result = await self.screen.show()
        except (EOFError, tty.NoTerminal):
            return Left()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        assert isinstance(result, Suggestion | Left)  # noqa: S101 - nothing else is given to it
        return result

    # --- what is on the screen -----------------------------------------------------------------

    def _draw(self, look: view.Look) -> list[view.Line]:
        return view.lines(self._state, look)

    def _look_ahead(self) -> None:
        if self._terminal.typed():
            self.screen.done(Left(AGAIN))

    def _painted(self) -> None:
        """What can be seen now; Enter means this and nothing that came later."""
        choice = self._state.choice
        self._seen, self._seen_tier = choice, choice.tier if choice else ""
        if self._first:
            self._first = False
            self._check()

    def _start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do something beside the keys; what was done under this name before is stopped."""
        before = self._tasks.pop(name, None)
        if before is not None:
            before.cancel()
        self._tasks[name] = asyncio.ensure_future(self._guarded(work))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """What is wrong with the settings or the stores is said; a fault of ours ends the panel."""
        try:
            await work()
        except KaiError as error:
            self._say(str(error))
        except Exception as error:  # noqa: BLE001 - it is raised again where the panel was opened
            self.screen.fail(error)

    # --- what arrives --------------------------------------------------------------------------

    async def _follow(self, events: AsyncIterator[Event]) -> None:
        state = self._state
        async for event in events:
            match event:
                case Status(phase, detail):
                    state.status = detail or _PHASES[phase]
                case Text(chunk):
                    state.streamed += chunk
                case Offered(suggestion) | Answered(suggestion):
                    if self._events is events and _is_clear(suggestion):
                        self.screen.done(suggestion)
                        return
                    if not state.choices or state.choices[0].suggestion != suggestion:
                        state.offer(suggestion)
                        self._check()
                    state.status = ""
                case Abstained() | Refused() | Failed():
                    state.status, state.streamed = "", ""
                    if not state.choices:
                        self.screen.done(Left(said(event)))
                        return
                    state.note = said(event)
                case _:
                    continue
            self.screen.update()

    def _check(self) -> None:
        """Let the slow checks look at the command that is shown, once each."""
        choice = self._state.choice
        if choice is not None and not choice.asked:
            choice.checking = True
            if not self._first:
                self._start("checks", partial(self._checks, choice))

    async def _checks(self, choice: Choice) -> None:
        try:
            async with aclosing(self._session.checks(choice.suggestion)) as checks:
                async for checked in checks:
                    choice.add(checked)
                    self.screen.update()
            choice.asked = True
        finally:
            choice.checking = False
            self.screen.update()

    async def _examine(self) -> None:
        """What is to be said of the edited line, until it is said of what stands there."""
        edit = self._state.edit
        assert edit is not None  # noqa: S101 - called while there is one
        while self._state.edited is None or self._state.edited.command != edit.text:
            text = edit.text
            suggestion = await self._session.examine(text)
            if text == edit.text:
                self._state.edited = Choice(suggestion)
        self.screen.update()

    # --- keys ----------------------------------------------------------------------------------

    def _bindings(self) -> KeyBindings:
        keys, state = KeyBindings(), self._state
        editing = Condition(lambda: state.mode is Mode.EDIT)
        idle = ~editing

        def on(*names: str, when: Any = idle) -> Any:
            def bind(function: Any) -> Any:
                for name in names:
                    keys.add(name, filter=when)(lambda event: self.screen.attempt(function))
                return function

            return bind

        on("enter", "c-j")(self._take)
        on("tab", "down", "c-n")(lambda: self._step(1))
        on("s-tab", "up", "c-p")(lambda: self._step(-1))
        on("e")(self._edit)
        on("?")(self._explain)
        on("r")(self._again)
        on("escape", "c-d")(lambda: self.screen.done(Left()))
        on("c-c", "c-g", when=Condition(lambda: True))(lambda: self.screen.done(Left()))
        on("enter", "c-j", when=editing)(lambda: self._start("take", self._take_edited))
        on("escape", when=editing)(self._stop_editing)
        keys.add(Keys.Escape, Keys.Any)(_nothing)  # Alt and a key: not an Esc
        bind_editing(keys, editing, lambda: state.edit, self._edited)
        return keys

    def _take(self) -> None:
        choice = self._state.choice
        if choice is None or choice is not self._seen or choice.tier != self._seen_tier:
            return
        why = hindrance(choice)
        if why:
            self._say(f"cannot be taken: {why}")
        else:
            self.screen.done(choice.suggestion)

    async def _take_edited(self) -> None:
        """Take what was typed once it is judged; keys typed meanwhile are for what comes then."""
        with self.screen.unread():
            before = self._seen_tier
            await self._examine()
            choice = self._state.edited
            if choice is None or hindrance(choice):
                self.screen.update()
            elif rank(choice.tier) > rank(before):
                self._say("read what it does now; Enter takes it")
            else:
                self.screen.done(choice.suggestion)

    def _step(self, by: int) -> None:
        if len(self._state.choices) > 1:
            self._state.step(by)
            self._state.note = ""
            if self._state.mode is Mode.EXPLAIN:
                self._told()
            self._check()
            self.screen.update()

    def _edit(self) -> None:
        choice = self._state.choice
        if choice is not None:
            self._state.mode, self._state.note = Mode.EDIT, ""
            self._state.edit, self._state.edited = LineEdit(choice.command), choice
            self.screen.update()

    def _edited(self) -> None:
        self._state.note = ""
        self._start("examine", self._examine)
        self.screen.update()

    def _stop_editing(self) -> None:
        self._state.mode, self._state.edit, self._state.edited = Mode.CHOOSE, None, None
        self._state.note = ""
        self.screen.update()

    def _explain(self) -> None:
        state = self._state
        if state.mode is Mode.EXPLAIN:
            state.mode = Mode.CHOOSE
        elif state.choice is not None:
            self._told()
            state.mode = Mode.EXPLAIN
        self.screen.update()

    def _told(self) -> None:
        choice = self._state.choices[self._state.index]
        self._state.explained = self._session.explain(choice.command)

    def _again(self) -> None:
        if self._state.typed is None and not self._state.stands and self._state.choices:
            self._state.status, self._state.mode = "asking again ...", Mode.CHOOSE
            self._start("events", partial(self._follow, self._session.again()))
            self.screen.update()

    def _say(self, note: str) -> None:
        self._state.note = note
        self.screen.update()


def _is_clear(suggestion: Suggestion) -> bool:
    """Whether it needs no yes."""
    risk = suggestion.risk
    return suggestion.sure and risk is not None and risk.tier == Tier.READ


_PHASES = {
    Phase.LOADING: "loading ...",
    Phase.ASKING: "asking the model ...",
    Phase.CHECKING: "checking ...",
}


def _nothing(event: KeyPressEvent) -> None:
    """A key that means nothing here."""
