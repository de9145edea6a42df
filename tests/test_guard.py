"""The guard of Enter: what it asks about, what somebody types then, and what it lets pass."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from kai.examine import Examiner
from kai.kubectl import resources, spec
from kai.model import Context
from kai.safety import Limits
from kai.validators import check
from kai_shell.daemon import guard, protocol
from kai_shell.daemon.guard import Asked
from kai_shell.daemon.typed import MAX_TEXT, readable
from kai_shell.daemon.work import Line, Worker

BY = Examiner(
    spec.load(),
    resources.builtin(),
    check,
    Context("dev", "web", "https://dev.example"),
    Limits(protected_contexts=("prod", "prod-*")),
)
PROD = replace(BY, context=Context("prod", "shop", "https://prod.example"))
ALIASES = {
    "k": "kubectl",
    "kk": "k",
    "kd": "kubectl delete --force",
    "kprod": "kubectl --context prod",
    "kx": 'KUBECONFIG="$HOME/x" kubectl',
    "both": "kubectl get pods && kubectl delete pod web",
    "sudo": "sudo ",
    "watch": "watch -n1 ",
    "kc": "kubecolor",
    "ls": "ls --color",
}


def asked(
    text: str, aliases: dict[str, str] = ALIASES, by: Examiner = BY, shell: str = "zsh"
) -> Asked | None:
    return guard.judged(readable(text, aliases, shell), aliases, by)


def word(text: str, by: Examiner = BY, shell: str = "zsh") -> str | None:
    """What has to be typed; None where the line runs at once."""
    found = asked(text, by=by, shell=shell)
    return None if found is None else found.word


# --- what is asked about -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ls -l",
        "kubectl",
        "kubectl get pods -A",
        "kubectl get pods | grep -v Running",
        "for p in a b; do kubectl get pod $p; done",
        "kubectl scale deployment web --replicas=3",
        "kubectl apply -f web.yaml",
        "kubectl delete pod web --dry-run=client",
        "k get pods; ls",
        "watch k get pods",
        "kubectl-neat delete pod web",
        "echo 'kubectl delete pod web'",
        "git commit -m 'delete the pod'",
        "kubectl delete --help",
    ],
)
def test_a_line_that_reads_or_writes_runs(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "kubectl gett pods",
        "kubectl delete pod web --no-such-flag",
        "kubectl $VERB pod web",
        "kubectl $(cat args)",
        "k9$X delete pod web",
        "kubectl get pods '",
    ],
)
def test_what_cannot_be_analysed_runs_for_a_person_typed_it(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "kubectl delete pod web",
        "  kubectl  delete\tpod web",
        "true && kubectl delete pod web",
        "false || kubectl delete pod web &",
        "if true; then kubectl delete pod web; fi",
        "{ kubectl delete pod web; }",
        "(kubectl delete pod web)",
        "! kubectl delete pod web",
        "time kubectl delete pod web",
        "nohup kubectl delete pod web > /dev/null 2>&1",
        'echo "$(kubectl delete pod web)"',
        "bash -c 'kubectl delete pod web'",
        "sudo -u bob kubectl delete pod web",
        "env A=b kubectl delete pod web",
        "ssh host kubectl delete pod web",
        "timeout 5 kubectl delete pod web",
        "ls\nkubectl delete pod web",
        "kubectl get pods; kubectl delete pod web",
        "noglob kubectl delete pod web",
        "nocorrect noglob kubectl delete pod web",
        "=kubectl delete pod web",
        "repeat 3 kubectl delete pod web",
        "kubecolor delete pod web",
        "/usr/bin/kubectl delete pod web",
        "$(kubectl delete pod web)",
        "kubectl get ns web; and kubectl delete pod web",
        "begin; not kubectl delete pod web; end",
    ],
)
def test_a_deletion_is_asked_about_whatever_stands_around_it(text: str) -> None:
    assert word(text) == "web"


@pytest.mark.parametrize(
    "text",
    [
        "k delete pod web",
        "kk delete pod web",
        "kd pod web",
        "sudo k delete pod web",
        "sudo sudo k delete pod web",
        "watch k delete pod web",
        "noglob k delete pod web",
        "ls; k delete pod web",
        "if true; then kd pod web; fi",
        "A=b k delete pod web",
        "kx delete pod web",
        "kc delete pod web",
        "both",
        "true && both",
        "$(kk delete pod web)",
    ],
)
def test_aliases_are_those_of_the_shell(text: str) -> None:
    assert word(text) == "web"


@pytest.mark.parametrize("body", ["kubecolor", "kubectl --context dev", "minikube kubectl --"])
def test_an_alias_called_kubectl_is_put_in_once(body: str) -> None:
    found = asked("kubectl delete pod web", {"kubectl": body})
    assert found is not None
    assert found.word == "web"


def test_what_an_alias_says_counts_with_what_stands_behind_it() -> None:
    found = asked("kprod scale deployment web --replicas=2")
    assert found is not None
    assert found.word == "prod"
    assert asked("kubectl scale deployment web --replicas=2") is None


def test_an_alias_in_the_place_of_an_argument_is_none() -> None:
    assert asked("echo k delete pod web") is None
    assert readable("echo k; k get pods", ALIASES) == "echo k; kubectl get pods"


def test_aliases_that_name_each_other_are_put_in_once() -> None:
    assert readable("a x", {"a": "b y", "b": "a z"}) == "a z y x"
    assert readable("ls x", ALIASES) == "ls --color x"


def test_very_many_aliases_make_no_endless_text() -> None:
    grown = readable("; ".join(["a"] * 2000), {"a": "x" * 1000})
    assert len(grown) < 2 * MAX_TEXT + 8000


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("kubectl delete pod (kubectl get pods -o name)", ""),
        ("set out (kubectl delete pod web)", "web"),
        ("for p in a b; kubectl delete pod $p; end", ""),
        ("if kubectl get ns shop; kubectl delete ns shop; end", "shop"),
        ("kubectl get pod web; or kubectl delete pod web", "web"),
    ],
)
def test_lines_of_fish_are_understood(text: str, typed: str) -> None:
    assert word(text, BY, "fish") == typed


# --- what is typed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("kubectl delete deployment/web", "web"),
        ("kubectl delete namespace shop", "shop"),
        ("kubectl drain node-1 --ignore-daemonsets", "node-1"),
        ("kubectl scale deployment web --replicas=0", "web"),
        ("kubectl exec web-1 -- rm -rf /data", "web-1"),
        ("kubectl delete pods --all", "web"),
        ("kubectl delete pods --all -n shop", "shop"),
        ("kubectl delete pods --all -A", "all"),
        ("kubectl delete namespaces --all", "all"),
        ("kubectl create clusterrolebinding x --clusterrole=cluster-admin --user=y", "x"),
    ],
)
def test_the_name_of_what_is_hit_is_typed_where_there_is_one(text: str, typed: str) -> None:
    assert word(text) == typed


@pytest.mark.parametrize(
    "text",
    [
        "kubectl delete pod a b",
        "kubectl delete pod a; kubectl delete pod b",
        "kubectl delete -f web.yaml",
        "kubectl delete pods -l app=web",
        "kubectl delete pod $POD",
        "kubectl delete pod 'a b'",
        "kubectl delete pod web-{1,2}",
        "kubectl get pods -o name | xargs kubectl delete",
        "for p in a b; do kubectl delete pod $p; done",
        "kubectl delete pod " + "a" * 90,
        "kubectl delete $ARGS",
    ],
)
def test_elsewhere_a_key_is_enough(text: str) -> None:
    assert word(text) == ""


def test_a_change_that_only_the_protected_context_makes_dangerous_asks_for_the_context() -> None:
    assert word("kubectl scale deployment web --replicas=3", PROD) == "prod"
    assert word("kubectl --context prod-eu apply -f web.yaml") == "prod-eu"
    assert word("kubectl delete pod web", PROD) == "web"
    assert word("kubectl get pods", PROD) is None


def test_two_commands_that_hit_the_same_name_ask_for_it_once() -> None:
    assert word("kubectl delete deployment web && kubectl delete service web") == "web"


# --- what is said --------------------------------------------------------------------------------


def details(text: str, by: Examiner = BY) -> tuple[str, ...]:
    found = asked(text, by=by)
    assert found is not None
    return found.details


def test_it_says_the_tier_the_reasons_what_is_hit_and_where() -> None:
    found = asked("kubectl delete pvc data -n shop")
    assert found is not None
    assert found.tier == "destructive"
    assert found.details == (
        "destructive: deletes objects",
        "hits the persistentvolumeclaim data in shop; data may be lost",
        "where: context dev, namespace shop",
    )
    assert details("kubectl delete ns --all", PROD)[0].startswith("forbidden: ")
    assert details("kubectl delete ns --all", PROD)[-1] == "where: context prod (protected)"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("kubectl --context=prod delete pod web", "context prod (protected), namespace web"),
        ("KUBECONFIG=/x kubectl delete pod web", "not the current context"),
        ("kubectl --kubeconfig=/x delete pod web", "not the current context"),
        ("kubectl --cluster=x delete pod web", "not the current context"),
        ("export KUBECONFIG=/x; kubectl delete pod web", "not known"),
        ("kubectl config use-context prod; kubectl delete pod web", "not known"),
        ("kubectx prod && kubectl delete pod web", "not known"),
        ("sudo kubectl delete pod web", "not known (behind sudo)"),
        ("ssh host kubectl delete pod web", "not known (behind ssh)"),
    ],
)
def test_it_never_names_a_context_that_the_line_leaves(text: str, where: str) -> None:
    assert details(text)[-1].startswith(f"where: {where}")


def test_without_a_current_context_it_says_so() -> None:
    nowhere = replace(BY, context=Context())
    assert details("kubectl delete pod web", nowhere)[-1] == "where: no current context"


def test_several_commands_are_told_apart_the_worst_first() -> None:
    several = "kubectl delete pod a; kubectl delete ns --all; " + "kubectl delete pod b; " * 3
    lines = details(several)
    assert lines[:2] == (
        "kubectl delete ns --all",
        "forbidden: all namespaces at once: the cluster does not survive it",
    )
    assert "kubectl delete pod a" in lines
    assert lines[-1] == "and 2 more"


def test_a_loop_says_that_there_is_more_than_one() -> None:
    assert "and so for each value of its variables" in details(
        "for p in a b; do kubectl delete pod $p; done"
    )


def test_a_very_long_command_is_cut() -> None:
    text = "kubectl delete pod a; kubectl delete pod " + "b" * 500
    assert max(map(len, details(text))) < 600


# --- the answer ----------------------------------------------------------------------------------


def kubeconfig(home: Path, context: str) -> Path:
    path = home / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": context,
                "clusters": [{"name": "c", "cluster": {"server": "https://c.example"}}],
                "contexts": [
                    {"name": context, "context": {"cluster": "c", "namespace": "shop", "user": "u"}}
                ],
                "users": [{"name": "u", "user": {}}],
            }
        )
    )
    return path


async def answered(text: str, home: Path, *, context: str = "dev", env: str = "") -> list[str]:
    worker = Worker({"HOME": str(home), "PATH": ""})
    config = kubeconfig(home, context)
    line = Line("zsh", "", "80", str(home), config.name, env, text, "k=kubectl\nls=ls -l")
    try:
        return protocol.decode(await guard.answer(worker, line))
    finally:
        await worker.close()


async def test_it_answers_run_or_what_to_confirm_for_the_context_of_the_shell(
    tmp_path: Path,
) -> None:
    assert await answered("k get pods", tmp_path) == ["run"]
    kind, tier, typed, said = await answered("k delete pod web", tmp_path)
    assert (kind, tier, typed) == ("confirm", "destructive", "web")
    assert said.splitlines()[-1] == "where: context dev, namespace shop"
    assert await answered("k label pod web a=b", tmp_path) == ["run"]
    said = (await answered("k label pod web a=b", tmp_path, context="prod"))[-1]
    assert said.splitlines()[-1] == "where: context prod (protected), namespace shop"


async def test_the_settings_that_the_shell_exports_count(tmp_path: Path) -> None:
    env = "TERM=xterm\nKAI_LLM_ENABLED=false\nKAI_SAFETY_PROTECTED_CONTEXTS=dev"
    assert (await answered("k label pod web a=b", tmp_path, env=env))[:3] == [
        "confirm",
        "destructive",
        "dev",
    ]


async def test_a_very_long_line_is_judged_too(tmp_path: Path) -> None:
    text = "k get pods; " * guard.LONG + "k delete pod web"
    assert (await answered(text[-guard.LONG * 3 :], tmp_path))[:3] == [
        "confirm",
        "destructive",
        "web",
    ]
    assert await answered("ls -l; " * guard.LONG, tmp_path) == ["run"]


PIECES = (
    *("kubectl", "k", "kd", "both", "sudo", "watch", "delete", "get", "pod", "ns", "web", "--all"),
    *("-n", "shop", "$X", "$(", ")", "(", "{", "}", "'", '"', "`", ";", "&&", "||", "|", "&", "\n"),
    *(
        "if",
        "then",
        "fi",
        "for",
        "in",
        "do",
        "done",
        "and",
        "not",
        "begin",
        "end",
        "repeat 2",
        "=k",
    ),
    *("A=b", "KUBECONFIG=x", "noglob", "-", "\\", "#", "<<E", "E", "é", "\t", "*", "[", "]", "!"),
)


@pytest.mark.parametrize("seed", range(4))
def test_no_line_makes_it_fail(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same lines each time
    for _ in range(400):
        words = chance.choices(PIECES, k=chance.randint(1, 14))
        text = chance.choice(("", " ")).join(words) if chance.random() < 0.2 else " ".join(words)
        for shell in ("zsh", "bash", "fish"):
            found = asked(text, shell=shell)
            assert found is None or found.tier in ("destructive", "forbidden"), text
            assert found is None or all("kai-unknown" not in line for line in found.details), text


@pytest.mark.parametrize("seed", range(2))
def test_what_stands_before_a_deletion_on_the_line_does_not_hide_it(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same lines each time
    plain = [piece for piece in PIECES if piece.isalnum() and piece not in ("if", "for", "E")]
    for _ in range(200):
        words = chance.choices(plain, k=chance.randint(1, 8))
        if words[0] in ("watch", "sudo", "then", "in", "do", "done", "fi", "begin", "end"):
            continue
        for text in (f"{' '.join(words)}; k delete pod db", f"{' '.join(words)} && kd pod db"):
            found = asked(text)
            assert found is not None, text
            assert any("db" in line for line in found.details), text


async def test_a_policy_of_the_workspace_counts(tmp_path: Path) -> None:
    policies = tmp_path / ".kai" / "policies.yaml"
    policies.parent.mkdir()
    policies.write_text(
        "policies:\n- name: frozen\n  match: {verbs: [rollout]}\n  action: confirm\n"
        "  message: the shop is frozen\n"
    )
    policies.chmod(0o600)
    said = await answered("k rollout restart deployment web", tmp_path)
    assert said[:3] == ["confirm", "destructive", "web"]
    assert "the shop is frozen" in said[3]


async def test_settings_that_cannot_be_read_let_the_line_run_and_say_so(tmp_path: Path) -> None:
    kind, message = await answered("k delete pod web", tmp_path, env="T=1\nKAI_LLM_TIMEOUT=soon")
    assert kind == "fail"
    assert message.startswith("not guarded: KAI_LLM_TIMEOUT")


async def test_a_kubeconfig_that_is_broken_guards_all_the_same(tmp_path: Path) -> None:
    worker = Worker({"HOME": str(tmp_path), "PATH": ""})
    (tmp_path / "kubeconfig").write_text("{{{")
    line = Line("zsh", "", "80", str(tmp_path), "kubeconfig", "", "kubectl delete pod web")
    said = protocol.decode(await guard.answer(worker, line))
    assert said[:3] == ["confirm", "destructive", "web"]
    await worker.close()
