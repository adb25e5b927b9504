"""Streamed answers of one OpenAI-compatible server, by aiohttp.

The openai package's own stream takes comments that a server sends to stay alive for silence, builds
an object for every event, and costs several times as much. Importing this module takes a while;
`provider` does it on first use.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp

from arriero.models.errors import ModelError
from arriero.models.json_values import decoded
from arriero.models.openai import classify, refusals, wire
from arriero.models.openai.events import DONE, Event, EventDecoder
from arriero.models.openai.refusals import Asked
from arriero.models.streaming import BROKEN, Silence, Streams, refusal_text, unreachable

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

    async def batches(
        self, asked: Asked, body: Mapping[str, Any], path: str
    ) -> AsyncGenerator[list[Event], None]:
        """Stream an answer's events, those together that came together; errors are raised.

        Closing the generator closes the connection. `path` may be a whole address. Whether the
        answer ended is for the caller to see.
        """
        response = await self._open(asked, body, path)
        silence = Silence(response, math.inf)
        try:
            if response.content_type != "text/event-stream":
                yield [await _whole(asked, response), DONE]
                return
            async for batch in self._events(asked, silence):
                yield batch
        finally:
            silence.stop()
            # What was read to its end goes back to the others by itself.
            response.close()
            await asyncio.sleep(0)  # the socket is closed now: whoever asks next is the only one

    async def _events(self, asked: Asked, silence: Silence) -> AsyncGenerator[list[Event], None]:
        decoder, begun, ended = EventDecoder(), False, False
        while True:
            try:
                piece = await silence.piece()
            except BROKEN as error:
                if ended:
                    return
                if silence.fell:
                    raise refusals.silent(asked, self._idle) from error
                raise refusals.dropped(asked, repr(error)) from error
            batch, problem = _decoded(asked, decoder, piece)
            if not begun and any(map(wire.has_output, batch)):
                begun = True
                silence.within(self._idle)
            if not ended and any(map(wire.ends, batch)):
                ended = True
                silence.within(_TAIL_TIMEOUT)
            if batch:
                yield batch
            if problem is not None:
                raise problem
            if not piece:
                return

    async def _open(
        self, asked: Asked, body: Mapping[str, Any], path: str
    ) -> aiohttp.ClientResponse:
        """Send a request and return its answer when that has begun, an error status raised."""
        data = json.dumps(body, separators=(",", ":")).encode()
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


async def _whole(asked: Asked, response: aiohttp.ClientResponse) -> Event:
    """Read an answer that is not a stream: an error, or that of a server without streams."""
    data = bytearray()
    try:
        while piece := await response.content.readany():
            data += piece
            if len(data) > _LONGEST_BODY:
                raise refusals.broken(asked, "an answer without an end")
        value = decoded(data)
    except BROKEN as error:
        raise refusals.dropped(asked, repr(error)) from error
    except ValueError as error:
        raise refusals.not_compatible(asked, repr(bytes(data[:500]))) from error
    if not isinstance(value, dict) or not value.keys() & {"choices", "content"}:
        raise classify.refusal(asked, response.status, data.decode("utf-8", "replace"))
    return value


def _decoded(
    asked: Asked, decoder: EventDecoder, piece: bytes
) -> tuple[list[Event], ModelError | None]:
    """Return the events that a piece completes, up to the first that is an error, and that.

    An empty piece is the end of the stream.
    """
    found: list[Event] = []
    try:
        for event in decoder.feed(piece) if piece else decoder.end():
            if isinstance(event, Mapping) and event.get("error"):
                return found, classify.error_event(asked, event["error"])
            found.append(event)
    except ValueError as error:
        problem = refusals.broken(asked, repr(error))
        problem.__cause__ = error
        return found, problem
    return found, None
