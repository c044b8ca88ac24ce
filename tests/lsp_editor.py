"""An editor for the tests of the server: speaks the protocol in plain messages, in this process or with a real one.

It waits for messages, never for time, and answers what the server asks as it was told to.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pygls.io_ import run_async
from twice.lsp import server
from twice.lsp.protocol import Server

Message = dict[str, Any]

# In seconds: far more than any answer takes, so that a busy machine fails no test.
PATIENCE = 60.0

PUSH: Message = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"workspaceEdit": {"documentChanges": True}},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "dataSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "isPreferredSupport": True,
        },
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
}
PULL: Message = {
    **PUSH,
    "workspace": {"diagnostics": {"refreshSupport": True}},
    "textDocument": {**PUSH["textDocument"], "diagnostic": {"dynamicRegistration": False}},
}


class Failure(Exception):
    """The server answered with an error."""

    def __init__(self, error: Message) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.data = error.get("data")


class Editor:
    """One editor with one server. ``heard`` are all notifications and requests of the server, in their order.

    ``server`` is the server itself when it runs in this process.
    """

    server: Server

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard: list[Message] = []
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self.versions: dict[str, int] = {}
        self.capabilities: Message = {}
        self._reader, self._writer = reader, writer
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()
        self._listening = asyncio.create_task(self._listen())

    # --- speaking

    async def greet(
        self, *roots: Path, capabilities: Message = PUSH, options: object = None, ready: bool = True, **others: Any
    ) -> Message:
        """``initialize`` and ``initialized``; without a debounce, unless the options say something else."""
        folders = [{"uri": root.as_uri(), "name": root.name} for root in roots]
        params = {
            "processId": os.getpid(),
            "rootUri": None,
            "workspaceFolders": folders,
            "capabilities": capabilities,
            "initializationOptions": {"debounce": 0} if options is None else options,
            **others,
        }
        self.capabilities = (await self.ask("initialize", params))["capabilities"]
        if ready:
            self.tell("initialized", {})
        return self.capabilities

    async def ask(self, method: str, params: object = None) -> Any:
        """The result of a request. Raises Failure for an error."""
        return await self.answer(self.request(method, params))

    def request(self, method: str, params: object = None) -> int:
        """Send a request and return its number, for ``answer`` and ``cancel``."""
        self._number += 1
        self._waiting[self._number] = asyncio.get_running_loop().create_future()
        self.send({"id": self._number, "method": method, "params": params})
        return self._number

    async def answer(self, number: int) -> Any:
        return await asyncio.wait_for(self._waiting[number], PATIENCE)

    def cancel(self, number: int) -> None:
        self.tell("$/cancelRequest", {"id": number})

    def tell(self, method: str, params: object) -> None:
        self.send({"method": method, "params": params})

    def send(self, message: Message) -> None:
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_raw(self, body: bytes) -> None:
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def leave(self) -> None:
        await self.ask("shutdown")
        self.tell("exit", None)

    def close(self) -> None:
        self._listening.cancel()
        self._writer.close()

    # --- documents

    def open(self, file: Path | str, text: str | None = None, language: str = "python") -> str:
        uri = file if isinstance(file, str) else file.as_uri()
        if text is None:
            assert isinstance(file, Path)
            text = file.read_text()
        self.versions[uri] = 1
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, *changes: Message | str) -> int:
        """Edits by range, or whole texts; returns the new version."""
        self.versions[uri] += 1
        sent = [{"text": change} if isinstance(change, str) else change for change in changes]
        document = {"uri": uri, "version": self.versions[uri]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": sent})
        return self.versions[uri]

    def save(self, uri: str) -> None:
        self.tell("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close_document(self, uri: str) -> None:
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def touched(self, *files: Path, kind: int = 2) -> None:
        """Tell of files that were created (1), changed (2) or deleted (3)."""
        changes = [{"uri": file.as_uri(), "type": kind} for file in files]
        self.tell("workspace/didChangeWatchedFiles", {"changes": changes})

    # --- listening

    async def diagnostics(self, uri: str, version: int | None = None, since: int = 0) -> list[Message]:
        """The diagnostics pushed for a document, of this version if it is given; ``since`` skips what was heard before."""
        found = await self.wait(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and version in (None, params.get("version")),
            since,
        )
        diagnostics: list[Message] = found["diagnostics"]
        return diagnostics

    async def wait(self, method: str, fits: Callable[[Any], bool] = lambda params: True, since: int = 0) -> Any:
        """The parameters of the first message of this kind, heard already or to come."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self._first(method, fits, since) is not None), PATIENCE)
        message = self._first(method, fits, since)
        assert message is not None
        return message["params"]

    def _first(self, method: str, fits: Callable[[Any], bool], since: int) -> Message | None:
        return next((one for one in self.heard[since:] if one["method"] == method and fits(one["params"])), None)

    async def _listen(self) -> None:
        while header := await self._reader.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = await self._reader.readline()
            await self._take(json.loads(await self._reader.readexactly(length)))

    async def _take(self, message: Message) -> None:
        if "method" not in message:
            waiting = self._waiting[message["id"]]
            if "error" in message:
                waiting.set_exception(Failure(message["error"]))
            elif not waiting.done():
                waiting.set_result(message["result"])
            return
        message.setdefault("params", None)
        async with self._news:
            self.heard.append(message)
            self._news.notify_all()
        if "id" in message:
            self._reply(message)

    def _reply(self, message: Message) -> None:
        """What a test has not prepared is answered as an editor with nothing to say does it."""
        answer = self.answers.get(message["method"])
        if message["method"] == "workspace/configuration" and answer is None:
            answer = lambda params: [None] * len(params["items"])  # noqa: E731
        try:
            result = answer(message["params"]) if answer is not None else None
        except Failure as failure:
            self.send({"id": message["id"], "error": {"code": failure.code, "message": str(failure)}})
        else:
            self.send({"id": message["id"], "result": result})


@asynccontextmanager
async def in_process() -> AsyncIterator[Editor]:
    """An editor whose server runs on the loop of the test."""
    ours, theirs = socket.socketpair()
    ls = server.build()
    reader, writer = await asyncio.open_connection(sock=theirs)
    ls.protocol.set_writer(writer)  # type: ignore[arg-type]
    stopped = asyncio.Event()
    serving = asyncio.create_task(run_async(stopped, reader, ls.protocol, error_handler=ls.report_server_error))  # type: ignore[arg-type]
    editor = Editor(*await asyncio.open_connection(sock=ours, limit=2**24))
    editor.server = ls
    try:
        yield editor
        if not ls.protocol.was_shut_down:
            await editor.ask("shutdown")
    finally:
        editor.close()
        writer.close()
        await asyncio.wait({serving})


COMMAND = (sys.executable, "-m", "twice", "serve")


@asynccontextmanager
async def real(*arguments: str) -> AsyncIterator[tuple[Editor, asyncio.subprocess.Process]]:
    """An editor with a server process of its own, which is ended when the test has not ended it."""
    path = str(Path(__file__).parent.parent / "server")
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        limit=2**24,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    editor = Editor(process.stdout, process.stdin)
    try:
        yield editor, process
    finally:
        editor.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def connected(port: int) -> Editor:
    """An editor on a port where a server is about to listen."""
    while True:
        try:
            return Editor(*await asyncio.open_connection("127.0.0.1", port, limit=2**24))
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)


def at(line: int, start: int, end_line: int | None = None, end: int | None = None) -> Message:
    """A range; a single place without an end."""
    stop = {"line": line if end_line is None else end_line, "character": start if end is None else end}
    return {"start": {"line": line, "character": start}, "end": stop}


def edit(line: int, start: int, end_line: int, end: int, text: str) -> Message:
    return {"range": at(line, start, end_line, end), "text": text}


def codes(diagnostics: list[Message]) -> list[str]:
    return [diagnostic["code"] for diagnostic in diagnostics]
