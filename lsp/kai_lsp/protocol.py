"""pygls' protocol with the faults mended that a long-lived server cannot have.

Found by running pygls 2.1.1 with real clients: a request whose parameters do not fit was never
answered, a late answer to a request we gave up raised, `shutdown` beside a running request raised,
and a failed request put a traceback in front of the user.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification

log = logging.getLogger("kai_lsp")

_IGNORED = "$/kai/ignored"
"""Stands for a message that was answered where it was read; no handler has this name."""


class KaiProtocol(LanguageServerProtocol):
    """Every request is answered, and nothing that a client sends ends the server."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message as its type; one that does not fit is answered with -32602 at once."""
        if "method" in data and self.get_message_type(data["method"]) is None:
            data.setdefault("params", None)  # JSON-RPC: may be left out; pygls insists on it
        try:
            return super().structure_message(data)
        except JsonRpcException:
            method = data.get("method")
            if method is None:
                raise  # an answer to us: whoever waits gives up by a deadline
            log.warning("the parameters of %s do not fit", method)
            if "id" in data:
                wrong = JsonRpcInvalidParams(f"the parameters of {method} do not fit")
                self._send_response(data["id"], error=wrong.to_response_error())
            return JsonRPCNotification(method=_IGNORED, jsonrpc=self.VERSION, params=None)

    def _handle_notification(self, method_name: str, params: Any) -> None:
        # What begins with "$/" may be ignored (LSP 3.17, $ notifications): no word about it.
        if method_name.startswith("$/") and method_name not in self.fm.builtin_features:
            if method_name == types.CANCEL_REQUEST:
                self._handle_cancel_notification(params.id)
            return
        super()._handle_notification(method_name, params)

    def _handle_response(
        self, msg_id: str | int, result: Any | None = None, error: types.ResponseError | None = None
    ) -> None:
        future = self._request_futures.get(msg_id)
        if future is not None and future.done():  # given up meanwhile
            self._request_futures.pop(msg_id, None)
            return
        super()._handle_response(msg_id, result, error)

    def _send_response(
        self, msg_id: str | int, result: Any | None = None, error: types.ResponseError | None = None
    ) -> None:
        if error is not None and error.code == types.ErrorCodes.InternalError:
            # pygls puts its traceback into the answer, which editors show.
            log.error("a request failed: %s", error.data or error.message)
            text = "kai failed at this; its log has more"
            error = types.ResponseError(code=error.code, message=text)
        super()._send_response(msg_id, result, error)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """End what is under way; the answers to it change the table that is walked here."""
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield handler, args, None
        current = self.msg_id
        for number, future in list(self._request_futures.items()):
            if number != current and not future.done():
                future.cancel()
        self._shutdown = True

    # The text of documents is kept in `documents.py`: pygls takes form feeds and U+2028 for the
    # ends of lines, and an incremental change then lands in the wrong place.

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(
        self, params: types.DidOpenTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Only our own store."""
        yield from self._handed_on(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Only our own store."""
        yield from self._handed_on(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(
        self, params: types.DidCloseTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Only our own store."""
        yield from self._handed_on(types.TEXT_DOCUMENT_DID_CLOSE, params)

    def _handed_on(self, method: str, params: Any) -> Generator[Any, Any, None]:
        if (handler := self.fm.features.get(method)) is not None:
            yield handler, (params,), None


class KaiLanguageServer(LanguageServer):
    """A server whose errors go to its log; users are told by the parts that know what to say."""

    protocol: KaiProtocol

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log it, without document text. Unreadable JSON is answered as JSON-RPC says."""
        log.error("%s in a message of the client", type(error).__name__)
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            unreadable = types.ResponseError(
                code=types.ErrorCodes.ParseError, message="the message is no JSON"
            )
            self.protocol._send_data(  # pygls has no way to answer without a request
                {"jsonrpc": "2.0", "id": None, "error": unreadable}
            )
