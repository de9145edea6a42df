"""A real VS Code for tests: code-server with kai's .vsix in it, and windows of it in a browser."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

REPOSITORY = Path(__file__).parents[3]
EXTENSION = REPOSITORY / "editors" / "vscode"
VSIX = EXTENSION / "dist" / "kai.vsix"
SERVER = Path(sys.executable).parent / "kai-lsp"
NOTIFICATION = ".notifications-list-container .monaco-list-row"
STATUS = '[id="kai-kubectl.kai.kai.status"]'

# Read before any test gets a home of its own.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kai" / "vscode"
_CHROMIUM = os.environ.get("KAI_CHROMIUM", "") or shutil.which("chromium") or ""

_PICTURES = os.environ.get("KAI_PICTURES", "") == "1"

SLOW = float(os.environ.get("KAI_TEST_SECONDS", "45"))
"""Seconds that anything may take on a loaded machine; waits end as soon as it is there."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What has to be installed."""

    code_server: Path
    python: Path
    chromium: str


def parts(missing: Callable[[str], NoReturn]) -> Parts:
    """The installed parts; calls `missing` with what is not here."""
    found = Parts(_CACHE / "bin" / "code-server", _CACHE / "venv" / "bin" / "python", _CHROMIUM)
    if not (found.code_server.exists() and found.python.exists()):
        missing("no VS Code was found (tools/install-vscode.sh installs it)")
    if not found.chromium:
        missing("there is no chromium on PATH, and KAI_CHROMIUM names none")
    sources = [
        path for folder in (EXTENSION / "src", EXTENSION / "images") for path in folder.iterdir()
    ] + [EXTENSION / "package.json", EXTENSION / "README.md"]
    if not VSIX.exists() or VSIX.stat().st_mtime < max(
        path.stat().st_mtime for path in sources if path.suffix != ".png"
    ):
        missing("editors/vscode/dist/kai.vsix is not built, or older than its source")
    return found


@dataclass(slots=True)
class Installation:
    """code-server with kai in it; each `editor` of it has settings of its own."""

    parts: Parts
    folder: Path
    count: int = 0

    def install(self) -> None:
        """Put the .vsix in, as a user does."""
        done = subprocess.run(
            [*self._command(self.folder / "user"), "--install-extension", VSIX],
            env=self._env({}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @contextlib.contextmanager
    def editor(
        self,
        machine: Mapping[str, object] | None = None,
        *,
        user: Mapping[str, object] | None = None,
        trust: bool = False,
        tests: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Editor]:
        """A running editor. `trust`: it asks whether a workspace is trusted; else all are.

        `tests`: its windows may run tests inside; they show no notifications then.
        """
        self.count += 1
        data = self.folder / f"data-{self.count}"
        _write(
            data / "Machine" / "settings.json", {"kai.serverPath": str(SERVER), **(machine or {})}
        )
        _write(data / "User" / "settings.json", {**QUIET, **(user or {})})
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [
            *self._command(data),
            *("--auth", "none", "--bind-addr", f"127.0.0.1:{port}"),
            *("--disable-telemetry", "--disable-update-check"),
            "--disable-getting-started-override",
        ]
        if tests:
            command += ["--vscode-option", "enable-smoke-test-driver"]
        if not trust:
            command.append("--disable-workspace-trust")
        with (self.folder / f"log-{self.count}").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=self._env(env or {}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                _answers(port, process)
                yield Editor(self, port, self.folder / f"browser-{self.count}")
            finally:
                _end(process)

    def _command(self, data: Path) -> list[str | Path]:
        config = self.folder / "code-server.yaml"
        config.touch()
        return [
            self.parts.code_server,
            *("--config", config, "--user-data-dir", data),
            *("--extensions-dir", self.folder / "extensions"),
        ]

    def _env(self, more: Mapping[str, str]) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
        # Without a gallery no request leaves this machine.
        return {**kept, "HOME": str(home), "EXTENSIONS_GALLERY": "{}", **more}


QUIET: Mapping[str, object] = {
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.colorTheme": "Default Light Modern",
    "editor.fontSize": 15,
    "editor.minimap.enabled": False,
    "editor.wordBasedSuggestions": "off",
    "editor.occurrencesHighlight": "off",
    "explorer.autoReveal": False,
    "files.autoSave": "off",
    "security.workspace.trust.startupPrompt": "always",
    "chat.disableAIFeatures": True,
    "telemetry.telemetryLevel": "off",
    "terminal.integrated.gpuAcceleration": "off",
    "terminal.integrated.shellIntegration.enabled": False,
}


@dataclass(slots=True)
class Editor:
    """One running code-server."""

    installation: Installation
    port: int
    browser: Path

    @contextlib.contextmanager
    def window(self, workspace: Path, query: str = "") -> Iterator[Window]:
        """A window with a folder open; ended with its browser."""
        given = self.installation.parts
        self.browser.mkdir(exist_ok=True)
        with (self.browser / "log").open("wb") as log:
            process = subprocess.Popen(
                [given.python, Path(__file__).parent / "page.py", given.chromium, self.browser],
                env={**self.installation._env({}), "HOME": str(self.browser)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
            try:
                window = Window(process)
                window.open(f"http://127.0.0.1:{self.port}/?folder={quote(str(workspace))}{query}")
                yield window
            finally:
                assert process.stdin is not None and process.stdout is not None
                process.stdin.close()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                _end(process)
                process.stdout.close()

    def remote(self, path: Path) -> str:
        """A file of this machine as the page names it."""
        return f"vscode-remote://127.0.0.1:{self.port}{path}"


@dataclass(slots=True)
class Window:
    """One window: what a person does with keys and mouse, and what they see."""

    process: subprocess.Popen[bytes]

    def open(self, url: str) -> None:
        """Go to a page."""
        self._call("open", url)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as in "Control+S"."""
        for one in keys:
            self._call("press", one)

    def type(self, text: str) -> None:
        """Type text where the cursor is."""
        self._call("type", text)

    def wait(self, selector: str, text: str = "", seconds: float = SLOW) -> None:
        """Wait until something is there that holds a text."""
        self._call("wait", selector, text, seconds, "visible")

    def gone(self, selector: str, text: str = "", seconds: float = SLOW) -> None:
        """Wait until it is not there any more."""
        self._call("wait", selector, text, seconds, "hidden")

    def click(self, selector: str, text: str = "", seconds: float = SLOW) -> None:
        """Click the first that holds a text."""
        self._call("click", selector, text, seconds, 1)

    def hover(self, selector: str, text: str = "", seconds: float = SLOW) -> None:
        """Move the pointer there."""
        self._call("hover", selector, text, seconds)

    def texts(self, selector: str) -> list[str]:
        """What all of them say."""
        found: list[str] = self._call("texts", selector)
        return found

    def attribute(self, selector: str, name: str) -> str:
        """An attribute of the first."""
        return str(self._call("attribute", selector, name))

    def shot(self, path: Path, height: int) -> None:
        """A picture of what is beside the explorer, from the tabs down."""
        self._call("shot", str(path), {"x": 347, "y": 35, "width": 833, "height": height})

    def exit_code(self, seconds: float) -> int | None:
        """What tests inside the extension host ended with."""
        code: int | None = self._call("exit_code", seconds)
        return code

    def hosts(self) -> list[str]:
        """Every host that the page has asked."""
        found: list[str] = self._call("hosts")
        return found

    def ready(self, label: str = "kai is ready") -> None:
        """Wait until the status item says so."""
        self.wait(f'{STATUS} [aria-label*="{label}"]')

    def status(self) -> str:
        """What the status item says."""
        return " ".join(self.texts(STATUS))

    def file(self, name: str, line: int = 1, column: int = 1) -> None:
        """Open a file of the workspace with the cursor at a place."""
        # Quick open would not know the files of a window that has just opened.
        self._call("click", ".explorer-folders-view .monaco-list-row", name, SLOW, 2)
        self.wait(f'.tab.active[data-resource-name="{name}"]')
        self.wait(".monaco-editor.focused")
        self.press("Control+g")
        self.wait(".quick-input-widget input")
        self.type(f"{line}:{column}")
        self.press("Enter")
        self.gone(".quick-input-widget")
        self.wait(".monaco-editor.focused")
        self.wait("#status\\.editor\\.selection", f"Ln {line}, Col {column}")

    def run(self, command: str) -> None:
        """Run a command of the palette by its title."""
        self.press("F1")
        self.wait(".quick-input-widget input")
        self.type(command)
        self.wait(".quick-input-list .monaco-list-row.focused", command)
        self.press("Enter")

    def told(self, text: str) -> None:
        """Wait until a notification says it; one that has gone from view by itself is looked up."""
        try:
            self.wait(NOTIFICATION, text, 5)
        except AssertionError:
            self.run("Notifications: Show Notifications")
            self.wait(NOTIFICATION, text)

    def insist(self, keys: tuple[str, ...], selector: str, text: str = "") -> None:
        """Press keys until something is there: asked before the server has read the file there is none."""
        for attempt in range(5):
            self.press(*keys)
            try:
                self.wait(selector, text, seconds=3 + 3 * attempt)
                return
            except AssertionError:
                if attempt == 4:
                    raise

    def actions(self) -> list[str]:
        """What the light bulb offers at the cursor; its menu stays open."""
        menu = ".action-widget .monaco-list-row.action"
        self.insist(("Control+.",), menu)
        return self.texts(menu)

    def take(self, action: str) -> None:
        """Choose from the open menu."""
        self.click(".action-widget .monaco-list-row.action", action)
        self.gone(".action-widget")

    def _call(self, *call: object) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(call).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the browser has gone; its log is beside its profile"
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{call}: {answer['error']}")
        return answer["result"]


def picture(window: Window, name: str, height: int = 685) -> None:
    """Take a picture of the editor for the extension's pages, where that is asked for."""
    if _PICTURES:
        time.sleep(0.5)  # what fades in is there then
        window.shot(EXTENSION / "images" / f"{name}.png", height)


def until(text: str, path: Path, seconds: float = SLOW) -> None:
    """Wait until a file on disk holds exactly a text."""
    end = time.monotonic() + seconds
    while (there := path.read_text(encoding="utf-8")) != text:
        assert time.monotonic() < end, f"{path.name} holds {there!r}, not {text!r}"
        time.sleep(0.05)


def _write(path: Path, settings: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings), encoding="utf-8")


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SLOW
    while time.monotonic() < end:
        assert process.poll() is None, "code-server has ended"
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5),
        ):
            return
        time.sleep(0.05)
    raise AssertionError("code-server does not answer")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started: it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
