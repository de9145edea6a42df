"""Models' answers: finding the commands in them, and the grammar that they are held to.

`--pairs FOLDER` also says how many commands of a folder of rows ({"command": ...}, one file a source)
are sentences of the grammar, as they stand and with their words quoted as kai quotes them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench._gbnf import Matcher, parse
from bench._rows import ROOT, read
from bench.harness import calls, loop_floor, report
from kai.kubectl.invocation import Pipeline
from kai.kubectl.invocation import parse as read_line
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.kubectl.words import quote
from kai.llm import grammar
from kai.llm.extract import LONGEST, displayable, extract
from kai.validators import check

ANSWERS = ROOT / "tests" / "cases" / "llm" / "answers.jsonl"
PIECES = (
    *(
        "kubectl get pods\n",
        "x\n",
        "`",
        "```\n",
        "`kubectl a b` ",
        "'",
        '{"a":[',
        "<think>",
        "\\\n",
    ),
    *("kubectl x\n --f\n", "cd x\n", "kubectl a && ", "or ", "k get ", "\u202e"),
)
"""What the longest answers consist of, each of one piece: where time would grow with the square."""


def extracting() -> None:
    """Times of `extract` and `displayable`."""
    texts = ["".join(row["answer"]) for row in read([ANSWERS])]
    typical = [text for text in texts if len(text) < 1000]
    floor = loop_floor()
    report("extract, a row", calls(extract, typical), unit="us", floor=floor)
    chunks = [chunk for row in read([ANSWERS]) for chunk in row["answer"]]
    report("displayable, a chunk", calls(displayable, chunks, rounds=2), unit="us", floor=floor)
    ratios = []
    for piece in PIECES:
        whole = (piece * (LONGEST // len(piece) + 1))[:LONGEST]
        quarter, full = (
            calls(extract, [text], rounds=9, best=True) for text in (whole[: LONGEST // 4], whole)
        )
        ratios.append((full.median, full.median / quarter.median, piece))
    slowest = max(ratios)
    steepest = max(ratios, key=lambda item: item[1])
    print(f"extract, 64 KiB of {slowest[2]!r}: {slowest[0] * 1e3:.1f} ms, the slowest")
    print(f"4 times the text takes at most {steepest[1]:.1f} times as long ({steepest[2]!r})")


def building() -> None:
    """Size of the grammar and the schema, and how long they take to write."""
    for name, request in (("every command", ""), ("a question", "list pods in prod")):
        text = grammar.gbnf(load(), builtin(), request=request)
        schema = grammar.schema(load(), builtin(), request=request)
        print(f"{name:<14} GBNF {len(text):6} bytes, {text.count(chr(10))} rules; ", end="")
        print(f"JSON schema {len(schema):6} bytes")

    def build(_: int) -> None:
        grammar._language.cache_clear()
        grammar.gbnf(load(), builtin())

    report("GBNF, written anew", calls(build, range(5)), unit="ms")
    again = calls(lambda _: grammar.gbnf(load(), builtin()), range(5))
    report("GBNF, known", again, unit="us")


def covered(folder: Path) -> None:
    """How many of other people's commands the grammar has."""
    matcher = Matcher(parse(grammar.gbnf(load(), builtin())))
    rows = taken = raw = respelled = 0
    outside: list[str] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows += 1
            commands = [row["command"], *row.get("alternatives", ())]
            good = [text for text in commands if _is_taken(text)]
            if not good:
                continue
            taken += 1
            as_written = any(map(matcher.accepts, good))
            raw += as_written
            if as_written or any(matcher.accepts(text) for item in good for text in _quoted(item)):
                respelled += 1
            else:
                outside.append(good[0])
    print(f"{rows} rows, {taken} with a command that kai reads and kubectl takes; in the grammar")
    print(
        f"  as it stands {raw / taken:.1%}, with kai's quotes {respelled / taken:.1%}; not in it:"
    )
    for text in outside:
        print(f"    {text}")


def _is_taken(text: str) -> bool:
    pipeline = read_line(text)
    if not pipeline.stages:
        return False
    return not any(item.level == "error" for item in check(pipeline, load(), builtin()))


def _quoted(text: str) -> Iterator[str]:
    """The same words, those in quotes with kai's."""
    pipeline: Pipeline = read_line(text)
    try:
        yield " | ".join(
            " ".join(quote(word.value) if word.quoted else word.raw for word in stage.words)
            for stage in pipeline.stages
        )
    except ValueError:
        return


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, help="a folder of rows with commands")
    chosen = parser.parse_args(words)
    extracting()
    building()
    if chosen.pairs:
        covered(chosen.pairs)


if __name__ == "__main__":
    main()
