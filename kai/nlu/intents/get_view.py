"""How a list of objects is shown: output form, columns, order, counting."""

from __future__ import annotations

from dataclasses import dataclass, field

from kai.nlu import fields
from kai.nlu.compose import Command
from kai.nlu.target import Target

_WIDE = {
    "pods": {"ip", "node"},
    "nodes": {"ip", "kernel", "os", "runtime"},
    "services": {"selector"},
}
"""Properties that the wide table of a kind shows."""


def _header(path: str) -> str:
    """A column's header for a path: its last word."""
    words = "".join(char if char.isalnum() else " " for char in path.rpartition(".")[2]).split()
    return words[-1].upper() if words else "VALUE"


_SIZED = ("persistentvolumeclaims", "persistentvolumes")
"""Kinds that are big or small by what they store."""


def shown_wide(kind: str) -> set[str]:
    """The properties of a kind that its wide table has columns for."""
    return _WIDE.get(kind, _WIDE_WORKLOAD if kind in fields.WORKLOAD_SPEC else set())


_WIDE_WORKLOAD = {"image", "selector", "containers"}
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
    nth: bool = False
    """Only the last of the limited list: the second oldest."""
    watch: str = ""
    count: bool = False
    per: str = ""
    group: str = ""
    """The property by whose values the objects are counted."""
    container: str = ""
    """The one container whose settings are asked for."""
    key: str = ""
    decode: bool = False
    flat: bool = False
    """Values only, one line: JSONPath over the items."""
    lines: bool = False
    """Each value on a line of its own."""
    newline: bool = False
    """One line break at the end of values."""
    unique: bool = False
    table: bool = False
    """Columns were asked for by name, or as custom columns: no wide table."""
    paths: list[str] = field(default_factory=list)
    """Fields named by their path."""
    subresource: str = ""
    label_columns: list[str] = field(default_factory=list)
    pipe: list[list[str]] = field(default_factory=list)

    def sort_path(self, kind: str) -> str | None:
        """The path to sort by, "" where no order was asked for, None where there is no such path."""
        if self.sort_raw:
            return self.sort_raw
        if self.limit and not self.order and not self.sort_by:
            self.switches.append("no-headers")
            self.pipe.append(["head", f"-{self.limit}"])
        key = self.sort_by or (_ORDER.get(self.order, "") if self.order else "")
        if not key and self.order in ("most", "least") and kind in _SIZED:
            key = "size"
        elif not key and self.order in ("most", "least"):
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
        if found is not None and self.nth and self.limit and self.pipe:
            self.pipe.append(["head" if self.pipe[-1][0] == "tail" else "tail", "-1"])
        return found

    def write(self, command: Command, target: Target, output: str, everywhere: bool) -> bool:
        """Add output flags and closing filters; False where the form cannot be had."""
        self._switches(command)
        if self.output == "both" or (self.limit and len(target.names) == 1):
            return False  # names, and as JSON; "the 2nd newest of web"
        if self.key:
            return self._data_key(command, target)
        if self.group:
            return self._grouped(command, target, output)
        if output:
            if output == "json" and self.output == "name":
                self.output = ""  # the filter prints names
            command.flag("output", output)
            return not (self.attributes or self.paths or self.output or self.count)
        return self._form(command, target, everywhere)

    def _form(self, command: Command, target: Target, everywhere: bool) -> bool:
        """Write the form where no filter of the list decides it."""
        if self.attributes == ["data"] and self.decode:
            return self._decoded(command, target)
        if self.unique or (self.attributes == ["image"] and self.count and not target.names):
            return self._distinct(command, target)
        if self.count and self.attributes == ["containers"] and not self.paths:
            return self._number_of_containers(command, target)
        if self.count and not (self.attributes and target.names):
            return self._counted(command, target)
        if self.container and not any(".contain" in path for path in self._asked(target)):
            return False
        if self.attributes or self.paths:
            return self._columns(command, target, everywhere)
        if self.output:
            command.flag("output", self.output)
        return True

    def _switches(self, command: Command) -> None:
        """Add the flags that stand beside any output form."""
        if self.subresource:
            command.flag("subresource", self.subresource)
        for switch in self.switches:
            if switch == "no-headers" and self.output == "name":
                continue  # names come without a header anyway
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

    @staticmethod
    def _decoded(command: Command, target: Target) -> bool:
        """Every key of a secret with its value in clear text."""
        lines = '{{range $k,$v := .data}}{{$k}}={{$v|base64decode}}{{"\\n"}}{{end}}'
        command.flag("output", f"go-template={lines}")
        return target.kind == "secrets" and len(target.names) == 1

    def _grouped(self, command: Command, target: Target, output: str) -> bool:
        """How many objects have each value of a property."""
        if output or self.attributes or self.output or self.paths or target.names:
            return False
        if not self._values(command, target, self.group):
            return False
        self.pipe += [["sort"], ["uniq", "-c"]]
        if self.order in ("most", "least"):
            self.pipe.append(["sort", "-rn" if self.order == "most" else "-n"])
        return True

    def _distinct(self, command: Command, target: Target) -> bool:
        """Every value of a property once, or how often each is there."""
        if len(self.attributes) != 1 or self.output or self.paths or target.names:
            return False
        if not self._values(command, target, self.attributes[0]):
            return False
        self.pipe += [["sort"], ["uniq", "-c"]] if self.count else [["sort", "-u"]]
        return True

    @staticmethod
    def _values(command: Command, target: Target, attribute: str) -> bool:
        """Print the property of each object, one value a line."""
        path = fields.path(attribute, target.kind) if len(target.kinds) == 1 else None
        if path is None or "}" in path:
            return False
        listed, star, rest = path.partition("[*]")
        if star and "[*]" not in rest and rest:
            lines = f'{{range .items[*]{listed}[*]}}{{{rest}}}{{"\\n"}}{{end}}'
            command.flag("output", f"jsonpath={lines}")
        else:
            header = fields.columns(attribute, target.kind)[0][0]
            command.flag("no-headers").flag("output", f"custom-columns={header}:{path}")
        return True

    def _data_key(self, command: Command, target: Target) -> bool:
        if target.kind not in ("secrets", "configmaps") or len(target.names) != 1:
            return False
        key = self.key.replace(".", "\\.")
        command.flag("output", f"jsonpath={{.data.{key}}}")
        if self.decode:
            self.pipe.append(["base64", "-d"])
        return True

    def _number_of_containers(self, command: Command, target: Target) -> bool:
        path = fields.path("containers", target.kind) if len(target.kinds) == 1 else None
        if path is None or self.per or self.output or len(target.names) > 1:
            return False
        root = path.removesuffix(".name") if target.names else f".items[*]{path}"
        lines = f'{{range {root.removesuffix(".name")}}}{{.name}}{{"\\n"}}{{end}}'
        command.flag("output", f"jsonpath={lines}")
        self.pipe.append(["wc", "-l"])
        return True

    def _counted(self, command: Command, target: Target) -> bool:
        if self.attributes or self.output:
            return False
        if self.per == "node":
            command.flag("no-headers").flag("output", "custom-columns=NODE:.spec.nodeName")
            self.pipe += [["sort"], ["uniq", "-c"]]
            return target.kind == "pods"
        if self.per == "phase":
            lines = '{range .items[*]}{.status.phase}{"\\n"}{end}'
            command.flag("output", f"jsonpath={lines}")
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
        if "no-headers" not in self.switches:
            command.flag("no-headers")
        self.pipe.append(["wc", "-l"])
        return not target.names

    def _columns(self, command: Command, target: Target, everywhere: bool) -> bool:
        kind = target.kind
        if len(target.kinds) != 1:
            return False
        if self.attributes == ["keys"]:
            return self._keys(command, target)
        if self.lines and len(self.attributes) == 1 and not (target.names or self.paths):
            path = fields.path(self.attributes[0], kind)
            command.flag("output", f'jsonpath={{range .items[*]}}{{{path}}}{{"\\n"}}{{end}}')
            return path is not None
        if self._known_columns(command, kind, target):
            return True
        if (len(target.names) == 1 and not self.table) or self.flat:
            root = "" if target.names else ".items[*]"
            known = [path for name in self.attributes for path in fields.paths(name, kind)]
            if None in known:
                return False
            paths = [f"{root}{self._of_container(path)}" for path in [*known, *self.paths] if path]
            text = " ".join(f"{{{path}}}" for path in paths) + '{"\\n"}' * self.newline
            command.flag("output", f"jsonpath={text}")
            return True
        found: list[tuple[str, str]] = []
        for name in self.attributes:
            extra = [(head, self._of_container(path)) for head, path in fields.columns(name, kind)]
            if not extra:
                return False
            found += [column for column in extra if column not in found]
        for path in self.paths:
            found.append((_header(path), path))
        lead = [("NAMESPACE", ".metadata.namespace")] if everywhere else []
        lead.append(("NAME", ".metadata.name"))
        spec = ",".join(f"{header}:{path}" for header, path in [*lead, *found])
        command.flag("output", f"custom-columns={spec}")
        return True

    def _asked(self, target: Target) -> list[str]:
        """The paths of all that is asked for."""
        return [*(fields.path(name, target.kind) or "" for name in self.attributes), *self.paths]

    def _of_container(self, path: str) -> str:
        """A path narrowed to the one container that was named."""
        if not self.container:
            return path
        only = f'[?(@.name=="{self.container}")]'
        return path.replace(".containers[*]", f".containers{only}", 1).replace(
            ".containerStatuses[*]", f".containerStatuses{only}", 1
        )

    def _known_columns(self, command: Command, kind: str, target: Target) -> bool:
        """Whether kubectl's own tables show it: labels, well-known labels, the wide table."""
        labels = [fields.label(name) for name in self.attributes]
        if self.flat or self.paths:
            return False
        if self.attributes == ["labels"]:
            command.flag("show-labels")
            return True
        if target.names:
            return False
        if all(labels):
            command.flag("label-columns", ",".join(label for label in labels if label))
        elif (
            set(self.attributes) <= _WIDE.get(kind, set())
            and not self.table
            and (kind != "nodes" or "ip" in self.attributes)
        ):
            command.flag("output", "wide")
        else:
            return False
        return True

    def _keys(self, command: Command, target: Target) -> bool:
        if target.kind not in ("secrets", "configmaps") or len(target.names) != 1:
            return False
        command.flag("output", "json")
        self.pipe.append(["jq", "-r", ".data | keys[]"])
        return True
