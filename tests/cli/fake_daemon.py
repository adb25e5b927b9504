"""A daemon that says what a test tells it to, on the real endpoint with the real framing."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from arriero.daemon.endpoint import default_endpoint
from arriero.daemon.framing import FrameDecoder, frame
from arriero.daemon.instance import listen

Handler = Callable[["FakeConnection", Any], Awaitable[Any] | Any]


class Refusal(Exception):
    """An error answer."""

    def __init__(self, message: str, code: int = -32603, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class FakeConnection:
    """One client, as a handler sees it."""

    def __init__(self, daemon: FakeDaemon, writer: asyncio.StreamWriter) -> None:
        self.daemon = daemon
        self._writer = writer
        self._ids = itertools.count(1)
        self._awaited: dict[str, asyncio.Future[Any]] = {}
        self.cancelled = asyncio.Event()

    def send(self, message: dict[str, Any]) -> None:
        self._writer.write(frame({"jsonrpc": "2.0", **message}))

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def update(self, session_id: str, **update: Any) -> None:
        self.notify("session/update", {"sessionId": session_id, "update": update})

    async def request(self, method: str, params: Any) -> Any:
        id_ = f"d{next(self._ids)}"
        self._awaited[id_] = asyncio.get_running_loop().create_future()
        self.send({"id": id_, "method": method, "params": params})
        return await self._awaited[id_]

    async def serve(self, reader: asyncio.StreamReader) -> None:
        decoder = FrameDecoder()
        tasks = set()
        while data := await reader.read(65536):
            decoder.feed(data)
            while body := decoder.next():
                assert isinstance(body, bytes)
                tasks.add(asyncio.ensure_future(self._take(json.loads(body))))
        for task in tasks:
            task.cancel()

    async def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self._awaited.pop(message["id"]).set_result(message.get("result", message.get("error")))
            return
        method, params = message["method"], message.get("params")
        self.daemon.note(method, params)
        if method == "session/cancel" and not self.daemon.deaf:
            self.cancelled.set()
        handler = self.daemon.handlers.get(method)
        if "id" not in message:
            return
        answer: dict[str, Any] = {"id": message["id"]}
        try:
            if handler is None:
                raise Refusal(f"no handler for {method}", -32601)
            result = handler(self, params)
            answer["result"] = await result if asyncio.iscoroutine(result) else result
        except Refusal as error:
            answer["error"] = {"code": error.code, "message": str(error), "data": error.data}
        self.send(answer)


class FakeDaemon:
    """Runs in a thread of its own between `start` and `stop`; the environment names its folder."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Any]] = []
        self.deaf = False  # to session/cancel
        self._news = threading.Condition()
        self.handlers: dict[str, Handler] = {
            "initialize": lambda _, p: {"capabilities": {"positionEncoding": "utf-16"}},
            "shutdown": lambda _, p: None,
        }
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()

    def on(self, method: str, answer: Handler | Any) -> None:
        self.handlers[method] = answer if callable(answer) else lambda _, p: answer

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def note(self, method: str, params: Any) -> None:
        with self._news:
            self.received.append((method, params))
            self._news.notify_all()

    def wait_for(self, method: str) -> None:
        """Wait until a client has sent a message of that method."""
        with self._news:
            assert self._news.wait_for(lambda: bool(self.sent(method)), 20)

    def sent(self, method: str) -> list[Any]:
        """The params of all messages of a method that clients sent."""
        return [params for name, params in self.received if name == method]

    def _run(self) -> None:
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await FakeConnection(self, writer).serve(reader)
            finally:
                writer.close()

        listener = await listen(default_endpoint(), connected)
        self._ready.set()
        await self._stop.wait()
        await listener.close()
