"""A client of the daemon for the command line, without pygls: params and results are JSON."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from arriero.daemon import launch
from arriero.daemon.endpoint import Endpoint, EndpointRefused, default_endpoint, dial
from arriero.daemon.forward import attach_message
from arriero.daemon.framing import FrameDecoder, FramingLost, Oversized, frame
from arriero.within import within

Handler = Callable[[Any], Any]

log = logging.getLogger(__name__)
_CHUNK = 64 * 1024
_FLUSH = 2.0
_METHOD_NOT_FOUND = -32601
_INTERNAL_ERROR = -32603


class NotRunning(ConnectionError):
    """No daemon answers, and none was to be started."""


class DaemonGone(ConnectionError):
    """The connection ended before an answer came."""


class RemoteError(Exception):
    """The daemon's error answer; `str` is its message, meant for the person."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


async def connect(
    endpoint: Endpoint | None = None, *, start: bool = True, door: str = "lsp"
) -> Client:
    """Connect to the daemon of an endpoint (the default one), started if `start` and need be.

    The first message is `arriero/attach` with this process's environment and folder. Raises
    LaunchFailed with a sentence for the person, NotRunning if it was not to be started.
    """
    endpoint = endpoint or default_endpoint()
    if start:
        connection = await asyncio.to_thread(launch.connect, endpoint)
    else:
        try:
            connection = await asyncio.to_thread(dial, endpoint, launch.DEADLINE)
        except EndpointRefused as error:
            raise launch.LaunchFailed(str(error)) from error
        except (OSError, ValueError) as error:
            raise NotRunning("The daemon is not running.") from error
    reader, writer = await asyncio.open_connection(sock=connection)
    writer.write(attach_message(door))
    return Client(reader, writer)


class Client:
    """One connection to the daemon, to be closed by its owner; also an async context manager."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._ids = itertools.count(1)
        self._awaited: dict[int, asyncio.Future[Any]] = {}
        self._handlers: dict[str, Handler] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._reading = asyncio.ensure_future(self._read(reader))

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def gone(self) -> bool:
        """Whether the daemon has closed the connection."""
        return self._reading.done()

    def on(self, method: str, handler: Handler) -> None:
        """Call `handler` with the params of the daemon's messages of one method.

        For a notification it must be a plain function, so that notifications keep their order.
        For a request its result is the answer; there it may be a coroutine function.
        """
        self._handlers[method] = handler

    async def request(self, method: str, params: Any = None, *, timeout: float | None = 60) -> Any:
        """Return the daemon's result.

        Ends after `timeout` seconds (None: only with the connection) with TimeoutError; then, and
        when the caller is cancelled, the daemon gets `$/cancelRequest`. Raises RemoteError with
        the daemon's error, and DaemonGone.
        """
        if self.gone:
            raise DaemonGone("The daemon has closed the connection.")
        id_ = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._awaited[id_] = future
        self._send({"id": id_, "method": method, "params": params})
        try:
            return await within(future, timeout)
        finally:
            if self._awaited.pop(id_, None) is not None and not self._writer.is_closing():
                self.notify("$/cancelRequest", {"id": id_})

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    async def wait_closed(self) -> None:
        """Wait until the daemon closes the connection."""
        await asyncio.wait([self._reading])

    async def close(self) -> None:
        """Send what is left and close."""
        self._writer.close()
        try:
            await within(self._writer.wait_closed(), _FLUSH)
        except (asyncio.TimeoutError, OSError):
            self._writer.transport.abort()
        tasks = {self._reading, *self._answering}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        decoder = FrameDecoder()
        try:
            while data := await reader.read(_CHUNK):
                decoder.feed(data)
                while (body := decoder.next()) is not None:
                    if not isinstance(body, Oversized):
                        self._receive(json.loads(body))
        except (ConnectionError, FramingLost, ValueError) as error:
            log.warning("The connection to the daemon is lost: %s", error)
        finally:
            self._writer.close()
            for future in self._awaited.values():
                if not future.done():
                    future.set_exception(DaemonGone("The daemon has closed the connection."))
            self._awaited.clear()

    def _receive(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self._settle(message)
        elif "id" in message:
            task = asyncio.ensure_future(self._answer(message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        elif (handler := self._handlers.get(message["method"])) is not None:
            try:
                handler(message.get("params"))
            except Exception:
                log.exception("The handler of %s failed", message["method"])

    def _settle(self, message: dict[str, Any]) -> None:
        future = self._awaited.pop(message.get("id", 0), None)
        if future is None or future.done():
            return
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
        else:
            future.set_exception(RemoteError(error["code"], error["message"], error.get("data")))

    async def _answer(self, message: dict[str, Any]) -> None:
        handler = self._handlers.get(message["method"])
        answer: dict[str, Any] = {"id": message["id"]}
        try:
            if handler is None:
                raise RemoteError(_METHOD_NOT_FOUND, f"no handler for {message['method']}")
            result: Awaitable[Any] | Any = handler(message.get("params"))
            answer["result"] = await result if inspect.isawaitable(result) else result
        except RemoteError as error:
            answer["error"] = {"code": error.code, "message": str(error)}
        except Exception as error:
            log.exception("The handler of %s failed", message["method"])
            answer["error"] = {"code": _INTERNAL_ERROR, "message": str(error)}
        self._send(answer)

    def _send(self, message: dict[str, Any]) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame({"jsonrpc": "2.0", **message}))
