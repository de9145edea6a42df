"""Asking the installed kubectl about flags that no table knows."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from kai.errors import KubectlError, KubectlTimeout
from kai.kubectl import spec
from kai.kubectl.help_lookup import lookup_unknown_flag
from kai.kubectl.process import Completed, FakeKubectl, RealKubectl

HELP = b"""Display one or many resources.

Options:
    -Z, --zone=[]:
\tZones to look in. Must be one of: (east, west).

    --shine=false:
\tIf true, shine.

Usage:
  kubectl get TYPE [options]
"""
OPTIONS = (
    b"The following options can be passed to any command:\n\n    --planet='earth':\n\tWhere.\n"
)
Script = Mapping[tuple[str, ...], Completed | bytes]
NEW: Script = {
    ("options",): OPTIONS,
    ("get", "--help"): HELP,
    ("get", "--help", "--ghost"): Completed(1, stderr=b"error: unknown flag: --ghost\n"),
    ("get", "--help", "--secret"): Completed(
        1, stderr=b"error: flag needs an argument: --secret\n"
    ),
}
GET = ("get",)
ASKED_ONCE = [("options",), ("get", "--help")]


def _newer(answers: Script = NEW, version: str = "1.40.0") -> FakeKubectl:
    return FakeKubectl(answers, version=version)


@pytest.fixture(name="kept")
def _kept(tmp_path: Path) -> Path:
    return tmp_path / "new" / "cache"


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestUnknownFlag:
    @pytest.mark.parametrize(
        ("name", "kind", "hidden"),
        [
            ("zone", "stringSlice", False),
            ("shine", "bool", False),
            ("planet", "string", False),
            ("secret", "string", True),
            ("quiet", "bool", True),
        ],
    )
    async def test_a_flag_of_a_newer_kubectl_is_found(
        self, kept: Path, name: str, kind: str, hidden: bool
    ) -> None:
        found = await lookup_unknown_flag(_newer(), GET, name, kept)

        assert found is not None
        assert (found.name, found.type, found.hidden) == (name, kind, hidden)

    async def test_what_the_help_says_is_told(self, kept: Path) -> None:
        found = await lookup_unknown_flag(_newer(), GET, "zone", kept)

        assert found == spec.FlagSpec(
            name="zone",
            short="Z",
            type="stringSlice",
            bare=None,
            repeatable=True,
            comma_splits=True,
            default="",
            hidden=False,
            help="Zones to look in",
            choices=("east", "west"),
        )

    async def test_a_flag_that_kubectl_refuses_is_unknown(self, kept: Path) -> None:
        assert await lookup_unknown_flag(_newer(), GET, "ghost", kept) is None

    async def test_underscores_are_hyphens(self, kept: Path) -> None:
        kubectl = _newer()

        assert await lookup_unknown_flag(kubectl, GET, "a_b", kept)
        assert kubectl.calls[-1] == ("get", "--help", "--a-b")

    async def test_kubectl_is_asked_once(self, kept: Path) -> None:
        first, later = _newer(), _newer({})
        for name in ("zone", "ghost", "zone", "ghost"):
            await lookup_unknown_flag(first, GET, name, kept)
        planet = await lookup_unknown_flag(later, GET, "planet", kept)
        ghost = await lookup_unknown_flag(later, GET, "ghost", kept)

        assert first.calls == [*ASKED_ONCE, ("get", "--help", "--ghost")]
        assert later.calls == []
        assert planet is not None
        assert ghost is None

    async def test_versions_and_commands_are_kept_apart(self, kept: Path) -> None:
        script = {**NEW, ("get", "x", "--help"): HELP}
        for version, path in (("1.40.0", GET), ("1.40.1", GET), ("1.40.0", ("get", "x"))):
            kubectl = _newer(script, version)
            await lookup_unknown_flag(kubectl, path, "zone", kept)

            assert len(kubectl.calls) == 2
        assert len(_files(kept)) == 3

    async def test_only_the_user_can_read_what_is_kept(self, kept: Path) -> None:
        await lookup_unknown_flag(_newer(version="../1.40/x"), GET, "zone", kept)
        (file,) = _files(kept)

        assert _mode(file) == 0o600
        assert _mode(kept) == 0o700

    @pytest.mark.parametrize(
        "damage",
        ["{", "[]", '{"flags": 1, "asked": {}}', '{"flags": {"zone": 1}, "asked": {}}', "null"],
    )
    async def test_a_damaged_file_costs_no_answer(self, kept: Path, damage: str) -> None:
        await lookup_unknown_flag(_newer(), GET, "zone", kept)
        (file,) = _files(kept)
        file.write_text(damage)

        assert await lookup_unknown_flag(_newer(), GET, "zone", kept)

    async def test_a_folder_that_cannot_be_written_costs_no_answer(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("not a folder")

        assert await lookup_unknown_flag(_newer(), GET, "zone", blocked)

    @pytest.mark.parametrize(
        "slow", [("options",), ("get", "--help"), ("get", "--help", "--ghost")], ids=" ".join
    )
    async def test_a_kubectl_that_hangs_is_an_error_and_nothing_is_kept(
        self, kept: Path, slow: tuple[str, ...]
    ) -> None:
        hanging = _newer({**NEW, slow: Completed(-9, timed_out=True)})
        with pytest.raises(KubectlTimeout):
            await lookup_unknown_flag(hanging, GET, "ghost", kept)
        assert await lookup_unknown_flag(_newer(), GET, "ghost", kept) is None

    async def test_a_kubectl_without_help_for_the_command_is_an_error(self, kept: Path) -> None:
        with pytest.raises(KubectlError, match="kubectl scale --help"):
            await lookup_unknown_flag(_newer(), ("scale",), "ghost", kept)

    @pytest.mark.parametrize("name", ["", "-", "a b", "a=b", "x;y", "-rf"])
    async def test_what_is_no_flag_name_starts_nothing(self, kept: Path, name: str) -> None:
        kubectl = _newer()

        assert await lookup_unknown_flag(kubectl, GET, name, kept) is None
        assert kubectl.calls == []

    async def test_a_real_kubectl_knows_a_flag_and_refuses_another(
        self, kubectl: Path, kept: Path
    ) -> None:
        real = RealKubectl(str(kubectl))

        assert await lookup_unknown_flag(real, GET, "chunk-size", kept)
        assert await lookup_unknown_flag(real, GET, "namespace", kept)
        assert await lookup_unknown_flag(real, ("scale",), "record", kept)
        assert await lookup_unknown_flag(real, GET, "chunk-sise", kept) is None
