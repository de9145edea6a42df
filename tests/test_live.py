"""The slow checks: what is asked of the cluster about a command, what is not, and what is said."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kai.errors import KubectlMissing
from kai.kubectl.invocation import parse
from kai.kubectl.process import Completed, FakeKubectl, Kubectl, RealKubectl
from kai.kubectl.resources import builtin
from kai.model import Checked, Context, Level, Names, ObjectName, Risk, Tier
from kai.safety import judge
from kai.validators.live import LiveChecks
from kai.validators.live_answers import judged
from kai.validators.live_case import SECONDS, Here
from tests.run_kai import kai

CASES = Path(__file__).parent / "cases"
PROD = Context("prod", "shop", "https://10.0.0.1", "1.32")
HERE = Here(PROD, "dev")
NOW = 1000.0
NAMES = Names(
    "prod",
    NOW - 30,
    (
        ObjectName("deployments", "web", "shop"),
        ObjectName("deployments", "api", "infra"),
        ObjectName("pods", "web-7d9c-x", "shop"),
        ObjectName("pods", "db-0", "infra"),
        ObjectName("pods", "db-1", "infra"),
    ),
    ("shop", "infra"),
    ("node-1",),
)
YES = Completed(0, b"yes\n")
NO = Completed(1, b"no\n")
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"


def rows(name: str, title: str) -> list[Any]:
    """The rows of a data file, called by their number and what stands under `title`."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [pytest.param(row, id=f"{at} {row[title]!a:.60}") for at, row in enumerate(found, 1)]


def verdict(line: str) -> Risk:
    return judge(parse(line), PROD, builtin(), drafted=False)


def checks(kubectl: Kubectl | None = None, **changes: Any) -> LiveChecks:
    made = LiveChecks(
        here=HERE,
        names=lambda name: NAMES if name == "prod" else None,
        kubectl=lambda: FakeKubectl() if kubectl is None else kubectl,
        judge=judge,
        clock=lambda: NOW,
    )
    return replace(made, **changes)


async def answers(
    line: str, live: LiveChecks, *, asked: Context = PROD, risk: Risk | None = None
) -> list[Checked]:
    found = live(parse(line), risk or verdict(line), asked, builtin())
    return [checked async for checked in found]


async def said(line: str, live: LiveChecks, **more: Any) -> list[tuple[str, str]]:
    """Code and message of every finding."""
    return [(f.code, f.message) for c in await answers(line, live, **more) for f in c.findings]


# --- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("live.jsonl", "line"))
async def test_each_command_is_asked_about_as_its_row_says(
    row: dict[str, Any], tmp_path: Path
) -> None:
    """`can`: the rights, without `auth can-i`; `dry`: the words of the dry run; `why`: there is none."""
    (tmp_path / "web.yaml").write_text(MANIFEST)
    fake = FakeKubectl({("auth", "can-i"): YES, (): Completed(0)})
    live = checks(fake, here=Here(PROD, "dev", str(tmp_path)), names=lambda name: None)
    told = await said(row["line"], live)
    rights = [" ".join(call[2:]) for call in fake.calls if call[:2] == ("auth", "can-i")]
    others = [
        [word.replace(f"{tmp_path}/", "FOLDER/") for word in call]
        for call in fake.calls
        if call[:2] != ("auth", "can-i")
    ]
    assert rights == row.get("can", [])
    assert others == ([row["dry"]] if "dry" in row else [])
    why = row.get("why")
    assert told == ([("K522", f"not tried with the server: {why}")] if why else [])


@pytest.mark.parametrize("row", rows("live.jsonl", "line"))
async def test_everything_that_is_run_is_judged_to_read_and_names_the_context(
    row: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "web.yaml").write_text(MANIFEST)
    fake = FakeKubectl()
    await answers(row["line"], checks(fake, here=Here(PROD, "dev", str(tmp_path))))
    for call in fake.calls:
        own = [word for word in call if not word.startswith("--as=") or "--" in call]
        line = "kubectl " + " ".join(
            f"'{word}'" if set(word) & set(' {"=') else word for word in own
        )
        assert judge(parse(line), PROD, builtin()).tier == Tier.READ, line
        assert "--context=prod" in call


async def test_a_judge_that_calls_nothing_read_lets_nothing_run() -> None:
    fake = FakeKubectl()
    live = checks(fake, judge=lambda pipeline, context, catalogue: Risk("write"))
    assert [code for code, _ in await said("kubectl scale deploy/web --replicas=2", live)] == [
        "K522",
        "K521",
    ]
    assert fake.calls == []


ELSEWHERE = [
    "--context=dev",
    "--kubeconfig=/tmp/other",
    "--cluster=other",
    "--server=https://10.0.0.2",
    "-s https://10.0.0.2",
    "--user=admin",
    "--username=a",
    "--password=b",
    "--token=abc",
    "--client-key=x",
    "--certificate-authority=x",
    "--insecure-skip-tls-verify",
    "--tls-server-name=x",
]


@pytest.mark.parametrize("flag", ELSEWHERE)
@pytest.mark.parametrize(
    "command", ["get pods", "delete pod web-0", "scale deploy/web --replicas=2"]
)
async def test_no_other_place_is_ever_asked(flag: str, command: str) -> None:
    fake = FakeKubectl()
    told = await said(f"kubectl {command} {flag}", checks(fake, names=lambda name: None))
    assert [code for code, _ in told] == ["K520"]
    assert "prod" in told[0][1]
    assert fake.calls == []


@pytest.mark.parametrize(
    "asked", [Context("dev", "shop", "https://10.0.0.9"), replace(PROD, server="https://10.0.0.9")]
)
async def test_an_answer_for_another_context_than_the_current_is_not_checked(
    asked: Context,
) -> None:
    """Also where the context of that name has become another cluster."""
    fake = FakeKubectl()
    live = checks(fake, names=lambda name: None)
    told = await said("kubectl get pods", live, asked=asked)
    assert [code for code, _ in told] == ["K520"]
    assert fake.calls == []


@pytest.mark.parametrize("where", [Context(), Context("prod"), Context(None, None, "https://x")])
async def test_without_a_cluster_nothing_is_asked_and_nothing_is_said(where: Context) -> None:
    """kubectl would ask localhost:8080."""
    fake = FakeKubectl()
    live = checks(fake, here=Here(where), names=lambda name: None)
    assert await answers("kubectl delete pod web-0", live, asked=where) == []
    assert fake.calls == []


@pytest.mark.parametrize(
    "line", ["", "kubectl get pods; ls", "ls", "kubectl list pods", "kubectl get -Z"]
)
async def test_what_cannot_be_read_is_not_checked(line: str) -> None:
    fake = FakeKubectl()
    assert await answers(line, checks(fake)) == []
    assert fake.calls == []


@pytest.mark.parametrize(
    "content", ["kind: Secret\n", "password: hunter22hunter22\n", "", "x" * 300_000, "\udcff"]
)
async def test_a_file_that_may_hold_a_secret_or_is_no_small_text_is_not_sent(
    content: str, tmp_path: Path
) -> None:
    (tmp_path / "f.yaml").write_bytes(content.encode("utf-8", "surrogateescape"))
    fake = FakeKubectl()
    told = await said("kubectl apply -f f.yaml", checks(fake, here=Here(PROD, "", str(tmp_path))))
    assert [code for code, _ in told] == ["K522"]
    assert fake.calls == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
async def test_what_is_no_plain_file_is_neither_read_nor_sent(
    make: Callable[[str], None], tmp_path: Path
) -> None:
    make(str(tmp_path / "f.yaml"))
    (tmp_path / "real.yaml").write_text(MANIFEST)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    fake = FakeKubectl()
    live = checks(fake, here=Here(PROD, "", str(tmp_path)))
    for name in ("f.yaml", "link.yaml", "real.yaml,f.yaml", "*.yaml"):
        told = await said(f"kubectl apply -f '{name}'", live)
        assert [code for code, _ in told] == ["K522"], name
    assert fake.calls == []


async def test_file_names_count_from_the_users_folder(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(MANIFEST)
    fake = FakeKubectl({(): Completed(0)})
    await said("kubectl apply -f ./web.yaml", checks(fake, here=Here(PROD, "", str(tmp_path))))
    assert fake.calls[0][1] == f"--filename={tmp_path}/web.yaml"


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("live_answers.jsonl", "stderr"))
def test_what_the_server_says_becomes_one_finding_in_plain_words(row: dict[str, Any]) -> None:
    (call,) = parse("kubectl delete pod web-0").invocations
    done = Completed(row.get("code", 1), stderr=row["stderr"].encode())
    found = judged(done, call)
    assert [[f.code, str(f.level), f.message] for f in found] == row["found"]
    assert all(f.message.isprintable() and len(f.message) <= 300 for f in found)


NOISE = [b"", b"\xff\xfe", b"error: " + b"\xe2\x80\xae" * 9000, b"The \x00", b'User "' * 5000]


@pytest.mark.parametrize("output", NOISE)
@pytest.mark.parametrize("code", [0, 1, -9])
async def test_garbage_from_kubectl_is_no_verdict_and_no_escape(output: bytes, code: int) -> None:
    fake = FakeKubectl({(): Completed(code, output, output)})
    for checked in await answers("kubectl delete pod web-7d9c-x", checks(fake)):
        for found in checked.findings:
            assert found.level is not Level.ERROR
            assert found.message.isprintable() and len(found.message) <= 300


async def test_a_denied_right_says_who_may_not_do_what_and_where() -> None:
    fake = FakeKubectl({("auth", "can-i"): NO})
    line = "kubectl exec web-7d9c-x -n infra -- date"
    told = [f for f in await said(line, checks(fake)) if f[0] == "K510"]
    assert told == [("K510", "the user dev may not create pods/exec web-7d9c-x in namespace infra")]
    (asked,) = [f for f in await said(f"{line[:8]}--as=ci {line[8:]}", checks(fake)) if "K510" in f]
    assert asked[1].startswith("the user ci may not")


async def test_a_denial_is_said_once_whoever_says_it() -> None:
    forbidden = (
        b'Error from server (Forbidden): pods "x" is forbidden: User "dev" cannot delete'
        b' resource "pods" in API group "" in the namespace "shop"\n'
    )
    fake = FakeKubectl({("auth", "can-i"): NO, ("delete",): Completed(1, stderr=forbidden)})
    told = await said("kubectl delete pod web-7d9c-x", checks(fake))
    assert [code for code, _ in told] == ["K510"]


async def test_no_answer_in_time_is_said_once_as_a_remark() -> None:
    fake = FakeKubectl({(): Completed(-9, timed_out=True)})
    found = await answers("kubectl delete pod web-7d9c-x", checks(fake))
    assert [f.message for c in found for f in c.findings] == [
        f"not checked with the cluster: no answer in {SECONDS:g} s"
    ]
    assert found[0].check == "names"


async def test_when_the_time_is_up_nothing_more_is_started() -> None:
    fake = FakeKubectl()
    told = await said("kubectl delete pod web-7d9c-x", checks(fake, seconds=0.0))
    assert [code for code, _ in told] == ["K521"]
    assert fake.calls == []


async def test_a_missing_kubectl_is_a_remark() -> None:
    def none() -> Kubectl:
        raise KubectlMissing("no kubectl was found on PATH")

    told = await said(
        "kubectl get pod web-7d9c-x",
        replace(checks(), kubectl=none),
    )
    assert told == [("K521", "not checked with the cluster: no kubectl was found on PATH")]


async def test_a_check_without_findings_says_that_it_has_passed() -> None:
    fake = FakeKubectl({("auth", "can-i"): YES, ("scale",): Completed(0, b"scaled\n")})
    found = await answers("kubectl scale deploy/web --replicas=2", checks(fake))
    assert found[0] == Checked((), check="names")
    assert sorted(c.check for c in found) == ["access", "dry-run", "names"]
    assert not any(c.findings for c in found)


async def test_the_server_counts_what_a_selector_deletes() -> None:
    out = (
        b'pod "a" deleted (server dry run)\npod "b" deleted from shop namespace (server dry run)\n'
    )
    fake = FakeKubectl({("auth", "can-i"): YES, ("delete",): Completed(0, out)})
    line = "kubectl delete pods -l app=web"
    (counted,) = [c for c in await answers(line, checks(fake)) if c.check == "dry-run"]
    assert [(f.code, f.message) for f in counted.findings] == [
        ("K518", "it is about 2 objects now: pod a, pod b")
    ]
    assert counted.risk is not None and counted.risk.radius is not None
    assert counted.risk.radius.count == 2
    assert counted.risk.tier == verdict(line).tier


@pytest.mark.parametrize("line", ["kubectl delete ns dev", "kubectl delete pod web-7d9c-x"])
async def test_nothing_is_counted_where_a_number_would_mislead(line: str) -> None:
    """With a namespace goes everything in it; of a name there is one."""
    out = b'namespace "dev" deleted (server dry run)\n'
    fake = FakeKubectl({("auth", "can-i"): YES, ("delete",): Completed(0, out)})
    found = [c for c in await answers(line, checks(fake)) if c.check == "dry-run"]
    assert found == [Checked((), check="dry-run")]


@pytest.mark.parametrize("name", ["ops@büro", "a b", "x'y", "x\ny"])
async def test_a_context_may_have_any_name(name: str) -> None:
    where = replace(PROD, context=name)
    fake = FakeKubectl({("auth", "can-i"): YES, (): Completed(0)})
    live = checks(fake, here=Here(where), names=lambda name: None)
    assert await said("kubectl scale deploy/web --replicas=2", live, asked=where) == []
    assert all(f"--context={name}" in call for call in fake.calls)
    assert len(fake.calls) == 2


# --- existence -----------------------------------------------------------------------------------

MISSING = {
    "kubectl get deploy wed": ("K501", "deployment wed in shop 30 s ago; did you mean web?", "web"),
    "kubectl delete deploy wed": (
        "K501",
        "deployment wed in shop 30 s ago; did you mean web?",
        None,
    ),
    "kubectl logs web": (
        "K501",
        "pod web in shop 30 s ago; did you mean web-7d9c-x?",
        "web-7d9c-x",
    ),
    "kubectl exec db-2 -n infra -- ls": ("K501", "pod db-2 in infra 30 s ago", None),
    "kubectl get deploy api": ("K501", "deployment api in shop 30 s ago", None),
    "kubectl cordon node-2": ("K501", "node node-2 30 s ago; did you mean node-1?", "node-1"),
    "kubectl get ns shpo": ("K501", "namespace shpo 30 s ago; did you mean shop?", "shop"),
    "kubectl get pods -n infar": ("K502", "namespace infar 30 s ago; did you mean infra?", "infra"),
    "kubectl get pod x -n infar | head -1": (
        "K502",
        "namespace infar 30 s ago; did you mean infra?",
        "infra",
    ),
    "kubectl rollout restart deployment/wed": (
        "K501",
        "deployment wed in shop 30 s ago; did you mean web?",
        "web",
    ),
}


@pytest.mark.parametrize("line", MISSING)
async def test_a_name_that_was_not_there_is_told_with_the_nearest(line: str) -> None:
    found = (await answers(line, checks()))[0]
    code, message, repair = MISSING[line]
    assert found.check == "names"
    (only,) = found.findings
    assert (only.code, only.message) == (code, f"there was no {message}")
    assert (only.level, only.replacement) == (Level.WARNING, repair)
    assert line[only.start : only.end] in message


PRESENT = [
    "kubectl get deploy web",
    "kubectl logs db-0 -n infra",
    "kubectl get pods",
    "kubectl get pods -n shop",
    "kubectl run other --image=nginx",
    "kubectl create deployment other --image=nginx",
    "kubectl delete pod other --ignore-not-found",
    "kubectl wait --for=delete pod/other",
    "kubectl wait --for=create pod/other",
    "kubectl get svc other",
    "kubectl get secret other",
    "kubectl get deployments.example.com other",
    "kubectl get pods -o name | xargs -I '{}' kubectl label '{}' a=b",
    "kubectl explain pods",
]


@pytest.mark.parametrize("line", PRESENT)
async def test_nothing_is_said_of_names_that_are_there_or_not_known(line: str) -> None:
    found = [c for c in await answers(line, checks()) if c.check == "names"]
    assert not any(c.findings for c in found)


@pytest.mark.parametrize(
    "names",
    [
        replace(NAMES, taken_at=NOW - 601),
        replace(NAMES, taken_at=NOW + 60),
        replace(NAMES, partial=("deployments", "namespaces")),
        replace(NAMES, objects=(), namespaces=()),
        None,
    ],
    ids=["old", "from the future", "not complete", "empty", "none"],
)
@pytest.mark.parametrize("line", ["kubectl get deploy wed", "kubectl get pods -n infar"])
async def test_a_snapshot_that_may_not_know_says_nothing(names: Names | None, line: str) -> None:
    assert not [
        c for c in await answers(line, checks(names=lambda name: names)) if c.check == "names"
    ]


async def test_names_are_those_of_the_context_that_the_command_goes_to() -> None:
    """That asks nobody, so it holds for other contexts too."""
    others: Mapping[str, Names] = {
        "prod": NAMES,
        "dev": replace(NAMES, context="dev", objects=(ObjectName("pods", "web-2", "shop"),)),
    }
    live = checks(names=others.get)
    told = await said("kubectl get pod web-3 -n shop --context=dev", live)
    assert [code for code, _ in told] == ["K501", "K520"]
    assert "did you mean web-2" in told[0][1]
    told = await said("kubectl get pod web-3", live, asked=Context("dev", "shop", "https://x"))
    assert [code for code, _ in told] == ["K501", "K520"]


# --- kai check --live ----------------------------------------------------------------------------


def test_where_there_is_no_cluster_kai_check_live_says_that_none_was_asked() -> None:
    told = kai("check", "--live", "kubectl label pod web a=b")
    assert told.status == 0
    assert "the cluster was not asked" in told.err


@pytest.mark.parametrize("more", [["--file", "x.sh"], ["--batch", "x.jsonl"]])
def test_kai_check_live_is_for_a_single_command(more: list[str]) -> None:
    told = kai("check", "--live", *more)
    assert told.status == 2
    assert "--live asks about a single command" in told.err


# --- deadline and cancellation, with programs of our own ------------------------------------------


def program(folder: Path, script: str) -> RealKubectl:
    """A kubectl that is a shell script; it leaves the ids of its processes in `pids`."""
    path = folder / "kubectl"
    path.write_text(f"#!/bin/sh\necho $$ >>{folder}/pids\n{script}\n")
    path.chmod(0o755)
    return RealKubectl(str(path), env={"PATH": os.environ["PATH"], "HOME": str(folder)})


def alive(folder: Path) -> list[int]:
    """Those of the processes that still run; one that nobody has waited for yet does not."""
    found = []
    for pid in map(int, (folder / "pids").read_text().split()):
        about = Path(f"/proc/{pid}/stat")
        try:
            os.kill(pid, 0)
            state = about.read_text() if about.exists() else ") R"
        except (ProcessLookupError, FileNotFoundError):
            continue
        if state.rpartition(")")[2].split()[0] != "Z":
            found.append(pid)
    return found


HANGS = "sleep 600 & echo $! >>{}/pids; trap '' TERM; wait"


async def test_a_kubectl_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    live = checks(program(tmp_path, HANGS.format(tmp_path)), seconds=0.3)
    async with asyncio.timeout(60):
        told = await said("kubectl scale deploy/web --replicas=2", live)
    assert [code for code, _ in told] == ["K521"]
    assert len((tmp_path / "pids").read_text().split()) >= 2
    assert alive(tmp_path) == []


async def started(folder: Path, count: int) -> None:
    """Wait until so many processes have left their ids."""
    while True:
        if (folder / "pids").exists() and len((folder / "pids").read_text().split()) >= count:
            return
        await asyncio.sleep(0.01)


async def test_who_is_cancelled_leaves_no_process_behind(tmp_path: Path) -> None:
    live = checks(program(tmp_path, HANGS.format(tmp_path)), seconds=120.0)
    task = asyncio.ensure_future(answers("kubectl scale deploy/web --replicas=2", live))
    async with asyncio.timeout(60):
        await started(tmp_path, 4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert alive(tmp_path) == []


async def test_who_stops_reading_leaves_no_process_behind(tmp_path: Path) -> None:
    """The right is answered at once; the dry run hangs when the reader leaves."""
    script = f"case $1 in auth) echo yes;; *) {HANGS.format(tmp_path)};; esac"
    live = checks(program(tmp_path, script), seconds=120.0)
    line = "kubectl scale deploy/web --replicas=2"
    async with (
        asyncio.timeout(60),
        aclosing(live(parse(line), verdict(line), PROD, builtin())) as found,
    ):
        async for checked in found:
            if checked.check == "access":
                await started(tmp_path, 3)
                break
    assert alive(tmp_path) == []
