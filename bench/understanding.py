"""The built-in understanding: milliseconds a request, loading it, and what nonsense costs.

Goals: p95 2 ms and p99 5 ms a request, loading 60 ms, 2,000 characters of nonsense 10 ms.
"""

from __future__ import annotations

import functools
import random
import string
import tempfile
from pathlib import Path

from bench._rows import requests
from bench.harness import LOOP, calls, environment, loop_floor, report, stages
from kai.kubectl.spec import load
from kai.nlu import lexicon, understand
from kai.nlu.tokens import MAX_REQUEST

_LOAD = """
import gc, sys, time
if sys.argv[1] == "off":
    gc.disable()
import __future__, re, json, dataclasses, enum, functools, pathlib, typing
marks = [(time.perf_counter(), time.process_time())]
mark = lambda: marks.append((time.perf_counter(), time.process_time()))
import kai.nlu
from kai.kubectl.spec import load
mark()
kai.nlu.understand("pods", spec=(spec := load()))
mark()
kai.nlu.understand("pods", spec=spec)
mark()
for a, b in zip(marks, marks[1:]):
    print(b[0] - a[0], b[1] - a[1])
print(*(marks[2][part] - marks[0][part] - marks[3][part] + marks[2][part] for part in (0, 1)))
"""


def nonsense(seed: int = 1) -> dict[str, str]:
    """2,000 characters that mean nothing, of many kinds; most are as many words as are read."""
    dice = random.Random(seed)  # noqa: S311 - reproducible, no secret
    printable = string.ascii_letters + string.digits + string.punctuation + " "
    known = sorted(lexicon.load().words)

    def text(one: str | list[str], joint: str = "") -> str:
        return joint.join(dice.choice(one) for _ in range(MAX_REQUEST))[:MAX_REQUEST]

    def words(one: list[str], count: int = 118) -> str:
        return " ".join(dice.choice(one) for _ in range(count))[:MAX_REQUEST]

    def long(alphabet: str, length: int) -> list[str]:
        return ["".join(dice.choice(alphabet) for _ in range(length)) for _ in range(200)]

    slips = [word[:2] + word[3:] for word in known if len(word) > 5]
    return {
        "any printable characters": text(printable),
        "letters without a blank": text(string.ascii_lowercase),
        "one letter again and again": "a" * MAX_REQUEST,
        "single letters": text(string.ascii_lowercase, " "),
        "made-up words of 15 letters": words(long(string.ascii_lowercase, 15)),
        "made-up names with hyphens": words(long(string.ascii_lowercase + "-", 15)),
        "known words by chance": words(known),
        "misspelt known words": words(slips),
        "one known word again and again": words(["pods"]),
        "verbs and kinds by chance": words(["delete", "pods", "scale", "get", "logs", "web", "to"]),
        "numbers": words([str(number) for number in range(10**14, 10**14 + 50)]),
        "punctuation": text("()[]{}'\"`.,:;!?-_/=+*&%$#@~<>|\\"),
        "quotes that do not close": text(["'", '"', "a", " "]),
        "dashes and dots": text("-. "),
        "joined by commas": ",".join(words(known).split())[:MAX_REQUEST],
        "other scripts": text("дфяжщюабв中文字節点服务äöüßñ é"),
        "flags": words([f"--{word}" for word in known if word.isalpha()]),
        "keys and values": words([f"{word}={word[:3]}" for word in known if word.isalpha()]),
    }


def main() -> None:
    asked, floor = requests(), loop_floor()
    report(f"floor: {LOOP}", floor, unit="us")
    ask = functools.partial(understand, spec=load())
    ask("pods")
    report("request, for the first time", calls(ask, asked, rounds=1, warm=0), floor=floor)
    report("request, known", calls(ask, asked, warm=0), floor=floor)
    report("request, best of 5", calls(ask, asked, warm=0, best=True), floor=floor)

    print(f"\n{MAX_REQUEST:,} characters of nonsense, ms: first time, and best of 5")
    found = []
    for kind, text in nonsense().items():
        first = calls(ask, [text], rounds=1, warm=0).median * 1e3
        found.append((first, calls(ask, [text], best=True).median * 1e3, kind))
    for first, best, kind in sorted(found, reverse=True):
        print(f"  {kind:<32} {first:8.2f}  {best:8.2f}")

    names = ["import", "first request (reads the lexicon)", "second request"]
    with tempfile.TemporaryDirectory() as scratch:
        env = environment(Path(scratch))
        for collector in ("off", "on"):
            how = "off, as for the command kai" if collector == "off" else "on"
            print(f"\nnew process, plain modules loaded; garbage collector {how}")
            each = [*names, "loading: import + first - second"]
            stages(each, _LOAD, collector, runs=11, env=env)


if __name__ == "__main__":
    main()
