"""Record README's moving picture: keys typed into a real shell in tmux, and what was on the screen.

    python tools/recording.py docs/kai.gif [docs/panel.png]

Every frame is what tmux captured; nothing is drawn that was not there. The second file gets the
screen with the panel, alone. Needs tmux, zsh and DejaVu Sans Mono.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color_triplet import ColorTriplet
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS, ROWS = 96, 17
FONT_SIZE, MARGIN = 15, 12
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: shop
contexts: [{name: shop, context: {cluster: shop, user: me}}]
clusters: [{name: shop, cluster: {server: "https://127.0.0.1:6"}}]
users: [{name: me, user: {}}]
"""
ZSHRC = """\
PS1='%F{green}$%f '
HISTFILE= HISTSIZE=100 SAVEHIST=0
unsetopt prompt_sp prompt_cr
bindkey -e
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Keys as tmux names them, or text; then what must be seen, and how long it is looked at."""

    text: str = ""
    key: str = ""
    until: str = ""
    seconds: float = 0.0
    panel: bool = False


STEPS = (
    Step(text="pods that keep restarting in prod, worst first", seconds=0.5),
    Step(key="C-k", until="--sort-by", seconds=3.0),
    Step(key="C-u"),
    Step(text="which nodes use the most memory", seconds=0.4),
    Step(key="C-k", until="kubectl top", seconds=2.5),
    Step(key="C-u"),
    Step(text="kubectl get pod -n shop --wathc", seconds=0.4),
    Step(key="C-k", until="--watch", seconds=3.0),
    Step(key="Escape", seconds=0.4),
    Step(key="C-u"),
    Step(text="delete the checkout deployment in prod", seconds=0.5),
    Step(key="C-k", until="DESTRUCTIVE", seconds=4.0, panel=True),
    Step(key="Escape", seconds=1.5),
)


@dataclass(slots=True)
class Recorder:
    """A tmux server of its own, and the frames taken from it with the milliseconds each stands."""

    folder: Path
    env: dict[str, str]
    frames: list[tuple[Image.Image, int]] = field(default_factory=list)
    panel: Image.Image | None = None

    def tmux(self, *words: str) -> str:
        """One command of tmux, and what it printed."""
        program = shutil.which("tmux")
        if program is None:
            raise SystemExit("recording.py needs tmux")
        line = [program, "-S", str(self.folder / "tmux"), "-f", os.devnull, *words]
        return subprocess.run(
            line, env=self.env, check=True, capture_output=True, text=True, timeout=20
        ).stdout

    def screen(self) -> str:
        """What is on the screen, with its colours."""
        return self.tmux("capture-pane", "-e", "-p", "-t", "main")

    def take(self, milliseconds: int) -> None:
        """One frame; the same screen again only stands longer."""
        at = self.tmux("display", "-p", "-t", "main", "#{cursor_x} #{cursor_y}").split()
        image = drawn(self.screen(), (int(at[0]), int(at[1])))
        if self.frames and self.frames[-1][0].tobytes() == image.tobytes():
            self.frames[-1] = (image, self.frames[-1][1] + milliseconds)
        else:
            self.frames.append((image, milliseconds))

    def play(self, step: Step) -> None:
        """Type, wait until it is seen, look at it."""
        for char in step.text:
            self.tmux("send-keys", "-t", "main", "-l", char)
            time.sleep(0.03)
            self.take(45)
        if step.key:
            self.tmux("send-keys", "-t", "main", step.key)
            time.sleep(0.3)
        until = time.monotonic() + 10
        while step.until not in self.screen():
            if time.monotonic() > until:
                raise SystemExit(f"{step.until!r} was never on the screen:\n{self.screen()}")
            time.sleep(0.05)
        self.take(max(80, int(step.seconds * 1000)))
        if step.panel:
            self.panel = self.frames[-1][0]


_FONTS = {
    bold: ImageFont.truetype(f"DejaVuSansMono{'-Bold' if bold else ''}.ttf", FONT_SIZE)
    for bold in (False, True)
}
_WIDTH = round(_FONTS[False].getlength("m"))
_HEIGHT = FONT_SIZE + 5


def drawn(
    screen: str, cursor: tuple[int, int], columns: int = COLUMNS, rows: int = ROWS
) -> Image.Image:
    """The screen as an image."""
    size = (2 * MARGIN + columns * _WIDTH, 2 * MARGIN + rows * _HEIGHT)
    image = Image.new("RGB", size, tuple(MONOKAI.background_color))
    pen = ImageDraw.Draw(image)
    # As one text: what begins on a line may go on on the next.
    lines = Text.from_ansi(screen).split("\n", allow_blank=True)
    for row, line in enumerate(lines[:rows]):
        column = 0
        for text, style in pieces(line):
            ink, ground = colours(style)
            for char in text:
                place = (MARGIN + column * _WIDTH, MARGIN + row * _HEIGHT)
                wide = max(1, cell_len(char)) * _WIDTH
                if ground is not None:
                    pen.rectangle(
                        (*place, place[0] + wide - 1, place[1] + _HEIGHT - 1), fill=ground
                    )
                pen.text(place, char, font=_FONTS[bool(style.bold)], fill=ink)
                column += max(1, cell_len(char))
    left, top = MARGIN + cursor[0] * _WIDTH, MARGIN + cursor[1] * _HEIGHT
    pen.rectangle((left, top, left + _WIDTH - 1, top + _HEIGHT - 2), outline=(200, 200, 200))
    return image


def pieces(text: Text) -> Iterator[tuple[str, Style]]:
    """The parts of a line that look alike."""
    edges = sorted(
        {0, len(text), *(edge for span in text.spans for edge in (span.start, span.end))}
    )
    for start, end in pairwise(edges):
        styles = [span.style for span in text.spans if span.start <= start and span.end >= end]
        yield (
            text.plain[start:end],
            Style.combine([Style(), *(item for item in styles if isinstance(item, Style))]),
        )


def colours(style: Style) -> tuple[ColorTriplet, ColorTriplet | None]:
    """Ink and ground of a style."""
    ink = style.color.get_truecolor(MONOKAI) if style.color else MONOKAI.foreground_color
    ground = style.bgcolor.get_truecolor(MONOKAI, foreground=False) if style.bgcolor else None
    if style.reverse:
        ink, ground = ground or MONOKAI.background_color, ink
    if style.dim:
        ink = ColorTriplet(
            *(
                round(0.6 * part + 0.4 * back)
                for part, back in zip(ink, MONOKAI.background_color, strict=True)
            )
        )
    return ink, ground


def main() -> None:
    """Play the steps and write the files named on the command line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "r").mkdir(mode=0o700)
        (folder / ".kube").mkdir()
        (folder / ".kube/config").write_text(KUBECONFIG, encoding="utf-8")
        env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": name, "ZDOTDIR": name, "XDG_RUNTIME_DIR": str(folder / "r"),
            "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "SHELL": "/bin/sh",
        }  # fmt: skip
        kai = str(Path(sys.executable).with_name("kai"))
        line = subprocess.run(
            [kai, "init", "zsh"], env=env, check=True, capture_output=True, text=True
        ).stdout
        (folder / ".zshrc").write_text(ZSHRC + line, encoding="utf-8")
        subprocess.run([kai, "warmup", "--wait"], env=env, check=True, capture_output=True)
        recorder = Recorder(folder, env)
        try:
            recorder.tmux(
                "new-session", "-d", "-s", "main", "-x", str(COLUMNS), "-y", str(ROWS), "zsh -d -i"
            )
            recorder.tmux("set", "-g", "status", "off")
            time.sleep(1.0)
            for step in STEPS:
                recorder.play(step)
        finally:
            recorder.tmux("kill-server")
            subprocess.run([kai, "daemon", "stop"], env=env, check=False, capture_output=True)
    images, times = zip(*recorder.frames, strict=True)
    small = [image.quantize(64) for image in images]
    small[0].save(sys.argv[1], save_all=True, append_images=small[1:], duration=list(times), loop=0)
    if sys.argv[2:] and recorder.panel is not None:
        recorder.panel.save(sys.argv[2], optimize=True)


if __name__ == "__main__":
    main()
