"""JSON-RPC in lines, as the Agent Client Protocol has it on stdio (agentclientprotocol.com)."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Method = Callable[[Json], Awaitable[Any]]

LONGEST = 64 * 1024 * 1024  # bytes of a line, which may hold images and whole files
_GRACE = 2.0  # seconds for answers that are under way when the client closes its end
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
_BROKEN = "The agent could not do that; `arriero daemon logs` and its standard error say why."


class WireError(Exception):
    """An error answer, ours or the client's; `str` is a sentence for the person."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class ClientGone(ConnectionError):
    """The client closed the connection before it answered."""


class Wire:
    """One client. `serve` reads until it leaves; every request of it is answered exactly once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._awaited: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, methods: Mapping[str, Method]) -> None:
        """Call `methods` with the params of the client's messages, until it closes its end."""
        try:
            while line := await self._line():
                self._receive(line, methods)
        finally:
            for future in self._awaited.values():
                if not future.done():
                    future.set_exception(ClientGone("The client has closed the connection."))
            await self._end_tasks()

    async def request(self, method: str, params: Json) -> Any:
        """Ask the client, for as long as it takes; raises WireError and ClientGone."""
        id_ = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._awaited[id_] = future
        try:
            self._send({"id": id_, "method": method, "params": params})
            return await future
        finally:
            del self._awaited[id_]

    def notify(self, method: str, params: Json) -> None:
        """Tell the client."""
        self._send({"method": method, "params": params})

    async def _end_tasks(self) -> None:
        """Let what is about to be answered be answered; who closed its end may still read."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _line(self) -> bytes:
        """Return the next line, empty at the end; one that is too long is skipped with an error."""
        while True:
            try:
                return await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                return error.partial
            except asyncio.LimitOverrunError as error:
                await self._skip(error.consumed)
                self._refuse(None, INVALID_REQUEST, f"A message has at most {LONGEST} bytes.")

    async def _skip(self, count: int) -> None:
        while True:
            await self._reader.readexactly(count)
            try:
                await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError as error:
                count = error.consumed
            except asyncio.IncompleteReadError:
                return
            else:
                return

    def _receive(self, line: bytes, methods: Mapping[str, Method]) -> None:
        if not line.strip():
            return
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "A message is one line of JSON.")
            return
        if not isinstance(message, dict):
            self._refuse(None, INVALID_REQUEST, "A message is an object.")
        elif "method" not in message:
            self._settle(message)
        else:
            task = asyncio.ensure_future(self._answer(message, methods))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _settle(self, message: Json) -> None:
        id_ = message.get("id")
        future = self._awaited.get(id_) if type(id_) is int else None
        if future is None or future.done():
            log.info("an answer to nothing came: %s", id_)
            return
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
            return
        told = error if isinstance(error, Mapping) else {}
        code = told.get("code")
        sentence = str(told.get("message", error))
        future.set_exception(WireError(code if type(code) is int else INTERNAL_ERROR, sentence))

    async def _answer(self, message: Json, methods: Mapping[str, Method]) -> None:
        name, params = message["method"], message.get("params")
        asked = "id" in message
        id_ = message.get("id")
        try:
            if asked and type(id_) not in (int, str):
                id_ = None
                raise WireError(INVALID_REQUEST, "An id is a number or a string.")
            method = methods.get(name) if isinstance(name, str) else None
            if method is None:
                raise WireError(METHOD_NOT_FOUND, f"There is no method {name!r} here.")
            if params is not None and not isinstance(params, dict):
                raise WireError(INVALID_PARAMS, "The params are an object.")
            result = await method(params or {})
        except WireError as error:
            if asked:
                self._refuse(id_, error.code, str(error), error.data)
        except ClientGone:
            return
        except Exception:
            log.exception("%s failed", name)
            if asked:
                self._refuse(id_, INTERNAL_ERROR, _BROKEN)
        else:
            if asked:
                self._send({"id": id_, "result": result})

    def _refuse(self, id_: Any, code: int, message: str, data: Any = None) -> None:
        error = {"code": code, "message": message}
        if data is not None:
            error["data"] = data
        self._send({"id": id_, "error": error})

    def _send(self, message: Json) -> None:
        # Plain ASCII: what no UTF-8 can carry survives, and no line break gets into a line.
        if not self._writer.is_closing():
            text = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"))
            self._writer.write(text.encode("ascii") + b"\n")
