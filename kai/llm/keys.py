"""A server's key: where it comes from, and that it goes to that server alone.

Tried in this order, where a server is not on this machine or the settings name a key:
`llm.key_command`, `llm.key_file`, the keyring (service "kai", user: the server's host), the
provider's usual variable (for the vendor's own host only). A key of a command or a file is bound to
`llm.key_host`: when `llm.url` changes, the user is asked to say that the new server shall have it.
No key ever stands in a message, and none is put on a command line or into an environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kai.config.settings import LlmSettings
from kai.errors import ModelForbidden
from kai.llm.endpoint import Reach
from kai.llm.reach import authority
from kai.redact import MARK

COMMAND_SECONDS = 10.0
"""Deadline of a program that prints a key: time to unlock a password store with a finger."""

KEYRING_SECONDS = 10.0
"""Deadline of the desktop's keyring, which may ask for a password."""

SERVICE = "kai"
"""The name of our entries in the keyring."""

_MAX_BYTES = 16 * 1024
_USUAL = {
    "api.openai.com": "OPENAI_API_KEY",
    "api.anthropic.com": "ANTHROPIC_API_KEY",
    "ollama.com": "OLLAMA_API_KEY",
}
"""Whose variable is whose: the names that the vendors' own clients read."""


@dataclass(slots=True)
class Keys:
    """The key of one server. It is read when it is first needed and then remembered."""

    settings: LlmSettings
    url: str = field(repr=False)
    reach: Reach
    env: Mapping[str, str] = field(repr=False)
    command_seconds: float = COMMAND_SECONDS
    _known: str | None = field(default=None, init=False, repr=False)

    async def get(self) -> str:
        """The key, or "" where none is configured.

        Raises `ModelForbidden` where one is and cannot be had, or is for another server.
        """
        if self._known is None:
            self._known = await self._read()
        return self._known

    def hidden(self, text: str) -> str:
        """The text without the key, should a server repeat it."""
        return text.replace(self._known, MARK) if self._known else text

    def forget(self) -> None:
        """Read anew next time: the server did not take what we had."""
        self._known = None

    async def _read(self) -> str:
        host = authority(self.url)
        if self.settings.key_command or self.settings.key_file:
            _bound(self.settings, host)
            if self.settings.key_command:
                return await _from_command(
                    self.settings.key_command, self.env, self.command_seconds
                )
            return _from_file(Path(_home(self.env, self.settings.key_file)))
        if self.reach is Reach.MACHINE:
            return ""
        kept = await _from_keyring(host)
        if kept:
            return kept
        variable = _USUAL.get(host, "")
        return _clean(self.env.get(variable, ""), f"the variable {variable}") if variable else ""


def hint(url: str) -> str:
    """What to do where a server wants a key, or another one."""
    host = authority(url)
    variable = _USUAL.get(host)
    return (
        f"store its key with `keyring set {SERVICE} {host}`, or set llm.key_file or llm.key_command"
        f" and llm.key_host {host}" + (f", or export {variable}" if variable else "")
    )


def _bound(settings: LlmSettings, host: str) -> None:
    which = "llm.key_command" if settings.key_command else "llm.key_file"
    if settings.key_host == host:
        return
    whose = f"is for {settings.key_host}" if settings.key_host else "does not say whom it is for"
    raise ModelForbidden(
        f"the key of {which} {whose}; to send it to {host}: kai config set llm.key_host {host}"
    )


def _home(env: Mapping[str, str], path: str) -> str:
    if not path.startswith("~/"):
        return path
    return (env.get("HOME") or os.path.expanduser("~")) + path[1:]  # noqa: PTH111 - reads passwd


def _from_file(path: Path) -> str:
    """The key in a file that only we can read. The open file is examined, not its name."""
    import stat

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ModelForbidden(
            f"the key file {path} cannot be read ({error.strerror}); see llm.key_file"
        ) from None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ModelForbidden(f"the key file {path} is not a regular file; see llm.key_file")
        if about.st_uid != os.geteuid():
            raise ModelForbidden(f"the key file {path} belongs to somebody else; make your own")
        if about.st_mode & 0o077:
            raise ModelForbidden(
                f"the key file {path} can be read by others: chmod 600 {path} (and think of a new"
                " key, if this machine has other users)"
            )
        content = os.read(handle, _MAX_BYTES + 1)
    finally:
        os.close(handle)
    return _clean(content.decode("utf-8", "replace"), f"the key file {path}", needed=True)


async def _from_command(command: str, env: Mapping[str, str], seconds: float) -> str:
    """What a program prints. It runs as the user would run it, but without a shell or a keyboard."""
    import shlex

    from kai.kubectl import child

    program, *arguments = shlex.split(command)
    program = _home(env, program)
    try:
        done = await child.run(
            (program, *arguments), env=env, stdin=b"", timeout=seconds, limit=_MAX_BYTES
        )
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "not a program"
        raise ModelForbidden(
            f"llm.key_command: {program} cannot be started ({said}); run it by hand"
        ) from None
    if done.timed_out:
        raise ModelForbidden(
            f"llm.key_command: {program} did not answer in {seconds:g} s; run it by hand to see why"
        )
    if not done.ok:
        raise ModelForbidden(
            f"llm.key_command: {program} ended with status {done.code}; run it by hand to see why"
        )
    return _clean(done.stdout.decode("utf-8", "replace"), f"{program} (llm.key_command)", True)


async def _from_keyring(host: str) -> str:
    """The entry of this host, where the extra `keyring` is installed; "" without one.

    The keyring may wait for a person: it is asked in a thread that nobody waits for at the end.
    """
    from importlib import import_module
    from importlib.util import find_spec

    if find_spec("keyring") is None:
        return ""
    from kai.llm.endpoints.waiting import in_thread

    def look() -> str:
        keyring = import_module("keyring")  # an extra: it need not be there
        return str(keyring.get_password(SERVICE, host) or "")

    try:
        found = await in_thread(look, KEYRING_SECONDS)
    except Exception:  # noqa: BLE001 - no keyring on this machine, or a locked one: as if there were none
        return ""
    return _clean(found, f"the keyring's entry for {host}")


def _clean(text: str, whence: str, needed: bool = False) -> str:
    """The first line; a key that no header could carry is refused without showing it."""
    lines = text.strip().splitlines()
    key = lines[0].strip() if lines else ""
    if needed and not key:
        raise ModelForbidden(f"{whence} gave no key")
    if not (key.isascii() and key.isprintable()) or " " in key or len(key) > _MAX_BYTES:
        raise ModelForbidden(f"{whence} gave something that is no key (one line, no blanks)")
    return key
