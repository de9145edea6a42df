"""kai in a real VS Code: its .vsix installed, its own workbench in a real browser, files on disk.

Needs tools/install-vscode.sh, a chromium, and `npm ci && npm run package` in editors/vscode.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.e2e.vscode.editor import Editor, Installation, parts

pytestmark = pytest.mark.xdist_group("vscode")

INSIDE = Path(__file__).parent / "vscode" / "inside"
NAMES = re.findall(r'^test\("(.+?)",', (INSIDE / "index.js").read_text(encoding="utf-8"), re.M)


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
    with installation.editor(env={"KAI_TEST_RESULTS": str(results)}) as editor:
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
