"""A namespace said in so many words: behind "in ns" every word is a name."""

from __future__ import annotations

from kai.nlu.frame import Frame


def take_explicit_place(f: Frame) -> None:
    """`in ns jobs`, `in the namespace events`: the namespace, whatever the word, consumed.

    For intents whose own words would otherwise be taken first.
    """
    for match in list(f.find_all("kind", "namespaces")):
        at = match.end
        if f.low(match.end - 1) not in ("ns", "namespace") or not f.free(at):
            continue
        led = match.start - 1
        while led > 0 and f.low(led) in ("the", "our", "my"):
            led -= 1
        placed = led >= 0 and f.low(led) in ("in", "within", "inside", "from")
        if placed and f.name_at(at, any_word=True) and not f.cover[at] & {"ask", "all"}:
            f.namespace = f.tokens[at].low
            f.use(led, at + 1)
            return
