"""The connection of a client: uvicorn's, which says no to what is too large or comes too slowly.

uvicorn's reader with httptools takes a head of any size and waits for it, and for a body, without
an end; what a client is told then is here in the form of its interface, as every other error is.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from arriero.gateway.corked import Corked
from arriero.gateway.dialect import Refused
from arriero.gateway.dialects.json_text import written
from arriero.gateway.refusals import refusal

MOST_HEAD = 64 * 1024  # bytes of a request's line and its headers
_PHRASES = {408: "Request Timeout", 431: "Request Header Fields Too Large"}

log = logging.getLogger(__name__)


class GuardedHttp(HttpToolsProtocol):
    """One connection. `head_seconds` is how long a head may take, `body_seconds` a body.

    A body may be silent for `silence_seconds`; what passes while nobody here reads it does not
    count. For `linger_seconds` a client that still writes can read why it is refused. Of requests
    that are not whole there are `most_unfinished` at once in a process: the oldest makes room.
    """

    head_seconds = 20.0  # from the first byte of a request, or the connection's beginning
    silence_seconds = 30.0
    body_seconds = 300.0
    linger_seconds = 1.0
    most_unfinished = 256
    _unfinished: ClassVar[dict[GuardedHttp, None]] = {}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unused = 0  # bytes that came since something became of them
        self._longest = 0  # bytes that a head which ends now can have at most
        self._between = True  # requests
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._body: asyncio.TimerHandle | None = None
        self._body_ends = self._heard = 0.0  # by the loop's clock
        self.url = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a head soon."""
        super().connection_made(Corked(transport, self.loop))
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no timer behind."""
        self._arrived()
        self._body_over()
        self._unfinished.pop(self, None)
        if self._closing is not None:
            self._closing.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the client was refused: then what it still writes is passed over."""
        if self._refused:
            return
        self._unused += len(data)
        self._longest = self._unused
        if self._between and self._timer is None:
            self._expect()
        self._heard = self.loop.time()
        super().data_received(data)
        self._see_how_far()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._between = False
        if self._timer is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._longest > MOST_HEAD and self._head() > MOST_HEAD:
            self._refuse_size()
            raise ValueError("the head is too large")  # ends the reading
        self._arrived()
        self._unused = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in some of the body."""
        self._unused = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._between = True
        self._unused = 0
        self._body_over()
        super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: an upgrade may be passed over (RFC 9110, 7.8), and none is known here."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read; a head that is too large was refused before."""
        if not self._refused:
            self._arrived()
            super().send_400_response(msg)

    def refuse_slow(self, told: str) -> None:
        """End a request that is not whole; its answer may have begun, or be over."""
        cycle: RequestResponseCycle | None = self.cycle
        if self._timer is None and cycle is not None:
            if cycle.response_started or self.pipeline:
                self.transport.close()
                return
            cycle.disconnected = True  # for whoever reads the body
            cycle.message_event.set()
        elif self._answers():
            self.transport.close()
            return
        self._tell(408, Refused("slow", told))

    def _head(self) -> int:
        """Return the bytes of the head: its path, and each `name: value` with its line end."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _see_how_far(self) -> None:
        if self._refused:
            return
        if self._unused > MOST_HEAD:
            self._refuse_size()
        elif self._between:
            self._unfinished.pop(self, None)
        else:
            self._go_on()

    def _go_on(self) -> None:
        """A request has begun and is not whole."""
        if self._body is None and self._timer is None:  # the body is what is waited for
            self._body_ends = self._heard + self.body_seconds
            self._body = self.loop.call_later(self.silence_seconds, self._look_at_body)
        if self in self._unfinished:
            return
        self._unfinished[self] = None
        if len(self._unfinished) > self.most_unfinished:
            oldest = next(iter(self._unfinished))
            del self._unfinished[oldest]
            oldest.refuse_slow("Too many requests come at once, this one too slowly: try again.")

    def _look_at_body(self) -> None:
        now, silence = self.loop.time(), self.silence_seconds
        if self.flow.read_paused:  # nobody here reads: the client cannot go on
            self._heard = now
            self._body_ends += silence
        left = min(self._heard + silence, self._body_ends) - now
        if left > 0:
            self._body = self.loop.call_later(left, self._look_at_body)
            return
        self._body = None
        self.refuse_slow("The body of the request did not come in time: send it again.")

    def _body_over(self) -> None:
        if self._body is not None:
            self._body.cancel()
            self._body = None

    def _answers(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _expect(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def _arrived(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if self._answers():  # whatever comes meanwhile: the answer goes on
            self._expect()
            return
        self._timer = None
        if not self._unused:  # nobody asked for anything
            self.transport.close()
            return
        told = "The headers of the request did not come in time: send it again."
        self._refuse(408, Refused("slow", told))

    def _refuse_size(self) -> None:
        told = f"The headers of the request have more than {MOST_HEAD // 1024} KB: send less."
        self._refuse(431, Refused("too_large", told))

    def _refuse(self, status: int, refused: Refused) -> None:
        if self._answers():  # nothing can be said in the middle of an answer
            self._refused = True
            self._arrived()
            self.transport.close()
            return
        self._tell(status, refused)

    def _tell(self, status: int, refused: Refused) -> None:
        self._refused = True
        self._arrived()
        self._body_over()
        self._unfinished.pop(self, None)
        path = self.url.partition(b"?")[0].decode("latin-1")
        log.info("%s: %d %s", path[:200], status, refused)
        body = written(refusal(path, refused)[1]).encode()
        head = (
            f"HTTP/1.1 {status} {_PHRASES[status]}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        # Closed at once, with bytes of the client unread, it would not get to read the answer.
        self._closing = self.loop.call_later(self.linger_seconds, self.transport.close)
