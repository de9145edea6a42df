"""kubectl cp: files into a container and out of it."""

from __future__ import annotations

import re

from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.containers import take_container
from kai.nlu.intents.looking import (
    Thing,
    connect,
    hidden,
    podlike,
    prepare,
    take_object,
    take_place,
)
from kai.nlu.patterns import pattern
from kai.nlu.target import kind_of
from kai.nlu.tokens import NAME, is_file

_AVOID = ("x-copyword", "x-copy")
_REMOTE = pattern(r"(?:[a-z0-9.-]+/)?[a-z0-9][a-z0-9.-]*:\S*")
_FILE = pattern(r"[\w@%+.-]+\.[A-Za-z][A-Za-z0-9]{0,8}")
_INTO = frozenset(
    [
        "to",
        "into",
        "onto",
        "at",
        "as",
        "target",
        "destination",
        "under",
        "dest",
        "in",
        "inside",
        "named",
        "called",
    ]
)
_OUT = frozenset(["from", "of", "off", "out"])


def copy(f: Frame) -> Command | None:
    """`copy /var/log/app from api-0 to ./logs`, `upload app.jar to /opt/app.jar on web-0`."""
    if not re.search(r"[/.]", f.scan.text):
        return None
    prepare(f)
    verbs = {match.value for match in f.find_all("x-copy")}
    if verbs == {"wish"} and not f.has("act", "copy"):
        verbs = {"down"} if any(f.low(i) in ("from", "off", "out") for i in f.words()) else set()
    verbs.discard("wish")
    arrow = [i for i in f.words(1) if f.tokens[i].text in ("->", "=>", "\u2192", "-->", ">")]
    if not verbs and not f.has("act", "copy") and not arrow and not _carried(f):
        return None
    for index in arrow:
        f.use(index)
    options = _options(f)
    command = _literal(f) or _worded(f, verbs)
    if command is None or (command.path != ("cp",) and options):
        return None
    for name, value in options:
        command.flag(name, value)
    return command


_CARRYING = ("to", "into", "onto", "from", "off", "out")


def _carried(f: Frame) -> bool:
    """`./model.bin to /models inside web-0`: files and a pod, and a word of going; no verb."""
    if f.has("act", *_OTHER_ACTS) or not any(f.low(i) in _CARRYING for i in f.words()):
        return False
    verbs = f.scan.lexicon.lists.get("list-changeverbs", frozenset()) - _FETCHING
    if any(f.low(i) in verbs for i in f.words() if not f.cover[i] & {"noun", "kind"}):
        return False
    remote = any(
        _REMOTE.fullmatch(f.tokens[i].text) and ":/" in f.tokens[i].text for i in f.words()
    )
    paths = _paths(f)
    pod = any(podlike(f.tokens[i].low) for i in f.words() if f.is_open(i)) or f.has("kind", "pods")
    return (remote and len(paths) >= 2) or (pod and len(paths) == 2)


_OTHER_ACTS = ("logs", "exec", "shell", "debug", "attach", "forward", "describe", "apply")
_FETCHING = frozenset(
    ["need", "want", "get", "use", "put", "move", "make", "go", "do", "back", "up"]
)


def _options(f: Frame) -> list[tuple[str, str | None]]:
    """--retries and --no-preserve, consumed."""
    found: list[tuple[str, str | None]] = []
    if f.take_all("x-copyword", "nopreserve"):
        found.append(("no-preserve", None))
    for match in list(f.find_all("x-copyword", "retries")):
        count = number_at(f, match.end)
        if count is None:
            continue
        end = match.end + 1
        end += f.low(end) in ("times", "retries", "tries", "attempts", "x") and f.free(end)
        f.use(match.start, end)
        found.append(("retries", str(count)))
        break
    for index in list(f.words()) if not any(name == "retries" for name, _ in found) else ():
        count = number_at(f, index)
        if count is not None and f.low(index + 1) in ("retries", "tries", "attempts"):
            begin = index - (f.low(index - 1) in ("with", "and", "using", "at", "most"))
            f.use(begin, index + 2)
            found.append(("retries", str(count)))
    return found


def _worded(f: Frame, verbs: set[str]) -> Command | None:
    """The paths, the pod and the direction, each where the sentence puts it."""
    paths = _paths(f)
    if len(paths) == 3 and "/" not in f.tokens[paths[0]].text:
        first, second = f.tokens[paths[0]].text, f.tokens[paths[1]].text
        if second.endswith(f"/{first}"):  # "heap.hprof (/tmp/heap.hprof)"
            f.use(paths.pop(0))
    if not paths or len(paths) > 2:
        return None
    for index in paths:
        f.use(index)
    _what_it_is(f, paths[0])
    placed = _placed_pod(f)
    container = take_container(f, _AVOID)
    here = [at for m in f.find_all("x-copyword", "here") for at in range(m.start, m.end)]
    f.used = [used or at in here for at, used in enumerate(f.used)]
    take_place(f, avoid=_AVOID, any_name=len(paths) > 0)
    f.used = [used and at not in here for at, used in enumerate(f.used)]
    before = {index for index in range(len(f.tokens)) if f.used[index]}
    thing = placed or take_object(f, kinds=("pods",), avoid=_AVOID)
    if thing is None or thing.several:
        return None
    at = min((i for i in range(len(f.tokens)) if f.used[i] and i not in before), default=0)
    at = thing.at if thing.at >= 0 else at
    inside = _inside(f, paths, at)
    if inside is not None:
        _absorb(f)
        return Command(("exec",), [thing.name], after_dash=["cp", *inside])
    ends = _arrange(f, paths, verbs, at)
    if ends is None:
        return None
    source, target, upload = ends
    pod = f"{f.namespace}/{thing.name}" if f.namespace else thing.name
    args = [source, f"{pod}:{target}"] if upload else [f"{pod}:{source}", target]
    command = Command(("cp",), args)
    if container:
        command.flag("container", container)
    _absorb(f)
    return command


def _what_it_is(f: Frame, path: int) -> None:
    """`model weights ./model.bin`: unknown words right before the first path, consumed."""
    if not all(f.is_word(i) and not podlike(f.tokens[i].low) for i in range(path)) or path > 3:
        return
    later = any(podlike(f.tokens[i].low) for i in f.words(path) if f.is_open(i))
    if path and later and not any(f.cover[i] & {"kind", "act"} for i in range(path)):
        verbs = f.scan.lexicon.lists.get("list-changeverbs", frozenset())
        if not any(f.low(i) in verbs or hidden(f, i, ("x-copy",)) for i in range(path)):
            f.use(0, path)


def _placed_pod(f: Frame) -> Thing | None:
    """`monitoring/grafana-0`: the pod and its namespace as cp itself writes them, consumed."""
    for index in f.words():
        place, slash, name = f.tokens[index].low.partition("/")
        if slash and podlike(name) and not kind_of(f, place) and NAME.fullmatch(place):
            f.namespace = place
            f.use(index)
            for match in list(f.find_all("kind", "pods")):
                f.use(match.start, match.end)
            return Thing("pods", name, at=index)
    return None


def _inside(f: Frame, paths: list[int], pod: int) -> list[str] | None:
    """`in pod web-0 copy /a to /b`: both ends are inside, so cp itself is to run there."""
    texts = [f.tokens[index].text for index in paths]
    if len(paths) != 2 or pod > paths[0] or not all(text.startswith("/") for text in texts):
        return None
    lead = [f.low(at) for at in range(pod)]
    if not lead or lead[0] not in ("in", "inside", "within", "on"):
        return None
    return texts if _leads_to_target(f, paths[1]) else None


def _absorb(f: Frame) -> None:
    f.take_all("act", "copy")
    f.take_all("x-copyword")
    f.take_all("x-copy")
    connect(f)


def _literal(f: Frame) -> Command | None:
    """`cp web-0:/tmp/x ./x`: written as kubectl takes it."""
    remote = [
        i
        for i in f.words()
        if _REMOTE.fullmatch(f.tokens[i].text) and not re.match(r"[a-z]+://", f.tokens[i].text)
    ]
    if len(remote) != 1 or f.tokens[remote[0]].text.endswith(":"):
        return None
    paths = [index for index in _paths(f) if index != remote[0]]
    base = f.tokens[remote[0]].text.rstrip("/").rsplit("/", 1)[-1]
    if len(paths) == 2 and f.tokens[paths[0]].text == base:
        f.use(paths.pop(0))  # "grafana.db from grafana-0:/data/grafana.db to /tmp/grafana.db"
    here = (
        not paths
        and re.search(
            r"\S\s+(?:\.|to \.|(?:to |over |down )?here|locally|to (?:my|this) (?:laptop|machine|box))$",
            f.scan.text.rstrip(),
        )
        is not None
    )
    if len(paths) != 1 and not here:
        return None
    for match in list(f.find_all("kind", "pods")):
        if match.end == remote[0]:
            f.use(match.start, match.end)  # "-> pod web-0:/tmp/x"
    pair = sorted([remote[0], *paths])
    for index in pair:
        f.use(index)
    container = take_container(f, _AVOID)
    take_place(f)
    args = [f.tokens[index].text for index in pair]
    command = Command(("cp",), [*args, "."] if here else args)
    if f.namespace and "/" not in f.tokens[remote[0]].text.partition(":")[0]:
        command.flag("namespace", f.namespace)
    if container:
        command.flag("container", container)
    _absorb(f)
    return command


def _paths(f: Frame) -> list[int]:
    """Words that name a file or folder, here or there."""
    found = []
    for index in f.words():
        token = f.tokens[index]
        text = token.text
        if text.startswith("-") or "://" in text:
            continue
        slash = "/" in text and not re.fullmatch(r"[a-z]+/[a-z0-9.-]+", text)
        if (
            is_file(text)
            or slash
            or token.quoted
            or (_FILE.fullmatch(text) and not text[-1:].isdigit() and f.low(index - 1) != "pod")
        ):
            found.append(index)
    return found


def _arrange(f: Frame, paths: list[int], verbs: set[str], pod: int) -> tuple[str, str, bool] | None:
    """(source path, target path, whether it goes into the pod), None where that is not clear."""
    upload = _direction(f, paths, verbs, pod)
    texts = [f.tokens[index].text for index in paths]
    if upload is None:
        return None
    if len(paths) == 2:
        first, second = paths
        folder = _in_folder(f, paths)
        if folder is not None and not upload:
            inside, name = folder
            return f"{inside.rstrip('/')}/{name}", f"./{name}", False
        swapped = _leads_to_target(f, first) and not _leads_to_target(f, second)
        return (texts[1], texts[0], upload) if swapped else (texts[0], texts[1], upload)
    base = texts[0].rstrip("/").rsplit("/", 1)[-1]
    if upload:
        return None
    if not texts[0].startswith("/") and "/" in texts[0]:
        return None
    return texts[0], f"./{base}" if base not in ("", ".", "..") else ".", False


def _in_folder(f: Frame, paths: list[int]) -> tuple[str, str] | None:
    """`heap.hprof out of /dumps`: a file of a folder in the pod, so only one end is said."""
    first, second = (f.tokens[index].text for index in paths)
    lead = f.low(paths[1] - 1)
    if "/" not in first and second.startswith("/") and lead in ("in", "from", "of", "under"):
        return second, first
    return None


def _leads_to_target(f: Frame, index: int) -> bool:
    at = index - 1
    while at >= 0 and (
        f.cover[at] & {"filler"}
        or f.low(at) in ("local", "file", "folder", "path", "directory", "dir", "remote")
    ):
        at -= 1
    return at >= 0 and f.low(at) in _INTO


def _direction(f: Frame, paths: list[int], verbs: set[str], pod: int) -> bool | None:
    """Whether it goes into the pod: by the verb, or the word that leads to the pod."""
    if "up" in verbs and "down" not in verbs:
        return True
    at = pod - 1
    word = ""
    while at >= 0 and not word:
        low = f.low(at)
        if at in paths:
            break
        if low in _INTO or low in _OUT or low in ("on", "inside", "in", "within"):
            word = low
        at -= 1
    if word in ("to", "into", "onto"):
        return True
    if word in ("from", "off", "out") or "down" in verbs:
        return False
    near = [index for index in paths if index < pod]
    placed = word in ("in", "on", "of", "inside", "within", "at")
    if placed and len(paths) == 2 and near:
        return near[-1] == paths[1] and not _local_target(f, paths)
    if placed and len(paths) == 1:
        return False
    local = [index for index in paths if f.tokens[index].text.startswith(("./", "~/", "."))]
    if len(local) == 1 and len(paths) == 2:
        return local[0] == paths[0]
    return None


def _local_target(f: Frame, paths: list[int]) -> bool:
    text = f.tokens[paths[-1]].text
    return text.startswith(("./", "~/")) or text == "."


INTENTS = (Intent("cp", (), copy, rank=61, enters=True),)
