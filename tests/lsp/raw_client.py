"""A bare JSON-RPC client that records what it is sent and answers what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE = 5.0  # seconds that a test waits for anything

Answer = Callable[[Any], Any | Awaitable[Any]]


class RpcError(Exception):
    """The server's error answer; raised by an `Answer`, the client's."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.data = data


class RawClient:
    """One connection. `answers` maps the server's requests to what is answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = iter(range(1, 1_000_000))
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._arrived = asyncio.Condition()
        self.answers: dict[str, Answer] = {}
        self.received: list[tuple[str, Any]] = []  # requests and notifications, in order
        self._pending: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._read())

    def start(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; return its id and its answer to come."""
        number = next(self._ids)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        return number, future

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result; raises RpcError."""
        return await asyncio.wait_for(self.start(method, params)[1], PATIENCE)

    async def command(self, name: str, **argument: Any) -> Any:
        """Execute a command."""
        return await self.request("workspace/executeCommand", command(name, **argument))

    def notify(self, method: str, params: Any = None) -> None:
        self._send({"method": method, "params": params})

    def all(self, method: str) -> list[Any]:
        """The params of what arrived under a method."""
        return [params for name, params in self.received if name == method]

    async def until(self, method: str, matches: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the params of the first message that matches, now or when it arrives."""
        return await self.until_true(
            lambda: next((p for p in self.all(method) if matches(p)), None)
        )

    async def until_true(self, find: Callable[[], Any]) -> Any:
        """Return what `find` returns, as soon as that is not None or False."""

        async def wait() -> Any:
            async with self._arrived:
                while (found := find()) is None or found is False:
                    await self._arrived.wait()
                return found

        return await asyncio.wait_for(wait(), PATIENCE)

    async def close(self) -> None:
        self._task.cancel()
        for task in self._pending:
            task.cancel()
        await asyncio.gather(self._task, *self._pending, return_exceptions=True)
        self._writer.close()
        for future in self._waiting.values():
            future.cancel()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        while header := await self._reader.readline():
            length = int(header.split(b":")[1])
            assert await self._reader.readline() == b"\r\n"
            self._receive(json.loads(await self._reader.readexactly(length)))
            async with self._arrived:
                self._arrived.notify_all()

    def _receive(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            future = self._waiting.pop(message["id"])
            if future.cancelled():
                return
            error = message.get("error")
            if error is None:
                future.set_result(message["result"])
            else:
                future.set_exception(RpcError(error["code"], error["message"], error.get("data")))
            return
        self.received.append((message["method"], message.get("params")))
        if "id" in message:
            task = asyncio.create_task(self._answer(message))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    async def _answer(self, message: dict[str, Any]) -> None:
        number = message["id"]
        answer = self.answers.get(message["method"])
        if answer is None:
            error: dict[str, Any] = {"code": -32601, "message": "Unhandled method"}
            self._send({"id": number, "error": error})
            return
        try:
            result = answer(message.get("params"))
            if asyncio.iscoroutine(result):
                result = await result
        except RpcError as refusal:
            error = {"code": refusal.code, "message": refusal.message}
            self._send({"id": number, "error": error})
            return
        self._send({"id": number, "result": result})


def command(name: str, token: Any = None, **argument: Any) -> dict[str, Any]:
    """The params of `workspace/executeCommand`."""
    params: dict[str, Any] = {"command": name, "arguments": [argument]}
    if token is not None:
        params["workDoneToken"] = token
    return params


def position(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def span(line: int, character: int, end_line: int, end_character: int) -> dict[str, Any]:
    return {"start": position(line, character), "end": position(end_line, end_character)}
