"""kubectl's own preferences: what they make of a line, and which file counts for which version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kai.kubectl import resources
from kai.kubectl import spec as spec_tables
from kai.kubectl.invocation import parse
from kai.model import Context, Level, Risk
from kai.safety import Limits, judge, kuberc
from kai.safety.kuberc import Kuberc

KINDS = resources.builtin()
SPEC = spec_tables.load("1.36")
FILE = """
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
- command: delete
  options:
  - {name: interactive, default: "true"}
- command: label
  options:
  - {name: overwrite, default: "true"}
- command: set image
  options:
  - {name: all, default: "true"}
- command: get
  options:
  - {name: output, default: wide}
- command: describe
  options:
  - {name: server, default: "https://evil.example"}
aliases:
- name: getp
  command: delete
  prependArgs: [pods]
  options:
  - {name: all, default: "true"}
"""
OLD = """
apiVersion: kubectl.config.k8s.io/v1alpha1
kind: Preference
overrides:
- command: label
  flags: [{name: overwrite, default: "true"}]
"""


def read(folder: Path, text: str = FILE, version: str | None = "1.36") -> tuple[Kuberc, ...]:
    """The preferences in `text` as the usual file."""
    path = folder / ".kube" / "kuberc"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return kuberc.load({}, folder, version)


def verdict(line: str, found: tuple[Kuberc, ...], *, drafted: bool = True) -> Risk:
    """The judge's verdict on a line where these are the preferences."""
    return judge(parse(line, SPEC), Context(), KINDS, limits=Limits(kuberc=found), drafted=drafted)


@pytest.mark.parametrize(
    ("line", "drafted", "typed"),
    [
        ("kubectl getp", "forbidden", "destructive"),
        ("kubectl neat", "write", "write"),
        ("kubectl label pod web a=b", "forbidden", "destructive"),
        ("kubectl label pod web a=b --overwrite", "write", "write"),
        ("kubectl label pod web a=b --dry-run=client", "read", "read"),
        ("kubectl set image deploy/web web=nginx", "forbidden", "destructive"),
        ("kubectl set env deploy/web A=b", "write", "write"),
        ("kubectl delete pod web", "destructive", "destructive"),
        ("kubectl get pods", "read", "read"),
        ("kubectl describe pods", "forbidden", "destructive"),
        ("kubectl logs web", "read", "read"),
    ],
)
def test_aliases_and_changed_defaults_of_writes_are_not_drafted(
    tmp_path: Path, line: str, drafted: str, typed: str
) -> None:
    found = read(tmp_path)
    assert verdict(line, found).tier == drafted
    assert verdict(line, found, drafted=False).tier == typed


def test_the_reason_says_what_the_alias_means(tmp_path: Path) -> None:
    (reason,) = verdict("kubectl getp", read(tmp_path)).reasons
    assert reason.endswith("kuberc makes getp mean: kubectl delete pods --all=true")


def test_changed_defaults_of_a_reading_command_are_a_warning(tmp_path: Path) -> None:
    (finding,) = verdict("kubectl get pods", read(tmp_path)).findings
    assert (finding.code, finding.level) == ("K463", Level.WARNING)
    assert finding.message.endswith("kuberc adds --output=wide")


def test_the_older_spelling_counts_too(tmp_path: Path) -> None:
    assert verdict("kubectl label pod web a=b", read(tmp_path, OLD)).tier == "forbidden"


@pytest.mark.parametrize("text", ["[", "- x", "defaults: [x]", "aliases: 3", "x: !!python/none ''"])
def test_a_file_that_cannot_be_read_may_change_anything(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert verdict("kubectl label pod web a=b", found).tier == "forbidden"
    got = verdict("kubectl get pods", found)
    assert (got.tier, [item.code for item in got.findings]) == ("read", ["K463"])


def test_another_file_on_the_line_is_confirmed_where_a_person_typed_it() -> None:
    line = "kubectl label pod web a=b --kuberc=x"
    assert verdict(line, ()).tier == "forbidden"
    assert verdict(line, (), drafted=False).tier == "destructive"
    assert verdict("kubectl getp --kuberc=x", (), drafted=False).tier == "destructive"


USUAL, NAMED = ".kube/kuberc", "named"


@pytest.mark.parametrize(
    ("version", "env", "files"),
    [
        ("1.32", {"KUBECTL_KUBERC": "true"}, []),
        ("1.33", {}, []),
        ("1.33", {"KUBECTL_KUBERC": "true"}, [USUAL]),
        ("1.34", {}, [USUAL]),
        ("v1.34.2", {"KUBECTL_KUBERC": "false"}, []),
        ("1.34", {"KUBERC": "off"}, []),
        ("1.34", {"KUBERC": NAMED}, [USUAL]),
        ("1.35", {"KUBERC": NAMED}, [NAMED]),
        ("1.37", {"KUBERC": NAMED, "KUBECTL_KUBERC": "true"}, [NAMED]),
        (None, {}, [USUAL]),
        (None, {"KUBERC": NAMED}, [NAMED, USUAL]),
        (None, {"KUBERC": "off"}, []),
    ],
)
def test_which_file_counts(
    tmp_path: Path, version: str | None, env: dict[str, str], files: list[str]
) -> None:
    """test_kuberc.py of tests/e2e asks real kubectls the same."""
    (tmp_path / ".kube").mkdir()
    for name in (USUAL, NAMED):
        (tmp_path / name).write_text(FILE)
    paths = {name: str(tmp_path / text) if text == NAMED else text for name, text in env.items()}
    found = kuberc.load(paths, tmp_path, version)
    assert [item.file for item in found] == [str(tmp_path / name) for name in files]


def test_a_machine_without_the_file_has_no_preferences(tmp_path: Path) -> None:
    assert kuberc.load({}, tmp_path, "1.37") == ()


def test_the_read_form_is_kept_and_a_change_is_seen(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = read(tmp_path)
    assert kuberc.load({}, tmp_path, None, cache) == first
    kept = json.loads((cache / "kuberc.json").read_text())
    assert kept["stamp"]["path"] == first[0].file
    assert kuberc.load({}, tmp_path, None, cache) == first
    (cache / "kuberc.json").write_text(json.dumps({**kept, "values": [3]}))
    assert kuberc.load({}, tmp_path, None, cache) == first
    read(tmp_path, OLD)
    (second,) = kuberc.load({}, tmp_path, None, cache)
    assert second.aliases == {}


def test_json_is_read_as_well(tmp_path: Path) -> None:
    text = json.dumps({"aliases": [{"name": "x", "command": "delete"}]})
    assert read(tmp_path, text)[0].aliases == {"x": "delete"}
