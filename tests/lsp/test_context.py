"""The report on the newest session: read once, then followed, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from typing import cast

from arriero.daemon.attachment import Attachment
from arriero.lsp.context import NewestContext
from arriero.sessions.events import Event, EventBody, RunEnded, RunStarted, StepEnded
from lsp.fake_hub import FakeAttachment, FakeHub

STARTED = RunStarted("p", "p", "agent", "m", "ollama")


class SlowStore(FakeAttachment):
    """A place whose events take until `go` to be read."""

    def __init__(self, hub: FakeHub) -> None:
        super().__init__(hub, cast("object", None))  # type: ignore[arg-type]
        self.roots = ("/work",)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def events(self, session_id: str) -> list[Event]:
        self.asked.set()
        await self.go.wait()
        return await super().events(session_id)


def stored(hub: FakeHub, body: EventBody, session: str = "ses_1") -> Event:
    event = Event(next(hub.numbers), session, "run_1", 1000.0, body)
    hub.events.append(event)
    return event


async def test_what_happens_while_a_session_is_read_counts_once() -> None:
    hub, context = FakeHub(), NewestContext()
    place = SlowStore(hub)
    told = cast("Attachment", place)
    assert await context.message(told) is None, "no session yet"
    context.saw(stored(hub, STARTED))
    context.saw(stored(hub, StepEnded(1, 100, 10)))
    reading = asyncio.create_task(context.message(told))
    await place.asked.wait()
    context.saw(stored(hub, StepEnded(2, 200, 10)))  # in the store, and seen
    late = stored(hub, StepEnded(3, 300, 10))
    hub.events.remove(late)  # seen only: the store was read before
    context.saw(late)
    place.go.set()
    message = await reading
    assert message is not None
    assert (message.steps, message.prompt_tokens) == (3, 300)
    assert message.totals.prompt_tokens == 600


async def test_a_session_that_began_while_another_was_read_is_told_next() -> None:
    hub, context = FakeHub(), NewestContext()
    place = SlowStore(hub)
    told = cast("Attachment", place)
    assert await context.message(told) is None
    for body in (STARTED, StepEnded(1, 100, 10), RunEnded("end_turn", "")):
        context.saw(stored(hub, body))
    reading = asyncio.create_task(context.message(told))
    await place.asked.wait()
    context.saw(stored(hub, STARTED, "ses_2"))
    context.saw(stored(hub, StepEnded(1, 7, 1), "ses_2"))
    place.go.set()
    assert await reading is None
    message = await context.message(told)
    assert message is not None
    assert (message.session_id, message.prompt_tokens, message.steps) == ("ses_2", 7, 1)
