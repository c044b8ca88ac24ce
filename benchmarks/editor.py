"""A minimal editor for the benchmarks: starts the real server, speaks the protocol over stdio, waits for diagnostics."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Message = dict[str, Any]
PATIENCE = 60.0


class NoAnswer(Exception):
    """The server ended or stayed silent; the message says at which step."""


@contextmanager
def editing(command: list[str], root: Path) -> Iterator[Editor]:
    """An editor that has opened the directory; the server's peak memory is known when it is closed."""
    editor = Editor(command, root)
    try:
        editor.ask("initialize", _greeting(root))
        editor.tell("initialized", {})
        yield editor
        editor.ask("shutdown", None)
        editor.tell("exit", None)
    except BaseException:
        os.kill(editor.process.pid, signal.SIGKILL)
        raise
    finally:
        editor.peak_bytes = peak_bytes(editor.process)


def peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process and return the most memory that it ever had resident."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Editor:
    """One server process with one workspace."""

    def __init__(self, command: list[str], root: Path) -> None:
        self.root = root
        self.peak_bytes = 0
        self.process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._inbox: queue.Queue[Message | None] = queue.Queue()
        self._number = 0
        self._versions: dict[str, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def open(self, path: Path, language: str = "python") -> list[Message]:
        """Open a file and wait for its diagnostics."""
        document = {"uri": path.as_uri(), "languageId": language, "version": 1, "text": path.read_text()}
        self._versions[path.as_uri()] = 1
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self._diagnostics(path.as_uri(), 1)

    def type(self, path: Path, line: int, column: int, text: str, replaced: int = 0) -> float:
        """Make one edit and return the seconds until the diagnostics of that version arrive."""
        uri = path.as_uri()
        self._versions[uri] += 1
        version = self._versions[uri]
        place = {"start": {"line": line, "character": column}, "end": {"line": line, "character": column + replaced}}
        begin = time.perf_counter()
        self.tell(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"range": place, "text": text}]},
        )
        self._diagnostics(uri, version)
        return time.perf_counter() - begin

    def ask(self, method: str, params: object) -> Message:
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        while True:
            message = self._next(method)
            if message.get("id") == self._number and "method" not in message:
                return message

    def tell(self, method: str, params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _diagnostics(self, uri: str, version: int) -> list[Message]:
        while True:
            message = self._next(f"diagnostics of version {version}")
            params = message.get("params") or {}
            if message.get("method") != "textDocument/publishDiagnostics" or params.get("uri") != uri:
                continue
            if params.get("version") in (None, version):
                found: list[Message] = params["diagnostics"]
                return found

    def _next(self, awaited: str) -> Message:
        """The next answer or notification; questions of the server are answered on the way."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                message = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise NoAnswer(f"the server sent no {awaited} within {PATIENCE:.0f} s") from None
            if message is None:
                raise NoAnswer(f"the server ended before it sent {awaited}")
            if "id" not in message or "method" not in message:
                return message
            items = (message.get("params") or {}).get("items", [])
            result = [None] * len(items) if message["method"] == "workspace/configuration" else None
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _send(self, message: Message) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()
        except BrokenPipeError:
            raise NoAnswer(f"the server ended before {message.get('method', 'an answer')} could be sent") from None

    def _listen(self) -> None:
        assert self.process.stdout is not None
        stream = self.process.stdout
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = stream.readline()
            self._inbox.put(json.loads(stream.read(length)))
        self._inbox.put(None)


def _greeting(root: Path) -> Message:
    """The parameters of ``initialize``: one workspace folder, no debounce."""
    capabilities = {
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {"publishDiagnostics": {"relatedInformation": True, "versionSupport": True}},
    }
    return {
        "processId": os.getpid(),
        "rootUri": root.as_uri(),
        "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
        "capabilities": capabilities,
        "initializationOptions": {"debounce": 0},
    }
