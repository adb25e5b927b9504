"""The openai package's client, held to one server, one key and our errors.

Importing this module takes most of a second; `provider` does it on first use.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from typing import Any, cast

import anyio
import httpx
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, AsyncStream
from openai._types import RequestOptions  # the package does not export its options

from arriero.models.addresses import is_loopback
from arriero.models.json_values import decoded
from arriero.models.openai import refusals, wire
from arriero.models.openai.events import DONE, Event, EventDecoder
from arriero.models.openai.refusals import Asked
from arriero.models.response_text import bounded_text

_CONNECT_TIMEOUT = 5.0
_WRITE_TIMEOUT = 60.0
# After the last piece only the usage and the end of the stream can follow.
_TAIL_TIMEOUT = 2.0
_LONGEST_BODY = 64 * 1024 * 1024


class CompatibleClient(AsyncOpenAI):
    """Sends requests to one server and raises `ModelError`s.

    There is no timeout before the first output of an answer: it comes only when the model is
    loaded, the request's turn has come and the prompt is read. `timeout` counts seconds without a
    further byte after that. Events are decoded here: the package's own stream takes comments that
    a server sends to stay alive for silence, and builds an object of its own for every event.
    """

    def __init__(
        self, base_url: str, *, api_key: str | None = None, timeout: float = 120.0
    ) -> None:
        limits = httpx.Timeout(connect=_CONNECT_TIMEOUT, read=None, write=_WRITE_TIMEOUT, pool=None)
        super().__init__(
            base_url=base_url,
            api_key=api_key or "none",
            timeout=limits,
            max_retries=0,
            # A proxy of the environment cannot reach this machine's own loopback.
            http_client=httpx.AsyncClient(
                trust_env=not is_loopback(base_url),
                timeout=limits,
                event_hooks={"response": [_refusal_reader(timeout)]},
            ),
        )
        # The package takes these from the environment for any address; they belong to another.
        self.organization = self.project = self.webhook_secret = self.admin_api_key = None
        self._custom_headers = {}
        self.api_key = api_key or ""
        self._idle = timeout

    @property
    def auth_headers(self) -> dict[str, str]:
        """The provider's own key, and no header where it has none."""
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def _validate_headers(self, headers: object, custom_headers: object) -> None:
        """Let requests without a key pass: most local servers want none."""

    async def fetch(
        self,
        asked: Asked,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        seconds: float | None,
    ) -> Any:
        """Return the JSON that answers a GET, or a POST if there is a body.

        `path` may be a whole address; `seconds` None is no limit.
        """
        limits: RequestOptions = {"timeout": httpx.Timeout(seconds, connect=_CONNECT_TIMEOUT)}
        try:
            if body is None:
                response = await self.get(path, cast_to=httpx.Response, options=limits)
            else:
                response = await self.post(
                    path, cast_to=httpx.Response, body=dict(body), options=limits
                )
        except APIStatusError as error:
            raise _refused(asked, error) from error
        except APIConnectionError as error:
            cause = error.__cause__
            if isinstance(cause, _Refusal):
                raise refusals.refusal(asked, cause.status, cause.text) from error
            raise refusals.unreachable(asked, repr(cause)) from error
        try:
            return response.json()
        except ValueError as error:
            raise refusals.not_compatible(asked, response.text[:500]) from error

    async def events(
        self, asked: Asked, body: Mapping[str, Any], path: str = "/chat/completions"
    ) -> AsyncGenerator[Event, None]:
        """Stream an answer, errors raised. Closing the generator closes the connection.

        `path` may be a whole address. Whether the answer ended is for the caller to see.
        """
        response = await self._open(asked, body, path)
        decoder, limit, ended = EventDecoder(), None, False
        try:
            if "event-stream" not in response.headers.get("content-type", ""):
                yield await self._whole(asked, response)
                yield DONE
                return
            pieces = response.aiter_bytes()
            while True:
                try:
                    with anyio.fail_after(limit):
                        piece = await anext(pieces, None)
                except TimeoutError as error:
                    if ended:
                        return
                    raise refusals.silent(asked, self._idle) from error
                except httpx.RequestError as error:
                    if ended:
                        return
                    raise refusals.dropped(asked, repr(error)) from error
                for event in _decoded(asked, decoder, piece):
                    ended = ended or wire.ends(event)
                    if limit is None and wire.has_output(event):
                        limit = self._idle
                    yield event
                limit = _TAIL_TIMEOUT if ended else limit
                if piece is None:
                    return
        finally:
            await response.aclose()

    async def _open(self, asked: Asked, body: Mapping[str, Any], path: str) -> httpx.Response:
        try:
            # Where a bare response is asked for, it comes unread and without the stream's class.
            answer = await self.post(
                path,
                cast_to=httpx.Response,
                body=dict(body),
                stream=True,
                stream_cls=AsyncStream[Any],
            )
        except APIStatusError as error:
            raise _refused(asked, error) from error
        except APIConnectionError as error:
            cause = error.__cause__
            if isinstance(cause, _Refusal):
                raise refusals.refusal(asked, cause.status, cause.text) from error
            if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout):
                raise refusals.unreachable(asked, repr(cause)) from error
            raise refusals.dropped(asked, repr(cause)) from error
        return cast(httpx.Response, answer)

    async def _whole(self, asked: Asked, response: httpx.Response) -> Event:
        """Read an answer that is not a stream: an error, or that of a server without streams."""
        data = bytearray()
        try:
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > _LONGEST_BODY:
                    raise refusals.broken(asked, "an answer without an end")
            value = decoded(data)
        except httpx.RequestError as error:
            raise refusals.dropped(asked, repr(error)) from error
        except ValueError as error:
            raise refusals.not_compatible(asked, repr(bytes(data[:500]))) from error
        if not isinstance(value, dict) or not value.keys() & {"choices", "content"}:
            raise refusals.refusal(asked, response.status_code, data.decode("utf-8", "replace"))
        return value


def _decoded(asked: Asked, decoder: EventDecoder, piece: bytes | None) -> Iterator[Event]:
    """Yield the events that a piece completes, errors raised; None is the end of the stream."""
    try:
        for event in decoder.end() if piece is None else decoder.feed(piece):
            if isinstance(event, Mapping) and event.get("error"):
                raise refusals.error_event(asked, event["error"])
            yield event
    except ValueError as error:
        raise refusals.broken(asked, repr(error)) from error


class _Refusal(Exception):
    """An answer with an error status, and its text as far as it came."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status)
        self.status = status
        self.text = text


def _refusal_reader(seconds: float) -> Callable[[httpx.Response], Awaitable[None]]:
    """Return a hook that reads refusals itself: the package waits for their end for ever."""

    async def read(response: httpx.Response) -> None:
        if response.is_error:
            raise _Refusal(response.status_code, await bounded_text(response, seconds))

    return read


def _refused(asked: Asked, error: APIStatusError) -> Exception:
    return refusals.refusal(asked, error.status_code, error.response.text)
