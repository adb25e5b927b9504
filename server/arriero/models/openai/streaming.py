"""Streamed answers of one OpenAI-compatible server.

The openai package's own stream takes comments that a server sends to stay alive for silence, builds
an object for every event, and costs several times as much. Importing this module takes a while;
`provider` does it on first use.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from arriero.models.errors import ModelError
from arriero.models.http.answer import Answer, Lost, Unreached, media_type
from arriero.models.http.connections import Connections
from arriero.models.openai import classify, refusals
from arriero.models.openai.answering import Reader, StreamedAnswer, WholeAnswer
from arriero.models.openai.refusals import Asked
from arriero.models.redirects import redirected
from arriero.models.streaming import as_json, batches, refusal_text
from arriero.models.trust import trusted
from arriero.models.types import Chunk

_OK = 200

Failed = Callable[[ModelError, bool], Awaitable[None]]


class EventStreams:
    """There is no timeout before the first output of an answer: it comes only when the model is
    loaded, the request's turn has come and the prompt is read. `timeout` counts seconds without a
    further byte after that.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: float = 120.0,
        ca_file: str | None = None,
    ) -> None:
        authorization = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._connections = Connections(
            base_url, authorization, trusted(provider, base_url, ca_file)
        )
        self._idle = timeout

    async def close(self) -> None:
        """Close idle connections."""
        await self._connections.aclose()

    def batches(
        self,
        asked: Asked,
        body: Mapping[str, Any],
        path: str,
        reader: Callable[[], Reader],
        failed: Failed | None = None,
    ) -> AsyncGenerator[list[Chunk], None]:
        """Stream what is read of an answer, that together that came together.

        `reader` makes one for each attempt; `failed` is told of an error, and whether
        something was passed on, before it is raised. Closing the generator closes the connection.
        `path` may be a whole address.
        """

        def answer(response: Answer) -> StreamedAnswer | WholeAnswer:
            if media_type(response) == "text/event-stream":
                return StreamedAnswer(asked, self._idle, reader())
            return WholeAnswer(asked, response.status, reader())

        return batches(_Asking(lambda: self._open(asked, body, path), answer, failed))

    async def _open(self, asked: Asked, body: Mapping[str, Any], path: str) -> Answer:
        """Send a request and return its answer when that has begun, an error status raised."""
        data = await as_json(body)
        try:
            response = await self._connections.post(path, data)
        except Unreached as error:
            raise refusals.unreachable(asked, error) from error
        except Lost as error:
            raise refusals.dropped(asked, str(error)) from error
        if response.status == _OK:
            return response
        try:
            text = await refusal_text(response, self._idle)
        finally:
            response.close()
        location = response.headers.get("location")
        told = redirected(asked.provider, asked.base_url, path, response.status, location)
        raise told or classify.refusal(asked, response.status, text)


class _Asking:
    """One answer, as `models.streaming.batches` asks for it."""

    def __init__(
        self,
        send: Callable[[], Awaitable[Answer]],
        reading: Callable[[Answer], StreamedAnswer | WholeAnswer],
        failed: Failed | None,
    ) -> None:
        self._send = send
        self._reading = reading
        self._failed = failed
        self._answer: StreamedAnswer | WholeAnswer | None = None

    async def open(self) -> tuple[Answer, StreamedAnswer | WholeAnswer]:
        """Ask."""
        self._answer = None
        response = await self._send()
        self._answer = self._reading(response)
        return response, self._answer

    async def failed(self, error: ModelError, *, said: bool) -> None:
        """Leave it to the one who asked; a call that has begun counts as said."""
        if self._failed is None:
            raise error
        await self._failed(error, said or (self._answer is not None and self._answer.reader.begun))
