"""Streamed answers, read as they come, asked for again where that may help.

The packages' own clients stay in use for everything that is not streamed: they cost several times
as much for each piece.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol, TypeVar

from arriero import large_json
from arriero.models.errors import ModelError
from arriero.models.http.answer import Answer, Lost
from arriero.within import within

_LONGEST_TEXT = 64 * 1024  # bytes
_LOOK_SECONDS = 0.5
_LARGE = 256 * 1024  # characters or bytes of a request
_ENCODER = json.JSONEncoder(separators=(",", ":"))

_log = logging.getLogger(__name__)

Part = TypeVar("Part")


class Reading(Protocol[Part]):
    """Reads the bytes of one answer, and says how it stands with it.

    `begun`: the model wrote something; from then on silence ends the answer after `idle` seconds.
    `ended`: the answer is whole; what else comes within `tail` seconds is read. `problem` is why
    nothing more can be read.

    All that becomes of a piece on its way is done in `feed`: a generator for each step would cost
    more than the steps.
    """

    idle: float
    tail: float
    begun: bool
    ended: bool
    problem: ModelError | None

    def feed(self, piece: bytes) -> list[Part]:
        """Return what a piece completes, empty if nothing; an empty piece is the end."""

    def finish(self) -> list[Part]:
        """Return what is last; there is a `problem` if the end is missing. `feed` does it too."""

    def silent(self) -> ModelError:
        """Return the error of an answer that was silent for too long."""

    def dropped(self, cause: str) -> ModelError:
        """Return the error of a connection that broke."""


class Asking(Protocol[Part]):
    """Asks for one answer, and again where that may help."""

    async def open(self) -> tuple[Answer, Reading[Part]]:
        """Return an answer that has begun, and what reads it; raises ModelError."""

    async def failed(self, error: ModelError, *, said: bool) -> None:
        """Return when it is time to ask again, else raise the error, or a better one.

        `said`: some of the answer was passed on.
        """


async def batches(asking: Asking[Part]) -> AsyncGenerator[list[Part], None]:
    """Stream what is read of an answer, that together that came together; raises ModelError.

    Closing the generator closes the connection.
    """
    said = False
    while True:
        try:
            answer, told = await asking.open()
            begun, ended, piece = told.begun, False, b" "
            silence = Silence(answer, told.idle if begun else math.inf)
            clock = asyncio.get_running_loop().time
            try:
                while piece:
                    try:
                        silence.since = clock()
                        piece = await answer.read()
                        silence.since = None
                    except Lost as error:
                        if not ended:
                            cause = told.silent() if silence.fell else told.dropped(str(error))
                            raise cause from error
                        batch, piece = told.finish(), b""
                    else:
                        batch = told.feed(piece)
                    if told.begun and not begun:
                        begun = True
                        silence.within(told.idle)
                    if told.ended and not ended:
                        ended = True
                        silence.within(told.tail)
                    if batch:
                        said = True
                        yield batch
                    if told.problem is not None:
                        raise told.problem
            finally:
                silence.stop()
                # What was read to its end goes back to the others by itself.
                answer.close()
                await asyncio.sleep(0)  # it is closed now: whoever asks next is the only one
        except ModelError as error:
            await asking.failed(error, said=said)
        else:
            return


async def as_json(body: Mapping[str, Any]) -> bytes:
    """Return a request's body; a large one is made in a thread, beside other streams."""
    if large_json.weight(body, _LARGE) < _LARGE:
        return _ENCODER.encode(body).encode()
    return await asyncio.to_thread(lambda: large_json.dumps(body, allow_nan=True).encode())


class Silence:
    """Ends an answer of which nothing comes for some seconds; one timer does for many pieces.

    `since` is when somebody began to wait for the next piece, by the loop's clock in seconds; only
    that time counts. It is None while nobody waits.
    """

    def __init__(self, answer: Answer, seconds: float) -> None:
        self.fell = False
        self.since: float | None = None
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._timer = self._loop.call_later(min(seconds, _LOOK_SECONDS), self._look)

    def within(self, seconds: float) -> None:
        """From now on so much silence ends the answer."""
        self._seconds = seconds
        if seconds < _LOOK_SECONDS:  # else it is looked soon enough
            self.stop()
            self._timer = self._loop.call_later(seconds, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        left = self._seconds - (now - self.since if self.since is not None else 0)
        if self._answer.is_whole:  # who waited is woken, and the connection is another's
            return
        if left <= 0 or (self.since is not None and self._answer.is_lost):
            self.fell = left <= 0
            self._answer.fail(Lost("nothing came any more"))
            return
        self._timer = self._loop.call_later(min(left, _LOOK_SECONDS), self._look)


async def refusal_text(answer: Answer, seconds: float) -> str:
    """Return what comes of an answer within `seconds`, up to 64 kB of it; never raises."""
    data = bytearray()

    async def read() -> None:
        while len(data) <= _LONGEST_TEXT and (piece := await answer.read()):
            data.extend(piece)

    try:
        await within(read(), seconds)
    except asyncio.TimeoutError:
        _log.info("a refusal takes longer than %g s", seconds)
    except Lost as error:
        _log.info("a refusal was cut: %r", error)
    return data.decode("utf-8", "replace")
