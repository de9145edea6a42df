"""The servers that kai can ask: `open_endpoint` makes the one that the settings name."""

from __future__ import annotations

from collections.abc import Mapping

from kai.config.settings import OLLAMA_URL, Settings
from kai.llm.endpoint import Deadlines, Endpoint
from kai.llm.keys import Keys
from kai.llm.reach import VENDORS, allowed


def open_endpoint(
    settings: Settings, env: Mapping[str, str], *, deadlines: Deadlines | None = None
) -> Endpoint:
    """The endpoint of `settings.llm`, with keys and proxies of `env`. Nothing is sent yet, and no
    library is imported.

    `deadlines` stand in for those of the settings. Raises `ModelForbidden` where the address is in
    the cloud and the settings do not allow that. One of ollama is a `Keeper`.
    """
    llm = settings.llm
    url = endpoint_url(settings)
    cloud = settings.privacy.cloud
    reach = allowed(url, llm.provider, cloud=cloud)
    keys = Keys(llm, url, reach, env)
    clock = deadlines or Deadlines(first=llm.timeout, between=llm.stall)
    if llm.provider == "openai":
        from kai.llm.endpoints.openai import OpenAI

        return OpenAI(url, reach, keys, clock, env)
    if llm.provider == "anthropic":
        from kai.llm.endpoints.anthropic import Anthropic

        return Anthropic(url, reach, keys, clock, env)
    from kai.llm.endpoints.ollama import Ollama

    return Ollama(url, reach, keys, clock, env, cloud=cloud)


def endpoint_url(settings: Settings) -> str:
    """Where requests go: `llm.url`; its default stands for the vendor's own with other providers."""
    llm = settings.llm
    return VENDORS.get(llm.provider, llm.url) if llm.url == OLLAMA_URL else llm.url
