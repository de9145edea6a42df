"""How much memory this machine has for a model, and how much kai leaves for everything else.

Read from files of the kernel (Linux, control groups included) or from its own calls (macOS): no
process is started, a look takes well under a millisecond. Where nothing can be learnt the numbers
are None, and nothing is held against a model.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kai.llm.endpoint import Loaded, Reach

GB = 1_000_000_000
"""Models are sold in these, not in GiB."""

LEAST_FREE, MOST_FREE = 3 * GB, 4 * GB
"""What is kept free beside a model: 3 GB, 4 GB where there is more than 20 GB; at most half."""

_GPUS = ("nvidiactl", "kfd", "dxg")
"""Devices of the drivers that Ollama computes with on Linux: NVIDIA's, AMD's, Windows' own in WSL."""

_UNLIMITED = 1 << 60
"""Version 1 of the control groups says "no limit" with a number close to 2^63."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: what there is, what a new process could have, and GPU memory seen in use.

    `gpus` is the most that a server was seen to hold of its models in memory of its own beside
    this machine's; 0 where there is none, or where it is the same memory (Apple).
    """

    total: int | None = None
    available: int | None = None
    gpus: int = 0
    accelerated: bool = False
    """Whether there is a GPU with memory of its own: how much only its server knows."""

    @property
    def kept_free(self) -> int:
        """How much of it models leave alone."""
        if self.total is None:
            return LEAST_FREE
        return min(max(self.total // 5, LEAST_FREE), MOST_FREE, self.total // 2)

    def room(self, freed: int = 0) -> int | None:
        """Bytes that a model may need at most; `freed` is what others give back for it.

        None: not known, so nothing is too large; the server says it if it is.
        """
        if self.available is None or self.accelerated:
            return None
        free = self.available + freed
        if self.total is not None:
            free = min(free, self.total)
        return max(0, free - self.kept_free) + self.gpus


NOWHERE = Memory()
"""The memory of a machine that cannot be looked at."""


def now(
    *,
    reach: Reach = Reach.MACHINE,
    loaded: Iterable[Loaded] = (),
    seen: int = 0,
    root: Path = Path("/"),
    platform: str = sys.platform,
) -> Memory:
    """The memory of the machine that runs the models, as it is now. Raises nothing.

    That of another machine is not known. `loaded` is what its server has in memory, `seen` the
    most GPU memory that was ever seen in use there.
    """
    if reach is not Reach.MACHINE:
        return NOWHERE
    if platform == "darwin":
        total, available = _macos()
        return Memory(total, available)  # one memory for all: what the GPU has is not more
    total, available = _linux(root)
    used = sum(model.size_vram or 0 for model in loaded)
    accelerated = any((root / "dev" / name).exists() for name in _GPUS)
    return Memory(total, available, max(seen, used), accelerated)


def _linux(root: Path) -> tuple[int | None, int | None]:
    """Total and available bytes, no more than the control groups above this process allow."""
    fields = _fields(root / "proc/meminfo")
    total, available = fields.get("MemTotal:"), fields.get("MemAvailable:")
    if total is None or available is None:
        return None, None
    total, available = total * 1024, available * 1024
    for limit, used in _limits(root):
        if limit < min(total, _UNLIMITED):
            total = limit
        if limit < _UNLIMITED:
            available = min(available, max(0, limit - used))
    return total, available


def _limits(root: Path) -> Iterator[tuple[int, int]]:
    """Limit and use of each control group that this process is in, in bytes; both versions.

    What is only cache of files is not counted as used: the kernel gives it back at once.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            top, names = root / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        # In a container the path is often that of the host, and the limit stands at the top.
        for depth in range(len(parts), -1, -1):
            folder = top.joinpath(*parts[:depth])
            limit, used = _number(folder / names[0]), _number(folder / names[1])
            if limit is not None and used is not None:
                yield limit, max(0, used - _fields(folder / "memory.stat").get(names[2], 0))


def _fields(path: Path) -> dict[str, int]:
    """The lines `NAME NUMBER ...` of a file of the kernel."""
    lines = (line.split() for line in _text(path).splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdecimal()}


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    if text == "max":
        return _UNLIMITED
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


_HOST_VM_INFO64 = 4
_VM_FREE, _VM_INACTIVE, _VM_PURGEABLE = 0, 2, 22
"""<mach/vm_statistics.h>, struct vm_statistics64 as 32-bit words: free_count, inactive_count;
purgeable_count stands behind nine 64-bit counters (words 4 to 21)."""
_VM_WORDS = 64


def _macos() -> tuple[int | None, int | None]:
    """Total and available bytes: sysctl hw.memsize, and the pages that nobody holds on to."""
    with contextlib.suppress(Exception):  # a library that changed must not take an answer down
        import ctypes

        system = ctypes.CDLL("/usr/lib/libSystem.dylib")
        total, size = ctypes.c_uint64(), ctypes.c_size_t(8)
        wrong = system.sysctlbyname(
            b"hw.memsize", ctypes.byref(total), ctypes.byref(size), None, ctypes.c_size_t(0)
        )
        words = (ctypes.c_uint32 * _VM_WORDS)()
        count, page = ctypes.c_uint32(_VM_WORDS), ctypes.c_size_t()
        system.mach_host_self.restype = ctypes.c_uint32
        host = ctypes.c_uint32(system.mach_host_self())
        wrong = wrong or system.host_page_size(host, ctypes.byref(page))
        wrong = wrong or system.host_statistics64(
            host, _HOST_VM_INFO64, ctypes.byref(words), ctypes.byref(count)
        )
        if wrong:
            return None, None
        kinds = (_VM_FREE, _VM_INACTIVE, _VM_PURGEABLE)
        return total.value, page.value * sum(words[kind] for kind in kinds)
    return None, None


def text(size: float) -> str:
    """Bytes for people: `4.7 GB`, `986 MB`."""
    if size >= GB:
        return f"{size / GB:.1f} GB"
    if size >= 10 * 1_000_000:
        return f"{size / 1_000_000:.0f} MB"
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{size / 1000:.0f} kB"
