"""How many events: in all, or by reason, by object, by kind."""

from __future__ import annotations

from kai.nlu.compose import Command
from kai.nlu.entities import take_namespace
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent

_COUNTS = frozenset(["counts", "count", "numbers", "tally", "totals"])
_BY = frozenset(["by", "per", "each", "every"])
_COLUMNS = {
    "reason": ("REASON", ".reason"),
    "reasons": ("REASON", ".reason"),
    "type": ("TYPE", ".type"),
    "types": ("TYPE", ".type"),
    "kind": ("KIND", ".involvedObject.kind"),
    "object": ("OBJECT", ".involvedObject.name"),
    "objects": ("OBJECT", ".involvedObject.name"),
    "component": ("SOURCE", ".source.component"),
    "source": ("SOURCE", ".source.component"),
    "namespace": ("NAMESPACE", ".metadata.namespace"),
    "ns": ("NAMESPACE", ".metadata.namespace"),
}
_TYPES = {"warning": "Warning", "warnings": "Warning", "normal": "Normal"}


def counted(f: Frame) -> Command | None:
    """`how many warnings so far in ci`, `event counts by reason`."""
    events = list(f.find_all("kind", "events"))
    types = [at for at in f.words() if f.low(at) in _TYPES]
    if len(types) > 1 or len(events) > 1 or not (events or types) or f.has("act", "logs"):
        return None
    if not _take_count(f):
        return None
    for match in events:
        f.use(match.start, match.end)
    column = _take_group(f)
    for at in types:
        f.use(at)
    take_namespace(f)
    command = Command(("get", "events"))
    if types:
        command.flag("field-selector", f"type={_TYPES[f.low(types[0])]}")
    command.flag("no-headers")
    if column is None:
        command.pipe.append(["wc", "-l"])
        return command
    header, path = column
    if header == "NAMESPACE" and f.namespace is None:
        f.all_namespaces = True
    command.flag("output", f"custom-columns={header}:{path}")
    least = f.take("sort", "least") is not None
    f.take("sort", "most")
    command.pipe += [["sort"], ["uniq", "-c"], ["sort", "-n" if least else "-rn"]]
    return command


def _take_count(f: Frame) -> bool:
    """Whether a number is asked for, the words consumed."""
    if f.take("count") is not None:
        return True
    for at in f.words():
        if f.low(at) in _COUNTS:
            f.use(at)
            return True
    return False


def _take_group(f: Frame) -> tuple[str, str] | None:
    """The column that "by reason", "per object name" counts by, consumed."""
    for at in f.words():
        word = f.low(at + 1)
        if f.low(at) not in _BY or word not in _COLUMNS or not f.free(at + 1):
            continue
        start, end = at, at + 2
        if word == "object" and f.low(end) in ("name", "names", "kind"):
            word = "kind" if f.low(end) == "kind" else word
            end += 1
        if f.low(start - 1) in ("for", "of", "grouped", "broken", "split") and f.free(start - 1):
            start -= 1
        f.use(start, end)
        return _COLUMNS[word]
    return None


INTENTS = (
    Intent(
        "event counts",
        ("kind:events", *(f"word:{word}" for word in _TYPES)),
        counted,
        rank=62,
        reads=True,
    ),
)
