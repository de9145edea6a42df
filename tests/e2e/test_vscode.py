"""kai in a real VS Code: its .vsix installed, its own workbench in a real browser, files on disk.

Needs tools/install-vscode.sh, a chromium, and `npm ci && npm run package` in editors/vscode. With
KAI_PICTURES=1 the pictures of the extension's README and walkthrough are taken anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.e2e.vscode.editor import NOTIFICATION, Installation, Window, parts, picture, until

HERE = Path(__file__).parent / "vscode"
INSIDE = HERE / "inside"
NAMES = re.findall(r'^test\("(.+?)",', (INSIDE / "index.js").read_text(encoding="utf-8"), re.M)

SCRIPT = "#!/bin/sh\nset -eu\n\n# ai: pods that keep restarting in prod, worst first\n\necho done\n"
RESTARTS = (
    "kubectl get pods --namespace=prod --sort-by='.status.containerStatuses[0].restartCount'\n"
)
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          # ai: wait until the web rollout in staging is done, 2 minutes at most
          echo deployed
"""
ROLLOUT = "kubectl rollout status deployment/web --namespace=staging --timeout=2m\n"
CLEAN = "#!/bin/sh\n# ai: delete all pods in staging\n"
DELETE = (
    "# destructive: deletes objects; hits all pods in staging\n"
    "kubectl delete pods --namespace=staging --all\n"
)
CHECKED = """\
#!/bin/sh
kubectl get pods --namspace=prod
kubectl rollout restart deployment/web --namespace=staging
kubectl delete namespace staging
"""
EXPLAINED = "#!/bin/sh\nkubectl get pods --namespace=prod --selector='app in (web, api)'\n"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A VS Code with kai's .vsix in it."""
    made = Installation(parts(missing), tmp_path_factory.mktemp("vscode"))
    made.install()
    return made


@pytest.fixture(scope="module")
def inside(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """What each test inside the extension host ended with."""
    folder = tmp_path_factory.mktemp("inside")
    workspace, results = folder / "workspace", folder / "results.json"
    workspace.mkdir()
    with installation.editor(tests=True, env={"KAI_TEST_RESULTS": str(results)}) as editor:
        payload = [
            ["extensionDevelopmentPath", editor.remote(INSIDE)],
            ["extensionTestsPath", editor.remote(INSIDE / "index.js")],
        ]
        with editor.window(workspace, f"&payload={json.dumps(payload)}") as window:
            code = window.exit_code(300)
    assert code == 0, f"the tests inside ended with {code}"
    found: dict[str, dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_inside_the_extension_host(inside: dict[str, dict[str, Any]], name: str) -> None:
    """Each expectation of vscode/inside/index.js holds."""
    assert "error" not in inside[name], inside[name]["error"]


# --- as a person uses it: keys, menus, panels -------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with something for each test."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    folder.mkdir()
    for name, text in (
        ("deploy.sh", SCRIPT),
        ("ci.yml", WORKFLOW),
        ("clean.sh", CLEAN),
        ("clear.sh", CLEAN),
        ("check.sh", CHECKED),
        ("explain.sh", EXPLAINED),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def window(installation: Installation, shop: Path) -> Iterator[Window]:
    """A window of that workspace, which is trusted."""
    with installation.editor() as editor, editor.window(shop) as window:
        yield window


def test_the_light_bulb_writes_into_a_script_and_one_undo_takes_it_back(
    window: Window, shop: Path
) -> None:
    """What is on disk is the script with the command below its comment, then the script again."""
    window.file("deploy.sh", 4, 3)
    window.ready()
    window.wait(".codelens-decoration", "generate")
    offered = window.actions()
    assert [one for one in offered if RESTARTS.strip() in one], offered
    picture(window, "quickfix", 300)
    window.take("kubectl get pods")
    window.press("Control+s")
    written = SCRIPT.replace("worst first\n", "worst first\n" + RESTARTS)
    until(written, shop / "deploy.sh")
    window.press("Control+z", "Control+s")
    until(SCRIPT, shop / "deploy.sh")


def test_the_light_bulb_writes_into_a_workflow(window: Window, shop: Path) -> None:
    """The command stands in the block's own indentation."""
    window.file("ci.yml", 7, 13)
    window.wait(".codelens-decoration", "generate")
    window.actions()
    picture(window, "workflow", 300)
    window.take("kubectl rollout status")
    window.press("Control+s")
    before, after = WORKFLOW.split("          echo")
    until(f"{before}          {ROLLOUT}          echo{after}", shop / "ci.yml")


def test_a_hover_explains_the_word_at_the_cursor(window: Window) -> None:
    """It is VS Code's own hover, with what the whole command does."""
    window.file("explain.sh", 2, 40)
    window.insist(("Control+k", "Control+i"), ".monaco-hover:not(.hidden)", "--selector=")
    picture(window, "hover", 300)
    window.press("Escape")


def test_explaining_a_command_shows_its_hover(window: Window) -> None:
    """The command of the palette explains the word at the cursor."""
    window.file("explain.sh", 2, 14)
    window.run("kai: Explain This Command")
    window.wait(".monaco-hover:not(.hidden)", "kind Pod")
    window.press("Escape")


def test_a_destructive_command_is_shown_before_it_is_written(window: Window, shop: Path) -> None:
    """Discarded: nothing is written. Ticked and applied: it is, with what it destroys above it."""
    window.file("clean.sh", 2, 3)
    window.actions()
    window.take("kubectl delete pods")
    window.wait(".bulk-edit-panel", "kubectl delete pods")
    picture(window, "destructive")
    window.click(".bulk-edit-panel .monaco-button", "Discard")
    window.gone(".bulk-edit-panel", "kubectl delete pods")
    window.file("clean.sh", 2, 3)
    window.press("Control+s")
    until(CLEAN, shop / "clean.sh")

    window.actions()
    window.take("kubectl delete pods")
    window.wait(".bulk-edit-panel", "kubectl delete pods")
    window.click(".bulk-edit-panel .edit-checkbox")
    window.click(".bulk-edit-panel .monaco-button", "Apply")
    window.gone(".bulk-edit-panel", "kubectl delete pods")
    window.file("clean.sh", 1, 1)
    window.press("Control+s")
    until(CLEAN + DELETE, shop / "clean.sh")


def test_the_key_for_generating_asks_as_well(window: Window, shop: Path) -> None:
    """kai's own command makes no destructive edit that the light bulb would have shown."""
    window.file("clear.sh", 2, 3)
    window.press("Control+Alt+k")
    window.wait(".bulk-edit-panel", "kubectl delete pods")
    window.click(".bulk-edit-panel .monaco-button", "Discard")
    window.gone(".bulk-edit-panel", "kubectl delete pods")
    window.file("clear.sh", 1, 1)
    window.press("Control+s")
    until(CLEAN, shop / "clear.sh")


def test_checking_a_file_shows_what_is_found(window: Window) -> None:
    """The panel of problems holds the unknown flag and the namespace that would be lost."""
    window.file("check.sh", 2, 20)
    window.run("kai: Check This File")
    window.told("remarks on check.sh")
    window.wait(".markers-panel .monaco-list-row", "namspace")
    window.wait(".markers-panel .monaco-list-row", "namespace")
    picture(window, "check")
    window.run("Notifications: Clear All Notifications")


def test_the_page_asks_nobody_but_this_machine(window: Window) -> None:
    """With kai in it the editor makes no request to another host."""
    assert set(window.hosts()) <= {"", "127.0.0.1"}


# --- workspaces that are not trusted, and machines without kai --------------------------------


def test_an_untrusted_workspace_cannot_quieten_kai(
    installation: Installation, tmp_path: Path
) -> None:
    """Its settings count from the moment on that it is trusted, and its program never."""
    shop = tmp_path / "shop"
    (shop / ".vscode").mkdir(parents=True)
    (shop / "check.sh").write_text(CHECKED, encoding="utf-8")
    ran = tmp_path / "ran"
    evil = shop / "kai-lsp"
    evil.write_text(f'#!/bin/sh\ntouch "{ran}"\n')
    evil.chmod(0o755)
    settings = {"kai.serverPath": str(evil), "kai.diagnostics.enabled": False}
    (shop / ".vscode" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    with installation.editor(trust=True) as editor, editor.window(shop) as window:
        window.click(".monaco-dialog-box .monaco-button", "No, I don't trust")
        window.file("check.sh", 2, 20)
        window.ready("not trusted")
        window.wait(".squiggly-error")
        window.run("Workspaces: Manage Workspace Trust")
        window.click(".workspace-trust-editor .monaco-button", "Trust")
        window.ready()
        window.press("Escape")
        window.gone(".squiggly-error")
    assert not ran.exists()


def bare(folder: Path, **programs: str) -> dict[str, str]:
    """The environment of a machine that has these programs; a login shell is asked for its PATH."""
    made = folder / "bin"
    made.mkdir()
    for name, script in programs.items():
        (made / name).write_text(f"#!/bin/sh\n{script}\n")
        (made / name).chmod(0o755)
    home = folder / "own"
    home.mkdir()
    (home / ".profile").write_text(f"PATH='{made}'\n")
    return {"PATH": str(made), "HOME": str(home), "SHELL": "/bin/sh"}


def test_where_kai_is_missing_its_installation_is_typed_and_not_run(
    installation: Installation, tmp_path: Path
) -> None:
    """The terminal holds the command; Enter is left to the user."""
    ran = tmp_path / "ran"
    env = bare(tmp_path, pipx=f'[ "$1" = --version ] || echo >"{ran}"')
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "deploy.sh").write_text(SCRIPT, encoding="utf-8")
    with (
        installation.editor({"kai.serverPath": ""}, env=env) as editor,
        editor.window(shop) as window,
    ):
        window.file("deploy.sh", 1, 1)
        window.ready("was not found")
        window.told("pipx install kai-kubectl")
        picture(window, "missing")
        window.click(f"{NOTIFICATION} .monaco-button", "Open a Terminal")
        window.wait(".terminal-wrapper .xterm-rows", "pipx install kai-kubectl")
    assert not ran.exists()


def test_where_python_is_too_old_it_is_said_what_to_do(
    installation: Installation, tmp_path: Path
) -> None:
    """Nothing is offered that could not work."""
    env = bare(tmp_path, python3="echo 3.9")
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "deploy.sh").write_text(SCRIPT, encoding="utf-8")
    with (
        installation.editor({"kai.serverPath": ""}, env=env) as editor,
        editor.window(shop) as window,
    ):
        window.file("deploy.sh", 1, 1)
        window.ready("was not found")
        window.told("kai needs Python 3.11 or newer, and only Python 3.9 was found. Install it")
        window.wait(f"{NOTIFICATION} .monaco-button", "Try Again")
