"""States of objects: `not running`, `crashlooping`, `unbound`, as field selectors or filters."""

from __future__ import annotations

from kai.nlu import fields
from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.intents.get_query import Query
from kai.nlu.intents.get_view import View

OPEN_STATES = frozenset({"running", "healthy", "available", "default"})
"""States that are also plain words: where the kind has no such state they say nothing."""


def take_states(f: Frame, kinds: list[str]) -> list[tuple[str, bool]]:
    """Every state said, with whether it was negated; consumed."""
    known = kinds or ["pods"]
    found: list[tuple[str, bool]] = []
    negative_list = False
    for match in list(f.find_all("state")):
        if any(f.used[match.start : match.end]):
            continue
        attribute = f.at("attr", match.start)
        if attribute and (
            attribute.end > match.end or f.low(match.end) in ("of", "on", "for", "does")
        ):
            continue
        if not any(fields.state(kind, match.value) for kind in known):
            continue
        negation = negated(f, match)
        if match.value == "running" and negation is None and merely_there(f, match):
            continue
        if negation is not None:
            f.use(negation.start, negation.end)
            negative_list = True
        joined = f.low(match.start - 1) in ("or", "nor", "and") and negative_list and bool(found)
        if joined or f.low(match.start - 1) in ("state", "status", "phase"):
            f.use(match.start - 1)
        f.use(match.start, match.end)
        entry = (match.value, negation is not None or joined)
        if entry not in found:
            found.append(entry)
    if ("nonode", False) in found and ("pending", False) in found:
        found.remove(("pending", False))  # "unscheduled, no node assigned": the same said twice
    return found


def negated(f: Frame, match: Match) -> Match | None:
    """The negation that stands before a state, fillers between them allowed."""
    at = match.start
    while at > 0 and "filler" in f.cover[at - 1] and "neg" not in f.cover[at - 1]:
        at -= 1
    if at > 0 and f.low(at - 1) in ("in", "state", "status", "phase", "currently"):
        at -= 1
    return f.ending("neg", at)


_INDEED = frozenset(["are", "is", "currently", "all", "still", "only", "really", "actually", "be"])


def merely_there(f: Frame, match: Match) -> bool:
    """`pods running in prod`, `what is running`: running says no more than being there."""
    before, after = f.low(match.start - 1), f.low(match.end)
    if f.matches.get("attr") and any(m.value == "image" for m in f.matches["attr"]):
        return True
    if after in ("on", "in", "inside", "under") and before not in _INDEED:
        return True
    return f.low(0) in ("what", "whats") and not f.has("count")


def apply_state(f: Frame, query: Query, name: str, negated: bool, view: View) -> bool:
    """Add what finds objects in a state to the query; False where the kind has no such state."""
    for kind in query.target.kinds:
        entry = fields.state(kind, name)
        if entry is not None:
            break
    else:
        return False
    if "field" in entry:
        requirement = entry["field"]
        if negated:
            if "!=" in requirement:
                requirement = requirement.replace("!=", "=")
            else:
                requirement = requirement.replace("=", "!=", 1)
        query.fields.append(requirement)
        return True
    if "sort" in entry and not negated:
        query.sort = query.sort or entry["sort"]
        view.order = view.order or "most"
        return True
    if "label" in entry:
        key = entry["label"]
        query.selector.append(("!" + key).replace("!!", "") if negated else key)
        return True
    return apply_filter(f, query, entry, negated, view)


def apply_filter(f: Frame, query: Query, entry: dict[str, str], negated: bool, view: View) -> bool:
    """Add a filter of the printed table or of the JSON; False where it cannot be negated."""
    if "grep" in entry:
        if negated and "not" in entry:
            words = entry["not"].split()
        else:
            words = entry["grep"].split()
            if negated:
                words = words[1:] if words[0] == "-v" else ["-v", *words]
        if "|" in words[-1]:
            words = ["-E", *words] if words[0] != "-v" else ["-Ev", *words[1:]]
        query.pipe.append(["grep", *words])
        return True
    if negated:
        return False
    if "awk" in entry:
        shift = 1 if f.all_namespaces else 0
        program = (
            entry["awk"].replace("$DESIRED", f"${2 + shift}").replace("$READY", f"${2 + shift}")
        )
        query.flags.append(("no-headers", None))
        query.pipe.append(["awk", program.replace("$DSREADY", f"${4 + shift}")])
        return True
    if "jq" in entry and not view.output:
        query.output = "json"
        name = ".metadata.name"
        if f.all_namespaces:
            name = '"\\(.metadata.namespace)/\\(.metadata.name)"'
        query.pipe.append(["jq", "-r", entry["jq"].replace("$NAME", name)])
        return True
    return False


_SHOWN = {
    "running": "Running",
    "pending": "Pending",
    "failed": "Error|Failed",
    "succeeded": "Completed",
    "crashloop": "CrashLoopBackOff",
    "imagepull": "ImagePullBackOff|ErrImagePull",
    "evicted": "Evicted",
    "terminating": "Terminating",
    "oomkilled": "OOMKilled",
    "oomstatus": "OOMKilled",
    "init": "Init:",
    "creating": "ContainerCreating",
    "error": "Error",
    "unknown": "Unknown",
}
"""What `kubectl get pods` prints for a state in its column STATUS."""


def apply_either(f: Frame, query: Query, states: list[tuple[str, bool]]) -> bool:
    """`pending or failed`: one filter of the printed states; False where that is not asked for."""
    joined = next((at for at in f.words() if f.low(at) in ("or", "and/or")), None)
    if joined is None or len(states) < 2 or query.target.kinds != ["pods"]:
        return False
    shown = [_SHOWN.get(name, "") for name, negative in states if not negative]
    if len(shown) < len(states) or not all(shown):
        return False
    f.use(joined)
    parts = dict.fromkeys(part for text in shown for part in text.split("|"))
    query.pipe.append(["grep", "-E", "|".join(parts)])
    return True


_SHOWN_STATES = frozenset(
    [
        "Failed",
        "Completed",
        "Running",
        "Pending",
        "CrashLoopBackOff",
        "Evicted",
        "Error",
        "Terminating",
    ]
)
"""Words of the column STATUS that a filter looks for."""


def names_of_lines(f: Frame, command: Command, query: Query) -> None:
    """The names in the lines that a filter of the table leaves: bare names have no state."""
    if query.pipe[-1][0] != "grep" or query.pipe[-1][-1] not in _SHOWN_STATES:
        return
    command.flags.remove(("output", "name"))
    command.flag("no-headers")
    query.pipe.append(["awk", f"{{print ${2 if f.all_namespaces else 1}}}"])


def counting(grep: list[str]) -> list[str]:
    """A grep stage's words with -c joined to its own option."""
    words = grep[1:]
    if words[0].startswith("-"):
        return [words[0] + "c", *words[1:]]
    return ["-c", *words]
