"""Completion in kubectl commands and behind `# ai:`, over the real pipe."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from kai import config, wiring
from kai.journal import Record
from kai.model import Context, Names, ObjectName
from tests.lsp_client import Editor, editing

pytestmark = pytest.mark.asyncio(loop_scope="module")

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: blue
contexts:
- {name: blue, context: {cluster: c, user: u, namespace: shop}}
- {name: green, context: {cluster: c, user: u}}
clusters:
- {name: c, cluster: {server: "https://127.0.0.1:1"}}
users:
- {name: u, user: {}}
"""


def prepared(home: Path) -> dict[str, str]:
    """A home with two contexts, a snapshot of names and a history; the environment that finds it."""
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(KUBECONFIG)
    env = {"HOME": str(home)}
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        env[f"XDG_{name}_HOME"] = str(home / f".{name.lower()}")
    loaded = config.load(env)
    where = wiring.build_context(loaded, env)
    objects = (
        ObjectName("pods", "web-1", "shop"),
        ObjectName("pods", "db-0", "data"),
        ObjectName("deployments", "web", "shop"),
    )
    names = Names("blue", time.time(), objects, ("shop", "data"), ("node-a", "node-b"))
    assert wiring.build_names(loaded).put(Context("blue", server=where.server), names)
    journal = wiring.build_journal(loaded)
    for request in ("pods in shop", "pods that restart", "nodes", "pods in shop"):
        journal.add(Record(request, "kubectl get pods"))
    journal.add(Record("pods of somebody", "", outcome="abstained"))
    journal.add(Record("pods with token=abcdefgh12345678", "kubectl get pods"))
    journal.close()
    return env


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["vscode-11", "neovim-0.12", "plain"]
)
async def editor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editor]:
    home = tmp_path_factory.mktemp("home")
    async with editing(request.param, home=home, env=prepared(home)) as started:
        yield started


_numbers = iter(range(10_000))


async def offered(editor: Editor, line: str, name: str = "x.sh") -> list[str]:
    """The labels at the end of a line."""
    uri = editor.open(f"{next(_numbers)}/{name}", line)
    return [item.label for item in (await editor.completions(uri)).items]


async def completed(editor: Editor, line: str, label: str, name: str = "x.sh") -> str:
    """The text once an item was taken, at the end or where a `‸` stands."""
    before, _, behind = line.partition("‸")
    uri = editor.open(f"{next(_numbers)}/{name}", before + behind)
    params = types.CompletionParams(
        types.TextDocumentIdentifier(uri), editor.position(uri, len(before))
    )
    found = await editor.client.text_document_completion_async(params)
    assert isinstance(found, types.CompletionList)
    [item] = [one for one in found.items if one.label == label]
    assert isinstance(item.text_edit, types.TextEdit)
    editor.apply(types.WorkspaceEdit(changes={uri: [item.text_edit]}))
    return editor.text(uri)


@pytest.mark.parametrize(
    ("line", "there", "not_there"),
    [
        ("kubectl ", ["get", "rollout", "--context"], ["__complete", "pods"]),
        ("kubectl g", ["get"], ["delete"]),
        ("sudo kubectl rollout ", ["status", "restart"], ["get"]),
        ("x=$(kubectl get ", ["pods", "po", "deployments"], ["get"]),
        ('echo "$(kubectl get po', ["pods", "po"], ["services"]),
        ("true && kubectl get pods -", ["--output", "--selector"], ["get"]),
        ("kubectl get pods --out", ["--output"], ["--namespace"]),
        ("kubectl get pods -o wide --", ["--selector", "--namespace"], ["--output"]),
        ("kubectl get -f a --", ["--filename"], []),
        ("kubectl get pods -o ", ["json", "wide", "custom-columns"], ["pods"]),
        ("kubectl get pods --output=j", ["json", "jsonpath"], ["wide"]),
        ("kubectl delete pod x --wait=", ["true", "false"], []),
        ("kubectl get pods -n ", ["shop", "data"], ["pods"]),
        ("kubectl get pods --namespace=s", ["shop"], ["data"]),
        ("kubectl --context ", ["blue", "green"], []),
        ("kubectl config use-context ", ["blue", "green"], []),
        ("kubectl get pods ", ["web-1", "--selector"], ["db-0"]),
        ("kubectl get pods -n data ", ["db-0"], ["web-1"]),
        ("kubectl get pods -A ", ["db-0", "web-1"], []),
        ("kubectl logs ", ["web-1"], ["db-0", "pods"]),
        ("kubectl describe deploy/", ["web"], ["web-1"]),
        ("kubectl drain ", ["node-a", "node-b"], []),
        ("kubectl rollout status ", ["deployments", "deploy"], ["pods"]),
        ("kubectl get pods \\\n  --names", ["--namespace"], []),
        ("kubectl get pods | kubectl del", ["delete"], []),
    ],
)
async def test_what_may_stand_there_is_offered(
    editor: Editor, line: str, there: list[str], not_there: list[str]
) -> None:
    labels = await offered(editor, line)
    assert set(there) <= set(labels)
    assert not set(not_there) & set(labels)


@pytest.mark.parametrize(
    "line",
    ["", "echo ", "echo kube", "# kubectl get ", "kubectl get pods # ", "kubectl exec x -- ls "],
)
async def test_where_no_command_of_kubectl_is_typed_nothing_is_offered(
    editor: Editor, line: str
) -> None:
    assert await offered(editor, line) == []


@pytest.mark.parametrize(
    ("line", "label", "expected"),
    [
        ("echo '🦊é'; kubectl get po‸ -o wide", "pods", "echo '🦊é'; kubectl get pods -o wide"),
        ("kubectl get pods --outp", "--output", "kubectl get pods --output="),
        ("kubectl get pods --all-n", "--all-namespaces", "kubectl get pods --all-namespaces"),
        ("kubectl get pods --output=wi", "wide", "kubectl get pods --output=wide"),
        ("kubectl describe deploy/w", "web", "kubectl describe deploy/web"),
        ("kubectl get pods,dep", "deploy", "kubectl get pods,deploy"),
        ("kubectl get pods -n 's‸'", "shop", "kubectl get pods -n 'shop'"),
    ],
)
async def test_an_item_replaces_exactly_what_was_typed_of_it(
    editor: Editor, line: str, label: str, expected: str
) -> None:
    assert await completed(editor, line, label) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/w.yml", "jobs:\n  x:\n    steps:\n      - run: |\n          {}\n"),
        ("Makefile", "all:\n\t{}\n"),
        ("Dockerfile", "FROM a\nRUN {}\n"),
        ("r.md", "```sh\n{}\n```\n"),
    ],
)
async def test_it_works_wherever_a_shell_runs_the_command(
    editor: Editor, name: str, text: str
) -> None:
    line = text.format("kubectl get pods --outp‸")
    done = text.format("kubectl get pods --output=")
    assert await completed(editor, line, "--output", name) == done


async def test_a_flag_tells_its_shorthand_and_what_it_is_for(editor: Editor) -> None:
    uri = editor.open("flag.sh", "kubectl get pods --selec")
    [item] = (await editor.completions(uri)).items
    assert item.detail
    assert item.detail.startswith("-l  Selector")


async def test_behind_a_marker_stands_what_the_user_asked_before_newest_first(
    editor: Editor,
) -> None:
    uri = editor.open("h1.sh", "echo '🦊' # ai: pods ")
    found = await editor.completions(uri)
    labels = [item.label for item in found.items]
    assert labels[1:] == ["pods in shop", "pods that restart"]
    assert labels[0].startswith("pods with ")
    assert "abcdefgh12345678" not in labels[0]  # as it is stored
    assert found.is_incomplete
    assert (
        await completed(editor, "# ai: Pods th", "pods that restart") == "# ai: pods that restart"
    )


async def test_files_with_objects_are_offered_where_the_document_or_the_workspace_is(
    editor: Editor,
) -> None:
    place = editor.folder / "deploy"
    (place / "overlays").mkdir(parents=True, exist_ok=True)
    for name in ("deploy/web.yaml", "deploy/note.txt", "deploy/a b.yaml", "deploy/overlays/x.json"):
        (editor.folder / name).touch()

    async def beside(line: str) -> list[str]:
        return [
            item.label
            for item in (await editor.completions(editor.open("deploy/up.sh", line))).items
        ]

    assert (await beside("kubectl apply -f "))[:2] == ["overlays/", "web.yaml"]
    assert "deploy/" in await beside("kubectl apply -f ")
    assert await beside("kubectl apply --filename=w") == ["web.yaml"]
    assert await beside("kubectl apply -f overlays/") == ["overlays/x.json"]
    assert await beside("kubectl apply -f ./ov") == ["./overlays/"]
    assert await beside("kubectl apply -f ../deploy/we") == ["../deploy/web.yaml"]
    assert await beside("kubectl apply -k ov") == ["overlays/"]
    for none in ("/", "~/", "$X/", "nowhere/"):
        assert await beside(f"kubectl apply -f {none}") == []


async def test_containers_are_those_that_the_document_names(editor: Editor) -> None:
    script = "kubectl logs web -c app\nls -c no\nkubectl exec db --container=pg -- sh\n"
    assert await offered(editor, f"{script}kubectl logs web -c ") == ["app", "pg"]
    manifest = """\
kind: Pod
spec:
  initContainers:
  - name: init
  containers:
  - image: x
    env:
    - name: NO
      value: a
    name: main
  - name: side
    ports:
    - name: http
  volumes:
  - name: data
---
job:
  script:
  - |
    kubectl logs web -c """
    labels = await offered(editor, manifest, ".gitlab-ci.yml")
    assert labels == ["init", "main", "side"]


async def test_a_marker_without_words_offers_everything_once(editor: Editor) -> None:
    labels = await offered(editor, "# ai: ")
    assert len(labels) == len(set(labels))
    assert {"nodes", "pods in shop", "pods that restart"} <= set(labels)


async def test_what_was_taken_from_a_menu_becomes_a_part_of_the_history(editor: Editor) -> None:
    uri = editor.open("h2.sh", "# ai: services in shop\n")
    assert "services in shop" not in await offered(editor, "# ai: serv")
    first, *_ = await editor.actions(uri, "ai:")
    await editor.choose(first)
    assert "services in shop" in await offered(editor, "# ai: serv")


async def test_an_edit_that_its_user_declined_is_no_part_of_the_history(editor: Editor) -> None:
    uri = editor.open("h3.sh", "# ai: delete namespace legacy\n\n# ai: jobs in shop\n")
    declined = await editor.action(uri, "ai: delete", "kai: kubectl delete namespace legacy")
    assert declined.command is not None
    await editor.execute(declined.command)  # editors do so, whatever became of the edit
    first, *_ = await editor.actions(uri, "ai: jobs")
    await editor.choose(first)
    assert "jobs in shop" in await offered(editor, "# ai: jobs")
    assert await offered(editor, "# ai: delete") == []


@pytest.mark.parametrize("off", [{"trusted": False}, {}])
async def test_there_is_no_history_without_trust_or_without_a_journal(
    tmp_path: Path, off: dict[str, object]
) -> None:
    env = prepared(tmp_path)
    if not off:
        env["KAI_JOURNAL_ENABLED"] = "false"
    async with editing(home=tmp_path, env=env, options=off) as other:
        assert await offered(other, "# ai: pods ") == []
        uri = other.open("t.sh", "# ai: services in shop\n")
        first, *_ = await other.actions(uri, "ai:")
        assert first.command is None


async def test_the_characters_that_ask_for_completion_are_announced(editor: Editor) -> None:
    told = editor.client.server_told.capabilities.completion_provider  # type: ignore[attr-defined]
    assert set(told.trigger_characters) == {" ", "-", "=", "/"}
