"""What the judge calls read only reads: the real kubectls say so.

A bounded part of `make oracle` (tools/oracle). A failure here is a hole in the judge: mend
kai/safety and add a row to tests/cases/safety/oracle_found.jsonl.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.oracle.campaign import campaign
from tools.oracle.place import SECRETS, made_up
from tools.oracle.relay import Relay
from tools.oracle.world import World

_LINES = 2000


def test_no_line_judged_read_does_more_than_read(kubectls: dict[str, Path], tmp_path: Path) -> None:
    """Over all versions found; many lines are taken by kubectl and reach the server."""
    workers = max(2, os.cpu_count() or 1)
    tally = campaign(kubectls, tmp_path, made_up, seed=41, lines=_LINES, workers=workers)
    assert tally.effects == []
    assert tally.lines.total() >= _LINES
    assert set(tally.lines) == set(kubectls)
    assert tally.accepted.total() > _LINES // 3
    assert tally.asked.total() > _LINES // 8
    assert tally.dry.total() > _LINES // 50


_DOES = {
    "delete pod web": "sent DELETE /api/v1/namespaces/default/pods/web",
    "apply -f web.yaml": "sent PATCH /apis/apps/v1/namespaces/default/deployments/web",
    "exec web -- ls": "sent POST /api/v1/namespaces/default/pods/web/exec",
    "get pods --profile=cpu --profile-output=out.txt": "wrote work/out.txt",
    "config set-context fake --namespace=x": "wrote home/.kube/config",
    "config delete-context fake": "wrote home/.kube/config",
    "edit deploy web": "started editor",
    "kustomize chart --enable-helm": "started helm",
    "kustomize kustom -o out.txt": "wrote work/out.txt",
    "cluster-info dump --output-directory=out": "wrote work/out",
    "web": "started kubectl-web",
    "get secret web -o yaml": "printed a secret",
    "config view --raw": "printed a secret",
}


@pytest.mark.parametrize("line", _DOES)
def test_the_oracle_sees_what_a_command_does(line: str, kubectl: Path, tmp_path: Path) -> None:
    """And undoes it: the second time it sees the same."""
    with made_up() as server, World(tmp_path / "world", server, secrets=SECRETS) as world:
        for _ in range(2):
            assert _DOES[line] in world.run(kubectl, line.split()).effects


_DOES_NOT = [
    "get pods,svc -A -o yaml",
    "delete pod web --dry-run=server",
    "delete -f web.yaml --dry-run=server",
    "apply -f web.yaml --dry-run=server",
    "drain n1 --dry-run=server --force",
    "auth can-i delete pods",
    "auth can-i --list",
    "rollout undo deploy/web --dry-run=server",
    "diff -f web.yaml",
]


@pytest.mark.parametrize("line", _DOES_NOT)
def test_reads_dry_runs_and_reviews_are_no_effects(
    line: str, kubectl: Path, tmp_path: Path
) -> None:
    with made_up() as server, World(tmp_path / "world", server) as world:
        seen = world.run(kubectl, line.split(), may_start="diff")
        assert (seen.code, seen.effects) == (0, ())
        assert seen.requests


def test_the_relay_lets_a_real_server_be_read_and_never_changed(
    kubectl: Path, tmp_path: Path
) -> None:
    """A server that is not real stands for the real one."""
    with (
        made_up() as behind,
        Relay(behind.url) as relay,
        World(tmp_path / "world", relay) as world,
    ):
        assert b"web" in world.run(kubectl, ["get", "pods", "-o", "name"]).output
        assert world.run(kubectl, ["delete", "pod", "web", "--dry-run=server"]).code == 0
        refused = world.run(kubectl, ["delete", "pod", "web"])
        assert refused.effects == ("sent DELETE /api/v1/namespaces/default/pods/web",)
        assert "not passed on" in refused.errors
        passed = [sent.body for sent in behind.traffic if sent.method == "DELETE"]
        assert len(passed) == 1
        assert b"dryRun" in passed[0]
