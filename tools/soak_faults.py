"""What goes wrong while the key is pressed: for `tools.soak`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.shell_pty import ShellPty

_PROGRAM = Path(__file__).with_name("soak_daemon.py")

_CLIENT = """\
#!/bin/sh
# Stands for the client that a widget starts where no daemon answers: -P -m MODULE --seconds S, where
# the shell itself can wait for nothing with a deadline. Who follows a panel is the real one.
case $3 in *.follow) exec '{python}' "$@" ;; esac
cat >/dev/null
. '{says}'
"""


class World:
    """One shell's folders, on a disk of their own where disks can be mounted, and its daemon."""

    changes_pasted = False

    def __init__(self, scratch: Path, *, can_mount: bool) -> None:
        self.can_mount = can_mount
        self.disk, beside = scratch / "d", scratch / "b"
        beside.mkdir()
        self.disk.mkdir()
        self.home, self.runtime = self.disk / "home", self.disk / "r" / "kai"
        self.probe, self.canary = beside / "probe", beside / "canary"
        self.client = beside / "client"
        self._says, self._steps, self._asked = beside / "says", beside / "steps", beside / "asked"
        self._daemon: subprocess.Popen[bytes] | None = None
        self.rewritten = 0

    def __enter__(self) -> World:
        if self.can_mount:
            self._mount("-t", "tmpfs", "-o", "size=512k,mode=700", "none", str(self.disk))
        self.home.mkdir()
        self.runtime.parent.mkdir(mode=0o700)
        self.runtime.mkdir(mode=0o700)
        self.client.write_text(_CLIENT.format(says=self._says, python=sys.executable))
        self.client.chmod(0o700)
        self.client_says("exit 1")
        self.answers()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self.can_mount:
            subprocess.run(["umount", "--lazy", self.disk], check=False)  # noqa: S607

    def _mount(self, *arguments: str) -> None:
        subprocess.run(["mount", *arguments], check=True)  # noqa: S607

    def client_says(self, script: str) -> None:
        """What the client does when a widget starts it."""
        self._says.write_text(script)

    # --- the daemon ----------------------------------------------------------------------------

    def answers(self, *steps: str) -> None:
        """Have a daemon that does these steps for each request."""
        self._asked.write_bytes(b"")
        self._steps.write_text("".join(f"{step}\n" for step in steps), encoding="ascii")
        if self._daemon is None:
            files = (_PROGRAM, self.runtime, self._steps, self._asked)
            command = [sys.executable, "-I", "-S", *map(str, files)]
            self._daemon = subprocess.Popen(command, stdout=subprocess.PIPE)
            assert self._daemon.stdout is not None  # noqa: S101 - it is a pipe
            if not self._daemon.stdout.readline():
                raise RuntimeError("the daemon of the soak test could not start")

    def asked(self, seconds: float = 1) -> bool:
        """Wait until the daemon has a request; False where none comes."""
        end = time.monotonic() + seconds
        while not self._asked.stat().st_size:
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def stop(self) -> None:
        """Let the daemon hang."""
        assert self._daemon is not None  # noqa: S101
        self._daemon.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill the daemon as the kernel does when memory runs out; its socket stays."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.kill()
            daemon.wait()
            assert daemon.stdout is not None  # noqa: S101
            daemon.stdout.close()

    # --- the disk ------------------------------------------------------------------------------

    def fill(self) -> None:
        """Leave no byte free."""
        with contextlib.suppress(OSError), (self.disk / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 512)

    def empty(self) -> None:
        """Give the room back."""
        (self.disk / "filler").unlink(missing_ok=True)

    def read_only(self, on: bool) -> None:
        """Let nothing be written to the disk, or to the home where disks cannot be mounted."""
        if self.can_mount:
            self._mount("-o", f"remount,{'ro' if on else 'rw'}", str(self.disk))
        else:
            self.home.chmod(0o500 if on else 0o700)

    def give_away(self, back: bool = False) -> None:
        """Let the socket's folder belong to somebody else, or be open to others."""
        try:
            os.chown(self.runtime, os.geteuid() if back else 65534, -1)
        except OSError:
            self.runtime.chmod(0o700 if back else 0o777)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong. By default: a daemon that answers with `steps`.

    `rewrites`: the line may become `REWRITTEN`. `lasts`: the shell waits for its own deadline, which
    is `patience` seconds longer where it was told that somebody is asked.
    """

    name: str
    steps: tuple[str, ...] = ()
    rewrites: bool = False
    lasts: bool = False
    patience: float = 0.0

    def possible(self, world: World) -> bool:
        """Whether it can be brought about on this system."""
        return True

    def before(self, world: World) -> None:
        """Bring it about."""
        world.answers(*self.steps)

    def during(self, world: World, shell: ShellPty) -> None:
        """What happens while the shell waits."""

    def after(self, world: World) -> None:
        """Make good again."""


class _Absent(Fault):
    """No daemon; the client does what `steps` say."""

    def before(self, world: World) -> None:
        world.kill()
        world.client_says("\n".join(self.steps))

    def after(self, world: World) -> None:
        world.client_says("exit 1")


class _Killed(Fault):
    """Killed in the middle of a request."""

    def during(self, world: World, shell: ShellPty) -> None:
        if world.asked():
            time.sleep(0.03)  # what comes first has come
        world.kill()


class _Hanging(Fault):
    """Does nothing any more."""

    def before(self, world: World) -> None:
        world.answers("hang")
        world.stop()

    def after(self, world: World) -> None:
        world.kill()


class _Interrupted(Fault):
    """Ctrl-C while the shell waits."""

    def during(self, world: World, shell: ShellPty) -> None:
        if world.asked():  # else it waits no more, and Ctrl-C means what it always does
            time.sleep(0.05)
            shell.keys(b"\x03")


class _Resized(Fault):
    """Another size while the shell waits, and the old one again."""

    def during(self, world: World, shell: ShellPty) -> None:
        world.asked()
        for rows, columns in ((10, 40), (50, 130), (24, 100)):
            shell.resize(rows, columns)
            time.sleep(0.02)


class _Full(Fault):
    """No byte is free on the disk of the home and of the socket."""

    def possible(self, world: World) -> bool:
        return world.can_mount

    def before(self, world: World) -> None:
        world.answers(*self.steps)
        world.fill()

    def after(self, world: World) -> None:
        world.empty()


class _ReadOnly(Fault):
    """Nothing can be written where the home and the socket are."""

    def possible(self, world: World) -> bool:
        return world.can_mount or os.geteuid() != 0

    def before(self, world: World) -> None:
        world.answers(*self.steps)
        world.read_only(True)

    def after(self, world: World) -> None:
        world.read_only(False)


class _NotOurs(Fault):
    """The socket's folder belongs to somebody else. The daemon is ours all the same, and who has it
    by the hand already (fish) may ask it."""

    def before(self, world: World) -> None:
        world.answers(*self.steps)
        world.give_away()

    def after(self, world: World) -> None:
        world.give_away(back=True)


def said(text: str | bytes) -> str:
    """The step that sends this."""
    return f"send {(text.encode() if isinstance(text, str) else text).hex()}"


def _put(command: str, remark: str = "") -> str:
    return said("\x1f".join(("put", command, remark, "", "")) + "\n")


REWRITTEN = "kubectl get pods --namespace=web"
"""What a line becomes where an answer comes."""

_GOOD = _put(REWRITTEN, "a remark")
_WAIT = said("wait\n")
_NONE = said("none\x1fnothing for that\n")


def _in_pieces(step: str) -> Sequence[str]:
    data = bytes.fromhex(step.removeprefix("send "))
    return [part for byte in data for part in (said(bytes([byte])), "sleep 0.004")]


FAULTS: tuple[Fault, ...] = (
    Fault("nothing is wrong", (_GOOD,), rewrites=True),
    Fault("no answer for it", (_NONE,)),
    Fault("an error", (said("fail\x1fthe settings cannot be read\n"),)),
    _Absent("no daemon", ("exit 1",)),
    _Absent("no daemon, and the client talks nonsense", ("echo nonsense",)),
    _Absent("no daemon, and the client hangs", ('sleep "${5:-3}"',), lasts=True),
    _Killed("killed in the middle of a request", ("hang",)),
    _Killed("killed in the middle of an answer", (said("put\x1fkubectl get po"), "hang")),
    Fault("ends in the middle of an answer", (said("put\x1fkubectl get pods"),), lasts=True),
    _Hanging("hangs", lasts=True),
    Fault("hangs in the middle of an answer", (said("put\x1fkube"), "hang"), lasts=True),
    Fault("slow", ("sleep 0.3", _GOOD), rewrites=True),
    Fault("in pieces", (*_in_pieces(_GOOD),), rewrites=True),
    Fault("garbage", (said(b"\xff\xfe\x00\x80garbage\x1f\x1e\x07\n"),)),
    Fault("an empty line", (said("\n"),)),
    Fault("another kind", (said("run\x1fkubectl get pods\x1f\x1f\x1f\n"),)),
    Fault("too few fields", (said("put\n"),)),
    Fault("huge", (_put("kubectl get pods " + "x" * 60_000),)),
    Fault("endless", (said(b"x" * 65_536),) * 4),
    Fault("a line break in the command", (_put("kubectl get pods\x1ekubectl delete pods"),)),
    Fault("a second line", (said("put\x1fkubectl get pods\n\x1f\x1f\x1f\n"),)),
    Fault("a carriage return", (_put("kubectl get pods\rkubectl delete pods"),)),
    Fault("escapes in the command", (_put("kubectl get \x1b[31mpods"),)),
    Fault("escapes in the remark", (_put("kubectl get pods", "\x1b]0;title\x07"),)),
    Fault("a bidirectional mark", (_put("kubectl get \u202epods"),)),
    Fault("no command", (_put(""),)),
    Fault("a panel that goes away", (_WAIT,), lasts=True, patience=3),
    Fault("a panel that hangs", (_WAIT, "hang"), lasts=True, patience=3),
    _Killed("killed with an open panel", (_WAIT, "hang")),
    Fault("a panel that is left", (_WAIT, "sleep 0.1", said("left\x1f\n"))),
    Fault("a panel and an answer", (_WAIT, "sleep 0.1", _WAIT, _GOOD), rewrites=True),
    Fault("a panel and an escape", (_WAIT, "sleep 0.1", _put("kubectl \x1b[2J"))),
    _Interrupted("Ctrl-C", ("hang",)),
    _Resized("another size", ("sleep 0.2", _NONE)),
    _Resized("another size, and an answer", ("sleep 0.2", _GOOD), rewrites=True),
    _Full("the disk is full", (_GOOD,), rewrites=True),
    _Full("the disk is full and there is no answer", (_NONE,)),
    _ReadOnly("a read-only home", (_GOOD,), rewrites=True),
    _NotOurs("the socket's folder is somebody else's", (_GOOD,), rewrites=True),
)
"""Everything that is tried."""
