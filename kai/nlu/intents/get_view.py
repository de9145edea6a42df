"""How a list of objects is shown: output form, columns, order, counting."""

from __future__ import annotations

from dataclasses import dataclass, field

from kai.nlu import fields
from kai.nlu.amounts import number_at
from kai.nlu.compose import Command
from kai.nlu.frame import Frame, Match
from kai.nlu.target import Target, kind_of

_LINKS = frozenset(
    [
        "of",
        "for",
        "per",
        "on",
        "does",
        "do",
        "is",
        "are",
        "used",
        "their",
        "its",
        "uses",
        "use",
        "and",
        "at",
        "has",
        "have",
        "by",
    ]
)
_QUESTION = frozenset(["which", "what", "their", "its", "whats", "and"])
_QUOTED_KEYS = {"creationtimestamp": "created", "name": "name", "age": "created"}
_WIDE = {"pods": {"ip", "node"}, "nodes": {"ip"}}
"""Properties that the wide table of a kind shows."""
_ORDER = {"newest": "created", "newlast": "created", "oldest": "created"}


@dataclass(slots=True)
class View:
    """The form of the answer, taken out of the request."""

    output: str = ""
    switches: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    order: str = ""
    sort_by: str = ""
    sort_raw: str = ""
    limit: int | None = None
    watch: str = ""
    count: bool = False
    per: str = ""
    key: str = ""
    decode: bool = False
    subresource: str = ""
    label_columns: list[str] = field(default_factory=list)
    pipe: list[list[str]] = field(default_factory=list)

    def sort_path(self, kind: str) -> str | None:
        """The path to sort by, "" where no order was asked for, None where there is no such path."""
        if self.sort_raw:
            return self.sort_raw
        key = self.sort_by or (_ORDER.get(self.order, "") if self.order else "")
        if not key and self.order in ("most", "least"):
            ranked = [name for name in self.attributes if fields.sort_path(name, kind)]
            if len(ranked) != 1:
                return None
            key = ranked[0]
            self.attributes.remove(key)
        if not key:
            return ""
        found = fields.sort_path(key, kind)
        if found is not None and self.order in ("newest", "newlast") and self.limit:
            self.pipe.append(["tail", f"-{self.limit}"])
        elif found is not None and self.limit and self.order in ("oldest", "least"):
            self.switches.append("no-headers")
            self.pipe.append(["head", f"-{self.limit}"])
        elif found is not None and self.limit:
            self.pipe.append(["tail", f"-{self.limit}"])
        return found

    def write(self, command: Command, target: Target, output: str, everywhere: bool) -> bool:
        """Add output flags and closing filters; False where the form cannot be had."""
        if self.subresource:
            command.flag("subresource", self.subresource)
        for switch in self.switches:
            if switch == "managed":
                command.flag("show-managed-fields")
            elif switch == "nomanaged":
                command.flag("show-managed-fields", "false")
            else:
                command.flag(switch)
        if self.label_columns:
            command.flag("label-columns", ",".join(self.label_columns))
        if self.watch:
            command.flag(self.watch)
        if self.key:
            return self._data_key(command, target)
        if output:
            command.flag("output", output)
            return not (self.attributes or self.output or self.count)
        if self.count and not (self.attributes and target.names):
            return self._counted(command, target)
        if self.attributes:
            return self._columns(command, target, everywhere)
        if self.output:
            command.flag("output", self.output)
        return True

    def _data_key(self, command: Command, target: Target) -> bool:
        if target.kind not in ("secrets", "configmaps") or len(target.names) != 1:
            return False
        key = self.key.replace(".", "\\.")
        command.flag("output", f"jsonpath={{.data.{key}}}")
        if self.decode:
            self.pipe.append(["base64", "-d"])
        return True

    def _counted(self, command: Command, target: Target) -> bool:
        if self.attributes or self.output:
            return False
        if self.per == "node":
            command.flag("no-headers").flag("output", "custom-columns=NODE:.spec.nodeName")
            self.pipe += [["sort"], ["uniq", "-c"]]
            return target.kind == "pods"
        if self.per:
            column = {
                "namespace": "1",
                "status": "4" if ("all-namespaces", None) in command.flags else "3",
            }
            command.flag("no-headers")
            self.pipe += [
                ["awk", f"{{print ${column.get(self.per, '1')}}}"],
                ["sort"],
                ["uniq", "-c"],
            ]
            return self.per == "namespace"
        command.flag("no-headers")
        self.pipe.append(["wc", "-l"])
        return not target.names

    def _columns(self, command: Command, target: Target, everywhere: bool) -> bool:
        kind = target.kind
        if len(target.kinds) != 1:
            return False
        if self.attributes == ["labels"] and not target.names:
            command.flag("show-labels")
            return True
        labels = [fields.label(name) for name in self.attributes]
        if all(labels) and not target.names:
            command.flag("label-columns", ",".join(label for label in labels if label))
            return True
        if self.attributes == ["keys"]:
            return self._keys(command, target)
        if len(target.names) == 1:
            paths = [fields.path(name, kind) for name in self.attributes]
            if any(path is None for path in paths):
                return False
            text = " ".join(f"{{{path}}}" for path in paths)
            command.flag("output", f"jsonpath={text}")
            return True
        if set(self.attributes) <= _WIDE.get(kind, set()):
            command.flag("output", "wide")
            return True
        found: list[tuple[str, str]] = []
        for name in self.attributes:
            extra = fields.columns(name, kind)
            if not extra:
                return False
            found += [column for column in extra if column not in found]
        lead = [("NAMESPACE", ".metadata.namespace")] if everywhere else []
        lead.append(("NAME", ".metadata.name"))
        spec = ",".join(f"{header}:{path}" for header, path in [*lead, *found])
        command.flag("output", f"custom-columns={spec}")
        return True

    def _keys(self, command: Command, target: Target) -> bool:
        if target.kind not in ("secrets", "configmaps") or len(target.names) != 1:
            return False
        command.flag("output", "json")
        self.pipe.append(["jq", "-r", ".data | keys[]"])
        return True


def take_view(f: Frame, kinds: list[str]) -> View:
    """Everything in the request that says how the answer should look; consumed.

    Kinds that turn out to be properties ("node of each pod") are taken off `kinds`.
    """
    view = View()
    mode = f.take("mode")
    view.watch = {"watch": "watch", "watchonly": "watch-only"}.get(mode or "", "")
    _subresource(f, view)
    _label_columns(f, view)
    _order(f, view, kinds)
    _decode(f, view, kinds)
    _attributes(f, view, kinds)
    view.count = f.take("count") is not None
    _per(f, view, kinds)
    for value in f.take_all("out"):
        if value in ("yaml", "json", "wide"):
            view.output = value
        elif value == "name":
            view.output = view.output or ("" if view.attributes else "name")
        elif value == "labels":
            view.switches.append("show-labels")
        else:
            flag = {
                "noheaders": "no-headers",
                "notfound": "ignore-not-found",
                "kindlabel": "show-kind",
            }
            view.switches.append(flag.get(value, value))
    if view.attributes and view.output == "wide":
        view.output = ""
    return view


def _per(f: Frame, view: View, kinds: list[str]) -> None:
    """`how many pods per node`."""
    if not view.count:
        return
    for match in f.find_all("per"):
        for kind, name in (("nodes", "node"), ("namespaces", "namespace")):
            follows = f.at("kind", match.end, kind)
            if follows is not None:
                f.use(match.start, follows.end)
                view.per = name
                if kind in kinds:
                    kinds.remove(kind)
                return


def _subresource(f: Frame, view: View) -> None:
    for index in f.words():
        word = f.tokens[index - 1].low if index else ""
        if f.low(index) == "subresource" and word in ("scale", "status"):
            view.subresource = word
            f.use(index - 1, index + 1)
            return


def _label_columns(f: Frame, view: View) -> None:
    """`with columns app and version`, `with a column for the label app`."""
    for index in f.words(1):
        if (
            f.low(index) in ("label", "labels")
            and f.is_word(index - 1)
            and not f.tokens[index].comma
        ):
            follows = f.low(index + 1) in ("of", "for", "on")
            if follows and "=" not in f.tokens[index - 1].text:
                f.use(index - 1, index + 1)
                view.label_columns.append(f.tokens[index - 1].text)
                return
    for match in f.find_all("labelcolumns"):
        at = match.end
        while f.is_word(at):
            f.use(match.start, at + 1)
            view.label_columns.append(f.tokens[at].text)
            at += 2 if f.low(at + 1) == "and" and f.is_word(at + 2) else 1
        if view.label_columns:
            return


def _order(f: Frame, view: View, kinds: list[str]) -> None:
    for match in list(f.find_all("sort")):
        if any(f.used[match.start : match.end]):
            continue
        if match.value == "verb":
            continue
        if match.value != "sort":
            f.use(match.start, match.end)
            view.order = match.value
            count = number_at(f, match.start - 1) or number_at(f, match.end)
            if count is not None and (number_at(f, match.start - 1) is None) != f.free(
                match.start - 1
            ):
                at = match.start - 1 if number_at(f, match.start - 1) is not None else match.end
                f.use(at)
                view.limit = count
            continue
        at = match.end
        while f.free(at) and f.low(at) in ("the", "their", "its"):
            at += 1
        if f.free(at) and f.tokens[at].text.startswith((".", "{")):
            view.sort_raw = f.tokens[at].text
            f.use(match.start, at + 1)
            continue
        if f.free(at) and f.tokens[at].quoted and f.tokens[at].low in _QUOTED_KEYS:
            view.sort_by = _QUOTED_KEYS[f.tokens[at].low]
            f.use(match.start, at + 1)
            continue
        attribute = f.at("attr", at)
        key = f.at("sortkey", at)
        chosen = max(
            (found for found in (attribute, key) if found), key=lambda m: m.end, default=None
        )
        if chosen is not None and (chosen.category == "sortkey" or _sortable(chosen.value, kinds)):
            f.use(match.start, chosen.end)
            view.sort_by = chosen.value

    if view.sort_by or view.order:
        f.take("sort", "verb")
    if view.order:
        f.take("sortend")


def _sortable(attribute: str, kinds: list[str]) -> bool:
    return any(fields.sort_path(attribute, kind) for kind in kinds or ["pods"])


def _decode(f: Frame, view: View, kinds: list[str]) -> None:
    """The key of a secret or config map: `the password in secret db`, `key ca.crt of configmap x`."""
    if "secrets" not in kinds and "configmaps" not in kinds:
        return
    decode = f.take("decode") is not None
    encoded = f.take("encoded") is not None
    for match in f.find_all("keyword"):
        at = match.end
        if f.is_word(at):
            f.use(match.start, at + 1)
            view.key = f.tokens[at].text
            break
    if not view.key:
        view.key = _key_before_kind(f)
    view.decode = "secrets" in kinds and bool(view.key) and not encoded
    if decode and not view.key:
        view.attributes.append("data")


def _key_before_kind(f: Frame) -> str:
    """`password of secret db-creds`: an unknown word before "in/of/from secret NAME"."""
    for match in list(f.find_all("kind", "secrets", "configmaps")):
        at = match.start - 1
        while at >= 0 and f.low(at) in ("the", "a", "my"):
            at -= 1
        if at < 1 or f.low(at) not in ("of", "in", "from", "inside", "for") or not f.free(at):
            continue
        key = at - 1
        while key > 0 and f.low(key) in ("key", "value", "field", "entry") and f.free(key):
            key -= 1
        if f.free(key) and (f.is_open(key) or "keyname" in f.cover[key]):
            f.use(key, at + 1)
            return f.tokens[key].text
    return ""


def _attributes(f: Frame, view: View, kinds: list[str]) -> None:
    for match in list(f.find_all("attr")):
        if any(f.used[match.start : match.end]):
            continue
        clash = _clashing_kind(f, match)
        others = [kind for kind in kinds if kind != (clash.value if clash else "")]
        if clash is not None and clash.end > match.end:
            continue
        if clash is not None and not _is_property(f, match, others):
            continue
        implied = kind_of(f, f.low(match.start)) if match.end - match.start > 1 else ""
        if implied and not kinds and fields.path(match.value, implied):
            kinds.append(implied)
            others = [implied]
        owners = others or (["pods"] if not clash else [])
        special = match.value in ("keys", "namespace")
        if not special and not any(fields.path(match.value, kind) for kind in owners):
            continue
        if match.value == "namespace" and not others:
            continue
        f.use(match.start, match.end)
        if clash is not None and clash.value in kinds:
            kinds.remove(clash.value)
        if f.low(match.end) in ("of", "for", "per") and f.free(match.end):
            f.use(match.end)
        if match.value not in view.attributes:
            view.attributes.append(match.value)
    for match in list(f.find_all("per")):
        if view.attributes and f.low(match.start) in ("per", "each", "grouped", "group"):
            f.use(match.start, match.end)


def _clashing_kind(f: Frame, match: Match) -> Match | None:
    """The kind phrase that shares words with an attribute phrase."""
    for kind in f.find_all("kind"):
        if kind.start < match.end and match.start < kind.end:
            return kind
    return None


def _is_property(f: Frame, match: Match, others: list[str]) -> bool:
    """Whether a word that is also a kind is meant as a property of another kind here."""
    if not any(fields.path(match.value, kind) for kind in others):
        return False
    before, after = f.low(match.start - 1), f.low(match.end)
    first = f.low(match.start)
    return (
        after in ("of", "for", "per", "does", "do", "used", "uses")
        or (
            first
            in (
                "which",
                "what",
                "node",
            )
            and before in ("their", "its", "which", "what")
        )
        or before in ("their", "its")
    )
