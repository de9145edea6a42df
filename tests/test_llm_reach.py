"""How far a request travels is told by the spelling of an address, and decides what may be sent."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kai.config import Settings
from kai.config.settings import build
from kai.errors import ModelForbidden
from kai.llm.endpoint import Reach
from kai.llm.endpoints import endpoint_url, open_endpoint
from kai.llm.reach import allowed, authority, of, without_secrets

MACHINE, OWN, CLOUD = Reach.MACHINE, Reach.OWN, Reach.CLOUD


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("http://127.0.0.1:11434", MACHINE),
        ("http://127.8.9.1", MACHINE),
        ("http://localhost:8000/v1", MACHINE),
        ("http://LOCALHOST", MACHINE),
        ("http://[::1]:1", MACHINE),
        ("http://[::ffff:127.0.0.1]", MACHINE),
        ("http://10.1.2.3:8000", OWN),
        ("https://192.168.1.7", OWN),
        ("http://172.16.0.1", OWN),
        ("http://172.31.255.255", OWN),
        ("http://100.101.102.103", OWN),
        ("http://[fd00::1]:8000", OWN),
        ("http://[::ffff:10.0.0.1]", OWN),
        ("http://vllm.models.svc", OWN),
        ("http://vllm.models.svc.cluster.local:8000/v1", OWN),
        ("http://mac.local:11434", OWN),
        ("https://llm.corp.internal", OWN),
        ("http://gpu.lan", OWN),
        ("http://gpu.lan.", OWN),
        ("http://nas.home.arpa", OWN),
        ("https://api.openai.com/v1", CLOUD),
        ("https://api.anthropic.com", CLOUD),
        ("http://172.32.0.1", CLOUD),
        ("http://172.15.0.1", CLOUD),
        ("http://11.0.0.1", CLOUD),
        ("http://100.128.0.1", CLOUD),
        ("http://8.8.8.8", CLOUD),
        ("http://169.254.169.254", CLOUD),
        ("http://[fe80::1]", CLOUD),
        ("http://[2001:db8::1]", CLOUD),
        ("http://gpu", CLOUD),
        ("http://localhost.evil.example", CLOUD),
        ("http://127.0.0.1.evil.example", CLOUD),
        ("http://127.0.0.1@evil.example", CLOUD),
        ("http://svc", CLOUD),
        ("http://evilinternal", CLOUD),
        ("http://2130706433", CLOUD),
        ("http://0x7f.1", CLOUD),
    ],
)
def test_the_reach_of_an_address_follows_from_its_spelling(url: str, reach: Reach) -> None:
    assert of(url) is reach


@pytest.mark.parametrize("provider", ["ollama", "openai", "anthropic"])
def test_nothing_goes_to_the_cloud_unless_the_settings_allow_it(provider: str) -> None:
    with pytest.raises(ModelForbidden, match=r"kai config set privacy\.cloud true"):
        allowed("https://gpu.example.com", provider, cloud=False)
    assert allowed("https://gpu.example.com", provider, cloud=True) is CLOUD


def test_only_https_goes_over_the_open_network() -> None:
    with pytest.raises(ModelForbidden, match="only https"):
        allowed("http://gpu.example.com", "openai", cloud=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://10.0.0.1", "http://x.svc"])
def test_this_machine_and_own_servers_need_no_permission(url: str) -> None:
    assert allowed(url, "openai", cloud=False) is of(url)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_default_address_stands_for_the_vendors_own_with_their_provider(provider: str) -> None:
    settings = build({"llm.provider": provider})
    assert of(endpoint_url(settings)) is CLOUD
    with pytest.raises(ModelForbidden, match=f"api.{provider}.com is not on this machine"):
        open_endpoint(settings, {})
    opened = open_endpoint(build({"llm.provider": provider, "privacy.cloud": True}), {})
    assert (opened.kind, opened.reach) == (provider, CLOUD)


def test_an_endpoint_shows_its_address_without_user_and_password() -> None:
    opened = open_endpoint(build({"llm.url": "http://me:secret@127.0.0.1:1/x"}), {})
    assert opened.url == "http://127.0.0.1:1/x"
    assert without_secrets("http://127.0.0.1:1") == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Gpu.lan:80/v1", "gpu.lan"),
        ("https://api.openai.com:443", "api.openai.com"),
        ("http://10.0.0.5:8000", "10.0.0.5:8000"),
        ("https://u:p@[fd00::1]:8443/x", "[fd00::1]:8443"),
        ("https://x.internal:80", "x.internal:80"),
    ],
)
def test_a_host_is_named_with_its_port_where_that_is_not_the_usual_one(url: str, host: str) -> None:
    assert authority(url) == host


def test_an_endpoint_is_opened_without_a_library_and_without_a_connection() -> None:
    code = (
        "import sys\n"
        "from kai.config.settings import build\n"
        "from kai.llm.endpoints import open_endpoint\n"
        "for name in ('ollama', 'openai', 'anthropic'):\n"
        "    open_endpoint(build({'llm.provider': name, 'privacy.cloud': True}), {})\n"
        "heavy = {'httpx', 'ollama', 'pydantic', 'anyio', 'keyring', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_fresh_settings_are_those_of_an_ollama_on_this_machine() -> None:
    opened = open_endpoint(Settings(), {})
    assert (opened.kind, opened.url, opened.reach) == ("ollama", "http://127.0.0.1:11434", MACHINE)
