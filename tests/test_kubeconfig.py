"""kai.cluster.kubeconfig: the files mean what kubectl takes them to mean, and secrets stay there."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kai.cluster.kubeconfig import KubeConfig, load, paths, read_file
from kai.errors import KubeconfigError
from kai.model import Context

CASES = Path(__file__).parent / "cases" / "kubeconfig"
LISTS = [
    "one.yaml",
    "two.yaml",
    "one.yaml:two.yaml",
    "two.yaml:one.yaml",
    "no-current.yaml:one.yaml",
    "empty.yaml:no-current.yaml:three.json:one.yaml",
    "missing.yaml:two.yaml:two.yaml::one.yaml",
    "three.json:flow.yaml",
    "flow.yaml",
    "dangling.yaml:two.yaml",
    "missing.yaml",
    ":",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the cases that was not touched just now, and the current folder."""
    copied = tmp_path / "kube"
    shutil.copytree(CASES, copied)
    for file in copied.iterdir():
        os.utime(file, (1_000_000, 1_000_000))
    monkeypatch.chdir(copied)
    return copied


def loaded(listed: str, cache_file: Path | None = None) -> KubeConfig:
    return load({"KUBECONFIG": listed}, Path("/nonexistent"), cache_file=cache_file)


def asked(kubectl: Path, listed: str, home: Path, *words: str) -> str:
    done = subprocess.run(
        [kubectl, "config", *words],
        env={"HOME": str(home), "KUBECONFIG": listed, "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def facts(document: dict[str, Any]) -> dict[str, Any]:
    """What kai keeps, of `kubectl config view -o json`."""

    def named(key: str, inner: str) -> dict[str, dict[str, Any]]:
        return {row["name"]: row[inner] for row in document[key] or ()}

    return {
        "current": document["current-context"] or None,
        "contexts": {
            name: (body["cluster"], body["user"], body.get("namespace", ""))
            for name, body in named("contexts", "context").items()
        },
        "servers": {name: body["server"] for name, body in named("clusters", "cluster").items()},
        "plugins": {
            name: "exec" in body or "auth-provider" in body
            for name, body in named("users", "user").items()
        },
    }


def ours(config: KubeConfig) -> dict[str, Any]:
    return {
        "current": config.current_context,
        "contexts": {c.name: (c.cluster, c.user, c.namespace) for c in config.contexts.values()},
        "servers": {c.name: c.server for c in config.clusters.values()},
        "plugins": {u.name: u.plugin for u in config.users.values()},
    }


@pytest.mark.parametrize("listed", LISTS)
def test_files_are_merged_as_the_real_kubectl_merges_them(
    kubectls: dict[str, Path], folder: Path, tmp_path: Path, listed: str
) -> None:
    """The newest and the oldest; relative paths, missing files, empty entries, repeated ones."""
    versions = list(kubectls.values())
    for kubectl in {versions[0], versions[-1]}:
        view = json.loads(asked(kubectl, listed, tmp_path, "view", "--raw", "-o", "json"))
        theirs = facts(view)
        # The one thing kai leaves out of a URL: what could be secret.
        staging = theirs["servers"].get("staging")
        if staging:
            theirs["servers"]["staging"] = "https://staging.example.com/"
        assert ours(loaded(listed)) == theirs
        names = asked(kubectl, listed, tmp_path, "get-contexts", "-o", "name").splitlines()
        assert sorted(loaded(listed).contexts) == sorted(names)


def test_what_was_kept_says_the_same_as_the_files(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "kubeconfig.json"
    for listed in LISTS:
        first, second = loaded(listed, kept), loaded(listed, kept)
        assert first == second == loaded(listed)


def test_no_secret_of_a_kubeconfig_is_kept(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kubeconfig.json"
    config = loaded("one.yaml:two.yaml:three.json", kept)
    text = kept.read_text()
    assert "prod.example.com" in text
    assert "SECRET" not in text + repr(config)
    # The made-up certificates and keys end in SECRET too, in base64 ("...TRUNSRVQ=", "...U0VDUkVU").
    assert "TRUNSRVQ" not in text
    assert "U0VDUkVU" not in text
    assert "get-token" not in text
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_changed_file_is_read_again(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kubeconfig.json"
    assert loaded("one.yaml", kept).current_context == "prod"
    text = Path("one.yaml").read_text().replace("current-context: prod", "current-context: bare")
    Path("one.yaml").write_text(text)
    assert loaded("one.yaml", kept).current_context == "bare"
    Path("one.yaml").write_text(text.replace("current-context: bare", "current-context: shop"))
    assert loaded("one.yaml", kept).current_context == "shop"
    Path("one.yaml").unlink()
    assert loaded("one.yaml", kept) == KubeConfig()


def test_a_file_written_just_now_is_not_kept(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kubeconfig.json"
    os.utime("one.yaml")
    assert loaded("one.yaml", kept).current_context == "prod"
    assert not kept.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"format":1,"files":[]}', '{"format":99}'])
def test_a_damaged_memory_is_made_anew(folder: Path, tmp_path: Path, content: str) -> None:
    kept = tmp_path / "kubeconfig.json"
    kept.write_text(content)
    assert loaded("one.yaml", kept) == loaded("one.yaml")
    assert json.loads(kept.read_text())["format"] == 1
    damaged = json.loads(kept.read_text())
    for row in damaged["files"].values():
        row["contexts"] = [1]
    kept.write_text(json.dumps(damaged))
    assert loaded("one.yaml", kept) == loaded("one.yaml")


def test_the_memory_spares_the_yaml_reader(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kubeconfig.json"
    loaded("one.yaml:two.yaml", kept)
    code = (
        "import sys; from pathlib import Path; from kai.cluster.kubeconfig import load; "
        "c = load({'KUBECONFIG': 'one.yaml:two.yaml'}, Path('/'), cache_file=Path(sys.argv[1])); "
        "print(c.current_context, sorted({'yaml', 'asyncio', 'subprocess'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, kept], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "prod []"


# Contexts


def test_a_context_knows_its_namespace_and_server(folder: Path) -> None:
    config = loaded("one.yaml:two.yaml")
    assert config.context() == Context("prod", "shop", "https://prod.example.com:6443")
    assert config.context("bare") == Context(
        "bare", "default", "https://one.example.com/k8s/clusters/c-1"
    )
    assert config.context("dangling") == Context("dangling", "default", None)
    assert config.files == (Path("one.yaml"), Path("two.yaml"))
    assert config.warnings == ()


def test_an_unknown_context_is_told_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(KubeconfigError, match="no context 'prd'; known contexts: bare, prod"):
        loaded("one.yaml").context("prd")
    with pytest.raises(KubeconfigError, match="known contexts: none"):
        KubeConfig().context("prd")


def test_without_a_current_context_nothing_is_known(folder: Path) -> None:
    assert loaded("missing.yaml").context() == Context()


def test_a_current_context_that_no_file_has_costs_a_warning(folder: Path) -> None:
    config = loaded("dangling.yaml")
    assert config.context() == Context("gone")
    assert "'gone' is in no kubeconfig file" in config.warnings[0]


def test_credential_plugins_are_known_and_never_run(folder: Path) -> None:
    config = loaded("one.yaml:three.json")
    assert config.uses_plugin("bare")
    assert config.uses_plugin("late")
    assert not config.uses_plugin()
    assert not config.uses_plugin("unknown")


def test_without_kubeconfig_the_file_of_the_home_counts(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "me"
    (home / ".kube").mkdir(parents=True)
    shutil.copy("one.yaml", home / ".kube" / "config")
    for env in ({}, {"KUBECONFIG": ""}):
        assert paths(env, home) == (home / ".kube" / "config",)
        assert load(env, home).current_context == "prod"
    assert paths({"KUBECONFIG": ":"}, home) == ()


# Broken files


BROKEN = {
    "not-yaml": ("a: [", "line 2: not YAML"),
    "tabs": ("a:\n\t- b: hunter2", "not YAML"),
    "a-list": ("- a", "not a mapping"),
    "text": ("hunter2", "not a mapping"),
    "twice": ("contexts: []\ncontexts: []", "line 1: a key stands there twice"),
    "twice-json": ('{"contexts": [], "contexts": []}', "a key stands there twice"),
    "no-list": ("contexts: {a: b}", "contexts is not a list"),
    "no-entry": ("users: [hunter2]", "an entry of users is not a mapping"),
    "number": ("contexts: [{name: 123, context: {}}]", "name is not text"),
    "same-name": ("users: [{name: a}, {name: a}]", "users has one name twice"),
    "python": ("a: !!python/object/apply:os.system [id]", "not YAML"),
    "two-documents": ("a: b\n---\nc: d", "not YAML"),
    "deep": ("[" * 1_000_000, "nested too deeply"),
    "deep-json": ('{"a":' * 1_000_000, "nested too deeply"),
    "deep-block": ("- " * 500_000, "nested too deeply"),
    "aliases": ("a: &a [1]\nb: [" + "*a," * 30 + "]", "nested too deeply"),
    "binary": ("\x00\x01", "not YAML"),
    "a-date": ("current-context: 2024-99-99", "valid kubeconfig"),
}


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_costs_a_warning_and_the_others_count(
    folder: Path, tmp_path: Path, content: str, reason: str
) -> None:
    """The warning names the file and tells nothing of what is in it."""
    Path("broken").write_text(content)
    with pytest.raises(KubeconfigError, match=reason) as caught:
        read_file(Path("broken"))
    assert "broken" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    config = loaded("broken:one.yaml", tmp_path / "kept.json")
    assert config.current_context == "prod"
    assert config.files == (Path("one.yaml"),)
    assert config.warnings == (str(caught.value),)


def test_what_cannot_be_read_costs_a_warning(folder: Path) -> None:
    Path("latin").write_bytes(b"current-context: caf\xe9")
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("large").touch()
    os.truncate("large", 20 * 1024 * 1024)
    config = loaded("latin:folder:pipe:large:one.yaml:one.yaml/x")
    assert config.current_context == "prod"
    assert [warning.partition(" ")[0] for warning in config.warnings] == [
        "latin", "folder", "pipe", "large", "one.yaml/x",
    ]  # fmt: skip
