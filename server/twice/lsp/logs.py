"""Where the server's words go: standard error, and the editor's log. Standard output belongs to the protocol."""

from __future__ import annotations

import logging
import sys

from lsprotocol import types

from twice.lsp.protocol import Server

_KINDS = (
    (logging.ERROR, types.MessageType.Error),
    (logging.WARNING, types.MessageType.Warning),
    (logging.INFO, types.MessageType.Info),
)

_SPEAKING = (logging.getLogger("twice"), logging.getLogger("pygls"))


def log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    ours, theirs = _SPEAKING
    ours.setLevel(logging.DEBUG)  # the finest of it goes to editors that trace us, and nowhere else
    theirs.setLevel(logging.ERROR)  # it tells of every message; only what has gone wrong in it is ours to tell


def log_to_editor(ls: Server) -> logging.Handler:
    """Hand our words over to the editor as well, until the handler is closed."""
    handler = _EditorLog(ls)
    for logger in _SPEAKING:
        logger.addHandler(handler)
    _SPEAKING[0].setLevel(logging.DEBUG)
    return handler


class _EditorLog(logging.Handler):
    """Hands records over to the editor's log."""

    def __init__(self, ls: Server) -> None:
        super().__init__(logging.DEBUG)
        self._ls = ls
        self._busy = False

    def emit(self, record: logging.LogRecord) -> None:
        if self._busy:  # what goes wrong while a record is sent cannot be sent
            return
        if record.levelno < logging.INFO and not self._traced(record):
            return
        self._busy = True
        kind = next((kind for level, kind in _KINDS if record.levelno >= level), types.MessageType.Log)
        try:
            if record.levelno < logging.INFO:
                self._ls.log_trace(types.LogTraceParams(record.getMessage(), self._details(record)))
            else:
                self._ls.window_log_message(types.LogMessageParams(kind, self.format(record)))
        except Exception:  # noqa: BLE001 - a log that fails must not fail what is logged
            self.handleError(record)
        finally:
            self._busy = False

    def _traced(self, record: logging.LogRecord) -> bool:
        """Does the editor want to be told what we do? What pygls does with each message is not what it asks for."""
        return record.name.startswith("twice") and self._ls.protocol.trace != types.TraceValue.Off

    def _details(self, record: logging.LogRecord) -> str | None:
        details = getattr(record, "details", None)
        return details if self._ls.protocol.trace == types.TraceValue.Verbose else None

    def close(self) -> None:
        for logger in _SPEAKING:
            logger.removeHandler(self)
        super().close()
