"""The rules of the house: what the wheel holds, what may import what, what may stand in a file."""

from __future__ import annotations

import email
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("kai", "lsp", "shell")
PACKAGES = {"kai": "kai", "kai_lsp": "lsp/kai_lsp", "kai_shell": "shell/kai_shell"}

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="these tests are about the source tree"
)


def repository_files() -> list[Path]:
    """What is, or with the next commit can be, part of the repository; text and data alike."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
        return [ROOT / name for name in listed if name and (ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not {".venv", ".git"} & set(path.relative_to(ROOT).parts)
    ]


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


# --- the wheel ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as it would be published, built from this tree without a network."""
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def packaged(wheel: zipfile.ZipFile) -> list[str]:
    return [name for name in wheel.namelist() if ".dist-info/" not in name]


def test_the_wheel_installs_exactly_the_three_packages(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0] for name in packaged(wheel)} == set(PACKAGES)


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: zipfile.ZipFile) -> None:
    tracked = {path.relative_to(ROOT).as_posix() for path in repository_files()}
    expected = {
        f"{package}/{name.removeprefix(folder + '/')}"
        for package, folder in PACKAGES.items()
        for name in tracked
        if name.startswith(folder + "/")
    }
    assert set(packaged(wheel)) == expected


def test_every_package_says_that_it_is_typed(wheel: zipfile.ZipFile) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(packaged(wheel))


def test_the_wheel_names_itself_its_licence_and_its_commands(wheel: zipfile.ZipFile) -> None:
    def text(name: str) -> str:
        (found,) = [entry for entry in wheel.namelist() if entry.endswith(f".dist-info/{name}")]
        return wheel.read(found).decode()

    metadata = email.message_from_string(text("METADATA"))
    assert metadata["Name"] == "kai-kubectl"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "Apache License" in text("licenses/LICENSE")
    scripts = text("entry_points.txt")
    for name in ("kai", "kubectl-kai"):
        assert f"{name} = kai_shell.cli:process" in scripts


def test_the_installed_wheel_finds_its_own_data(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The packages work from where a wheel puts them, not only from the source tree."""
    if not (ROOT / "shell/kai_shell/cli.py").exists():
        pytest.skip("there is no command line yet")
    wheel.extractall(tmp_path / "site")
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import kai_shell.cli, kai;"
        "assert kai.__file__.startswith(sys.path[0]), kai.__file__;"
        "sys.exit(kai_shell.cli.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "site", "pods in kube-system"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.stdout == "kubectl get pods --namespace=kube-system\n", done.stderr


# --- imports -----------------------------------------------------------------------------------


def test_imports_point_down_only() -> None:
    """The contracts of pyproject.toml hold."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contracts_name_every_module_of_the_core() -> None:
    """A new module of kai/ takes its place in the layers, or no contract would hold it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    named = {name.strip("() ") for layer in layers for name in layer.split("|")}
    there = {
        f"kai.{path.stem}"
        for path in (ROOT / "kai").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"kai.__init__"}
    assert there <= named


# --- layout ------------------------------------------------------------------------------------


def test_no_source_file_is_over_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in python_files(*SOURCES)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_every_module_says_in_its_docstring_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files(*SOURCES)
        if not re.match(r'\s*[rR]?"""\S', path.read_text(encoding="utf-8"))
    ]
    assert not silent


# Each is split, so that this file may be read by its own test.
FORBIDDEN = {
    "a path of the machine it was written on": (
        r"(?<![\w.])/wo" r"rk/|/ro" r"ot/|google-cloud-" r"sdk|kai-" r"dev\b|\.py" r"env/",
    ),
    "material that is not part of the repository": (
        r"\bsha" r"red/(?:docs|data|tools)\b|kai-" r"brief|\bpoly" r"glot\b",
    ),
    "the host of a package registry": (
        r"py"
        r"pi\.org|python"
        r"hosted\.org|registry\.np"
        r"mjs|proxy\.go"
        r"lang|\bcrates"
        r"\.io",
    ),
    "work left for later": (r"\bTO" r"DO\b|\bFIX" r"ME\b|\bX" r"XX\b",),
}
LOCK_FILES = {"uv.lock", "package-lock.json"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_in_the_repository_mentions(what: str) -> None:
    """Neither sources nor documents nor data name what only its authors have."""
    pattern = re.compile("|".join(FORBIDDEN[what]))
    found = []
    for path in repository_files():
        if path.name in LOCK_FILES:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
            for match in pattern.finditer(text)
        ]
    assert not found, "\n".join(found[:20])


# --- documents that must be true -----------------------------------------------------------------

CODE = re.compile(r"\bK[0-9]{3}\b")


def test_every_finding_code_is_documented_and_no_other() -> None:
    used = {
        code
        for path in (*python_files("kai"), ROOT / "kai/safety/data/effects.txt")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    rules = ROOT / "docs/rules.md"
    documented = set(CODE.findall(rules.read_text(encoding="utf-8"))) if rules.exists() else set()
    assert used - documented == set(), "used, but not in docs/rules.md"
    assert documented - used == set(), "in docs/rules.md, but nothing in kai/ says it"


def readme_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme_help", ROOT / "tools/readme_help.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


def test_readme_shows_what_kai_really_says() -> None:
    """`make readme` repairs it."""
    tool = readme_tool()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    there = tool.blocks(text)
    assert text.count("<!-- says: ") == len(there), "a marker without its block right below"
    if not (ROOT / "shell/kai_shell/cli.py").exists():
        pytest.skip("there is no command line yet")
    assert "kai --help" in [block.command for block in there]
    assert tool.rewritten(text) == text


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## [Unreleased]\n" in text


def test_the_supported_kubectls_are_the_ones_with_a_table() -> None:
    """The tests, the tables and the installer speak of the same versions."""
    script = (ROOT / "tools/install-kubectl.sh").read_text(encoding="utf-8")
    known = re.search(r"^known='([^']*)'$", script, re.MULTILINE)
    assert known is not None
    installable = {version.rpartition(".")[0] for version in known[1].split()}
    assert installable == {f"1.{minor}" for minor in range(27, 38)}
    if not (ROOT / "kai/kubectl/spec.py").exists():
        pytest.skip("there are no tables yet")
    tables = importlib.import_module("kai.kubectl.spec")
    assert set(tables.versions()) == installable


def test_only_the_text_under_a_marker_is_compared() -> None:
    """README's other examples are prose; each marker owns the block right below it."""
    tool = readme_tool()
    fence = "```"
    text = (
        f"{fence}console\n$ kai untouched\n{fence}\n"
        f"<!-- says: kai --help -->\n{fence}text\nfirst\n{fence}\n"
        f'<!-- says: kai "two words" -->\n{fence}console\nsecond\n{fence}\n'
    )
    assert tool.blocks(text) == [
        tool.Block("kai --help", "first\n"),
        tool.Block('kai "two words"', "second\n"),
    ]
