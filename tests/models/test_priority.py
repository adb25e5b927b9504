"""Who goes first at a server: never two classes at once, nobody in the way of a chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.models.embedding import Vectors
from arriero.models.filling import FillRequest
from arriero.models.gated import Gated
from arriero.models.priority import Gate, Priority, Yielded, unless
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    LoadedModel,
    Message,
    ModelDetails,
    ModelInfo,
    PullProgress,
    RunnerOptions,
    TextChunk,
    Usage,
)
from scale import by_scale

EXAMPLES = by_scale(60, full=2000)
PRIORITIES: list[Priority] = ["chat", "completion", "embeddings"]


async def hold(gate: Gate, priority: Priority, work: asyncio.Event | None = None) -> str:
    """Hold a turn until the work is done; returns how it ended."""
    try:
        async with gate.use(priority) as turn:
            await turn.do((work or asyncio.Event()).wait())
    except Yielded:
        return "yielded"
    return "done"


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def holding(gate: Gate, priority: Priority) -> AsyncIterator[asyncio.Task[str]]:
    task = asyncio.ensure_future(hold(gate, priority))
    await settle()
    assert gate.in_flight == [priority]
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait((task,))


@pytest.mark.parametrize(
    ("there", "comes", "sent_away"),
    [
        ("embeddings", "chat", True),
        ("embeddings", "completion", True),
        ("completion", "chat", True),
        ("chat", "completion", False),
        ("chat", "embeddings", False),
        ("completion", "embeddings", False),
        ("chat", "chat", False),
        ("completion", "completion", False),
        ("embeddings", "embeddings", False),
    ],
)
async def test_who_gives_way(there: Priority, comes: Priority, sent_away: bool) -> None:
    gate = Gate(completion_patience=60)
    async with holding(gate, there) as first:
        second = asyncio.ensure_future(hold(gate, comes))
        await settle()
        assert first.done() == sent_away
        if sent_away:
            assert first.result() == "yielded"
            assert gate.in_flight == [comes]
        else:
            assert gate.in_flight == ([there, comes] if there == comes else [there])
        second.cancel()
        await asyncio.wait((second,))


async def test_a_completion_that_would_be_late_gives_up() -> None:
    gate = Gate(completion_patience=0.01)
    async with holding(gate, "chat"):
        assert await hold(gate, "completion") == "yielded"
        assert gate.in_flight == ["chat"]


async def test_the_waiting_go_in_the_order_of_their_classes() -> None:
    gate = Gate(completion_patience=60)
    done = asyncio.Event()
    async with holding(gate, "chat") as chat:
        low = asyncio.ensure_future(hold(gate, "embeddings", done))
        high = asyncio.ensure_future(hold(gate, "completion", done))
        await settle()
        chat.cancel()
        await settle()
        assert gate.in_flight == ["completion"]
        done.set()
        assert await asyncio.wait_for(high, 5) == "done"
        assert await asyncio.wait_for(low, 5) == "done"


async def test_the_place_of_a_waiter_that_is_cancelled_keeps_nobody_out() -> None:
    gate = Gate(completion_patience=60)
    done = asyncio.Event()
    async with holding(gate, "chat") as chat:
        completion = asyncio.ensure_future(hold(gate, "completion"))
        low = asyncio.ensure_future(hold(gate, "embeddings", done))
        await settle()
        chat.cancel()
        completion.cancel()
        await settle()
        assert gate.in_flight == ["embeddings"]
        done.set()
        assert await asyncio.wait_for(low, 5) == "done"


async def test_one_that_gives_up_lets_in_who_waited_for_it() -> None:
    gate = Gate(completion_patience=0.01)
    async with gate.use("embeddings"):  # it does not look whether it was sent away
        completion = asyncio.ensure_future(hold(gate, "completion"))
        await settle()
        done = asyncio.Event()
        done.set()
        other = asyncio.ensure_future(hold(gate, "embeddings", done))
        assert await completion == "yielded"
        assert await asyncio.wait_for(other, 5) == "done"


async def test_a_chat_does_not_wait_for_what_does_not_leave() -> None:
    gate = Gate(chat_patience=0.01)
    entered, leave = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        async with gate.use("embeddings"):
            entered.set()
            await leave.wait()

    task = asyncio.ensure_future(stubborn())
    await entered.wait()
    done = asyncio.Event()
    done.set()
    assert await asyncio.wait_for(hold(gate, "chat", done), 5) == "done"
    leave.set()
    await task
    assert gate.in_flight == []


async def test_cancelling_from_outside_is_not_taken_for_giving_way() -> None:
    gate = Gate()
    async with holding(gate, "embeddings") as low:
        chat = asyncio.ensure_future(hold(gate, "chat"))
        low.cancel()
        await asyncio.wait((low,))
        assert low.cancelled()
        chat.cancel()
        await asyncio.wait((chat,))


async def test_work_that_is_done_keeps_its_result() -> None:
    signal: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> int:
        signal.set_result(None)
        return 7

    assert await unless(signal, work()) == 7


async def test_work_that_fails_says_so() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unless(asyncio.get_running_loop().create_future(), work())


Step = tuple[Priority, int, int, int | None]  # class, start, length, cancelled after


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


class Schedule:
    """Uses a gate as the steps say. Times are turns of the loop: every order of events is met."""

    def __init__(self) -> None:
        self.gate = Gate(completion_patience=60, chat_patience=60)
        self.together: list[set[Priority]] = []
        self.chat_waits: list[int] = []
        self.now = 0

    async def run(self, steps: Sequence[Step]) -> list[str | BaseException]:
        """Do all steps side by side and return how each ended, 10 s at most."""
        ticking = asyncio.ensure_future(self._tick())
        tasks = [asyncio.ensure_future(self._use(*step[:3])) for step in steps]
        cancelling = [
            asyncio.ensure_future(self._cancel(task, step[3]))
            for task, step in zip(tasks, steps, strict=True)
        ]
        ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        await asyncio.gather(*cancelling)
        ticking.cancel()
        return list(ends)

    async def _use(self, priority: Priority, start: int, length: int) -> str:
        await turns(start)
        came = self.now
        try:
            async with self.gate.use(priority) as turn:
                if priority == "chat":
                    self.chat_waits.append(self.now - came)
                self.together.append(set(self.gate.in_flight))
                await turn.do(turns(length))
                self.together.append(set(self.gate.in_flight))
        except Yielded:
            return "yielded"
        return "done"

    async def _cancel(self, task: asyncio.Task[str], after: int | None) -> None:
        if after is not None:
            await turns(after)
            task.cancel()

    async def _tick(self) -> None:
        while True:
            self.now += 1
            await asyncio.sleep(0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PRIORITIES),
            st.integers(0, 12),
            st.integers(0, 8),
            st.none() | st.integers(0, 12),
        ),
        max_size=12,
    )
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_schedule(steps: Sequence[Step]) -> None:
    """Nobody waits for ever, a chat only for a cancellation, and classes never mix."""
    schedule = Schedule()
    for (priority, *_, cancelled), end in zip(steps, asyncio.run(schedule.run(steps)), strict=True):
        assert (
            end == "done"
            or (end == "yielded" and priority != "chat")
            or (isinstance(end, asyncio.CancelledError) and cancelled is not None)
        )
    assert all(len(classes) == 1 for classes in schedule.together), "classes were mixed"
    assert all(waited <= 8 for waited in schedule.chat_waits), "a chat waited"
    gate = schedule.gate
    assert (gate.in_flight, gate._waiters, gate._coming) == ([], set(), [0, 0, 0])


# -- providers behind a gate


class Slow:
    """A provider that says a word and then waits for `go`; counts the streams that were closed."""

    name = "slow"

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.said = asyncio.Event()
        self.closed = 0

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        try:
            yield TextChunk("a")
            self.said.set()
            await self.go.wait()
            yield Finished("stop", Usage())
        finally:
            self.closed += 1

    def can_fill(self, details: ModelDetails) -> bool:
        return True

    async def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        async with aclosing(self.chat(ChatRequest(request.model, ()))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        self.said.set()
        try:
            await self.go.wait()
        finally:
            self.closed += 1
        return Vectors([1.0] for _ in texts)

    async def models(self) -> list[ModelInfo]:
        return []

    async def show(self, model: str) -> ModelDetails:
        return ModelDetails(model, frozenset())

    async def loaded(self) -> list[LoadedModel]:
        return []

    async def count_tokens(self, request: ChatRequest) -> int | None:
        return 3

    async def version(self) -> str:
        return "1"

    async def pull(self, model: str) -> AsyncIterator[PullProgress]:
        yield PullProgress("success")

    async def aclose(self) -> None:
        return None

    def remedy(self) -> str:
        return "make one"


REQUEST = ChatRequest("m", (Message("user", "p"),))


async def read(provider: Gated) -> list[Chunk]:
    return [chunk async for chunk in provider.chat(REQUEST)]


async def all_of(chunks: AsyncGenerator[Chunk, None]) -> list[Chunk]:
    return [chunk async for chunk in chunks]


@pytest.mark.parametrize("priority", PRIORITIES)
async def test_an_answer_passes_through(priority: Priority) -> None:
    slow, gate = Slow(), Gate()
    slow.go.set()
    chunks = await read(Gated(slow, gate, priority))
    assert chunks == [TextChunk("a"), Finished("stop", Usage())]
    assert (slow.closed, gate.in_flight) == (1, [])


@pytest.mark.parametrize("priority", PRIORITIES)
async def test_closing_a_stream_early_closes_the_connection_and_frees_the_turn(
    priority: Priority,
) -> None:
    slow, gate = Slow(), Gate()
    stream = Gated(slow, gate, priority).chat(REQUEST)
    assert await anext(stream) == TextChunk("a")
    await stream.aclose()
    assert (slow.closed, gate.in_flight) == (1, [])


@pytest.mark.parametrize("what", ["chat", "fill", "embed"])
async def test_what_is_sent_away_closes_its_connection_before_the_chat_is_sent(what: str) -> None:
    low, high, gate = Slow(), Slow(), Gate()
    gated = Gated(low, gate, "embeddings")
    works: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "chat": lambda: read(gated),
        "fill": lambda: all_of(gated.fill(FillRequest("m", "a", "b"))),
        "embed": lambda: gated.embed("m", ["x"], RunnerOptions()),
    }
    task: asyncio.Future[object] = asyncio.ensure_future(works[what]())
    await low.said.wait()
    high.go.set()
    assert len(await read(Gated(high, gate, "chat"))) == 2
    assert low.closed == 1
    with pytest.raises(Yielded):
        await task


async def test_a_chat_between_two_tools_leaves_room_for_others() -> None:
    """The gate is held for a request, not for a run."""
    slow, gate = Slow(), Gate()
    slow.go.set()
    await read(Gated(slow, gate, "chat"))
    assert await Gated(slow, gate, "embeddings").embed("m", ["x"], RunnerOptions()) == [[1.0]]


async def test_the_rest_passes_through() -> None:
    gated = Gated(Slow(), Gate(), "chat")
    assert (gated.name, gated.remedy(), await gated.version()) == ("slow", "make one", "1")
    assert (await gated.models(), await gated.loaded()) == ([], [])
    assert (await gated.show("m")).name == "m"
    assert await gated.count_tokens(REQUEST) == 3
    assert [one.status async for one in gated.pull("m")] == ["success"]
    await gated.aclose()
