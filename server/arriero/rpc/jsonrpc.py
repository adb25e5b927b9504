"""JSON-RPC as a daemon needs it that lives for weeks with many clients.

pygls's own implementation leaves requests unanswered, keeps what is done with, and mixes up the
two directions. This class replaces it whole between the read loop and the handlers:

- a request is answered exactly once whatever it holds: with params that do not fit, before
  `initialize`, after `shutdown`, under an id in use, with a result that is no JSON;
- nothing is kept of a message once it is handled;
- cancelling a request cancels everything that it waits for; handlers in threads answer on the loop;
- a late answer of the client is ignored, and an await of ours that ends early tells the client.
"""

from __future__ import annotations

import asyncio
import contextvars
import enum
import inspect
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pygls.protocol import LanguageServerProtocol

from arriero.rpc import message as rpc
from arriero.rpc.calls import Handler, call
from arriero.rpc.documents import DocumentNotOpen
from arriero.rpc.inflight import CANCELLED, Awaited, ConnectionLost, Running
from arriero.rpc.message import Incoming, Invalid, MessageId, Notification, Request, Response
from arriero.rpc.progress import ProgressTokens
from arriero.rpc.sending import send
from arriero.rpc.shapes import REASON, Shapes, client_error, is_lsp_request

if TYPE_CHECKING:
    from cattrs import Converter

    from arriero.rpc.outbox import Outbox
    from arriero.rpc.server import Server

log = logging.getLogger(__name__)
# It logs every message in full at INFO, texts and tokens included.
logging.getLogger("pygls").setLevel(logging.WARNING)


class Phase(enum.Enum):
    """Where a connection stands in LSP's life cycle."""

    NEW = enum.auto()
    INITIALIZING = enum.auto()
    RUNNING = enum.auto()
    SHUT_DOWN = enum.auto()
    EXITED = enum.auto()


class JsonRpc(LanguageServerProtocol):
    """One connection; everything but `notify` belongs to the event loop."""

    _server: Server
    progress: ProgressTokens

    def __init__(self, server: Server, converter: Converter) -> None:
        self.phase = Phase.NEW
        self.running = Running()
        self.awaited = Awaited()
        self.shapes = Shapes(converter)
        self._outbox: Outbox | None = None
        self._on_exit: Callable[[], object] | None = None
        super().__init__(server, converter)
        self.progress = ProgressTokens(self)

    def open(self, outbox: Outbox, on_exit: Callable[[], object]) -> None:
        """Send to this client from now on; `on_exit` is called when it has sent `exit`."""
        self._outbox = outbox
        self._on_exit = on_exit

    async def close(self) -> None:
        """The client is gone: cancel its handlers, and fail what waits for its answers."""
        self.phase = Phase.EXITED
        self.progress.clear()
        self.awaited.fail_all(ConnectionLost("The editor has closed the connection."))
        await self.running.close()

    def receive(self, message: Incoming) -> None:
        """Handle one message of the client; never raises."""
        if self.phase is Phase.EXITED:
            return
        if isinstance(message, Request):
            # A context of its own: handlers find their request's id in it.
            contextvars.copy_context().run(self._request, message)
        elif isinstance(message, Notification):
            contextvars.copy_context().run(self._notification, message)
        elif isinstance(message, Invalid):
            self._send_error(message.id, message.code, message.reason)
        elif message.bare and message.id not in self.awaited:
            self._send_error(message.id, rpc.INVALID_REQUEST, "a request has a method")
        else:
            self._response(message)

    # -- incoming

    def _request(self, message: Request) -> None:
        refusal = self._refusal(message)
        if refusal is not None:
            self._send_error(message.id, *refusal)
            return
        try:
            handler = self._get_handler(message.method)
            params = self.shapes.params(message.method, message.params)
        except JsonRpcException as error:  # no such method, or params that do not fit
            self._send_error(message.id, error.code, error.message)
            return
        if message.method == types.INITIALIZE:
            self.phase = Phase.INITIALIZING
        self._ctx_msg_id.set(message.id)
        self._run(handler, params, partial(self._answer, message), message.id)

    def _refusal(self, message: Request) -> tuple[int, str] | None:
        """Return the error that a request gets without a look at its method and params."""
        first = message.method == types.INITIALIZE
        if message.id in self.running:
            return rpc.INVALID_REQUEST, "this id is in use by a request that is not answered yet"
        if self.running.full:
            return rpc.REQUEST_FAILED, "too many requests at once"
        if self.phase is Phase.SHUT_DOWN:
            return rpc.INVALID_REQUEST, "the server was told to shut down"
        if first and self.phase is not Phase.NEW:
            return rpc.INVALID_REQUEST, "`initialize` comes once"
        if first or self.phase is Phase.RUNNING or self.shapes.is_early(message.method):
            return None
        return rpc.NOT_INITIALIZED, "the first request is `initialize`"

    def _notification(self, message: Notification) -> None:
        if message.method == types.CANCEL_REQUEST:
            self._cancel(message.params)
            return
        if not self._is_timely(message.method):
            log.debug("Notification %s is not for now", message.method)
            return
        try:
            handler = self._get_handler(message.method)
            params = self.shapes.params(message.method, message.params)
        except JsonRpcException as error:
            log.debug("Notification %s is ignored: %s", message.method, error.message)
            return
        self._run(handler, params, partial(_check, message))

    def _is_timely(self, method: str) -> bool:
        if method == types.EXIT:
            return True
        if self.phase is Phase.SHUT_DOWN or is_lsp_request(method):
            return False
        if self.running.full and method not in self.fm.builtin_features:
            return False  # but documents stay in step
        return self.phase is not Phase.NEW or self.shapes.is_early(method)

    def _cancel(self, params: Any) -> None:
        id_ = rpc.readable_id(params.get("id")) if isinstance(params, dict) else None
        if id_ is None or not self.running.cancel(id_):
            log.debug("There is no request %r to cancel", id_)

    def _response(self, message: Response) -> None:
        waiting = self.awaited.take(message.id)
        if waiting is None:
            log.debug("An answer to %r came too late, or to nothing", message.id)
            return
        future, method = waiting
        try:
            if message.error is not None:
                raise client_error(message.error)
            result = self.shapes.result(method, message.result)
        except JsonRpcException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    # -- handlers

    def _run(
        self,
        handler: Handler,
        params: Any,
        done: Callable[[Any, BaseException | None], None],
        id_: MessageId | None = None,
    ) -> None:
        try:
            result = call(handler, (params,))
        except asyncio.CancelledError:  # of something the handler looked at, not of this loop
            done(None, JsonRpcRequestCancelled(CANCELLED))
            return
        except Exception as error:  # noqa: BLE001 - `done` answers and logs it
            done(None, error)
            return
        if inspect.isawaitable(result):
            self.running.start(result, done, id_)
        else:
            done(result, None)

    def _answer(self, request: Request, result: Any, error: BaseException | None) -> None:
        if error is None:
            try:
                self._send(
                    {"id": request.id, "result": result}, partial(self._answer, request, None)
                )
            except Exception as unsendable:  # noqa: BLE001 - it is the answer now
                error = unsendable
        if isinstance(error, JsonRpcException):
            self._send_error(request.id, error.code, error.message, error.data)
        elif error is not None:
            log.error("%s failed", request.method, exc_info=error)
            reason = f"{request.method} failed: {error}; the daemon's log says more."
            self._send_error(request.id, rpc.INTERNAL_ERROR, reason)
        if request.method == types.INITIALIZE and self.phase is Phase.INITIALIZING:
            self.phase = Phase.RUNNING if error is None else Phase.NEW

    # -- outgoing

    def notify(self, method: str, params: Any | None = None) -> None:
        """Send a notification, from any thread; dropped when the client is gone.

        Raises TypeError or ValueError for params that JSON cannot express, if they are not large.
        """
        self._send({"method": method} if params is None else {"method": method, "params": params})

    def send_request(
        self,
        method: str,
        params: Any | None = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MessageId | None = None,
    ) -> Future[Any]:
        """Send a request; cancelling the future tells the client with `$/cancelRequest`.

        Its exception is a JsonRpcException with the client's error, or ConnectionLost. Raises
        TypeError or ValueError for params that JSON cannot express.
        """
        if self._outbox is None or self._outbox.closed or self.phase is Phase.EXITED:
            lost: Future[Any] = Future()
            lost.set_exception(ConnectionLost("The editor has closed the connection."))
            return lost
        id_, future = self.awaited.add(method, msg_id)
        future.add_done_callback(partial(self._forget, id_))
        if callback is not None:
            future.add_done_callback(lambda done: callback(done.result()))
        try:
            self._send({"id": id_, "method": method, "params": params}, partial(_fail, future))
        except (TypeError, ValueError):
            self.awaited.take(id_)
            raise
        return future

    def _forget(self, id_: MessageId, future: Future[Any]) -> None:
        if self.awaited.take(id_) is not None and future.cancelled():
            self.notify(types.CANCEL_REQUEST, {"id": id_})

    def _send_error(self, id_: MessageId | None, code: int, reason: str, data: Any = None) -> None:
        error = {"code": code, "message": reason[:REASON]}
        if data is not None:
            try:
                self._send({"id": id_, "error": {**error, "data": data}})
            except (TypeError, ValueError):
                log.warning("The data of an error is no JSON: %r", data)
            else:
                return
        self._send({"id": id_, "error": error})

    def _send(
        self, message: dict[str, Any], failed: Callable[[Exception], object] | None = None
    ) -> None:
        """Send a message; `failed` gets the error of a large one that is no JSON, soon."""
        if self._outbox is not None:
            send(self._outbox, message, self.shapes.wire, failed)

    # -- what pygls would cache per connection and so keep for ever

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """Return lsprotocol's class of a message."""
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """Return lsprotocol's class of the response to a request."""
        return types.METHOD_TO_TYPES.get(method, (None, None))[1]


def _check(message: Notification, result: Any, error: BaseException | None) -> None:  # noqa: ARG001 - as `_answer`
    if error is None or isinstance(error, JsonRpcException):
        return
    if isinstance(error, DocumentNotOpen):
        log.debug("%s: %s", message.method, error)
    else:
        log.error("%s failed", message.method, exc_info=error)


def _fail(future: Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
