"""`AnswerEndpoint`: a path at which answers are asked for, in one dialect."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial

from starlette.types import Receive, Scope, Send

from arriero.gateway import choosing, faults
from arriero.gateway.answering import Place
from arriero.gateway.asked import Asked
from arriero.gateway.body import ClientGone
from arriero.gateway.conversations import Held
from arriero.gateway.dialect import Dialect, Encoder, Identity, Refused
from arriero.gateway.dialects import sse
from arriero.gateway.exchange import Exchange, Headers
from arriero.gateway.gateway import Gateway
from arriero.gateway.heartbeat import Heartbeat
from arriero.gateway.joining import answer_of, going_on, joined, refuse_unknown_call
from arriero.gateway.leaving import until_gone
from arriero.gateway.metrics import Record
from arriero.gateway.succession import Succession
from arriero.models.batching import Batch
from arriero.models.errors import ModelError
from arriero.models.types import Chunk, Finished, Message, Usage
from arriero.settings.api_keys import ApiKey

_SILENCE = 15.0  # seconds after which a client is told that somebody is still there
_UNBUFFERED: Headers = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))
_MODEL, _INSTEAD = b"x-arriero-model", b"x-arriero-instead-of"

log = logging.getLogger(__name__)

Keep = Callable[[Sequence[Message]], Awaitable[None]]


class AnswerEndpoint:
    """An ASGI application for one path."""

    def __init__(self, gateway: Gateway, dialect: Dialect) -> None:
        self._gateway = gateway
        self._dialect = dialect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        with self._gateway.metrics.request(self._dialect.name) as record:
            request = _Request(self._gateway, self._dialect, exchange, record)
            try:
                await request.read()
                await until_gone(exchange.gone, request.answer())
            except ClientGone:
                record.finished("cut")
                await request.spent()
            except (Refused, ModelError) as error:
                await request.refuse(_as_refused(error))
                await request.spent()
            except asyncio.CancelledError:  # by the server alone, which ends with this request
                await request.refuse(faults.ending())
            except Exception:
                log.exception("a request of the dialect %s failed", self._dialect.name)
                await request.refuse(
                    Refused("failed", "This failed inside Arriero; its log has more.")
                )


@dataclass(frozen=True)
class _Beginning:
    """Of a streamed answer: who gives it (`Succession.answers`), and what is sent first."""

    answers: str
    encoder: Encoder
    headers: Headers
    body: bytes


class _Request:
    """One request from its body to the end of its answer."""

    def __init__(
        self, gateway: Gateway, dialect: Dialect, exchange: Exchange, record: Record
    ) -> None:
        self._gateway = gateway
        self._dialect = dialect
        self._exchange = exchange
        self._record = record
        self._encoder: Encoder | None = None
        self._ready: _Beginning | None = None
        self._streams = False
        self._usage: Usage | None = None
        self._pieces = 0
        self._is_run = False
        self._key: ApiKey
        self._asked: Asked
        self._models: Succession

    async def read(self) -> None:
        """Take in what is asked; raises `Refused`, ClientGone."""
        exchange, own = self._exchange, self._gateway.own
        self._key = await self._gateway.admit(exchange.headers)
        most = own.max_body_mb * 1_000_000
        self._asked = await self._gateway.intake.read(
            exchange.headers, exchange.receive, most, self._dialect.read
        )
        self._streams = self._asked.stream

    async def answer(self) -> None:
        """Send the answer; raises `Refused`, ModelError."""
        models = self._models = await self._gateway.models.succession(self._asked.model)
        if models.answers == models.preferred:
            self._record.model(models.model)
        else:
            self._record.took_over(models.model)
        models.follows = self._record.took_over
        place = await self._place()
        if place.session:
            async with self._gateway.conversations.hold(self._key, place.session) as held:
                await self._send(await self._batches(models, place, held))
        else:
            await self._send(await self._batches(models, place, None))
        self._record.finished(200, None if self._is_run else self._usage)
        await self.spent()

    async def spent(self) -> None:
        """Count the tokens of the answer for its key.

        Of one that broke off, whoever's doing that was, they are not told: about as many as pieces
        came, and the prompt's characters by four. Nothing said, nothing spent.
        """
        if self._usage is not None:
            tokens = self._usage.prompt_tokens + self._usage.answer_tokens
        elif self._pieces:
            tokens = sum(len(one.content) for one in self._asked.messages) // 4 + self._pieces
        else:
            return
        await self._gateway.limiter.spent(self._key, tokens)

    async def refuse(self, refused: Refused) -> None:
        """Send an error: a whole answer, or the end of one that had begun."""
        status, body = self._dialect.refusal(refused)
        self._record.finished(status)
        cause = getattr(refused.__cause__, "cause", "")
        log.info("%s: %d %s (%s)", self._dialect.name, status, refused, cause)
        if not self._exchange.begun:
            await self._exchange.json(status, body, faults.retry_headers(refused))
        elif self._encoder is not None:
            await self._exchange.write(self._encoder.failed(refused))
            await self._exchange.end()

    async def _place(self) -> Place:
        headers = self._exchange.headers
        session = headers.get("x-arriero-session", "")
        folder = await self._gateway.folder(headers.get("x-arriero-workspace", ""))
        inject = choosing.read_header(headers) or choosing.split_model(self._asked.model)[1]
        if session and self._asked.previous:
            told = "A session goes on by itself: leave previous_response_id out."
            raise Refused("invalid", told, parameter="previous_response_id")
        return Place(folder, session, self._key.name, inject)

    async def _batches(
        self, models: Succession, place: Place, held: Held | None
    ) -> AsyncGenerator[Batch, None]:
        gateway = self._gateway
        keeping: list[Keep] = []
        if held is not None and self._asked.messages:  # else the model is to be loaded
            self._say(joined(held.messages, self._asked.messages))
            keeping.append(held.keep)
        elif self._asked.previous:
            kept = await gateway.answers.read(self._key, self._asked.previous)
            self._say(going_on(kept, self._asked.messages))
        refuse_unknown_call(self._asked)
        if self._asked.keep:
            name = f"resp_{self._number}"
            keeping.append(partial(gateway.answers.keep, self._key, name))
        self._is_run = gateway.answering.is_run(self._asked, place)
        answer = gateway.answering.answer(self._asked, models, place, run=self._is_run)
        return _kept(answer, self._asked.messages, keeping) if keeping else answer

    def _say(self, messages: tuple[Message, ...]) -> None:
        self._asked = replace(self._asked, messages=messages)

    def _send(self, stream: AsyncGenerator[Batch, None]) -> Awaitable[None]:
        """Send an answer, and close it. No coroutine of its own, which each piece would wake."""
        return self._stream(stream) if self._streams else self._collect(stream)

    async def _collect(self, stream: AsyncGenerator[Batch, None]) -> None:
        encoder: Encoder | None = None
        async with aclosing(stream):
            async for batch in stream:
                if encoder is None:
                    encoder = self._new_encoder()
                    encoder.begin()
                self._record.first_token()
                self._see(batch)
                encoder.take(batch)
        assert encoder is not None, "an answer has an end"
        await self._exchange.json(200, encoder.whole(), self._told())

    async def _stream(self, stream: AsyncGenerator[Batch, None]) -> None:
        """Send the answer as it comes. A status other than 200 is for what fails before it."""
        waits = self._dialect.media_type == "text/event-stream"
        # In the loop's second turn from here on, when the request was sent: while the model's
        # server is at work on it, and not between its first words and the client.
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._make_ready)
        async with aclosing(stream):
            async with Heartbeat(_SILENCE, self._say_waiting) if waits else nullcontext():
                batch = await anext(stream, None)
            head = b"" if self._encoder is not None else await self._begin()
            encoder, exchange = self._encoder, self._exchange
            assert encoder is not None, "it has begun"
            if batch is not None:
                self._see(batch)
                if data := head + encoder.take(batch):
                    await exchange.write(data)
                self._record.first_token()
            async for batch in stream:
                self._see(batch)
                if data := encoder.take(batch):
                    await exchange.write(data)
            await exchange.end()

    async def _say_waiting(self) -> None:
        if self._encoder is None:
            await self._exchange.write(await self._begin())
        await self._exchange.write(sse.WAITING)

    async def _begin(self) -> bytes:
        """Send the head of a streamed answer; return what its body begins with."""
        if self._ready is None or self._ready.answers != self._models.answers:
            self._make_ready()
        ready = self._ready
        assert ready is not None, "it was made"
        self._encoder = ready.encoder
        await self._exchange.begin(200, self._dialect.media_type, ready.headers)
        return ready.body

    def _make_ready(self) -> None:
        """Have what a streamed answer begins with, unless it has begun."""
        if self._encoder is None:
            encoder = self._new_encoder()
            headers = (*_UNBUFFERED, *self._told())
            self._ready = _Beginning(self._models.answers, encoder, headers, encoder.begin())

    @cached_property
    def _number(self) -> str:
        return secrets.token_hex(12)

    def _new_encoder(self) -> Encoder:
        name = self._asked.model or self._models.model
        return self._dialect.encoder(self._asked, Identity(self._number, int(time.time()), name))

    def _told(self) -> Headers:
        """Return the headers that tell who answers."""
        models = self._models
        told = ((_MODEL, models.answers.encode("ascii")),)
        if models.answers == models.preferred:
            return told
        return (*told, (_INSTEAD, models.preferred.encode("ascii")))

    def _see(self, batch: Batch) -> None:
        self._pieces += len(batch)
        last = batch[-1]
        if isinstance(last, Finished):
            self._usage = last.usage


async def _kept(
    answer: AsyncGenerator[Batch, None], asked: Sequence[Message], keeping: Sequence[Keep]
) -> AsyncGenerator[Batch, None]:
    """Pass an answer on, and keep the conversation before its client sees the end and goes on."""
    said: list[Chunk] = []
    async with aclosing(answer) as batches:
        async for batch in batches:
            said.extend(batch)
            if isinstance(batch[-1], Finished):
                for keep in keeping:
                    await keep((*asked, answer_of(said)))
            yield batch


def _as_refused(error: Refused | ModelError) -> Refused:
    if isinstance(error, Refused):
        return error
    refused = faults.refused(error)
    refused.__cause__ = error
    return refused
