"""The daemon's folder, lock, socket and peer: what is used, and what is refused."""

from __future__ import annotations

import os
import socket
import stat
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kai.errors import DaemonError
from kai_shell.daemon import runtime


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kai-", dir="/tmp") as name:
        yield Path(name).resolve()


# --- the folder ----------------------------------------------------------------------------------


def test_the_folder_is_below_the_runtime_folder_of_the_session(short: Path) -> None:
    path = Path(runtime.folder({"XDG_RUNTIME_DIR": str(short)}))
    assert path == short / "kai"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_runtime_folder_that_is_open_to_others_is_passed_over(short: Path, mode: int) -> None:
    shared = short / "shared"
    shared.mkdir()
    shared.chmod(mode)
    env = {"XDG_RUNTIME_DIR": str(shared), "HOME": str(short)}
    assert Path(runtime.folder(env)) == short / ".local/state/kai/run"
    assert list(shared.iterdir()) == []


@pytest.mark.parametrize("value", ["", "relative", "/nonexistent/run"])
def test_a_runtime_folder_that_is_none_is_passed_over(short: Path, value: str) -> None:
    env = {"XDG_RUNTIME_DIR": value, "XDG_STATE_HOME": str(short)}
    assert Path(runtime.folder(env)) == short / "kai/run"


def test_a_link_in_place_of_the_runtime_folder_is_passed_over(short: Path) -> None:
    (short / "real").mkdir(mode=0o700)
    (short / "link").symlink_to(short / "real")
    env = {"XDG_RUNTIME_DIR": str(short / "link"), "HOME": str(short)}
    assert Path(runtime.folder(env)) == short / ".local/state/kai/run"


def test_a_link_in_place_of_our_own_folder_is_refused(short: Path) -> None:
    (short / "elsewhere").mkdir(mode=0o700)
    (short / "kai").symlink_to(short / "elsewhere")
    with pytest.raises(DaemonError, match="is not a folder"):
        runtime.folder({"XDG_RUNTIME_DIR": str(short)})


def test_our_own_folder_open_to_others_is_refused_with_the_cure(short: Path) -> None:
    (short / "kai").mkdir()
    (short / "kai").chmod(0o755)
    with pytest.raises(DaemonError, match="chmod 700"):
        runtime.folder({"XDG_RUNTIME_DIR": str(short)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(short: Path) -> None:
    (short / "kai").mkdir(mode=0o700)
    os.chown(short / "kai", 65534, 65534)
    with pytest.raises(DaemonError, match="belongs to somebody else"):
        runtime.folder({"XDG_RUNTIME_DIR": str(short)})


def test_a_folder_below_one_that_everybody_can_write_is_refused(short: Path) -> None:
    loose = short / "loose"
    loose.mkdir()
    loose.chmod(0o777)
    with pytest.raises(DaemonError, match="written by everybody"):
        runtime.folder({"XDG_STATE_HOME": str(loose)})
    loose.chmod(0o1777)
    assert Path(runtime.folder({"XDG_STATE_HOME": str(loose)})) == loose / "kai/run"


def test_a_path_too_long_for_a_socket_is_an_error_that_says_what_to_do(short: Path) -> None:
    room = runtime.MAX_PATH - len(f"{short}//kai/run/{runtime.SOCKET}")
    fits = short / ("x" * room)
    assert runtime.folder({"XDG_STATE_HOME": str(fits)})
    with pytest.raises(DaemonError, match=r"104 bytes, 103 at most.*XDG_RUNTIME_DIR"):
        runtime.folder({"XDG_STATE_HOME": str(fits) + "x"})


def test_a_folder_that_cannot_be_made_is_an_error(short: Path) -> None:
    (short / "file").write_text("")
    with pytest.raises(DaemonError, match="cannot be made"):
        runtime.folder({"XDG_STATE_HOME": str(short / "file")})


# --- the lock ------------------------------------------------------------------------------------


def test_a_lock_is_held_by_one_and_tells_by_whom(short: Path) -> None:
    first, second = runtime.Lock(str(short)), runtime.Lock(str(short))
    assert second.holder() is None
    assert first.take()
    assert not second.take()
    assert second.holder() == os.getpid()
    first.release()
    assert second.holder() is None
    assert second.take()
    second.release()


def test_a_link_in_place_of_the_lock_is_not_followed(short: Path) -> None:
    (short / "target").write_text("precious")
    (short / runtime.LOCK).symlink_to(short / "target")
    with pytest.raises(DaemonError, match="cannot be opened"):
        runtime.Lock(str(short)).take()
    assert (short / "target").read_text() == "precious"


# --- the socket ----------------------------------------------------------------------------------


def test_the_socket_is_ours_alone(short: Path) -> None:
    with runtime.listen(str(short)):
        state = (short / runtime.SOCKET).lstat()
    assert stat.S_IMODE(state.st_mode) == 0o600


def test_a_socket_that_nobody_serves_is_replaced(short: Path) -> None:
    runtime.listen(str(short)).close()
    with runtime.listen(str(short)), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(short / runtime.SOCKET))


def test_a_socket_that_somebody_serves_is_left_alone(short: Path) -> None:
    with runtime.listen(str(short)):
        with pytest.raises(DaemonError, match="in use"):
            runtime.listen(str(short))
        assert (short / runtime.SOCKET).is_socket()


def test_a_file_in_place_of_the_socket_is_left_alone(short: Path) -> None:
    (short / runtime.SOCKET).write_text("precious")
    with pytest.raises(DaemonError, match="not a socket of yours"):
        runtime.listen(str(short))
    assert (short / runtime.SOCKET).read_text() == "precious"


# --- the peer ------------------------------------------------------------------------------------


def test_the_kernel_tells_who_is_at_the_other_end() -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        assert runtime.peer_uid(here) == os.geteuid()


class MacSocket:
    """What getsockopt of macOS gives for LOCAL_PEERCRED."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: tuple[int, int, int] | None = None

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        self.asked = level, option, size
        return self.answer


def test_on_macos_the_peer_is_read_from_xucred() -> None:
    answer = struct.pack("=IIhxx16I", 0, 501, 1, *([20] + [0] * 15))
    fake = MacSocket(answer)
    assert runtime.peer_uid(fake, "darwin") == 501  # type: ignore[arg-type]
    assert fake.asked == (0, 1, 76)


def test_a_peer_that_the_kernel_does_not_tell_is_nobody() -> None:
    assert runtime.peer_uid(MacSocket(b""), "darwin") is None  # type: ignore[arg-type]
