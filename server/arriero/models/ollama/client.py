"""The ollama package's client, with a chat and a stream of our own, which it cannot be told.

Importing this module takes a few hundred milliseconds; `provider` does it on first use.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import httpx
from ollama import AsyncClient

from arriero.models.addresses import is_loopback
from arriero.models.errors import ModelError, ServerBusy, StreamBroken
from arriero.models.http.answer import Answer, Lost, NotHttp, Unreached
from arriero.models.http.connections import Connections
from arriero.models.json_values import decoded
from arriero.models.lines import LineCutter
from arriero.models.ollama import classify, refusals
from arriero.models.ollama.classify import UNREADABLE_CALL
from arriero.models.ollama.refusals import Asked
from arriero.models.redirects import redirected
from arriero.models.streaming import as_json, batches, refusal_text
from arriero.models.trust import trusted

_CONNECT_TIMEOUT = 5.0
_WRITE_TIMEOUT = 60.0
# After the last line only the end of the stream can follow.
_TAIL_TIMEOUT = 1.0
_FIRST_PAUSE = 0.25
_JSON = {"content-type": "application/json"}
_LONGEST_LINE = 64 * 1024 * 1024

Line = dict[str, Any]
Explained = Callable[[ModelError], Awaitable[ModelError]]
Part = TypeVar("Part")

_log = logging.getLogger(__name__)


class NativeClient(AsyncClient):
    """Sends requests to one server and raises `ModelError`s.

    There is no timeout before the first byte of an answer: it comes only when the model is loaded,
    the request's turn has come and the prompt is read. `timeout` counts seconds without a further
    byte after that. `retries` is how often a request is sent again that was dropped before its
    answer began, or that met a full queue.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: float = 120.0,
        retries: int = 0,
        ca_file: str | None = None,
    ) -> None:
        trust = trusted(provider, base_url, ca_file)
        super().__init__(
            base_url,
            timeout=httpx.Timeout(
                connect=_CONNECT_TIMEOUT, read=None, write=_WRITE_TIMEOUT, pool=None
            ),
            # A proxy of the environment cannot reach this machine's own loopback.
            trust_env=not is_loopback(base_url),
            verify=trust or True,
            follow_redirects=False,
        )
        # The package takes OLLAMA_API_KEY for any address; a key must only go where it belongs.
        self._client.headers.pop("authorization", None)
        if api_key:
            self._client.headers["authorization"] = f"Bearer {api_key}"
        self._provider = provider
        self._base_url = base_url
        self._timeout = timeout
        self._retries = retries
        authorization = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._connections = Connections(base_url.rstrip("/"), authorization, trust)

    async def fetch(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float | None,
    ) -> dict[str, Any]:
        """Return the JSON object that answers a request; `timeout` in seconds, None for none."""
        asked = self._asked(body)
        limits = httpx.Timeout(timeout, connect=_CONNECT_TIMEOUT)
        # httpx's own way fails with half of a character, as clients send that cut texts.
        content = await as_json(body) if body is not None else None
        try:
            response = await self._client.request(
                method, path, content=content, headers=_JSON if content else None, timeout=limits
            )
        except httpx.RequestError as error:
            raise refusals.unreachable(asked, error) from error
        if response.status_code != httpx.codes.OK:
            self._raise_redirected(path, response.status_code, response.headers)
            raise classify.refusal(asked, response.status_code, response.text)
        try:
            value = response.json()
        except ValueError as error:
            raise refusals.not_ollama(asked, response.text[:500]) from error
        if not isinstance(value, dict):
            raise refusals.not_ollama(asked, response.text[:500])
        return value

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._client.aclose()
        await self._connections.aclose()

    def batches(
        self,
        path: str,
        body: Mapping[str, Any],
        reader: LineReader[Part],
        explained: Explained | None = None,
    ) -> AsyncGenerator[list[Part], None]:
        """Stream what is read of an answer's lines, that together that came together.

        Error lines are raised, as `explained` returns them. Closing the generator closes the
        connection.
        """
        asked = self._asked(body)
        return batches(
            _Asking(
                lambda: self.open(asked, path, body),
                _Lines(asked, self._timeout, reader),
                explained,
            )
        )

    async def open(self, asked: Asked, path: str, body: Mapping[str, Any]) -> Answer:
        """Send a request and return its answer when that has begun, an error status raised."""
        pause = _FIRST_PAUSE
        data = await as_json(body)
        for left in range(self._retries, -1, -1):
            try:
                return await self._send(asked, path, data)
            except (ServerBusy, _Dropped) as error:
                if not left:
                    raise
                _log.info("asking %s again: %s", asked.base_url, error.cause)
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, asked: Asked, path: str, data: bytes) -> Answer:
        try:
            response = await self._connections.post(path, data)
        except Unreached as error:
            raise refusals.unreachable(asked, error) from error
        except NotHttp as error:
            raise refusals.broken(asked, str(error)) from error
        except Lost as error:
            raise _Dropped(str(refusals.broken(asked, "")), cause=repr(error)) from error
        if response.status == httpx.codes.OK:
            return response
        try:
            text = await refusal_text(response, self._timeout)
        finally:
            response.close()
        self._raise_redirected(path, response.status, response.headers)
        raise classify.refusal(asked, response.status, text)

    def _raise_redirected(self, path: str, status: int, headers: Mapping[str, str]) -> None:
        told = redirected(self._provider, self._base_url, path, status, headers.get("location"))
        if told:
            raise told

    def _asked(self, body: Mapping[str, Any] | None) -> Asked:
        return Asked(self._provider, self._base_url, str((body or {}).get("model") or ""))


class _Dropped(StreamBroken):
    """The server closed the connection before its answer began."""


class LineReader(Protocol[Part]):
    """Makes of an answer's lines what is passed on."""

    def read(self, line: Line, found: list[Part]) -> None:
        """Add what a line holds; raises `StreamBroken`, `CallUnreadable`."""

    def finish(self) -> Sequence[Part] | None:
        """Return what is last, None if the answer's end is missing."""


@dataclass(frozen=True)
class _Asking(Generic[Part]):
    """One answer, as `streaming.batches` asks for it; `send` has its own way to try again."""

    send: Callable[[], Awaitable[Answer]]
    lines: _Lines[Part]
    explained: Explained | None

    async def open(self) -> tuple[Answer, _Lines[Part]]:
        """Ask."""
        return await self.send(), self.lines

    async def failed(self, error: ModelError, *, said: bool) -> None:  # noqa: ARG002 - the seam's
        """It ends here."""
        if self.explained is None:
            raise error
        raise await self.explained(error)


class _Lines(Generic[Part]):
    """Reads an answer's lines; the first that is an error is the last."""

    tail = _TAIL_TIMEOUT
    begun = True  # Ollama answers when the first words are there

    def __init__(self, asked: Asked, idle: float, reader: LineReader[Part]) -> None:
        self.idle = idle
        self.ended = False
        self.problem: ModelError | None = None
        self._asked = asked
        self._cutter = LineCutter()
        self._reader = reader

    def feed(self, piece: bytes) -> list[Part]:
        """Return what the lines hold that a piece completes."""
        whole = self._cutter.feed(piece) if piece else [self._cutter.end()]
        found: list[Part] = []
        try:
            if self._cutter.size > _LONGEST_LINE:
                raise refusals.broken(self._asked, "a line without an end")
            for line in whole:
                if line and not line.isspace():
                    value = _parsed(self._asked, line)
                    self._reader.read(value, found)
                    if value.get("done"):
                        self.ended = True
        except ModelError as error:
            self.problem = error
        else:
            if not piece:
                found += self.finish()
        return found

    def finish(self) -> list[Part]:
        """Return what is last."""
        last = self._reader.finish()
        if last is None:
            told = "the stream ended without its last line"
            self.problem = refusals.broken(self._asked, told)
            return []
        return list(last)

    def silent(self) -> ModelError:
        """Nothing further came."""
        return refusals.silent(self._asked, self.idle)

    def dropped(self, cause: str) -> ModelError:
        """The connection broke."""
        return refusals.broken(self._asked, cause)


def _parsed(asked: Asked, line: bytes) -> Line:
    try:
        value = decoded(line)
    except ValueError as error:
        raise refusals.broken(asked, f"not JSON: {line[:200]!r}") from error
    if not isinstance(value, dict):
        raise refusals.broken(asked, f"not an object: {line[:200]!r}")
    if error_text := value.get("error"):
        raise classify.error_line(asked, str(error_text))
    # Ollama 0.11 makes the first words the key where it cannot read a tool call.
    if raw := value.get(UNREADABLE_CALL):
        raise classify.error_line(asked, f"{UNREADABLE_CALL}: {raw}")
    return value
