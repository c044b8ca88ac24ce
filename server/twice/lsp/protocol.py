"""The server as pygls runs it, where we want it otherwise: errors are logged and answered, and never shown as a popup."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter

from twice.lsp.documents import Documents
from twice.lsp.workspace import Workspace

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.server import ServerErrors

    from twice.lsp.pages import Pages

log = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """Answers every request, also those that cannot be read or come at the wrong time."""

    @property
    def was_shut_down(self) -> bool:
        return bool(self._shutdown)

    def keep(self, documents: Documents) -> None:
        """Use these documents in the place of those of pygls."""
        self._workspace = documents

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and "id" in data:
                self._send_response(data["id"], None, error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        method, number = getattr(message, "method", None), getattr(message, "id", None)
        refusal = self._refusal(method) if method is not None else None
        if refusal is None:
            super().handle_message(message)
        elif number is not None:
            self._send_response(number, None, refusal.to_response_error())

    def _refusal(self, method: str) -> JsonRpcException | None:
        """Why a message is not handled now: too early, or too late."""
        if method == types.EXIT:
            return None
        if self._shutdown:
            return JsonRpcInvalidRequest("the server is shutting down")
        if self._workspace is None and method != types.INITIALIZE:
            return JsonRpcServerNotInitialized("`initialize` has to be the first request")
        return None


@cache
def _converter() -> Converter:
    """Its functions are written when they are first needed, which takes longer than the answer: once is enough."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]
    return made


class Server(LanguageServer):
    """The language server with its state; there is none before ``initialize``."""

    protocol: Protocol
    state: Workspace
    pages: Pages
    log: logging.Handler

    def __init__(self, version: str) -> None:
        super().__init__("twice", version, protocol_cls=Protocol, converter_factory=_converter)
        self.background: set[asyncio.Task[Any]] = set()
        self.news = asyncio.Event()

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:
        """A mistake of ours is for the log, with its stack; a request that failed is logged where it is answered."""
        if source is not FeatureRequestError:
            log.error("a message could not be handled: %s", error, exc_info=True)
