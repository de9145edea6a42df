"""The wheel: how large it is, packed and unpacked, and what in it is large."""

from __future__ import annotations

import collections
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from bench._rows import ROOT


def build(folder: Path) -> Path:
    """Build the wheel into `folder` with the backend that is installed: no network."""
    argv = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*argv, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        wheel = build(Path(name))
        members = zipfile.ZipFile(wheel).infolist()
        unpacked = sum(member.file_size for member in members)
        print(
            f"{wheel.name}: {wheel.stat().st_size / 1e3:.0f} kB, unpacked {unpacked / 1e3:.0f} kB"
        )
        parts: collections.Counter[str] = collections.Counter()
        for member in members:
            parts["/".join(member.filename.split("/")[:2])] += member.compress_size
        for part, size in parts.most_common(10):
            print(f"  {part:<34} {size / 1e3:7.1f} kB packed")


if __name__ == "__main__":
    main()
