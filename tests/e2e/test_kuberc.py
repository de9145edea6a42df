"""What real kubectls make of their preferences file: the facts that kai.safety.kuberc builds on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai.kubectl import resources, spec
from kai.kubectl.invocation import parse
from kai.model import Context, Tier
from kai.safety import Limits, judge, kuberc
from tests.conftest import SUPPORTED, missing, real_kubectls
from tests.fake_api_server import FakeApiServer, an_object

READS_IT = [version for version in SUPPORTED if int(version.split(".")[1]) >= 33]


@pytest.fixture(params=SUPPORTED)
def version(request: pytest.FixtureRequest) -> str:
    """Each supported minor version that is on this machine."""
    found = str(request.param)
    if found not in real_kubectls():
        missing(f"no real kubectl {found} was found (tools/install-kubectl.sh installs it)")
    return found


def preferences(version: str, *, broken: bool = False) -> str:
    """A file in the words of that version: an alias, and defaults of a write and of a read."""
    old = version == "1.33"
    rows, flags = ("overrides", "flags") if old else ("defaults", "options")
    document = {
        "apiVersion": f"kubectl.config.k8s.io/{'v1alpha1' if old else 'v1beta1'}",
        "kind": "Preference",
        rows: [
            {"command": "delete", flags: [{"name": "dry-run", "default": "server"}]},
            {"command": "get", flags: [{"name": "output", "default": "name"}]},
        ],
        "aliases": [
            {
                "name": "gone",
                "command": "delete",
                "prependArgs": ["pods"],
                flags: [{"name": "all", "default": "true"}],
            },
            {"name": "get", "command": "delete", "prependArgs": ["pods"]},
        ],
    }
    if not broken:
        document["aliases"] = document["aliases"][:1]
    return json.dumps(document)


class Machine:
    """A home folder, a kubectl and a server that notes what it is asked for."""

    def __init__(self, folder: Path, version: str, server: FakeApiServer) -> None:
        self.home, self.version, self.server = folder, version, server
        server.write_kubeconfig(folder / ".kube" / "config")

    def file(self, text: str, name: str = ".kube/kuberc") -> Path:
        path = self.home / name
        path.write_text(text)
        return path

    def run(self, *argv: str, **env: str) -> tuple[list[str], str]:
        """The bodies and methods of what is not a GET, and the standard output."""
        self.server.traffic.clear()
        done = subprocess.run(
            [str(real_kubectls()[self.version]), *argv],
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", **env},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        writes = [sent for sent in self.server.traffic if sent.method != "GET"]
        real = [f"{sent.method} {sent.path}" for sent in writes if b"dryRun" not in sent.body]
        return real, done.stdout + done.stderr

    def tier(self, line: str, env: dict[str, str], *, drafted: bool = True) -> str:
        """What kai says of the line on this machine."""
        limits = Limits(kuberc=kuberc.load(env, self.home, self.version))
        pipeline = parse(line, spec.load(self.version))
        kinds = resources.builtin()
        return judge(pipeline, Context(), kinds, limits=limits, drafted=drafted).tier


@pytest.fixture
def machine(tmp_path: Path, version: str) -> Iterator[Machine]:
    with FakeApiServer([an_object("pods", "web", "default")]) as server:
        yield Machine(tmp_path, version, server)


def reads_it(version: str, env: dict[str, str]) -> bool:
    """What kai believes: whether this kubectl reads the usual file."""
    minor = int(version.split(".")[1])
    if env.get("KUBECTL_KUBERC") == "false" or env.get("KUBERC") == "off" or minor < 33:
        return False
    return minor >= 34 or env.get("KUBECTL_KUBERC") == "true"


@pytest.mark.parametrize(
    "env",
    [{}, {"KUBECTL_KUBERC": "true"}, {"KUBECTL_KUBERC": "false"}, {"KUBERC": "off"}],
    ids=str,
)
def test_an_alias_deletes_exactly_where_kai_says_that_the_file_counts(
    machine: Machine, env: dict[str, str]
) -> None:
    """The alias deletes; the default of delete makes a dry run of it, but for a flag on the line."""
    machine.file(preferences(machine.version))
    done, _ = machine.run("gone", "--dry-run=none", "--wait=false", **env)
    assert bool(done) is reads_it(machine.version, env)
    expected = Tier.FORBIDDEN if done else Tier.WRITE  # a plugin, for all that is known
    assert machine.tier("kubectl gone", env) == expected


def test_a_default_counts_and_a_flag_on_the_line_wins(machine: Machine) -> None:
    machine.file(preferences(machine.version))
    env = {"KUBECTL_KUBERC": "true"}
    by_default, _ = machine.run("delete", "pod", "web", "--wait=false", **env)
    on_the_line, _ = machine.run("delete", "pod", "web", "--dry-run=none", "--wait=false", **env)
    assert by_default == ([] if machine.version in READS_IT else on_the_line)
    assert on_the_line == ["DELETE /api/v1/namespaces/default/pods/web"]
    expected = Tier.FORBIDDEN if machine.version in READS_IT else Tier.DESTRUCTIVE
    assert machine.tier("kubectl delete pod web", env) == expected
    assert machine.tier("kubectl delete pod web --dry-run=none", env) == Tier.DESTRUCTIVE


def test_a_default_of_a_read_changes_what_it_prints(machine: Machine) -> None:
    machine.file(preferences(machine.version))
    env = {"KUBECTL_KUBERC": "true"}
    _, said = machine.run("get", "pods", **env)
    assert (said == "pod/web\n") is (machine.version in READS_IT)
    assert machine.tier("kubectl get pods", env) == Tier.READ


def test_an_alias_never_takes_the_place_of_a_command(machine: Machine) -> None:
    machine.file(preferences(machine.version, broken=True))
    done, _ = machine.run("get", "pods", KUBECTL_KUBERC="true")
    assert done == []


def test_the_file_that_a_variable_names_counts_from_1_35_on(machine: Machine) -> None:
    named = machine.file(preferences(machine.version), "named")
    env = {"KUBERC": str(named), "KUBECTL_KUBERC": "true"}
    done, _ = machine.run("gone", "--dry-run=none", "--wait=false", **env)
    assert bool(done) is bool(kuberc.load(env, machine.home, machine.version))
