"""Stands between kubectl and a real API server: writes requests down, passes on what only reads.

What would change something is answered with 403 and never reaches the server, so that even a line
that the judge wrongly calls `read` does no harm there.
"""

from __future__ import annotations

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.fake_api_server import Sent
from tools.oracle.requests import changes_something

_TIMEOUT = 30.0
_HOP = frozenset(("connection", "transfer-encoding", "content-length", "host", "keep-alive"))


class Relay:
    """Such a relay to the API server at `url` (plain HTTP, as `kubectl proxy` offers it)."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"{url} is no address of the form http://HOST:PORT")
        self.host, self.port = parts.hostname, parts.port or 80
        self.prefix = parts.path.rstrip("/")
        self.traffic: list[Sent] = []
        owner = self

        class Handler(_Handler):
            relay = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where kubectl reaches it."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def write_kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig whose only context leads here."""
        cluster = {"name": "fake", "cluster": {"server": self.url}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake"}}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [cluster],
            "contexts": [context],
            "users": [{"name": "fake", "user": {}}],
        }
        path.write_text(json.dumps(document))
        return path

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    relay: Relay
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the requests are in `Relay.traffic`."""

    def _pass_on(self) -> None:
        owner = self.relay
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        sent = Sent(self.command, parts.path, parts.query, body)
        owner.traffic.append(sent)
        if changes_something(sent):
            self._refuse()
            return
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOP}
        there = http.client.HTTPConnection(owner.host, owner.port, timeout=_TIMEOUT)
        try:
            there.request(self.command, owner.prefix + self.path, body or None, headers)
            answer = there.getresponse()
            self.send_response(answer.status)
            for name, text in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, text)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            # Watches and followed logs come in pieces.
            while piece := answer.read1(65536):
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            self.close_connection = True
        finally:
            there.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on

    def _refuse(self) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403}
        data = json.dumps({**status, "reason": "Forbidden", "message": "not passed on"}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
