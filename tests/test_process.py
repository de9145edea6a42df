"""kai.kubectl.process: kubectl is found safely, ends in time, and leaves no process behind."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from kai.errors import KubectlError, KubectlMissing, KubectlTimeout, KubectlTooOld
from kai.kubectl.private_file import read_json, write_json
from kai.kubectl.process import (
    Completed,
    FakeKubectl,
    Kubectl,
    RealKubectl,
    environment,
    find_kubectl,
    require_supported,
    version_of,
)
from tests.conftest import RealKubectl as Installed
from tests.fake_api_server import FakeApiServer, an_object


def stub(folder: Path, body: str, name: str = "kubectl") -> Path:
    """A program in `folder` that runs `body` in sh."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def alive(pid: int) -> bool:
    """The process is there and not a zombie that only waits for its parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    about = Path(f"/proc/{pid}/stat")
    return not about.exists() or about.read_text().rpartition(")")[2].split()[0] != "Z"


# Finding it


def test_the_first_kubectl_of_path_is_found(tmp_path: Path) -> None:
    stub(tmp_path / "b", "")
    stub(tmp_path / "c", "")
    path = f"{tmp_path}/a:{tmp_path}/b:{tmp_path}/c"
    assert find_kubectl(env={"PATH": path}) == f"{tmp_path}/b/kubectl"


def test_unsafe_folders_of_path_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative and empty entries, the current folder, node_modules, world-writable folders."""
    here, shared = tmp_path / "here", tmp_path / "shared"
    modules = tmp_path / "node_modules" / ".bin"
    for folder in (here, here / "bin", shared, modules):
        stub(folder, "")
    shared.chmod(0o777)
    monkeypatch.chdir(here)
    path = f":bin:.:{here}:{modules}:{shared}"
    with pytest.raises(KubectlMissing, match=r"no kubectl was found on PATH \(passed over.*shared"):
        find_kubectl(env={"PATH": path})
    good = stub(tmp_path / "good", "")
    assert find_kubectl(env={"PATH": f"{path}:{good.parent}"}) == str(good)


def test_what_cannot_be_run_is_not_found(tmp_path: Path) -> None:
    stub(tmp_path / "a", "").chmod(0o644)
    (tmp_path / "b" / "kubectl").mkdir(parents=True)
    with pytest.raises(KubectlMissing, match="kai config set kubectl"):
        find_kubectl(env={"PATH": f"{tmp_path}/a:{tmp_path}/b"})


def test_the_settings_name_a_kubectl_and_path_is_not_searched(tmp_path: Path) -> None:
    good = stub(tmp_path / "a", "", "kubectl-1.30")
    assert find_kubectl(str(good), env={"PATH": ""}) == str(good)
    with pytest.raises(KubectlMissing, match="which is not a program"):
        find_kubectl(str(tmp_path / "nothing"))
    with pytest.raises(KubectlMissing, match="absolute"):
        find_kubectl("bin/kubectl")
    with pytest.raises(KubectlMissing, match="absolute"):
        RealKubectl("kubectl")


# Its environment


def test_the_environment_is_built_and_not_inherited() -> None:
    users = {
        "HOME": "/h", "KUBECONFIG": "/k", "PATH": "/usr/bin::.:bin:/bin", "LANG": "de_DE.UTF-8",
        "KUBE_EDITOR": "x", "KUBECTL_EXTERNAL_DIFF": "x", "KUBECTL_KUBERC": "true",
        "LD_PRELOAD": "x", "HTTPS_PROXY": "x", "AWS_PROFILE": "prod", "PYTHONPATH": "x",
    }  # fmt: skip
    assert environment(users, keep=("AWS_PROFILE", "ABSENT")) == {
        "HOME": "/h", "KUBECONFIG": "/k", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8", "KUBECTL_KUBERC": "false", "KUBERC": "off", "AWS_PROFILE": "prod",
    }  # fmt: skip


async def test_the_child_sees_the_built_environment_and_the_additions_of_the_call(
    tmp_path: Path,
) -> None:
    program = stub(tmp_path, "env")
    kubectl = RealKubectl(str(program), env={"HOME": "/h", "KUBE_EDITOR": "vi", "PATH": "/bin"})
    done = await kubectl.run((), timeout=10, env={"EXTRA": "1"})
    seen = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    for own in ("PWD", "SHLVL", "_", "OLDPWD"):
        seen.pop(own, None)
    assert seen == {**environment({"HOME": "/h", "PATH": "/bin"}), "EXTRA": "1"}


# Running it


async def test_arguments_reach_the_program_as_they_are(tmp_path: Path) -> None:
    program = stub(tmp_path, 'printf "%s|" "$@"; echo err >&2; exit 3')
    done = await RealKubectl(str(program)).run(("a b", "$HOME", "*", ";id"), timeout=10)
    assert done == Completed(3, b"a b|$HOME|*|;id|", b"err\n")
    assert not done.ok


async def test_standard_input_is_closed_unless_something_is_given(tmp_path: Path) -> None:
    kubectl = RealKubectl(str(stub(tmp_path, "cat; echo end")))
    assert (await kubectl.run((), timeout=10)).stdout == b"end\n"
    many = b"x" * 300_000
    assert (await kubectl.run((), timeout=10, stdin=many)).stdout == many + b"end\n"


async def test_a_program_that_does_not_read_its_input_is_no_failure(tmp_path: Path) -> None:
    kubectl = RealKubectl(str(stub(tmp_path, "exit 0")))
    assert (await kubectl.run((), timeout=10, stdin=b"x" * 1_000_000)).ok


async def test_the_deadline_ends_the_program_and_everything_it_started(tmp_path: Path) -> None:
    body = f"sleep 300 & echo $! > {tmp_path}/child; echo begun; sleep 300"
    done = await RealKubectl(str(stub(tmp_path, body))).run((), timeout=0.5)
    assert done.timed_out
    assert not done.ok
    assert done.stdout == b"begun\n"
    assert not alive(int((tmp_path / "child").read_text()))


async def test_a_program_deaf_to_signals_is_ended_too(tmp_path: Path) -> None:
    body = f"trap '' TERM INT HUP; echo $$ > {tmp_path}/me; while :; do sleep 1; done"
    done = await RealKubectl(str(stub(tmp_path, body))).run((), timeout=0.5)
    assert done.timed_out
    assert not alive(int((tmp_path / "me").read_text()))


async def test_children_that_outlive_the_program_are_ended(tmp_path: Path) -> None:
    """Both one that holds the pipes open and one that let them go."""
    body = f"sleep 300 & echo $! > {tmp_path}/a; sleep 300 >/dev/null 2>&1 & echo $! > {tmp_path}/b"
    done = await RealKubectl(str(stub(tmp_path, body + "; echo done"))).run((), timeout=60)
    assert done == Completed(0, b"done\n")
    assert not alive(int((tmp_path / "a").read_text()))
    assert not alive(int((tmp_path / "b").read_text()))


@pytest.mark.parametrize("begun", [False, True])
async def test_cancelling_ends_the_program(tmp_path: Path, begun: bool) -> None:
    """Also where it has only just been started."""
    body = f"echo $$ > {tmp_path}/me; sleep 300"
    task = asyncio.create_task(RealKubectl(str(stub(tmp_path, body))).run((), timeout=60))
    await asyncio.sleep(0)
    while begun and not (tmp_path / "me").exists():  # noqa: ASYNC110 - a file tells no event
        await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    me = (tmp_path / "me").read_text() if (tmp_path / "me").exists() else ""
    assert not me or not alive(int(me))


async def test_endless_output_is_cut_and_the_program_ended(tmp_path: Path) -> None:
    body = f"echo $$ > {tmp_path}/me; while :; do echo yyyyyyyyyyyyyyyy; done"
    program = stub(tmp_path, body)
    done = await RealKubectl(str(program), output_limit=100_000).run((), timeout=60)
    assert done.truncated
    assert not done.timed_out
    assert not done.ok
    assert len(done.stdout) == 100_000
    assert not alive(int((tmp_path / "me").read_text()))


async def test_a_program_that_cannot_be_started_is_missing(tmp_path: Path) -> None:
    with pytest.raises(KubectlMissing, match="cannot be started"):
        await RealKubectl(str(tmp_path / "gone")).run((), timeout=10)
    with pytest.raises(KubectlMissing, match="cannot be started"):
        await RealKubectl(str(stub(tmp_path, ""))).run(("a\0b",), timeout=10)


async def test_a_silent_server_holds_the_real_kubectl_no_longer_than_the_deadline(
    kubectl: Path, tmp_path: Path
) -> None:
    with FakeApiServer(silent=True) as server:
        config = server.write_kubeconfig(tmp_path / "config")
        env = {"HOME": str(tmp_path), "KUBECONFIG": str(config), "PATH": os.defpath}
        done = await RealKubectl(str(kubectl), env=env).run(("get", "pods"), timeout=1)
    assert done.timed_out


async def test_the_real_kubectl_reads_from_a_server(kubectl: Path, tmp_path: Path) -> None:
    with FakeApiServer([an_object("pods", "web-1", "prod")]) as server:
        config = server.write_kubeconfig(tmp_path / "config")
        env = {"HOME": str(tmp_path), "KUBECONFIG": str(config), "PATH": os.defpath}
        real = RealKubectl(str(kubectl), env=env)
        done = await real.run(("get", "pods", "--namespace=prod", "--output=name"), timeout=30)
    assert done == Completed(0, b"pod/web-1\n")


# Its version


async def test_every_real_kubectl_says_its_version(kubectl_path: Installed) -> None:
    version = await RealKubectl(str(kubectl_path.path)).version()
    assert version.rpartition(".")[0] == kubectl_path.version
    require_supported(version)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v1.32.4-dispatcher", "1.32.4"),
        ("v1.27.16", "1.27.16"),
        ("1.37", "1.37"),
        ("v1.33.1+k3s1", "1.33.1"),
        ("v1.34.0-alpha.1", "1.34.0"),
    ],
)
def test_versions_are_cut_to_their_numbers(text: str, version: str) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize(
    "text", ["", "v1", "latest", "v1.x.2", "1.32.4 rm -rf", "v\u0661.\u0663\u0662"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(KubectlError, match="a version that is none"):
        version_of(text)


def test_a_kubectl_older_than_the_oldest_table_is_too_old() -> None:
    require_supported("1.27.0")
    with pytest.raises(KubectlTooOld, match=r"older than 1\.27"):
        require_supported("1.26.9")


async def test_the_version_is_kept_until_the_program_changes(tmp_path: Path) -> None:
    said = json.dumps({"clientVersion": {"gitVersion": "v1.30.1"}})
    body = f"echo x >> {tmp_path}/started; echo '{said}'"
    program, kept = stub(tmp_path / "bin", body), tmp_path / "cache" / "versions.json"

    def fresh() -> RealKubectl:
        return RealKubectl(str(program), version_file=kept)

    assert fresh().cached_version() is None
    assert await fresh().version() == "1.30.1"
    assert fresh().cached_version() == "1.30.1"
    assert await fresh().version() == "1.30.1"
    assert (tmp_path / "started").read_text() == "x\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    stub(tmp_path / "bin", body.replace("x >>", "xx >>"))
    assert fresh().cached_version() is None
    assert await fresh().version() == "1.30.1"
    assert (tmp_path / "started").read_text() == "x\nxx\n"


@pytest.mark.parametrize("content", ["", "[]", '{"PATH": 1}', '{"PATH": [1, 2, "1.30.1"]}'])
async def test_a_damaged_version_file_is_written_anew(tmp_path: Path, content: str) -> None:
    program = stub(tmp_path, 'echo \'{"clientVersion": {"gitVersion": "v1.30.1"}}\'')
    kept = tmp_path / "versions.json"
    kept.write_text(content.replace("PATH", str(program)))
    assert RealKubectl(str(program), version_file=kept).cached_version() is None
    assert await RealKubectl(str(program), version_file=kept).version() == "1.30.1"
    assert RealKubectl(str(program), version_file=kept).cached_version() == "1.30.1"


@pytest.mark.parametrize("body", ["echo hello", "echo '{}'", "echo nope >&2; exit 1", "echo '[1]'"])
async def test_a_program_that_is_no_kubectl_is_told(tmp_path: Path, body: str) -> None:
    with pytest.raises(KubectlError, match="does not answer like a kubectl"):
        await RealKubectl(str(stub(tmp_path, body))).version()


async def test_a_program_that_never_says_its_version_is_told(tmp_path: Path) -> None:
    hanging = RealKubectl(str(stub(tmp_path, "sleep 300")), version_seconds=0.3)
    with pytest.raises(KubectlTimeout, match=r"did not answer in 0\.3 s"):
        await hanging.version()
    assert hanging.cached_version() is None


# The fake


async def test_the_fake_answers_by_the_longest_beginning() -> None:
    fake: Kubectl = FakeKubectl(
        {("get",): b"any\n", ("get", "pods"): b"pods\n", ("top",): Completed(1, b"", b"no\n")}
    )
    assert (await fake.run(("get", "pods", "-A"), timeout=1)).stdout == b"pods\n"
    assert (await fake.run(("get", "svc"), timeout=1)).stdout == b"any\n"
    assert (await fake.run(("top", "pods"), timeout=1)).stderr == b"no\n"
    assert (await fake.run(("frob",), timeout=1)).code == 1
    assert fake.path == "/usr/bin/kubectl"
    assert await fake.version() == fake.cached_version() == "1.32.4"
    assert isinstance(fake, FakeKubectl)
    assert fake.calls[-1] == ("frob",)


# Private files


def test_private_files_are_ours_alone_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.json"
    assert write_json(path, {"k": [1, "\u00fc"]})
    assert read_json(path) == {"k": [1, "\u00fc"]}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["x.json"]
    assert read_json(path, max_bytes=5) is None


def test_private_files_others_could_have_made_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert read_json(path) is None
    path.write_text("{}")
    assert read_json(path) == {}
    path.chmod(0o666)
    assert read_json(path) is None
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    assert read_json(tmp_path / "link") is None
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert read_json(tmp_path / "pipe") is None
    assert read_json(tmp_path) is None


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not write_json(tmp_path / "file" / "x.json", {})
    assert not write_json(tmp_path / "y.json", object())
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["file"]


def test_importing_process_starts_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys; import kai.kubectl.process, kai.kubectl.resources; "
        "print(sorted({'asyncio', 'subprocess', 'yaml', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
