"""A key comes from where the user keeps it, goes to the server it is for, and shows up nowhere else."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import traceback
from contextlib import aclosing
from pathlib import Path

import pytest

from kai.config.settings import Settings, Value, build
from kai.errors import ModelForbidden, ProviderError
from kai.kubectl.process import environment
from kai.llm.endpoint import Deadlines, Endpoint, Generation, Prompt, Reach
from kai.llm.endpoints import open_endpoint
from kai.llm.endpoints.http import Server, proxy_of
from kai.llm.keys import Keys, hint
from kai.llm.scripted_server import ScriptedServer

KEY = "sk-test-4711-not-a-real-key"
CLOUD = "https://llm.example.com/v1"


def settings(url: str, **llm: Value) -> Settings:
    values: dict[str, Value] = {"llm.url": url, "privacy.cloud": True}
    return build(values | {f"llm.{name}": value for name, value in llm.items()})


def keys(
    url: str = CLOUD, reach: Reach = Reach.CLOUD, env: dict[str, str] | None = None, **llm: Value
) -> Keys:
    return Keys(settings(url, **llm).llm, url, reach, env or {}, command_seconds=2.0)


def give(path: Path, content: str) -> None:
    path.write_text(content)


@pytest.fixture(name="key_file")
def _key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture(name="program")
def _program(tmp_path: Path) -> Path:
    path = tmp_path / "give key"
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' \"${{1:-{KEY}}}\"\n")
    path.chmod(0o700)
    return path


class TestFile:
    async def test_the_first_line_of_a_private_file_is_the_key(self, key_file: Path) -> None:
        one = keys(key_file=str(key_file), key_host="llm.example.com")
        assert await one.get() == KEY
        assert KEY not in repr(one)

    async def test_the_home_folder_may_be_written_short(self, key_file: Path) -> None:
        env = {"HOME": str(key_file.parent)}
        assert await keys(env=env, key_file="~/key", key_host="llm.example.com").get() == KEY

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
    async def test_one_that_others_can_read_or_write_is_refused(
        self, key_file: Path, mode: int
    ) -> None:
        os.chmod(key_file, mode)  # noqa: PTH101 - in async code
        with pytest.raises(ModelForbidden, match="can be read by others: chmod 600") as caught:
            await keys(key_file=str(key_file), key_host="llm.example.com").get()
        assert KEY not in str(caught.value)

    async def test_one_that_is_missing_empty_or_no_file_is_told(self, tmp_path: Path) -> None:
        for make, says in (
            (lambda path: None, "cannot be read"),
            (lambda path: path.touch(0o600), "gave no key"),
            (lambda path: path.mkdir(), "cannot be read|not a regular file"),
            (lambda path: os.mkfifo(path, 0o600), "not a regular file"),
        ):
            path = tmp_path / says[:9]
            make(path)
            with pytest.raises(ModelForbidden, match=says):
                await keys(key_file=str(path), key_host="llm.example.com").get()

    @pytest.mark.parametrize("content", ["two words", "a\x07b", "ключ", "x" * 20_000])
    async def test_what_no_header_can_carry_is_refused_without_being_shown(
        self, key_file: Path, content: str
    ) -> None:
        give(key_file, content)
        with pytest.raises(ModelForbidden, match="no key") as caught:
            await keys(key_file=str(key_file), key_host="llm.example.com").get()
        assert content not in str(caught.value)


class TestCommand:
    async def test_what_a_program_prints_is_the_key(self, program: Path) -> None:
        command = f"'{program}'"
        assert await keys(key_command=command, key_host="llm.example.com").get() == KEY
        command = f"'{program}' 'a$HOME;b'"
        assert await keys(key_command=command, key_host="llm.example.com").get() == "a$HOME;b"

    @pytest.mark.parametrize(
        ("command", "says"),
        [
            ("/nonexistent/program", "cannot be started .No such file"),
            ("/bin/sh -c 'echo secret; exit 3'", "ended with status 3"),
            ("/bin/sh -c 'sleep 60'", "did not answer in 0.2 s"),
            ("/bin/sh -c 'exit 0'", "gave no key"),
            ("/bin/sh -c 'cat /dev/zero'", "ended with status"),
        ],
    )
    async def test_one_that_does_not_do_that_is_told_and_left_behind(
        self, command: str, says: str
    ) -> None:
        one = keys(key_command=command, key_host="llm.example.com")
        one.command_seconds = 0.2 if "sleep" in command else 5.0
        with pytest.raises(ModelForbidden, match=says) as caught:
            await one.get()
        assert "secret" not in str(caught.value)

    async def test_it_is_run_once_until_the_server_does_not_take_the_key(
        self, tmp_path: Path
    ) -> None:
        count = tmp_path / "count"
        command = f"/bin/sh -c 'echo x >> {count}; echo {KEY}'"
        one = keys(key_command=command, key_host="llm.example.com")
        assert [await one.get() for _ in range(3)] == [KEY] * 3
        assert count.read_text() == "x\n"
        one.forget()
        await one.get()
        assert count.read_text() == "x\nx\n"


class TestWhom:
    @pytest.mark.parametrize(
        ("url", "host", "fits"),
        [
            ("https://a.internal", "a.internal", True),
            ("https://a.internal:8443", "a.internal:8443", True),
            ("https://a.internal:8443", "a.internal", False),
            ("https://b.internal", "a.internal", False),
            ("https://a.internal.evil.example", "a.internal", False),
            ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
            ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
            ("https://a.internal", "", False),
        ],
    )
    async def test_a_key_is_for_one_host_and_another_has_to_be_named(
        self, key_file: Path, url: str, host: str, fits: bool
    ) -> None:
        one = keys(url, Reach.OWN, key_file=str(key_file), key_host=host)
        if fits:
            assert await one.get() == KEY
        else:
            with pytest.raises(ModelForbidden, match=r"kai config set llm\.key_host "):
                await one.get()

    @pytest.mark.parametrize(
        ("url", "name", "key"),
        [
            ("https://api.openai.com/v1", "OPENAI_API_KEY", KEY),
            ("https://api.anthropic.com", "ANTHROPIC_API_KEY", KEY),
            ("https://api.anthropic.com", "OPENAI_API_KEY", ""),
            ("https://llm.example.com/v1", "OPENAI_API_KEY", ""),
            ("https://api.openai.com.evil.example", "OPENAI_API_KEY", ""),
            ("https://api.openai.com:8443", "OPENAI_API_KEY", ""),
        ],
    )
    async def test_the_usual_variable_is_for_the_vendors_own_host(
        self, url: str, name: str, key: str
    ) -> None:
        assert await keys(url, env={name: KEY}).get() == key
        assert (name in hint(url)) == bool(key)

    async def test_a_server_on_this_machine_gets_no_key_that_is_not_named_for_it(self) -> None:
        env = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY"), KEY)
        assert await keys("http://127.0.0.1:11434", Reach.MACHINE, env).get() == ""

    async def test_the_keyring_has_a_key_for_each_host(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = f"def get_password(service, user):\n    return '{KEY}' if (service, user) == "
        (tmp_path / "keyring.py").write_text(module + "('kai', 'llm.example.com') else None\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "keyring", raising=False)
        assert await keys().get() == KEY
        assert await keys("https://other.example.com").get() == ""
        monkeypatch.delitem(sys.modules, "keyring", raising=False)


class TestOnTheWire:
    @pytest.mark.parametrize(
        ("provider", "header", "value"),
        [
            ("ollama", "authorization", f"Bearer {KEY}"),
            ("openai", "authorization", f"Bearer {KEY}"),
            ("anthropic", "x-api-key", KEY),
        ],
    )
    async def test_the_key_goes_into_its_header_and_into_no_message_or_log(
        self,
        key_file: Path,
        provider: str,
        header: str,
        value: str,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("OLLAMA_API_KEY", "of-another-server")
        caplog.set_level(logging.DEBUG)
        refused = {"status": 401, "json": {"error": {"message": f"bad key {KEY}"}}}
        async with ScriptedServer({"answers": [refused]}) as server:
            host = server.url.removeprefix("http://")
            chosen = settings(server.url, provider=provider, key_file=str(key_file), key_host=host)
            one = open_endpoint(chosen, {}, deadlines=Deadlines(3, 10, 10))
            error = await _error(one)
            await one.close()
            assert server.requests
            for request in server.requests:
                assert request.headers[header] == value
                assert "of-another-server" not in str(request.headers)
                assert KEY.encode() not in request.content
        told = "".join(traceback.format_exception(error)) + caplog.text + repr(vars(one))
        assert KEY not in told
        assert "show pods" not in caplog.text

    @pytest.mark.parametrize("provider", ["ollama", "openai", "anthropic"])
    async def test_without_a_key_no_header_is_sent(
        self, provider: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OLLAMA_API_KEY", "of-another-server")
        async with ScriptedServer() as server:
            one = open_endpoint(settings(server.url, provider=provider), dict(os.environ))
            await one.installed()
            await one.close()
            assert not {"authorization", "x-api-key"} & server.requests[0].headers.keys()

    async def test_a_user_and_a_password_in_the_url_go_to_that_server(self) -> None:
        async with ScriptedServer() as server:
            url = server.url.replace("http://", "http://me:p%40ss@")
            for provider in ("ollama", "openai", "anthropic"):
                one = open_endpoint(settings(url, provider=provider), {})
                await one.installed()
                await one.close()
            headers = {request.headers["authorization"] for request in server.requests}
        assert headers == {"Basic bWU6cEBzcw=="}

    async def test_a_key_that_cannot_be_had_stops_the_request(self, key_file: Path) -> None:
        async with ScriptedServer() as server:
            chosen = settings(server.url, key_file=str(key_file), key_host="other.example")
            one = open_endpoint(chosen, {})
            with pytest.raises(ModelForbidden, match=r"is for other\.example"):
                await one.installed()
            await one.close()
            assert not server.requests


def test_kubectl_is_started_without_any_key() -> None:
    names = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY", "KAI_LLM_KEY_FILE")
    built = environment({**dict.fromkeys(names, KEY), "HOME": "/home/me", "PATH": "/usr/bin"})
    assert KEY not in str(built)


@pytest.mark.parametrize(
    ("url", "env", "proxy"),
    [
        ("https://api.openai.com/v1", {"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        (
            "https://api.openai.com/v1",
            {"https_proxy": "http://p", "ALL_PROXY": "http://q"},
            "http://p",
        ),
        ("https://api.openai.com/v1", {"ALL_PROXY": "http://q"}, "http://q"),
        ("https://api.openai.com/v1", {"HTTPS_PROXY": "http://p", "NO_PROXY": ".openai.com"}, None),
        ("https://api.openai.com/v1", {"HTTPS_PROXY": "http://p", "no_proxy": "*"}, None),
        (
            "https://api.openai.com/v1",
            {"HTTPS_PROXY": "http://p", "no_proxy": "ai.com"},
            "http://p",
        ),
        ("https://api.openai.com/v1", {"HTTP_PROXY": "http://p"}, None),
        ("https://api.openai.com/v1", {"HTTPS_PROXY": "socks5://p"}, None),
        ("https://10.0.0.1", {"HTTPS_PROXY": "http://p"}, None),
        ("http://127.0.0.1", {"HTTPS_PROXY": "http://p", "HTTP_PROXY": "http://p"}, None),
    ],
)
def test_a_proxy_of_the_environment_counts_on_the_way_to_the_cloud_only(
    url: str, env: dict[str, str], proxy: str | None
) -> None:
    one = open_endpoint(settings(url, provider="openai"), env)
    server = Server(url, one.reach, keys(url), lambda key: {}, Deadlines(), env)
    assert proxy_of(server) == proxy


async def _error(one: Endpoint) -> ProviderError:
    generation = Generation("tiny", Prompt("s", ()), raw="show pods")
    with pytest.raises(ProviderError) as caught:
        async with asyncio.timeout(10), aclosing(one.stream(generation)) as stream:
            async for _ in stream:
                pass
    return caught.value
