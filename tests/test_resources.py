"""kai.kubectl.resources: a word means the kind that the real kubectl takes it for."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kai.errors import TableError
from kai.kubectl import resources
from kai.kubectl.discovery import MAX_FILE_BYTES, folder_of
from kai.kubectl.resources import Catalogue, Resource, builtin, kubectl_cache, with_discovery
from tests.fake_api_server import FakeApiServer

CASES = Path(__file__).parent / "cases" / "resources.json"


@cache
def cases() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CASES.read_text())
    return loaded


@cache
def custom() -> tuple[Resource, ...]:
    return tuple(resources._row(*row) for row in cases()["custom"])


@cache
def everything() -> Catalogue:
    return Catalogue((*builtin().all, *custom()))


def meaning(catalogue: Catalogue, word: str) -> str | None:
    found = catalogue.find(word)
    return found.qualified if found else None


def ask(kubectl: Path, server: FakeApiServer, home: Path, words: str) -> list[str]:
    """The kinds for which this kubectl asks the server when it is told to `get` the words."""
    server.write_kubeconfig(home / "kubeconfig")
    server.requests.clear()
    subprocess.run(
        [kubectl, "get", words],
        env={"HOME": str(home), "KUBECONFIG": str(home / "kubeconfig"), "PATH": os.defpath},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return [name for method, path in server.requests if (name := _kind_of(path))]


def _kind_of(path: str) -> str:
    parts = path.partition("?")[0].strip("/").split("/")
    group = parts[1] if parts[0] == "apis" and len(parts) > 2 else ""
    rest = parts[3:] if parts[0] == "apis" else parts[2:]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return ".".join(filter(None, (rest[0], group))) if rest else ""


@pytest.mark.parametrize(("word", "means"), cases()["words"].items())
def test_a_word_means_the_kind_of_the_row(word: str, means: str | None) -> None:
    assert meaning(everything(), word) == means


def batches(words: dict[str, str | None]) -> list[dict[str, str | None]]:
    """The words in groups for one `kubectl get A,B,C` each: no kind twice, unknown words alone."""
    found: list[dict[str, str | None]] = []
    for word, means in words.items():
        for batch in found if means else ():
            if None not in batch.values() and means not in batch.values():
                batch[word] = means
                break
        else:
            found.append({word: means})
    return found


@pytest.mark.parametrize("which", [0, -1], ids=["oldest", "newest"])
def test_the_rows_say_what_the_real_kubectl_does(
    kubectls: dict[str, Path], tmp_path: Path, which: int
) -> None:
    kubectl = list(kubectls.values())[which]
    # A word with a slash is TYPE/NAME to kubectl; kubectl 1.27 and 1.28 read the "changed" words
    # in another way (they kept a version that stands beside a short name).
    other = cases()["changed"] if which == 0 else ()
    words = {w: means for w, means in cases()["words"].items() if "/" not in w and w not in other}
    wrong = {}
    with FakeApiServer(resources=everything().all) as server:
        for batch in batches(words):
            asked = ask(kubectl, server, tmp_path, ",".join(batch))
            if asked != [means for means in batch.values() if means]:
                wrong[tuple(batch)] = asked
    assert wrong == {}


def test_every_name_of_every_kind_means_what_the_real_kubectl_takes_it_for(
    kubectl: Path, tmp_path: Path
) -> None:
    known = everything()
    forms: list[Sequence[str]] = [
        [r.plural for r in known.all],
        [r.singular for r in known.all],
        [r.kind for r in known.all if meaning(known, r.kind)],
        [short for r in known.all for short in r.short_names],
        [r.qualified for r in known.all],
        [f"{r.kind}.{r.version}.{r.group}" for r in known.all],
    ]
    with FakeApiServer(resources=known.all) as server:
        for words in forms:
            expected = list(dict.fromkeys(meaning(known, word) for word in words))
            assert ask(kubectl, server, tmp_path, ",".join(words)) == expected


def test_the_discovery_cache_of_a_real_kubectl_is_read(
    kubectls: dict[str, Path], tmp_path: Path
) -> None:
    """After one `kubectl get` every kubectl's own cache tells kai the server's custom resources."""
    for version, kubectl in kubectls.items():
        home = tmp_path / version
        home.mkdir()
        with FakeApiServer(resources=everything().all, prefix="/k8s/c-x~a") as server:
            ask(kubectl, server, home, "pods")
            known = with_discovery(home / ".kube" / "cache", server.url)
        assert {r.qualified for r in known.all} == {r.qualified for r in everything().all}, version
        wrong = {
            word: meaning(known, word)
            for word, means in cases()["words"].items()
            if meaning(known, word) != means
        }
        assert wrong == {}, version
        tuning = known.find("tune")
        assert tuning is not None
        assert tuning == replace(custom()[1], subresources=tuning.subresources)
        assert set(tuning.subresources) == {"status", "scale"}


def test_short_names_are_told_from_names_and_kinds_once_custom_resources_are_known() -> None:
    """A custom resource whose singular is `quota` takes that word from the built-in short name."""
    assert meaning(builtin(), "quota") == "resourcequotas"
    assert meaning(everything(), "quota") == "quotas.billing.example.com"


def test_all_is_a_category_and_no_kind() -> None:
    assert builtin().categories == {"all", "api-extensions"}
    assert builtin().find("all") is None
    assert {r.plural for r in builtin().members("all")} == {
        "pods", "replicationcontrollers", "services", "daemonsets", "deployments", "replicasets",
        "statefulsets", "horizontalpodautoscalers", "cronjobs", "jobs",
    }  # fmt: skip
    assert builtin().members("ALL") == ()


def test_the_table_holds_together() -> None:
    known = builtin().all
    assert len({(r.group, r.plural) for r in known}) == len(known)
    for resource in known:
        assert resource.singular == resource.kind.lower()
        assert resource.plural == resource.plural.lower()
        assert resource.version == resource.versions[0]
        assert resource.verbs <= resources.STANDARD_VERBS
        assert builtin().find(resource.qualified) is resource


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": [[1]]}', '{"rows": [1]}'])
def test_a_damaged_table_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "table.json").write_text(content)
    with pytest.raises(TableError, match="install kai again"):
        resources.read_table(tmp_path / "table.json")
    with pytest.raises(TableError, match="install kai again"):
        resources.read_table(tmp_path / "missing.json")


def test_the_cache_of_kubectl_is_where_kubectl_puts_it(kubectl: Path, tmp_path: Path) -> None:
    with FakeApiServer() as server:
        config = server.write_kubeconfig(tmp_path / "config")
        for name, env in (("plain", {}), ("moved", {"KUBECACHEDIR": str(tmp_path / "cache")})):
            home = tmp_path / name
            home.mkdir()
            subprocess.run(
                [kubectl, "get", "pods"],
                env={"HOME": str(home), "KUBECONFIG": str(config), "PATH": os.defpath, **env},
                capture_output=True,
                timeout=60,
                check=True,
            )
            folder = folder_of(kubectl_cache(env, home), server.url)
            assert (folder / "servergroups.json").exists(), name


@pytest.mark.parametrize(
    ("server", "folder"),
    [
        ("https://10.0.0.1:6443", "10.0.0.1_6443"),
        ("https://k8s.example.com", "k8s.example.com"),
        ("http://localhost:8080/", "localhost_8080"),
        (
            "https://rancher.example.com/k8s/clusters/c-m-1",
            "rancher.example.com/k8s/clusters/c_m_1",
        ),
        ("https://[::1]:6443", "___1__6443"),
        ("127.0.0.1:6443", "127.0.0.1_6443"),
        ("https://a(b).example.com:1", "a(b).example.com_1"),
        ("https://b\u00fccher.example:1", "b_cher.example_1"),
    ],
)
def test_the_cache_folder_is_named_as_kubectl_names_it(server: str, folder: str) -> None:
    assert folder_of(Path("/c"), server) == Path("/c/discovery") / folder


@pytest.mark.parametrize("server", ["https://../../etc", "https://x/../../..", "", "https://"])
def test_a_server_url_cannot_lead_out_of_the_cache(server: str) -> None:
    with pytest.raises(ValueError, match="no cache folder"):
        folder_of(Path("/c"), server)
    assert with_discovery(Path("/c"), server).all == builtin().all


GROUPS = {
    "groups": [
        {
            "name": "cert-manager.io",
            "versions": [{"groupVersion": "cert-manager.io/v1", "version": "v1"}],
        }
    ]
}
ROWS = {
    "resources": [
        {"name": "certificates", "kind": "Certificate", "namespaced": True, "shortNames": ["cert"]}
    ]
}


@pytest.mark.parametrize(
    ("groups", "rows"),
    [
        ("", ""),
        ("{", "{}"),
        ("[]", "[]"),
        ("\x00\xff", "null"),
        ("[" * 100_000, "{}"),
        (json.dumps({"groups": [1, {"name": 3}, {"name": "../x", "versions": [{"version": "v1"}]}]}), ""),
        (json.dumps(GROUPS), "no json"),
        (json.dumps(GROUPS), json.dumps({"resources": [None, {"name": 1}, {"kind": "X"}]})),
        (json.dumps(GROUPS), json.dumps(ROWS) + " " * MAX_FILE_BYTES),
    ],
)  # fmt: skip
def test_a_broken_cache_leaves_the_built_in_kinds(tmp_path: Path, groups: str, rows: str) -> None:
    write_cache(tmp_path, groups, rows)
    assert with_discovery(tmp_path, "https://h:1").all == builtin().all


def test_kinds_of_the_cache_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    """An old server leaves singulars out: then the kind in lower case is the singular."""
    write_cache(tmp_path, json.dumps(GROUPS), json.dumps(ROWS))
    known = with_discovery(tmp_path, "https://h:1")
    assert meaning(known, "certificate") == "certificates.cert-manager.io"
    assert meaning(known, "cert") == "certificates.cert-manager.io"
    assert meaning(known, "deploy") == "deployments.apps"
    assert len(known.all) == len(builtin().all) + 1
    assert {"certificates", "certificate", "cert", "pods", "po"} <= known.words


def test_a_kind_of_two_versions_prefers_what_the_server_prefers(tmp_path: Path) -> None:
    versions = [{"version": "v1alpha1"}, {"version": "v1"}]
    group = {"name": "cert-manager.io", "versions": versions, "preferredVersion": versions[1]}
    write_cache(tmp_path, json.dumps({"groups": [group]}), json.dumps(ROWS))
    folder = tmp_path / "discovery" / "h_1" / "cert-manager.io"
    (folder / "v1alpha1").mkdir()
    (folder / "v1alpha1" / "serverresources.json").write_text(json.dumps(ROWS))
    found = with_discovery(tmp_path, "https://h:1").find("certificates")
    assert found is not None
    assert (found.version, found.versions) == ("v1", ("v1", "v1alpha1"))


def test_the_cache_is_read_only_when_a_word_needs_it(tmp_path: Path) -> None:
    known = with_discovery(tmp_path, "https://h:1")
    assert meaning(known, "pods") == "pods"
    write_cache(tmp_path, json.dumps(GROUPS), json.dumps(ROWS))
    assert meaning(known, "cert") == "certificates.cert-manager.io"


def test_kinds_are_read_again_once_kubectl_has_listed_the_groups_anew(tmp_path: Path) -> None:
    write_cache(tmp_path, json.dumps(GROUPS), json.dumps({"resources": []}))
    assert with_discovery(tmp_path, "https://h:1").find("cert") is None
    write_cache(tmp_path, json.dumps({**GROUPS, "kind": "APIGroupList"}), json.dumps(ROWS))
    assert (
        meaning(with_discovery(tmp_path, "https://h:1"), "cert") == "certificates.cert-manager.io"
    )
    assert with_discovery(tmp_path, "https://h:2").find("cert") is None


def test_the_kinds_of_many_servers_are_not_mixed_up(tmp_path: Path) -> None:
    for number in range(6):
        rows = {"resources": [{"name": f"things{number}", "kind": "Thing", "shortNames": ["th"]}]}
        write_cache(tmp_path / str(number), json.dumps(GROUPS), json.dumps(rows))
    for number in (*range(6), *range(6)):
        known = with_discovery(tmp_path / str(number), "https://h:1")
        assert meaning(known, "th") == f"things{number}.cert-manager.io"


def write_cache(cache_dir: Path, groups: str, rows: str) -> None:
    folder = cache_dir / "discovery" / "h_1"
    (folder / "cert-manager.io" / "v1").mkdir(parents=True, exist_ok=True)
    (folder / "servergroups.json").write_text(groups)
    (folder / "cert-manager.io" / "v1" / "serverresources.json").write_text(rows)
