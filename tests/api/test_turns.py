"""One agent does one run at a time, and goes on after one that was left."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest

from api.conftest import MakeAgent
from arriero import Agent
from arriero.api.testing import Rehearsal, Turn
from arriero.daemon.runs import RunRefused
from arriero.models.rehearsal import Hold

ENDLESS = ["A long story. It begins\n", "and never ends."]


def endless(asked: object = None) -> Turn:
    return Turn(ENDLESS, holds=[Hold(after=1)])


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupting(asked: object) -> Turn:
    """Press Ctrl-C while an answer is awaited."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    return endless()


def break_out(made: Agent, model: Rehearsal) -> None:
    model.say(endless)
    for event in made.stream("Tell."):
        if event.kind == "text":
            break


def interrupt(made: Agent, model: Rehearsal) -> None:
    model.say(interrupting)
    with pytest.raises(KeyboardInterrupt):
        made.run("Tell.")


def interrupt_the_stream(made: Agent, model: Rehearsal) -> None:
    model.say(interrupting)
    with pytest.raises(KeyboardInterrupt):
        list(made.stream("Tell."))


@pytest.mark.parametrize("leave", [break_out, interrupt, interrupt_the_stream])
def test_the_next_run_follows_one_that_was_left(
    agent: MakeAgent, model: Rehearsal, leave: Callable[[Agent, Rehearsal], None]
) -> None:
    made = agent()
    model.say(Turn("One."))
    session = made.run("first").session_id
    leave(made, model)
    model.say(Turn("Two."))
    result = made.run("again")
    assert (result.text, result.session_id) == ("Two.", session)


async def abreak_out(made: Agent, model: Rehearsal) -> None:
    model.say(endless)
    async for event in made.stream("Tell."):
        if event.kind == "text":
            break


async def cancel_the_stream(made: Agent, model: Rehearsal) -> None:
    async def read() -> None:
        async for _ in made.stream("Tell."):
            pass

    await cancel(asyncio.create_task(read()), model)


async def cancel_the_run(made: Agent, model: Rehearsal) -> None:
    await cancel(asyncio.create_task(made.arun("Tell.")), model)


async def cancel_and_go_on(made: Agent, model: Rehearsal) -> None:
    await ask(asyncio.create_task(made.arun("Tell.")), model)


async def cancel(task: asyncio.Task[object], model: Rehearsal) -> None:
    await ask(task, model)
    with pytest.raises(asyncio.CancelledError):
        await task


async def ask(task: asyncio.Task[object], model: Rehearsal) -> None:
    """Cancel a run, as a timeout does, once its model is asked."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def answer(_: object) -> Turn:
        loop.call_soon_threadsafe(asked.set)
        return endless()

    model.say(answer)
    await asked.wait()
    task.cancel()


@pytest.mark.parametrize("leave", [abreak_out, cancel_the_stream, cancel_the_run, cancel_and_go_on])
async def test_the_next_run_follows_one_that_was_left_in_an_event_loop(
    agent: MakeAgent, model: Rehearsal, leave: Callable[[Agent, Rehearsal], Awaitable[None]]
) -> None:
    made = agent()
    model.say(Turn("One."))
    session = (await made.arun("first")).session_id
    await leave(made, model)
    model.say(Turn("Two."))
    result = await made.arun("again")
    assert (result.text, result.session_id) == ("Two.", session)


@pytest.mark.parametrize("fresh", [True, False])
async def test_two_runs_at_once_are_refused(
    agent: MakeAgent, model: Rehearsal, fresh: bool
) -> None:
    made = agent()
    if not fresh:
        model.say(Turn("Before."))
        await made.arun("Hello.")
    model.say(Turn("One."), Turn("Two."))
    first, second = await asyncio.gather(
        made.arun("first"), made.arun("second"), return_exceptions=True
    )
    assert not isinstance(first, BaseException)
    assert first.text == "One."
    assert isinstance(second, RunRefused)
    assert str(second) == (
        "This agent is busy with 'first'; await that first, or make another agent for this."
    )
    assert made.session_id == first.session_id
    assert (await made.arun("third")).text == "Two."


def test_a_stream_goes_on_with_the_conversation_as_it_is_when_it_begins(
    agent: MakeAgent, model: Rehearsal
) -> None:
    made = agent()
    model.say(Turn("One."), Turn("Two."))
    stream = made.stream("second")
    session = made.run("first").session_id
    list(stream)
    assert stream.result.session_id == session


def test_a_stream_may_be_left_with_its_event_loop(
    agent: MakeAgent, model: Rehearsal, caplog: pytest.LogCaptureFixture
) -> None:
    made = agent()
    model.say(Turn("One."))
    made.run("first")
    asyncio.run(abreak_out(made, model))
    model.say(Turn("Two."))
    assert made.run("again").text == "Two."
    assert [record.message for record in caplog.records if record.levelname != "DEBUG"] == []
