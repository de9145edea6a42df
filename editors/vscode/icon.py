"""Draws images/icon.png: a prompt's arrow that becomes a helm's wheel of spokes.

usage: python editors/vscode/icon.py     (needs Pillow, which the development environment has)
"""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 256
SCALE = 4
"""Drawn larger and made smaller: Pillow's lines have hard edges."""

BACK, WHEEL, ARROW = "#12203a", "#5aa7ff", "#ffffff"


def draw() -> Image.Image:
    """The icon in its final size."""
    full = SIZE * SCALE
    image = Image.new("RGBA", (full, full), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, full - 1, full - 1), radius=full // 5, fill=BACK)
    middle, radius = (full * 0.62, full * 0.5), full * 0.21
    for spoke in range(7):  # seven, as in the wheel of Kubernetes' own sign
        angle = 2 * math.pi * spoke / 7 - math.pi / 2
        end = (
            middle[0] + math.cos(angle) * radius * 1.45,
            middle[1] + math.sin(angle) * radius * 1.45,
        )
        pen.line((middle, end), fill=WHEEL, width=full // 34)
        dot = full // 44
        pen.ellipse((end[0] - dot, end[1] - dot, end[0] + dot, end[1] + dot), fill=WHEEL)
    box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    pen.ellipse(box, outline=WHEEL, width=full // 24)
    hub = full // 24
    pen.ellipse((middle[0] - hub, middle[1] - hub, middle[0] + hub, middle[1] + hub), fill=WHEEL)
    points = [(full * 0.12, full * 0.34), (full * 0.27, full * 0.5), (full * 0.12, full * 0.66)]
    pen.line(points, fill=ARROW, width=full // 16, joint="curve")
    for x, y in (points[0], points[2]):
        end = full // 32
        pen.ellipse((x - end, y - end, x + end, y + end), fill=ARROW)
    return image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(Path(__file__).parent / "images" / "icon.png", optimize=True)
