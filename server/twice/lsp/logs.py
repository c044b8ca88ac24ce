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


def log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("twice").setLevel(logging.INFO)
    # pygls tells of every message; only what has gone wrong in it is ours to tell.
    logging.getLogger("pygls").setLevel(logging.ERROR)


class EditorLog(logging.Handler):
    """Hands records over to the editor's log."""

    def __init__(self, ls: Server) -> None:
        super().__init__()
        self._ls = ls

    def emit(self, record: logging.LogRecord) -> None:
        kind = next((kind for level, kind in _KINDS if record.levelno >= level), types.MessageType.Log)
        try:
            self._ls.window_log_message(types.LogMessageParams(kind, self.format(record)))
        except Exception:  # noqa: BLE001 - a log that fails must not fail what is logged
            self.handleError(record)
