"""What is put together, and from where."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from kai import config, nlu, wiring
from kai.cluster.names import NameStore
from kai.errors import KubeconfigError
from kai.llm.scripted_server import ScriptedServer
from kai.model import Answered, Ask, Context, Names, ObjectName, Outcome, Refused
from kai_shell.drive import stepped


def outcome(request: str) -> Outcome:
    loaded = config.load()
    context = wiring.build_context(loaded)
    *_, last = stepped(wiring.build_engine(loaded).suggest(Ask(request, context=context)))
    assert isinstance(last, Outcome)
    return last


def command(request: str) -> str:
    last = outcome(request)
    assert isinstance(last, Answered), last
    return last.suggestion.command


@pytest.fixture
def kubeconfig(isolated_home: Path) -> Path:
    path = isolated_home / ".kube" / "config"
    path.parent.mkdir()
    document = {
        "current-context": "dev",
        "contexts": [{"name": "dev", "context": {"cluster": "c", "namespace": "shop"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443"}}],
    }
    path.write_text(json.dumps(document))
    path.chmod(0o600)
    return path


def test_kept_answers_end_with_the_lexicon_that_gave_them() -> None:
    assert wiring.LEXICON == nlu.VERSION


@pytest.mark.usefixtures("kubeconfig")
def test_where_the_user_is_comes_from_the_kubeconfig() -> None:
    where = wiring.build_context(config.load())
    assert (where.context, where.namespace, where.server) == (
        "dev",
        "shop",
        "https://10.0.0.1:6443",
    )
    assert wiring.build_context(config.load(), namespace="web").namespace == "web"


def test_with_no_kubeconfig_a_context_is_taken_at_its_word() -> None:
    where = wiring.build_context(config.load(), context="prod", namespace="web")
    assert (where.context, where.namespace, where.server) == ("prod", "web", None)


@pytest.mark.usefixtures("kubeconfig")
def test_a_context_that_is_not_there_is_an_error_unless_it_need_not_be() -> None:
    with pytest.raises(KubeconfigError):
        wiring.build_context(config.load(), context="prod")
    assert wiring.build_context(config.load(), context="prod", strict=False).context == "prod"


@pytest.mark.usefixtures("kubeconfig")
def test_names_of_the_cluster_are_read_from_the_snapshot_on_disk() -> None:
    assert command("restart zanzibar") == "kubectl rollout restart deployment/zanzibar"
    loaded = config.load()
    where = wiring.build_context(loaded)
    names = Names(
        "dev",
        1.0,
        objects=(ObjectName("statefulsets", "zanzibar", "shop"),),
        namespaces=("shop",),
    )
    assert NameStore(loaded.paths.cache / "names").put(where, names)
    wiring.build_cache(loaded).clear()
    assert command("restart zanzibar") == "kubectl rollout restart statefulset/zanzibar"


def test_no_process_is_started_on_the_way_of_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    kubectl = folder / "kubectl"
    kubectl.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    kubectl.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert command("pods in kube-system") == "kubectl get pods --namespace=kube-system"
    assert not (tmp_path / "ran").exists()


async def test_the_version_of_kubectl_is_learnt_once_and_then_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    kubectl = folder / "kubectl"
    kubectl.write_text(
        f"#!/bin/sh\necho x >> {tmp_path}/runs\n"
        """echo '{"clientVersion": {"gitVersion": "v1.29.3"}}'\n"""
    )
    kubectl.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    loaded = config.load()
    assert wiring.build_context(loaded).kubectl_version is None
    assert await wiring.learn_version(loaded) == "1.29.3"
    assert await wiring.learn_version(loaded) == "1.29.3"
    assert wiring.build_context(loaded).kubectl_version == "1.29.3"
    assert (tmp_path / "runs").read_text() == "x\n"


async def test_a_machine_without_kubectl_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert await wiring.learn_version(config.load()) is None


DENY = "policies:\n- {name: calm, match: {verb: scale}, action: deny}\n"


def test_a_policy_of_the_workspace_refuses_and_is_a_part_of_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    (folder / ".kai").mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert command("scale deployment web to 3").startswith("kubectl scale")
    before = wiring.build_policies(config.load()).digest
    (folder / ".kai" / "policies.yaml").write_text(DENY)
    assert isinstance(outcome("scale deployment web to 3"), Refused)
    assert wiring.build_policies(config.load()).digest != before


def test_a_policy_of_the_settings_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(DENY)
    path.chmod(0o600)
    monkeypatch.setenv("KAI_SAFETY_POLICIES", str(path))
    assert isinstance(outcome("scale deployment web to 3"), Refused)


def test_the_limits_of_the_settings_reach_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(outcome("scale deployment web to 30"), Answered)
    monkeypatch.setenv("KAI_SAFETY_MAX_REPLICAS", "20")
    assert isinstance(outcome("scale deployment web to 30"), Refused)


def test_changed_defaults_of_a_write_are_refused_and_said(isolated_home: Path) -> None:
    kuberc = isolated_home / ".kube" / "kuberc"
    kuberc.parent.mkdir(parents=True)
    kuberc.write_text(
        "kind: Preference\ndefaults:\n- command: scale\n  options: [{name: all, default: 'true'}]\n"
    )
    assert isinstance(outcome("pods in kube-system"), Answered)
    last = outcome("scale deployment web to 3")
    assert isinstance(last, Refused)
    assert "kuberc adds --all=true" in last.reason


def live_codes(line: str, asked: Context) -> list[str]:
    """The codes of what the slow checks say about a command."""
    loaded = config.load()
    engine = wiring.build_engine(loaded)

    async def read() -> list[str]:
        suggestion = await engine.examine(line, asked)
        checks = engine.checks(suggestion, Ask("", context=asked))
        return [found.code async for checked in checks for found in checked.findings]

    return asyncio.run(read())


def test_slow_checks_ask_only_where_the_user_is_at_that_moment(
    kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a built environment; a context switched after the answer leaves it unchecked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    kubectl = folder / "kubectl"
    kubectl.write_text(f'#!/bin/sh\necho "$* $HTTPS_PROXY$LD_DEBUG" >>{tmp_path}/ran\necho yes\n')
    kubectl.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HTTPS_PROXY", "leaked")
    asked = wiring.build_context(config.load())
    assert live_codes("kubectl scale deploy/web --replicas=2", asked) == []
    ran = (tmp_path / "ran").read_text()
    assert sorted(ran.splitlines()) == [
        "auth can-i patch deployments.apps/web --subresource=scale --namespace=shop --context=dev ",
        "scale --replicas=2 --dry-run=server --context=dev deploy/web ",
    ]
    document = json.loads(kubeconfig.read_text())
    document["current-context"] = "prod"
    document["contexts"].append({"name": "prod", "context": {"cluster": "c"}})
    kubeconfig.write_text(json.dumps(document))
    assert live_codes("kubectl scale deploy/web --replicas=2", asked) == ["K520"]
    document["current-context"] = ""
    kubeconfig.write_text(json.dumps(document))
    assert live_codes("kubectl scale deploy/web --replicas=2", asked) == []
    assert (tmp_path / "ran").read_text() == ran


@pytest.mark.usefixtures("kubeconfig")
def test_slow_checks_look_names_up_in_the_snapshot_on_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    loaded = config.load()
    where = wiring.build_context(loaded)
    names = Names("dev", time.time(), (ObjectName("pods", "web-0", "shop"),), ("shop",))
    assert NameStore(loaded.paths.cache / "names").put(where, names)
    assert live_codes("kubectl get pod web-1", where) == ["K501", "K521"]
    assert live_codes("kubectl get pod web-0", where) == ["K521"]


async def test_a_model_held_to_a_grammar_can_change_nothing_where_one_only_asks() -> None:
    async with ScriptedServer({"answers": ["kubectl get pods"]}) as server:
        env = {
            "HOME": str(Path.home()),
            "KAI_LLM_PROVIDER": "openai",
            "KAI_LLM_URL": server.url,
            "KAI_LLM_MODEL": "tiny",
        }
        model = wiring.build_model(config.load(env), env)
        assert model is not None
        for request in ("list the gizmos", "delete the gizmos"):
            async with aclosing(model.ask(Ask(request))) as drafts:
                assert [said async for said in drafts]
        await model.close()
        looking, changing = (asked.body["grammar"] for asked in server.asked())
    assert "c-delete" not in looking
    assert "c-delete" in changing
