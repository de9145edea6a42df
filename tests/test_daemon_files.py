"""Answers in files: what a shell that can open nothing without blocking looks for."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from kai_shell.daemon.files import Files

NAME = f"file.{os.getpid()}.7"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


async def test_each_line_of_an_answer_is_a_file_that_only_its_user_reads(folder: Path) -> None:
    files = Files(str(folder))
    send = files.writer(bytes(folder / NAME))
    assert send is not None
    await send(b"wait\n")
    await send(b"put\x1fkubectl get pods\n")
    assert names(folder) == [f"{NAME}.0", f"{NAME}.1"]
    found = [folder / name for name in names(folder)]
    assert [path.read_bytes() for path in found] == [b"wait\n", b"put\x1fkubectl get pods\n"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in found)
    files.close()
    assert names(folder) == []


async def test_answers_that_nobody_fetched_are_removed(folder: Path) -> None:
    send = Files(str(folder), kept=0.01).writer(bytes(folder / NAME))
    assert send is not None
    await send(b"none\x1f\n")
    for _ in range(500):
        if not names(folder):
            return
        await asyncio.sleep(0.01)
    pytest.fail("it still lies there")


async def test_what_another_daemon_left_is_removed_and_nothing_else(folder: Path) -> None:
    for name in ("file.1.2.0", "file.1.2.0~", "kai.lock", "reply.1"):
        (folder / name).write_text("")
    Files(str(folder)).open()
    assert names(folder) == ["kai.lock", "reply.1"]


@pytest.mark.parametrize(
    "path", ["other/file.1.2", "../file.1.2", "file.1.2/x", "file.1", "file.0.1", "file.1.x", "kai.sock", ""]
)  # fmt: skip
def test_only_the_names_of_the_protocol_are_written(folder: Path, path: str) -> None:
    assert Files(str(folder)).writer(bytes(folder) + b"/" + path.encode()) is None
    assert Files(str(folder)).writer(path.encode()) is None


async def test_a_shell_that_has_gone_is_told_nothing(folder: Path) -> None:
    gone = await asyncio.create_subprocess_exec("true")
    await gone.wait()
    send = Files(str(folder)).writer(bytes(folder / f"file.{gone.pid}.1"))
    assert send is not None
    with pytest.raises(OSError, match="process"):
        await send(b"none\x1f\n")
    assert names(folder) == []


async def test_a_link_in_the_place_of_an_answer_is_not_followed(folder: Path) -> None:
    precious = folder / "precious"
    precious.write_text("precious")
    (folder / f"{NAME}.0~").symlink_to(precious)
    send = Files(str(folder)).writer(bytes(folder / NAME))
    assert send is not None
    with pytest.raises(FileExistsError):
        await send(b"none\x1f\n")
    assert precious.read_text() == "precious"


def test_a_request_is_read_once_and_its_file_is_gone(folder: Path) -> None:
    (folder / NAME).write_bytes(b"1\x1fhello\n")
    files = Files(str(folder))
    assert files.request(bytes(folder / NAME)) == b"1\x1fhello"
    assert names(folder) == []
    assert files.request(bytes(folder / NAME)) == b""


def test_only_a_file_of_ours_is_read_as_a_request(folder: Path) -> None:
    precious = folder / "precious"
    precious.write_text("precious")
    (folder / NAME).symlink_to(precious)
    files = Files(str(folder))
    assert files.request(bytes(folder / NAME)) == b""
    assert files.request(bytes(precious)) == b""
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    assert files.request(bytes(folder / NAME)) == b""
    assert names(folder) == [NAME, "precious"]
