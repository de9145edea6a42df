"""The status line of an editor: where the user is, how the model is, and the news of both."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

from kai.errors import ConfigError
from kai.model import Context
from kai.provider import ModelStatus, Readiness
from kai_lsp.status import INTERVAL, Status, Watched, status
from tests.lsp_client import editing, scripted, until

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: {context}
clusters: [{{name: c, cluster: {{server: "https://192.0.2.1"}}}}]
users: [{{name: u, user: {{}}}}]
contexts:
- {{name: kind-play, context: {{cluster: c, user: u, namespace: blue}}}}
- {{name: prod-eu, context: {{cluster: c, user: u}}}}
"""

NO_MODEL = {"name": "", "state": "off", "detail": "llm.enabled is false"}


def _kubeconfig(folder: Path, context: str) -> Path:
    file = folder / "kubeconfig"
    file.write_text(KUBECONFIG.format(context=context))
    return file


class Model:
    """A model in a state."""

    def __init__(self, readiness: Readiness) -> None:
        self.status = ModelStatus(readiness, "small:1b", "for tests")

    def now(self) -> ModelStatus:
        return self.status


async def test_the_status_tells_context_namespace_and_that_the_model_is_off(
    tmp_path: Path,
) -> None:
    env = {"KUBECONFIG": str(_kubeconfig(tmp_path, "kind-play"))}
    async with editing(home=tmp_path, env=env) as editor:
        assert await editor.status() == {
            "context": "kind-play",
            "namespace": "blue",
            "protected": False,
            "model": NO_MODEL,
            "problem": None,
        }


async def test_without_a_kubeconfig_nothing_is_known_and_nothing_fails(tmp_path: Path) -> None:
    env = {"KUBECONFIG": str(tmp_path / "none")}
    async with editing("plain", home=tmp_path, env=env) as editor:
        told = await editor.status()
        assert (told["context"], told["namespace"], told["problem"]) == (None, None, None)


async def test_a_switch_to_a_protected_context_is_told_by_itself(tmp_path: Path) -> None:
    env = {"KUBECONFIG": str(_kubeconfig(tmp_path, "kind-play"))}
    async with editing(home=tmp_path, env=env) as editor:
        await editor.status()
        _kubeconfig(tmp_path, "prod-eu")
        await until(lambda: bool(editor.statuses))
        [told] = editor.statuses
        assert (told["context"], told["namespace"]) == ("prod-eu", "default")
        assert told["protected"] is True


async def test_settings_that_cannot_be_read_are_the_problem_of_the_status(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("unheard: of\n")
    async with editing(home=tmp_path, env={"KAI_CONFIG": str(file)}) as editor:
        assert "unheard" in (await editor.status())["problem"]
        file.write_text("")
        editor.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams(changes=[])
        )
        await until(lambda: bool(editor.statuses))
        assert editor.statuses[-1]["problem"] is None


async def test_the_model_s_state_is_told_when_it_changes(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("cold small:1b")
    async with editing(home=tmp_path, command=scripted(model=str(state))) as editor:
        first = await editor.status()
        assert first["model"] == {"name": "small:1b", "state": "cold", "detail": "small:1b is cold"}
        state.write_text("warm small:1b")
        await until(lambda: bool(editor.statuses))
        assert editor.statuses[-1]["model"]["state"] == "warm"


async def test_a_model_that_answers_is_looked_at_at_once(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("cold small:1b")
    command = scripted(script=["kubectl get nodes"], model=str(state))
    async with editing(home=tmp_path, command=command) as editor:
        uri = editor.open("a.sh", "# ai: something only a model knows\n")
        action = await editor.action(uri, "ai:", "ask the model")
        await editor.status()
        state.write_text("loading small:1b")
        await editor.choose(action)
        await until(lambda: bool(editor.statuses))
        assert editor.statuses[0]["model"]["state"] == "loading"


async def test_nobody_is_told_who_never_asked(tmp_path: Path) -> None:
    async with editing(home=tmp_path) as editor:
        change = types.DidChangeWatchedFilesParams(changes=[])
        editor.client.workspace_did_change_watched_files(change)
        await editor.settled()
        assert editor.statuses == []


# --- without a server -------------------------------------------------------------------------


def here() -> tuple[Context, bool]:
    return Context("kind-play", "blue"), False


def broken() -> tuple[Context, bool]:
    raise ConfigError("config.yaml is wrong")


@pytest.mark.parametrize("readiness", list(Readiness))
def test_every_state_of_a_model_is_told_by_its_word(readiness: Readiness) -> None:
    told = status(here, Model(readiness), trusted=True)
    assert told["model"]["state"] == readiness.value


def test_in_a_workspace_that_is_not_trusted_the_model_is_off() -> None:
    told = status(here, Model(Readiness.WARM), trusted=False)["model"]
    assert (told["state"], told["name"]) == ("off", "small:1b")
    assert "not trusted" in told["detail"]
    assert status(here, None, trusted=False)["model"] == {"name": "", "state": "none", "detail": ""}


def test_a_problem_hides_where_the_user_is_and_not_the_model() -> None:
    told = status(broken, Model(Readiness.WARM), trusted=True)
    assert (told["context"], told["problem"]) == (None, "config.yaml is wrong")
    assert told["model"]["state"] == "warm"


async def test_a_watch_tells_each_change_once_and_looks_as_often_as_it_says() -> None:
    model = Model(Readiness.COLD)
    told: list[Status] = []
    waited: list[float] = []
    watched = Watched(lambda: status(here, model, trusted=True), told.append)

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            model.status = ModelStatus(Readiness.WARM)
        if len(waited) == 5:
            raise asyncio.CancelledError

    watched.asked()
    with pytest.raises(asyncio.CancelledError):
        await watched.watch(sleep)
    assert [one["model"]["state"] for one in told] == ["warm"]
    assert set(waited) == {INTERVAL}
