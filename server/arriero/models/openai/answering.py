"""One answer's events as chunks, and its errors as `ModelError`s."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from arriero.models.batching import Batch
from arriero.models.openai import filling, refusals, wire
from arriero.models.openai.events import Event
from arriero.models.openai.refusals import Asked
from arriero.models.types import Chunk

Reader = wire.AnswerReader | filling.FillReader


async def answer(
    asked: Asked, events: AsyncGenerator[list[Event], None], reader: Reader
) -> AsyncGenerator[Batch, None]:
    """Read batches of events; closing the generator closes theirs."""
    try:
        async with aclosing(events) as stream:
            async for batch in stream:
                chunks, problem = _read(reader, batch)
                if chunks:
                    yield chunks
                if problem is not None:
                    raise problem
        if not reader.ended:
            raise refusals.dropped(asked, "the stream ended without its end")
        if chunks := list(reader.finish()):
            yield chunks
    except wire.UnreadableCall as error:
        raise refusals.unreadable_call(asked, str(error), error.text) from error
    except ValueError as error:
        raise refusals.broken(asked, str(error)) from error


def _read(reader: Reader, events: Sequence[Event]) -> tuple[list[Chunk], ValueError | None]:
    """Return the chunks of some events, up to the first that cannot be read, and why not."""
    found: list[Chunk] = []
    try:
        for event in events:
            found.extend(reader.read(event))
    except ValueError as error:
        return found, error
    return found, None
