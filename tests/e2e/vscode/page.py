"""A browser's page, told over standard input what to do: one JSON list for each call, one answer.

Run by the Python of tools/install-vscode.sh, which has playwright; `editor.py` is the other end.
usage: page.py CHROMIUM PROFILE
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"]
SIZE = {"width": 1180, "height": 720}


class Page:
    """What a call may be; names are those of `editor.Window`."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.ended: list[int] = []
        self.asked: list[str] = []
        page.expose_function("codeAutomationExit", self.end)  # playwright marks the function
        page.expose_function("codeAutomationLog", lambda *_: None)
        page.on("request", lambda request: self.asked.append(request.url))

    def end(self, code: int) -> None:
        self.ended.append(code)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=15)

    def wait(self, selector: str, text: str, seconds: float, state: str) -> None:
        self._at(selector, text).wait_for(timeout=seconds * 1000, state=state)

    def click(self, selector: str, text: str, seconds: float, count: int) -> None:
        self._at(selector, text).click(timeout=seconds * 1000, click_count=count)

    def hover(self, selector: str, text: str, seconds: float) -> None:
        self._at(selector, text).hover(timeout=seconds * 1000)

    def texts(self, selector: str) -> list[str]:
        return [one.inner_text() for one in self.page.locator(selector).all()]

    def attribute(self, selector: str, name: str) -> str:
        return str(self.page.locator(selector).first.get_attribute(name, timeout=10_000) or "")

    def shot(self, path: str, clip: dict[str, float]) -> None:
        self.page.screenshot(path=path, clip=clip)

    def exit_code(self, seconds: float) -> int | None:
        end = time.monotonic() + seconds
        while not self.ended and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        return self.ended[0] if self.ended else None

    def hosts(self) -> list[str]:
        return sorted({urlsplit(url).hostname or "" for url in self.asked})

    def _at(self, selector: str, text: str) -> Any:
        return self.page.locator(selector, **({"has_text": text} if text else {})).first


def main(chromium: str, profile: str) -> None:
    """Serve calls until the other end closes."""
    play = importlib.import_module("playwright.sync_api").sync_playwright
    with play() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, headless=True, args=FLAGS, viewport=SIZE
        )
        page = Page(context.pages[0])
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            try:
                answer = {"result": getattr(page, name)(*arguments)}
            except Exception as error:  # noqa: BLE001 - told to the other end, which raises it
                answer = {"error": str(error)}
                page.page.screenshot(path=f"{profile}/failed.png")
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
