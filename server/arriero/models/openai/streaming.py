"""Streamed answers of one OpenAI-compatible server, by aiohttp.

The openai package's own stream takes comments that a server sends to stay alive for silence, builds
an object for every event, and costs several times as much. Importing this module takes a while;
`provider` does it on first use.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp

from arriero.models.errors import ModelError
from arriero.models.json_values import decoded
from arriero.models.openai import classify, refusals, wire
from arriero.models.openai.events import DONE, Event, EventDecoder
from arriero.models.openai.refusals import Asked
from arriero.models.streaming import (
    Reading,
    Streams,
    as_json,
    batches,
    refusal_text,
    unreachable,
)

# After the last piece only the usage and the end of the stream can follow.
_TAIL_TIMEOUT = 2.0
_LONGEST_BODY = 64 * 1024 * 1024
_OK = 200


class EventStreams:
    """There is no timeout before the first output of an answer: it comes only when the model is
    loaded, the request's turn has come and the prompt is read. `timeout` counts seconds without a
    further byte after that.
    """

    def __init__(
        self, base_url: str, *, api_key: str | None = None, timeout: float = 120.0
    ) -> None:
        authorization = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._streams = Streams(base_url, authorization)
        self._idle = timeout

    async def close(self) -> None:
        """Close idle connections."""
        await self._streams.aclose()

    def batches(
        self, asked: Asked, body: Mapping[str, Any], path: str
    ) -> AsyncGenerator[list[Event], None]:
        """Stream an answer's events, those together that came together; errors are raised.

        Closing the generator closes the connection. `path` may be a whole address. Whether the
        answer ended is for the caller to see.
        """

        def reading(response: aiohttp.ClientResponse) -> Reading[Event]:
            if response.content_type == "text/event-stream":
                return _Events(asked, self._idle)
            return _Whole(asked, response.status)

        return batches(lambda: self._open(asked, body, path), reading)

    async def _open(
        self, asked: Asked, body: Mapping[str, Any], path: str
    ) -> aiohttp.ClientResponse:
        """Send a request and return its answer when that has begun, an error status raised."""
        data = await as_json(body)
        try:
            response = await self._streams.post(path, data)
        except (aiohttp.ClientError, OSError) as error:
            if unreachable(error):
                raise refusals.unreachable(asked, repr(error)) from error
            raise refusals.dropped(asked, repr(error)) from error
        if response.status == _OK:
            return response
        try:
            text = await refusal_text(response, self._idle)
        finally:
            response.close()
        raise classify.refusal(asked, response.status, text)


class _Reading:
    """What both ways to read an answer share: `idle` are seconds."""

    tail = _TAIL_TIMEOUT

    def __init__(self, asked: Asked, idle: float) -> None:
        self.idle = idle
        self.begun = self.ended = False
        self.problem: ModelError | None = None
        self._asked = asked

    def silent(self) -> ModelError:
        """Nothing further came."""
        return refusals.silent(self._asked, self.idle)

    def dropped(self, cause: str) -> ModelError:
        """The connection broke."""
        return refusals.dropped(self._asked, cause)


class _Events(_Reading):
    """Reads a stream of events; the first that is an error is the last."""

    def __init__(self, asked: Asked, idle: float) -> None:
        super().__init__(asked, idle)
        self._decoder = EventDecoder()

    def feed(self, piece: bytes) -> list[Event]:
        """Return the events that a piece completes."""
        found: list[Event] = []
        try:
            for event in self._decoder.feed(piece) if piece else self._decoder.end():
                if isinstance(event, dict) and (error := event.get("error")):
                    self.problem = classify.error_event(self._asked, error)
                    break
                found.append(event)
                self.begun = self.begun or wire.has_output(event)
                self.ended = self.ended or wire.ends(event)
        except ValueError as error:
            self.problem = refusals.broken(self._asked, repr(error))
            self.problem.__cause__ = error
        return found


class _Whole(_Reading):
    """Reads an answer that is not a stream: an error, or that of a server without streams."""

    def __init__(self, asked: Asked, status: int) -> None:
        super().__init__(asked, math.inf)
        self._status = status
        self._data = bytearray()

    def feed(self, piece: bytes) -> list[Event]:
        """Return the answer, and its end, once it is whole."""
        self._data += piece
        if len(self._data) > _LONGEST_BODY:
            self.problem = refusals.broken(self._asked, "an answer without an end")
        if piece or self.problem is not None:
            return []
        data = bytes(self._data)
        try:
            value = decoded(data)
        except ValueError as error:
            self.problem = refusals.not_compatible(self._asked, repr(data[:500]))
            self.problem.__cause__ = error
            return []
        if not isinstance(value, dict) or not value.keys() & {"choices", "content"}:
            text = data.decode("utf-8", "replace")
            self.problem = classify.refusal(self._asked, self._status, text)
            return []
        return [value, DONE]
