"""HTTP as every endpoint of kai speaks it: to one server only, within limits, errors in our words.

A transport of our own stands between httpx (and whatever uses it) and the network. It sends to one
origin and no other, adds the key there and strikes out any other, follows no redirect, asks for no
compression, tries once more where a connection broke before any answer, reads streams line by
line with a cap, and says in an error of kai's what is wrong. httpx is imported by `client`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kai.errors import ModelBroken, ModelForbidden, ModelUnreachable, ProviderError
from kai.llm.endpoint import Deadlines, Reach
from kai.llm.endpoints.refusal import model_of, not_its_format, refusal, said_in
from kai.llm.endpoints.waiting import nobody
from kai.llm.keys import Keys
from kai.llm.reach import without_secrets

if TYPE_CHECKING:
    import ssl

    import httpx

MAX_LINE = 256 * 1024
"""Bytes of one line of a stream: a line holds one token, with its probability."""

MAX_STREAM = 16 * 1024 * 1024
"""Bytes of one stream: far more than the frames around an answer of the longest size allowed."""

MAX_BODY = 4 * 1024 * 1024
"""Bytes of an answer that is no stream: lists of models are the longest."""

_MAX_ERROR = 64 * 1024
_CONNECT_SECONDS = 10.0
"""A handshake takes several round trips; and what this machine takes or refuses it does at once, so
that a clock would only find out that kai itself was busy."""

_STREAMS = ("application/x-ndjson", "text/event-stream")
_SEPARATORS = {b"\xc2\x85": b"\\u0085", b"\xe2\x80\xa8": b"\\u2028", b"\xe2\x80\xa9": b"\\u2029"}
"""Line separators of Unicode that JSON may hold and that a reader of lines takes for ends."""


@dataclass(frozen=True, slots=True)
class Server:
    """What the transport has to know of its server.

    `header` makes headers of a key. `environment` is asked for a proxy, for the cloud alone.
    """

    url: str = field(repr=False)
    reach: Reach
    keys: Keys
    header: Callable[[str], Mapping[str, str]]
    deadlines: Deadlines
    environment: Mapping[str, str] = field(repr=False)
    pull: str = ""
    """How to get a model that the server does not have; "" where kai cannot say."""

    start: str = ""
    """How it is started on this machine."""

    @property
    def shown(self) -> str:
        """The address as messages have it."""
        return without_secrets(self.url)


def client(server: Server) -> httpx.AsyncClient:
    """A client that speaks to this server alone."""
    import httpx

    return httpx.AsyncClient(
        base_url=server.url, transport=transport(server), **client_options(server)
    )


def client_options(server: Server) -> dict[str, Any]:
    """How every client is made. Our own clocks stop what takes too long, so none runs in httpx."""
    import httpx

    quick = server.url.startswith("http:") and server.reach is not Reach.MACHINE
    connect = server.deadlines.connect if quick else _CONNECT_SECONDS
    return {
        "timeout": httpx.Timeout(None, connect=connect),
        "follow_redirects": False,
        "trust_env": False,
    }


def transport(server: Server) -> httpx.AsyncBaseTransport:
    """The guarded way to one server; proxies of the environment count for the cloud only."""
    import httpx

    inner = httpx.AsyncHTTPTransport(
        verify=_tls(server.url), proxy=proxy_of(server), trust_env=False, retries=0
    )
    guarded: httpx.AsyncBaseTransport = _classes()(inner, server)
    return guarded


def proxy_of(server: Server) -> str | None:
    """The proxy on the way to a server in the cloud. It sees an encrypted stream only (https)."""
    if server.reach is not Reach.CLOUD:
        return None
    env, host = server.environment, urlsplit(server.url).hostname or ""
    left_out = env.get("no_proxy") or env.get("NO_PROXY") or ""
    for entry in (part.strip().lstrip(".").lower() for part in left_out.split(",")):
        if entry == "*" or (entry and (host == entry or host.endswith("." + entry))):
            return None
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    found = next((env[name] for name in names if env.get(name)), "")
    return found if found.startswith(("http://", "https://")) else None


def _tls(url: str) -> ssl.SSLContext:
    """Certificates are always verified: the system's authorities and the ones that httpx brings."""
    import ssl

    if url.startswith("http:"):
        return _no_tls()
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


@cache
def _no_tls() -> ssl.SSLContext:
    """For plain http: trusts nobody, costs nothing (loading authorities takes 15 ms)."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def _classes() -> Any:
    """The transport's class: it derives from httpx's, which is imported here at the earliest."""
    import httpx

    class Body(httpx.AsyncByteStream):
        """The bytes of an answer, checked on the way."""

        def __init__(self, chunks: AsyncIterator[bytes], close: Callable[[], Any]) -> None:
            self._chunks, self._close = chunks, close

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in self._chunks:
                yield chunk

        async def aclose(self) -> None:
            await self._close()

    class Guarded(httpx.AsyncBaseTransport):
        """See the module."""

        _broke = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)

        def __init__(self, inner: httpx.AsyncBaseTransport, server: Server) -> None:
            self._inner, self._server = inner, server

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await self._prepare(request)
            response = await self._send(request)
            if not 200 <= response.status_code < 300:
                try:
                    raise await self._refused(request, response)
                finally:
                    await response.aclose()
            if response.headers.get("content-encoding", "identity") != "identity":
                await response.aclose()
                raise ModelBroken(
                    f"{self._server.shown} compresses its answers, which kai did not ask for;"
                    " check what stands between (llm.url)"
                )
            kind = response.headers.get("content-type", "")
            asked = b'"stream":true' in request.content.replace(b" ", b"")
            if asked and kind.startswith("text/html"):
                await response.aclose()
                raise not_its_format(self._server, "a web page")
            stream = asked or kind.startswith(_STREAMS)
            raw = response.stream
            assert isinstance(raw, httpx.AsyncByteStream)  # noqa: S101 - httpx says so
            chunks = _lines(self._read(raw), self._server) if stream else self._read(raw)
            limit = MAX_STREAM if stream else MAX_BODY
            body = Body(_capped(chunks, limit, self._server), raw.aclose)
            return httpx.Response(
                response.status_code,
                headers=response.headers,
                stream=body,
                extensions=response.extensions,
            )

        async def _prepare(self, request: httpx.Request) -> None:
            ours = urlsplit(self._server.url)
            usual = {"http": 80, "https": 443}
            there = (request.url.scheme, request.url.host, request.url.port)
            port = None if ours.port == usual[ours.scheme] else ours.port
            if there != (ours.scheme, ours.hostname, port):
                raise ModelForbidden(
                    f"a request to {request.url.host} was stopped: kai speaks to"
                    f" {self._server.shown} only"
                )
            for name in ("authorization", "x-api-key", "cookie", "proxy-authorization"):
                request.headers.pop(name, None)
            request.headers["accept-encoding"] = "identity"
            key = await self._server.keys.get()
            if key:
                request.headers.update(self._server.header(key))
            elif ours.username is not None:
                request.headers["authorization"] = _basic(ours.username, ours.password or "")

        async def _send(self, request: httpx.Request) -> httpx.Response:
            """The answer's head. What broke before it is sent once more, on a connection of its own:
            a server may close an idle one in the moment in which we use it."""
            with contextlib.suppress(*self._broke):
                return await self._once(request)
            try:
                return await self._once(request)
            except self._broke:
                raise ModelBroken(
                    f"{self._server.shown} closes connections without an answer;"
                    " is it a model server? (llm.url)"
                ) from None

        async def _once(self, request: httpx.Request) -> httpx.Response:
            shown = self._server.shown
            try:
                return await self._inner.handle_async_request(request)
            except self._broke:
                raise
            except httpx.ConnectTimeout:
                raise ModelUnreachable(f"{shown} does not take connections; is it up?") from None
            except httpx.ProxyError:
                raise ModelUnreachable(
                    f"the proxy of HTTPS_PROXY does not let kai through to {shown}"
                ) from None
            except httpx.ConnectError as error:
                if "CERTIFICATE" in str(error).upper():
                    raise ModelUnreachable(
                        f"{shown} shows a certificate that is not trusted here; add its authority"
                        " to the system's, or name it with SSL_CERT_FILE"
                    ) from None
                refused = "attempts failed" in str(error) or "refused" in str(error)
                if self._server.url.startswith("https:") and not refused:
                    raise ModelUnreachable(
                        f"{shown} does not speak https as kai does; is llm.url http:// there?"
                    ) from None
                raise ModelUnreachable(
                    nobody(shown, self._server.reach, self._server.start)
                ) from None
            except httpx.TransportError as error:
                raise ModelBroken(
                    f"{shown} cannot be asked ({type(error).__name__}); check llm.url"
                ) from None

        async def _read(self, stream: httpx.AsyncByteStream) -> AsyncIterator[bytes]:
            try:
                async for chunk in stream:
                    yield chunk
            except (httpx.TransportError, httpx.StreamError):
                raise ModelBroken(
                    f"{self._server.shown} broke off in the middle of its answer; ask again"
                ) from None

        async def _refused(self, request: httpx.Request, response: httpx.Response) -> ProviderError:
            """The error for a status that is no success; its body is read in part, and not for long."""
            body = b""
            stream = response.stream
            assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - httpx says so
            with contextlib.suppress(TimeoutError, httpx.TransportError, httpx.StreamError):
                async with asyncio.timeout(self._server.deadlines.between):
                    async for chunk in stream:
                        body += chunk
                        if len(body) > _MAX_ERROR:
                            break
            said = said_in(body)
            if response.is_redirect:
                to = urlsplit(response.headers.get("location", ""))
                said = f"{to.scheme}://{to.hostname}" if to.hostname else to.path
            error = refusal(self._server, response.status_code, said, model_of(request.content))
            if response.status_code in (401, 403):
                self._server.keys.forget()
            return error

        async def aclose(self) -> None:
            await self._inner.aclose()

    return Guarded


def _basic(user: str, password: str) -> str:
    from base64 import b64encode
    from urllib.parse import unquote

    pair = f"{unquote(user)}:{unquote(password)}".encode()
    return "Basic " + b64encode(pair).decode()


async def _capped(chunks: AsyncIterator[bytes], limit: int, server: Server) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _too_long(server, limit)
        yield chunk


def _too_long(server: Server, limit: int) -> ModelBroken:
    return ModelBroken(
        f"{server.shown} sends more than {limit // 1024} KiB at once, which no model server does;"
        " check llm.url"
    )


async def _lines(chunks: AsyncIterator[bytes], server: Server) -> AsyncIterator[bytes]:
    """Whole lines, as UTF-8, without the separators that a reader of text would take for ends."""
    rest = b""
    async for chunk in chunks:
        rest += chunk
        end = rest.rfind(b"\n") + 1
        if len(rest) - end > MAX_LINE:
            raise _too_long(server, MAX_LINE)
        if end:
            yield _line(rest[:end], server)
            rest = rest[end:]
    if rest:
        yield _line(rest, server)


def _line(line: bytes, server: Server) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        raise not_its_format(server, "bytes that are not UTF-8") from None
    if b"\0" in line:
        raise not_its_format(server, "a NUL byte")
    if not line.isascii():
        for separator, escaped in _SEPARATORS.items():
            line = line.replace(separator, escaped)
    return line
