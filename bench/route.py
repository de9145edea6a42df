"""The engine's route in this process: a kept answer, a built-in one, a typed command examined."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from bench._rows import commands, requests
from bench.harness import LOOP, calls, loop_floor, report
from kai import config, wiring
from kai.model import Ask, Event, Offered, SourceFilter, Suggestion
from kai_shell.drive import stepped


def main() -> None:
    asked, floor = requests(), loop_floor()
    report(f"floor: {LOOP}", floor, unit="us")
    tell = functools.partial(report, floor=floor)
    with tempfile.TemporaryDirectory() as scratch:
        loaded = config.load(paths=config.Paths.under(Path(scratch)))
        engine = wiring.build_engine(loaded, {}, journal=False)

        def answer(request: str, source: SourceFilter = SourceFilter.ANY) -> Suggestion | None:
            *_, last = stepped(engine.suggest(Ask(request, source=source)))
            found: Suggestion | None = getattr(last, "suggestion", None)
            return found

        builtin = functools.partial(answer, source=SourceFilter.BUILTIN)
        tell("built-in answer", calls(builtin, asked, rounds=3))
        tell("built-in answer, then kept", calls(answer, asked, rounds=1, warm=0))
        # What destroys is never kept, and a request without an answer neither.
        kept = [request for request in asked if (found := answer(request)) and found.cached]
        tell("kept answer (counts the use)", calls(answer, kept, rounds=3))
        recorded = wiring.build_engine(loaded, {})

        def whole(request: str) -> object:
            return list(stepped(recorded.suggest(Ask(request))))

        tell("kept answer, written to journal", calls(whole, kept, rounds=1))

        async def examined(line: str) -> AsyncIterator[Event]:
            yield Offered(await engine.examine(line))

        def command(line: str) -> object:
            return list(stepped(examined(line)))

        tell("typed command examined", calls(command, commands(), rounds=3))
        for warning in (*engine.warnings, *recorded.warnings):
            print(f"warning: {warning}")


if __name__ == "__main__":
    main()
