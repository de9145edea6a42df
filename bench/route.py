"""The engine's route in this process: a kept answer, a built-in one, a typed command examined."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench.harness import calls, report
from kai import config, wiring
from kai.model import Answered, Ask, SourceFilter
from kai_shell.drive import stepped

ROWS = Path(__file__).resolve().parent.parent / "tests" / "cases" / "nlu" / "dev_read.jsonl"


def main() -> None:
    requests = [json.loads(line)["request"] for line in ROWS.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as scratch:
        loaded = config.load(paths=config.Paths.under(Path(scratch)))
        engine = wiring.build_engine(loaded, journal=False)

        def asked(request: str, source: SourceFilter = SourceFilter.ANY) -> object:
            *_, last = stepped(engine.suggest(Ask(request, source=source)))
            return last

        report(
            "built-in answer",
            calls(lambda request: asked(request, SourceFilter.BUILTIN), requests, rounds=3),
        )
        answered = [request for request in requests if isinstance(asked(request), Answered)]
        report("kept answer", calls(asked, answered, rounds=3))
        recorded = wiring.build_engine(loaded)
        report(
            "kept answer, recorded",
            calls(
                lambda request: list(stepped(recorded.suggest(Ask(request)))), answered, rounds=1
            ),
        )
        commands = [json.loads(line)["command"] for line in ROWS.read_text().splitlines()]
        report("examined command", calls(engine.examine, [text for text in commands if text]))


if __name__ == "__main__":
    main()
