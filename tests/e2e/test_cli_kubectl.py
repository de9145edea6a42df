"""What the real `kai` learns from a real kubectl: its version, its flags, the names of a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RealKubectl, missing, real_kubectls
from tests.fake_api_server import FakeApiServer, an_object

KAI = str(Path(sys.executable).with_name("kai"))


def newest() -> RealKubectl:
    """The newest kubectl of this machine."""
    found = real_kubectls()
    if not found:
        missing("no real kubectl was found (tools/install-kubectl.sh installs them)")
    version = list(found)[-1]
    return RealKubectl(version, found[version])


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The newest kubectl as the only one on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    link = folder / "kubectl"
    link.symlink_to(newest().path)
    monkeypatch.setenv("PATH", str(folder))
    return link


def pretend(kubectl: Path, version: str) -> None:
    """Let kai believe that this kubectl is of `version`, so that it takes an older table."""
    about = kubectl.stat()
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "kai"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {str(kubectl): [about.st_mtime_ns, about.st_size, version]}
    (folder / "kubectl.json").write_text(json.dumps(kept))
    (folder / "kubectl.json").chmod(0o600)


def asked(*argv: str) -> dict[str, Any]:
    done = subprocess.run([KAI, *argv], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_an_old_table_does_not_refuse_a_flag_of_a_newer_kubectl(on_path: Path) -> None:
    if int(newest().version.split(".")[1]) < 31:
        missing("no kubectl from 1.31 on was found, which has logs --all-pods")
    pretend(on_path, "1.27.0")
    right = asked("explain", "--json", "kubectl logs deploy/web --all-pods")
    assert right["findings"] == []
    wrong = asked("explain", "--json", "kubectl logs deploy/web --every-pod")
    assert [finding["code"] for finding in wrong["findings"]] == ["K141"]
    typed = asked("--json", "logs of deployment web --all-pods")
    assert typed["command"] == "kubectl logs deployment/web --all-pods"
    assert typed["kubectl_version"] == "1.27.0"


def test_without_any_kubectl_the_table_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    wrong = asked("explain", "--json", "kubectl logs deploy/web --every-pod")
    assert [finding["code"] for finding in wrong["findings"]] == ["K141"]
    assert asked("--json", "logs of deployment web --every-pod")["command"] is None


# --- the names of a cluster ----------------------------------------------------------------------

CHECKOUT = an_object("statefulsets", "checkout", "shop")
OTHER = an_object("deployments", "checkout", "shop")
SCALE = "scale checkout to 5"


def doctor() -> dict[str, list[dict[str, str]]]:
    """The report by name of the check."""
    done = subprocess.run([KAI, "doctor", "--json"], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stderr == b""
    checks: dict[str, list[dict[str, str]]] = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        checks.setdefault(row["name"], []).append(row)
    return checks


def connect(server: FakeApiServer, home: Path) -> None:
    path = server.write_kubeconfig(home / ".kube" / "config", namespace="shop")
    path.chmod(0o600)


@pytest.mark.usefixtures("on_path")
def test_doctor_learns_the_names_that_the_next_answer_then_knows(isolated_home: Path) -> None:
    with FakeApiServer([CHECKOUT, an_object("namespaces", "shop")]) as server:
        connect(server, isolated_home)
        before = asked("--json", SCALE)
        assert before["command"] == "kubectl scale deployment/checkout --replicas=5"
        (check,) = doctor()["cluster"]
        assert check["state"] == "ok"
        assert check["detail"] == f"{server.url} answers; 2 names, 0 s old"
    after = asked("--json", SCALE)
    assert after["command"] == "kubectl scale statefulset/checkout --replicas=5"
    assert after["alternatives"] == []
    assert asked("--json", SCALE)["cached"] is True


@pytest.mark.usefixtures("on_path")
def test_where_two_kinds_have_the_name_both_are_offered(isolated_home: Path) -> None:
    with FakeApiServer([CHECKOUT, OTHER]) as server:
        connect(server, isolated_home)
        doctor()
    answer = asked("--json", SCALE)
    commands = [answer["command"], *(other["command"] for other in answer["alternatives"])]
    assert sorted(commands) == [
        "kubectl scale deployment/checkout --replicas=5",
        "kubectl scale statefulset/checkout --replicas=5",
    ]


@pytest.mark.usefixtures("on_path")
def test_doctor_says_that_a_cluster_is_silent_and_keeps_what_it_told_before(
    isolated_home: Path,
) -> None:
    with FakeApiServer([CHECKOUT]) as server:
        connect(server, isolated_home)
        doctor()
        server.silent = True
        (check,) = doctor()["cluster"]
    assert check["state"] == "warn"
    assert "no answer in time" in check["detail"]
    assert "answers use the 1 names of " in check["detail"]
    assert asked("--json", SCALE)["command"] == "kubectl scale statefulset/checkout --replicas=5"


@pytest.mark.usefixtures("on_path")
def test_doctor_says_which_names_may_not_be_read(isolated_home: Path) -> None:
    with FakeApiServer([CHECKOUT], forbidden=["nodes", "pods"]) as server:
        connect(server, isolated_home)
        first, *others = doctor()["cluster"]
    assert first["state"] == "ok"
    assert [row["state"] for row in others] == ["warn", "warn"]
    assert {row["detail"].partition(":")[0] for row in others} == {
        "no names of nodes",
        "no names of pods",
    }


@pytest.mark.usefixtures("on_path")
def test_doctor_says_that_nobody_listens(isolated_home: Path) -> None:
    with FakeApiServer() as server:
        connect(server, isolated_home)
    (check,) = doctor()["cluster"]
    assert check["state"] == "warn"
    assert "refused" in check["detail"]
    assert "answers do without its names; try: kubectl get namespaces" in check["detail"]


@pytest.mark.usefixtures("on_path")
def test_without_a_kubeconfig_no_cluster_is_asked() -> None:
    assert "cluster" not in doctor()
