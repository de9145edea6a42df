"""How much memory a model may take, from the files of a kernel that the test wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from kai.llm import disk, memory
from kai.llm.endpoint import Loaded, Reach
from kai.llm.memory import GB, Memory, now, text

KIB_16_GB = 16_000_000
MEMINFO = f"MemTotal: {KIB_16_GB} kB\nMemFree: 1000 kB\nMemAvailable: 10000000 kB\n"


def machine(root: Path, files: dict[str, str]) -> Path:
    """A folder with what a kernel says."""
    for name, content in {"proc/meminfo": MEMINFO, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_linux_says_what_there_is_and_what_can_be_had(tmp_path: Path) -> None:
    found = now(root=machine(tmp_path, {}), platform="linux")
    assert found == Memory(KIB_16_GB * 1024, 10_000_000 * 1024, 0)


def test_a_control_group_of_version_2_limits_both(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            "proc/self/cgroup": "0::/box\n",
            "sys/fs/cgroup/box/memory.max": "8000000000\n",
            "sys/fs/cgroup/box/memory.current": "3000000000\n",
            "sys/fs/cgroup/box/memory.stat": "anon 2\ninactive_file 1000000000\n",
        },
    )
    assert now(root=root, platform="linux") == Memory(8 * GB, 6 * GB)


def test_a_limit_of_the_group_above_counts_too(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/b/memory.max": "max\n",
            "sys/fs/cgroup/a/b/memory.current": "1000\n",
            "sys/fs/cgroup/a/memory.max": "4000000000\n",
            "sys/fs/cgroup/a/memory.current": "1000000000\n",
        },
    )
    assert now(root=root, platform="linux") == Memory(4 * GB, 3 * GB)


def test_in_a_container_the_limit_stands_at_the_top_whatever_the_path_says(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            "proc/self/cgroup": "5:cpu:/x\n4:memory:/docker/0123\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000000\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "1500000000\n",
            "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 500000000\n",
        },
    )
    assert now(root=root, platform="linux") == Memory(2 * GB, GB)


def test_no_limit_in_version_1_is_a_large_number_and_limits_nothing(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "1500000000\n",
        },
    )
    assert now(root=root, platform="linux").total == KIB_16_GB * 1024


@pytest.mark.parametrize(
    "content",
    ["", "MemTotal: x kB\n", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")],
)
def test_a_machine_that_says_nothing_holds_nothing_against_a_model(
    tmp_path: Path, content: str
) -> None:
    found = now(root=machine(tmp_path, {"proc/meminfo": content}), platform="linux")
    assert (found.available, found.room()) == (None, None)


def test_the_memory_of_another_machine_is_not_known() -> None:
    assert now(reach=Reach.OWN) == memory.NOWHERE


def test_this_very_machine_says_something_or_nothing_but_does_not_fail() -> None:
    found = now()
    assert found.total is None or found.total > (found.available or 0) > 0


def test_gpu_memory_is_what_the_server_was_seen_to_use(tmp_path: Path) -> None:
    there = (Loaded("a", 5 * GB, 4 * GB), Loaded("b", GB, None))
    root = machine(tmp_path, {})
    assert now(root=root, platform="linux", loaded=there).gpus == 4 * GB
    assert now(root=root, platform="linux", loaded=there, seen=6 * GB).gpus == 6 * GB


@pytest.mark.parametrize("device", ["nvidiactl", "kfd", "dxg"])
def test_where_there_is_a_gpu_only_its_server_knows_what_fits(tmp_path: Path, device: str) -> None:
    found = now(root=machine(tmp_path, {f"dev/{device}": ""}), platform="linux")
    assert found.accelerated
    assert found.room() is None
    assert found.available == 10_000_000 * 1024


@pytest.mark.parametrize(
    ("total", "kept"), [(4, 2.0), (8, 3.0), (16, 3.2), (20, 4.0), (64, 4.0), (2, 1.0)]
)
def test_3_to_4_gb_are_kept_free_and_no_more_than_half(total: float, kept: float) -> None:
    assert Memory(int(total * GB), int(total * GB)).kept_free == pytest.approx(kept * GB)


def test_room_is_what_is_left_when_that_is_kept_free() -> None:
    machine = Memory(16 * GB, 9 * GB)
    assert machine.room() == pytest.approx(5.8 * GB)
    assert machine.room(freed=2 * GB) == pytest.approx(7.8 * GB)
    assert machine.room(freed=100 * GB) == pytest.approx(12.8 * GB)
    assert Memory(16 * GB, GB).room() == 0
    assert Memory(16 * GB, GB, 8 * GB).room() == 8 * GB


@pytest.mark.parametrize(
    ("size", "said"),
    [(4_683_087_332, "4.7 GB"), (986_061_892, "986 MB"), (477_000, "0.5 MB"), (900, "1 kB")],
)
def test_sizes_are_said_as_people_say_them(size: int, said: str) -> None:
    assert text(size) == said


def test_the_disk_is_the_one_that_ollama_models_names(tmp_path: Path) -> None:
    assert disk.folder({"OLLAMA_MODELS": str(tmp_path)}) == tmp_path
    assert (disk.free({"OLLAMA_MODELS": str(tmp_path / "not" / "there")}) or 0) > 0


def test_the_service_of_a_distribution_has_its_models_elsewhere(tmp_path: Path) -> None:
    service = tmp_path / "service"
    env = {"HOME": str(tmp_path)}
    own = tmp_path / ".ollama" / "models"
    assert disk.folder(env, service) == own
    service.mkdir()
    assert disk.folder(env, service) == service
    own.mkdir(parents=True)
    assert disk.folder(env, service) == own
