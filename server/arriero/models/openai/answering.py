"""One answer of an OpenAI-compatible server: bytes as chunks, and its errors as `ModelError`s."""

from __future__ import annotations

import math

from arriero.models.errors import ModelError
from arriero.models.json_values import decoded
from arriero.models.openai import classify, filling, refusals, wire
from arriero.models.openai.events import DONE, EventDecoder
from arriero.models.openai.refusals import Asked
from arriero.models.types import Chunk

# After the last piece only the usage and the end of the stream can follow.
_TAIL_TIMEOUT = 2.0
_LONGEST_BODY = 64 * 1024 * 1024

Reader = wire.AnswerReader | filling.FillReader


class Answer:
    """What both ways to read an answer share: `idle` are seconds."""

    tail = _TAIL_TIMEOUT

    def __init__(self, asked: Asked, idle: float, reader: Reader) -> None:
        self.idle = idle
        self.begun = self.ended = False
        self.problem: ModelError | None = None
        self._asked = asked
        self.reader = reader

    def silent(self) -> ModelError:
        """Nothing further came."""
        return refusals.silent(self._asked, self.idle)

    def dropped(self, cause: str) -> ModelError:
        """The connection broke."""
        return refusals.dropped(self._asked, cause)

    def finish(self) -> list[Chunk]:
        """Return what is last."""
        if not self.reader.ended:
            self.problem = refusals.dropped(self._asked, "the stream ended without its end")
            return []
        try:
            return list(self.reader.finish())
        except ValueError as error:
            self._broke(error)
            return []

    def _broke(self, error: ValueError) -> None:
        if isinstance(error, wire.UnreadableCall):
            self.problem = refusals.unreadable_call(self._asked, str(error), error.text)
        else:
            self.problem = refusals.broken(self._asked, str(error))
        self.problem.__cause__ = error


class StreamedAnswer(Answer):
    """Reads a stream of events; the first that is an error is the last."""

    def __init__(self, asked: Asked, idle: float, reader: Reader) -> None:
        super().__init__(asked, idle, reader)
        self._decoder = EventDecoder()

    def feed(self, piece: bytes) -> list[Chunk]:
        """Return what the events hold that a piece completes."""
        found: list[Chunk] = []
        reader = self.reader
        try:
            for event in self._decoder.feed(piece) if piece else self._decoder.end():
                if not isinstance(event, str) and (error := event.get("error")):
                    self.problem = classify.error_event(self._asked, error)
                    return found
                reader.read(event, found)
        except ValueError as error:
            self._broke(error)
            return found
        self.begun = self.begun or bool(found) or reader.begun
        self.ended = reader.ended
        return found if piece else [*found, *self.finish()]


class WholeAnswer(Answer):
    """Reads an answer that is not a stream: an error, or that of a server without streams."""

    def __init__(self, asked: Asked, status: int, reader: Reader) -> None:
        super().__init__(asked, math.inf, reader)
        self._status = status
        self._data = bytearray()

    def feed(self, piece: bytes) -> list[Chunk]:
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
        found: list[Chunk] = []
        try:
            for event in (value, DONE):
                self.reader.read(event, found)
        except ValueError as error:
            self._broke(error)
            return found
        return [*found, *self.finish()]
