"""How far a request travels, by the spelling of an address alone: no name is ever looked up.

A look-up could be answered differently a minute later, so a name counts as private only where no
public resolver may answer for it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from kai.errors import ModelForbidden
from kai.llm.endpoint import Reach

VENDORS = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
"""Where the vendors' own servers are; they stand for the default address with their provider."""

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""RFC 1918, RFC 6598 (overlay networks use it) and RFC 4193. Link-local addresses are not here:
clouds serve credentials there."""

_PRIVATE_NAMES = (".svc", ".svc.cluster.local", ".local", ".internal", ".lan", ".home.arpa")
"""Services of a cluster, mDNS (RFC 6762), ICANN's reserved .internal, and home networks
(RFC 8375; .lan as RFC 6762 appendix G lists it)."""


def of(url: str, provider: str = "ollama") -> Reach:
    """How far a request to `url` travels.

    The settings see to it that another machine is named by the config file (`kai.config.layers`).
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost":
        return Reach.MACHINE
    from ipaddress import IPv6Address, ip_address, ip_network

    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return Reach.OWN if host.endswith(_PRIVATE_NAMES) else Reach.CLOUD
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return Reach.MACHINE
    networks = (ip_network(text) for text in _PRIVATE)
    return Reach.OWN if any(address in network for network in networks) else Reach.CLOUD


def allowed(url: str, provider: str, *, cloud: bool) -> Reach:
    """The reach of `url`. Raises `ModelForbidden` where the settings do not let a request go there.

    `cloud` is the setting `privacy.cloud`. Over the open network only https is spoken.
    """
    reach = of(url, provider)
    if reach is not Reach.CLOUD:
        return reach
    host = urlsplit(url).hostname or ""
    if not cloud:
        raise ModelForbidden(
            f"{host} is not on this machine or in your own network, and nothing is sent to the cloud"
            " unless you allow it: kai config set privacy.cloud true (or name another llm.url)"
        )
    if urlsplit(url).scheme != "https":
        raise ModelForbidden(
            f"{host} is not in your own network: only https goes there; set llm.url to https://..."
        )
    return reach


def authority(url: str) -> str:
    """`host`, or `host:port` where the port is not the scheme's own; without user and password."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def without_secrets(url: str) -> str:
    """The URL as it may be shown: no user, no password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
