"""Policies: what they match, what they make of a command, and that none of them permits anything."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kai.kubectl import resources
from kai.kubectl import spec as spec_tables
from kai.kubectl.invocation import parse
from kai.model import Context, Level, Risk
from kai.safety import Limits, judge, policy
from kai.safety.found import Verdict, find, judge_found
from kai.safety.policy import Action, Policies, Policy, Window
from kai.safety.policy_match import holds

KINDS = resources.builtin()
SPEC = spec_tables.load()
HERE = Context(context="dev", namespace="web")


def verdict(
    line: str, rules: Policies, context: Context = HERE, *, drafted: bool = True, now: float = 0.0
) -> Risk:
    """The judge's verdict on a line under these policies."""
    return judge(
        parse(line), context, KINDS, limits=Limits(policies=rules, now=now), drafted=drafted
    )


def written(folder: Path, text: str, name: str = "policies.yaml") -> Path:
    """A policy file that only we can write."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def read(folder: Path, match: str, action: str = "deny") -> Policies:
    """The policies of a file with one policy."""
    text = f"policies:\n- name: one\n  match: {match}\n  action: {action}\n"
    found = policy.load([str(written(folder, text))], home=folder)
    assert found.faults == ()
    return found


MATCHES = [
    # match, command, tier where the action is deny
    ("{}", "kubectl delete pod web", "forbidden"),
    ("{}", "kubectl get pods", "forbidden"),
    ("{}", "kubectl delete pod web --dry-run=server", "read"),
    ("{}", "kubectl delete pod web --help", "read"),
    ("{tier: read}", "kubectl delete pod web --dry-run=server", "forbidden"),
    ("{tier: write}", "kubectl get pods", "read"),
    ("{tier: write}", "kubectl label pod web a=b", "forbidden"),
    ("{tier: destructive}", "kubectl label pod web a=b", "write"),
    ("{tier: destructive}", "kubectl delete pod web", "forbidden"),
    ("{verb: delete}", "kubectl delete pod web", "forbidden"),
    ("{verb: delete}", "kubectl label pod web a=b", "write"),
    ("{verbs: [rollout restart, scale]}", "kubectl rollout restart deploy/web", "forbidden"),
    ("{verbs: [rollout restart, scale]}", "kubectl rollout status deploy/web", "read"),
    ("{verb: rollout}", "kubectl rollout status deploy/web", "forbidden"),
    ("{verb: 'create *'}", "kubectl create job x --image=busybox", "forbidden"),
    ("{verb: neat}", "kubectl neat", "forbidden"),
    ("{verb: get, kind: secret}", "kubectl get secrets", "forbidden"),
    ("{verb: get, kind: Secret}", "kubectl get secret/db", "forbidden"),
    ("{verb: get, kind: secrets}", "kubectl get pods,secrets", "forbidden"),
    ("{verb: get, kind: secrets}", "kubectl get pods", "read"),
    ("{kind: deploy}", "kubectl scale deployment web --replicas=2", "forbidden"),
    ("{kind: deployments.apps}", "kubectl scale deploy web --replicas=2", "forbidden"),
    ("{kind: deploy}", "kubectl delete all --all", "forbidden"),
    ("{kind: pvc}", "kubectl delete all --all", "destructive"),
    ("{kind: pods}", "kubectl run x --image=nginx", "forbidden"),
    ("{kind: secrets}", "kubectl create secret generic x", "forbidden"),
    ("{kind: quota}", "kubectl create quota x", "forbidden"),
    ("{kind: pods}", "kubectl exec web -- date", "forbidden"),
    ("{kind: secrets}", "kubectl create token x", "write"),
    ("{kind: sa}", "kubectl create token x", "forbidden"),
    ("{kind: csr}", "kubectl certificate approve x", "forbidden"),
    ("{kind: hpa}", "kubectl autoscale deploy web --max=3", "forbidden"),
    ("{kind: nodes}", "kubectl drain n1", "forbidden"),
    ("{kind: nodes}", "kubectl taint nodes n1 a=b:NoSchedule", "forbidden"),
    ("{kind: pods}", "kubectl cp web:/x .", "forbidden"),
    ("{name: web}", "kubectl cp web:/x .", "forbidden"),
    ("{namespace: payments}", "kubectl cp x payments/web:/x", "forbidden"),
    ("{namespace: payments}", "kubectl cp x web:/x", "write"),
    ("{kind: svc}", "kubectl port-forward svc/web 80", "forbidden"),
    ("{kind: pods}", "kubectl logs web", "forbidden"),
    ("{kind: nodes}", "kubectl cordon n1", "forbidden"),
    ("{kind: deploy}", "kubectl set env deploy/web A=b", "forbidden"),
    ("{kind: deploy}", "kubectl rollout restart deploy web", "forbidden"),
    ("{kind: secrets}", "kubectl apply -f x.yaml", "destructive"),
    ("{kind: secrets}", "kubectl label widgets x a=b", "destructive"),
    ("{namespace: payments}", "kubectl delete pod web", "destructive"),
    ("{namespace: pay*}", "kubectl label pod web a=b -n payments", "forbidden"),
    ("{namespace: payments}", "kubectl label pods --all a=b -A", "forbidden"),
    ("{namespace: web}", "kubectl label pod web a=b", "forbidden"),
    ("{namespace: payments}", "kubectl apply -f x.yaml -n web", "write"),
    ("{namespace: payments}", "kubectl apply -f x.yaml", "destructive"),
    ("{namespace: payments}", "kubectl delete ns payments", "forbidden"),
    ("{namespace: web}", "kubectl label ns dev a=b", "write"),
    ("{namespace: web}", "kubectl cordon n1", "write"),
    ("{namespace: web}", "kubectl version", "read"),
    ("{namespace: web}", "kubectl get nodes", "read"),
    ("{context: prod*}", "kubectl label pod web a=b", "write"),
    ("{context: prod*}", "kubectl label pod web a=b --context=prod-eu", "forbidden"),
    ("{context: dev}", "kubectl label pod web a=b", "forbidden"),
    ("{context: dev}", "kubectl label pod web a=b --context=test", "write"),
    ("{name: 'db-*'}", "kubectl delete pod web", "destructive"),
    ("{name: 'db-*'}", "kubectl label pod db-0 a=b", "forbidden"),
    ("{name: 'db-*'}", "kubectl label pod web a=b", "write"),
    ("{name: 'db-*'}", "kubectl label pods -l app=web a=b", "destructive"),
    ("{name: 'db-*'}", "kubectl get pods", "read"),
    ("{name: 'db-*'}", "kubectl create deployment db-1 --image=x", "forbidden"),
    ("{selector: true}", "kubectl label pods -l app=web a=b", "forbidden"),
    ("{selector: true}", "kubectl label pods web a=b", "write"),
    ("{selector: false, tier: write}", "kubectl label pods web a=b", "forbidden"),
    ("{selector: false, tier: write}", "kubectl label pods -l app=web a=b", "write"),
    (
        "{verb: label, name: web, kind: pod, namespace: w*}",
        "kubectl label pod web a=b",
        "forbidden",
    ),
    ("{verb: label, name: web, kind: svc, namespace: w*}", "kubectl label pod web a=b", "write"),
]


@pytest.mark.parametrize(("match", "line", "tier"), MATCHES)
def test_a_policy_matches_what_it_says(tmp_path: Path, match: str, line: str, tier: str) -> None:
    assert verdict(line, read(tmp_path, match)).tier == tier


def test_what_may_be_meant_is_only_a_warning_where_nothing_is_changed(tmp_path: Path) -> None:
    risk = verdict("kubectl get pods", read(tmp_path, "{name: 'db-*'}"))
    assert [(item.code, item.level) for item in risk.findings] == [("K472", Level.WARNING)]


@pytest.mark.parametrize(
    ("action", "tier", "code", "level"),
    [
        (Action.AUDIT, "write", "K471", Level.INFO),
        (Action.WARN, "write", "K472", Level.WARNING),
        (Action.CONFIRM, "destructive", "K473", Level.WARNING),
        (Action.DENY, "forbidden", "K474", Level.ERROR),
    ],
)
def test_each_action_weighs_what_it_says(
    action: Action, tier: str, code: str, level: Level
) -> None:
    rule = Policy("quiet hours", action, "ask first")
    risk = verdict("kubectl label pod web a=b", Policies((rule,)))
    (said,) = [item for item in risk.findings if item.code == code]
    assert (risk.tier, said.level, said.message) == (tier, level, "policy quiet hours: ask first")
    assert "kubectl label pod web a=b"[said.start : said.end] == "kubectl label"
    if action in (Action.CONFIRM, Action.DENY):
        assert "policy quiet hours: ask first" in risk.reasons


def test_what_only_the_running_shell_knows_may_be_meant(tmp_path: Path) -> None:
    script = 'kubectl label pod db-0 a=b -n "$NS"\nkubectl scale deploy "$X" --replicas=3 -n web\n'
    limits = Limits(policies=read(tmp_path, "{namespace: [web, payments]}"), now=0.0)
    label, scale = find(script, SPEC)
    assert tier(judge_found(label, HERE, KINDS, limits=limits)) == "destructive"
    assert tier(judge_found(scale, HERE, KINDS, limits=limits)) == "forbidden"


def tier(verdict: Verdict) -> str:
    """The tier of a found command."""
    assert verdict.risk is not None
    return verdict.risk.tier


def test_what_a_person_typed_is_denied_too() -> None:
    denied = Policies((Policy("no", Action.DENY),))
    assert verdict("kubectl label pod web a=b", denied, drafted=False).tier == "forbidden"


@pytest.mark.parametrize(
    ("flag", "tier"),
    [("--kubeconfig=x", "destructive"), ("--server=https://x", "destructive"), ("", "write")],
)
def test_another_cluster_may_be_any_context(tmp_path: Path, flag: str, tier: str) -> None:
    rules = read(tmp_path, "{context: prod}")
    line = f"kubectl label pod web a=b {flag}".strip()
    assert verdict(line, rules, drafted=False).tier == tier


def at(text: str) -> float:
    """The Unix time of a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NIGHTS = Window(days=(4, 5, 6), start=18 * 60, end=6 * 60, zone="UTC")


@pytest.mark.parametrize(
    ("moment", "window", "open_"),
    [
        ("2026-11-20T18:00", NIGHTS, True),  # a Friday
        ("2026-11-20T17:59", NIGHTS, False),
        ("2026-11-21T05:59", NIGHTS, True),
        ("2026-11-20T05:59", NIGHTS, False),  # Thursday's night is not in it
        ("2026-11-23T05:59", NIGHTS, True),  # Sunday's night reaches into Monday
        ("2026-11-23T06:00", NIGHTS, False),
        ("2026-11-20T08:00", Window(start=540, end=1020, zone="Europe/Berlin"), True),
        ("2026-11-20T07:59", Window(start=540, end=1020, zone="Europe/Berlin"), False),
        ("2026-11-20T16:00", Window(start=540, end=1020, zone="Europe/Berlin"), False),
        ("2026-11-20T12:00", Window(days=(4,), zone="UTC"), True),
        ("2026-11-21T12:00", Window(days=(4,), zone="UTC"), False),
    ],
)
def test_a_time_is_a_window_in_its_zone(moment: str, window: Window, open_: bool) -> None:
    assert holds(window, at(moment)) is open_


def test_a_policy_holds_only_in_its_time(tmp_path: Path) -> None:
    rules = read(tmp_path, "{time: {days: fri-sun, from: 18:00, to: 06:00, zone: UTC}}")
    line = "kubectl label pod web a=b"
    assert verdict(line, rules, now=at("2026-11-20T19:00")).tier == "forbidden"
    assert verdict(line, rules, now=at("2026-11-20T12:00")).tier == "write"


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "policies:\n- name: a\n  match: {verbb: x}\n  action: deny\n",
                ":3:11: unknown key verbb",
            ),
            ("polices: []\n", ":1:1: unknown key polices (valid: policies)"),
            ("policies: [\n", ":2:1: "),
            ("- x\n", ":1:1: the file must be a mapping"),
            ("", ":1:1: policies is missing"),
            ("policies:\n- name: a\n  match: {}\n", ":2:3: action is missing"),
            (
                "policies:\n- name: a\n  action: allow\n  match: {}\n",
                ":3:11: action must be 'audit', 'warn', 'confirm' or 'deny'",
            ),
            (
                "policies:\n- name: a\n  action: deny\n  match:\n    kind: [ok, 'a;b']\n",
                ":5:16: kind must be a shell pattern",
            ),
            (
                "policies:\n- name: a\n  action: deny\n  match: {time: {from: 25:00}}\n",
                ":4:24: from must be a time of day",
            ),
            (
                "policies:\n- name: a\n  action: deny\n  match: {time: {zone: Moon}}\n",
                ":4:24: zone must be a time zone",
            ),
            (
                "policies:\n- name: a\n  action: deny\n  match: {time: {days: [x]}}\n",
                ":4:24: days must be mon",
            ),
            (
                "policies:\n- {name: a, match: {}, action: deny}\n"
                "- {name: a, match: {}, action: warn}\n",
                ":3:10: the name a stands twice",
            ),
            ("policies: []\npolicies: []\n", ":2:1: the key policies stands twice"),
            ("policies: &a []\nx: *a\n", ":2:4: aliases are not read"),
            ("policies: []\n---\nx\n", ":2:1: expected a single document"),
            ("policies:\n- name: a\n  match: {}\n  message: 'a\\\n", ":5:1: "),
            ('policies:\n- name: a\n  match: {}\n  message: "\\e[2J"\n', ":4:12: message must be"),
        ],
    )
    def test_a_broken_file_is_a_fault_with_line_and_column(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        path = written(tmp_path, text)
        (fault,) = policy.load([str(path)], home=tmp_path).faults
        assert fault.startswith(f"{path}{said}")

    def test_while_a_file_is_broken_writes_are_refused_and_reading_goes_on(
        self, tmp_path: Path
    ) -> None:
        rules = policy.load([str(tmp_path / "gone.yaml")], home=tmp_path)
        for drafted in (True, False):
            write = verdict("kubectl label pod web a=b", rules, drafted=drafted)
            assert write.tier == "forbidden"
            assert "no writes until this policy file is repaired" in write.reasons[0]
        got = verdict("kubectl get pods", rules)
        assert got.tier == "read"
        assert [(item.code, item.level) for item in got.findings] == [("K470", Level.WARNING)]
        assert verdict("kubectl delete pod x --dry-run=client", rules).tier == "read"

    def test_a_file_that_others_can_write_is_a_fault(self, tmp_path: Path) -> None:
        path = written(tmp_path, "policies: []\n")
        path.chmod(0o666)
        (fault,) = policy.load([str(path)], home=tmp_path).faults
        assert "can be written by others" in fault

    def test_the_checked_form_is_kept_and_a_change_is_seen(self, tmp_path: Path) -> None:
        one = "policies:\n- {name: one, match: {verb: get}, action: warn}\n"
        path, cache = written(tmp_path, one), tmp_path / "cache"
        first = policy.load([str(path)], home=tmp_path, cache=cache)
        assert len(list((cache / "policies").iterdir())) == 1
        assert policy.load([str(path)], home=tmp_path, cache=cache) == first
        written(tmp_path, one.replace("warn", "deny"))
        second = policy.load([str(path)], home=tmp_path, cache=cache)
        assert second.rules[0].action is Action.DENY
        assert second.digest != first.digest

    @pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"stamp": 1}', b"\xff"])
    def test_a_damaged_copy_is_thrown_away(self, tmp_path: Path, damage: bytes) -> None:
        path = written(tmp_path, "policies:\n- {name: one, match: {}, action: warn}\n")
        cache = tmp_path / "cache"
        first = policy.load([str(path)], home=tmp_path, cache=cache)
        (copy,) = (cache / "policies").iterdir()
        copy.write_bytes(damage)
        assert policy.load([str(path)], home=tmp_path, cache=cache) == first

    def test_neither_pydantic_nor_yaml_is_loaded_for_an_unchanged_file(
        self, tmp_path: Path
    ) -> None:
        path = written(tmp_path, "policies:\n- {name: one, match: {}, action: warn}\n")
        code = (
            "import sys; from pathlib import Path; from kai.safety import policy;"
            f"policy.load([{str(path)!r}], home=Path('/'), cache=Path({str(tmp_path)!r}));"
            "print('\\n'.join(sys.modules))"
        )
        heavy = {"pydantic", "yaml", "zoneinfo", "subprocess"}
        seen = [
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout.split()
            for _ in range(2)
        ]
        assert {"pydantic", "yaml"} <= set(seen[0])
        assert not heavy & set(seen[1])


class TestWorkspace:
    TEXT = "policies:\n- {name: here, match: {}, action: deny}\n"

    def test_its_file_is_found_upward_to_the_root_of_the_repository(self, tmp_path: Path) -> None:
        inner = tmp_path / "repo" / "a" / "b"
        inner.mkdir(parents=True)
        (tmp_path / "repo" / ".git").mkdir()
        outside = written(tmp_path, self.TEXT, ".kai/policies.yaml")
        assert policy.load([], home=Path("/nowhere"), folder=inner).rules == ()
        inside = written(tmp_path / "repo", self.TEXT, ".kai/policies.yaml")
        assert policy.workspace_file(inner, Path("/nowhere")) == inside
        assert policy.workspace_file(tmp_path, Path("/nowhere")) == outside

    def test_the_search_ends_at_the_home_folder(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        (home / "work").mkdir(parents=True)
        written(tmp_path, self.TEXT, ".kai/policies.yaml")
        assert policy.workspace_file(home / "work", home) is None

    def test_it_adds_to_the_users_own_and_takes_nothing_away(self, tmp_path: Path) -> None:
        mine = written(
            tmp_path, "policies:\n- {name: here, match: {verb: label}, action: deny}\n", "mine.yaml"
        )
        written(tmp_path, self.TEXT.replace("deny", "audit"), ".kai/policies.yaml")
        rules = policy.load([str(mine)], home=tmp_path, folder=tmp_path)
        assert [rule.action for rule in rules.rules] == [Action.DENY, Action.AUDIT]
        assert verdict("kubectl label pod web a=b", rules).tier == "forbidden"

    def test_a_broken_one_stops_writes_like_any_other(self, tmp_path: Path) -> None:
        written(tmp_path, "policies: 3\n", ".kai/policies.yaml")
        rules = policy.load([], home=tmp_path, folder=tmp_path)
        assert verdict("kubectl label pod web a=b", rules).tier == "forbidden"


def test_without_policies_nothing_is_in_force(tmp_path: Path) -> None:
    assert policy.load([], home=tmp_path, folder=tmp_path) is policy.NONE


@pytest.mark.parametrize("version", spec_tables.versions())
def test_the_kind_of_everything_that_create_makes_is_known(version: str) -> None:
    """Else it would be any kind, and every policy about kinds would be about it."""
    wrong = []
    for path in spec_tables.load(version).commands:
        if path[:1] == ("create",) and len(path) == 2:
            rule = Policy("other", Action.DENY, kinds=("leases",))
            risk = verdict(f"kubectl {' '.join(path)} x", Policies((rule,)))
            wrong += [path for item in risk.findings if item.code == "K473"]
    assert wrong == []
