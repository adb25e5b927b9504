"""Several hosts behind one name: who is asked, who is set aside, and when another is tried."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.models.embedding import Embedder, Vectors
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
    ToolsUnsupported,
)
from arriero.models.filling import FillRequest
from arriero.models.host import FIRST_PAUSE, LONGEST_PAUSE
from arriero.models.hosts import HostPool
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Hold, SimulatedModel, Simulator, Turn
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    LoadedModel,
    Message,
    ModelDetails,
    ModelInfo,
    Provider,
    PullProgress,
    RunnerOptions,
    TextChunk,
    Usage,
)

DOWN = ProviderUnavailable("down", cause="refused")
BUSY = ServerBusy("busy", cause="503")
HELLO = ChatRequest("m", [Message("user", "Hi")])
END = Finished("stop", Usage())


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeHost:
    """A host in memory. `fault` fails every request, `chat_fault` chats only, after `said`."""

    base_url: str
    listed: Sequence[str] = ("m",)
    held: Sequence[str] = ()
    fault: ModelError | None = None
    chat_fault: ModelError | None = None
    said: int = 0
    waits: asyncio.Event | None = None
    silent: bool = False
    name: str = "mine"
    asked: list[str] = field(default_factory=list)
    closed: int = 0

    async def _take(self, what: str) -> None:
        self.asked.append(what)
        if self.silent:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        await self._take("chat")
        try:
            for number in range(self.said):
                yield TextChunk(f"{self.base_url}{number}")
            if self.chat_fault is not None:
                raise self.chat_fault
            if self.waits is not None:
                await self.waits.wait()
            yield TextChunk(self.base_url)
            yield END
        finally:
            self.closed += 1

    async def models(self) -> list[ModelInfo]:
        await self._take("models")
        return [ModelInfo(one, digest=self.base_url) for one in self.listed]

    async def show(self, model: str) -> ModelDetails:
        await self._take("show")
        if model not in self.listed:
            raise ModelNotFound(f"no {model}")
        return ModelDetails(model, frozenset(), family=self.base_url)

    async def loaded(self) -> list[LoadedModel]:
        await self._take("loaded")
        return [LoadedModel(one, 1, 1, 4096, self.base_url) for one in self.held]

    async def count_tokens(self, request: ChatRequest) -> int | None:
        await self._take("count")
        return len(self.base_url)

    def can_fill(self, details: ModelDetails) -> bool:
        return "insert" in details.capabilities

    async def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        await self._take("fill")
        yield TextChunk(self.base_url)
        yield Finished("stop", Usage())

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        await self._take("embed")
        return Vectors([float(len(self.base_url))] for _ in texts)

    async def version(self) -> str:
        await self._take("version")
        return self.base_url

    async def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        await self._take("pull")
        yield PullProgress(self.base_url)

    def remedy(self) -> str:
        return "load one"

    async def aclose(self) -> None:
        await self._take("close")

    @property
    def chats(self) -> int:
        return self.asked.count("chat")


def pool(*hosts: FakeHost, clock: Clock | None = None) -> HostPool:
    return HostPool("mine", hosts, clock=clock or Clock())


async def said(made: HostPool, affinity: str = "", model: str = "m") -> str:
    request = dataclasses.replace(HELLO, affinity=affinity, model=model)

    async def run() -> str:
        chunks = [chunk async for chunk in made.chat(request)]
        assert isinstance(chunks[-1], Finished)
        return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk))

    return await asyncio.wait_for(run(), 10)


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ([FakeHost("a"), FakeHost("b")], "a"),
        ([FakeHost("a"), FakeHost("b", held=["m:latest"])], "b"),
        ([FakeHost("a", listed=["x"]), FakeHost("b", listed=["m:latest"])], "b"),
        ([FakeHost("a", listed=["x"], held=["x"]), FakeHost("b")], "b"),
        ([FakeHost("a", listed=["x"]), FakeHost("b", listed=["x"])], "a"),
        ([FakeHost("a", fault=DOWN), FakeHost("b")], "b"),
        ([FakeHost("a", fault=BUSY), FakeHost("b")], "b"),
        ([FakeHost("a", chat_fault=BUSY), FakeHost("b")], "b"),
        ([FakeHost("a", chat_fault=StreamBroken("dropped")), FakeHost("b")], "b"),
        ([FakeHost("a", chat_fault=NoMemory("full")), FakeHost("b")], "b"),
        ([FakeHost("a", chat_fault=ModelNotFound("gone")), FakeHost("b")], "b"),
        ([FakeHost("a", fault=DOWN), FakeHost("b", chat_fault=DOWN), FakeHost("c")], "c"),
    ],
)
async def test_who_answers(hosts: list[FakeHost], expected: str) -> None:
    assert await said(pool(*hosts)) == expected


async def test_a_busy_pool_spreads_and_an_idle_one_loads_nothing_twice() -> None:
    a, b = FakeHost("a", held=["m"], waits=asyncio.Event()), FakeHost("b", waits=asyncio.Event())
    made = pool(a, b)
    runs = []
    for expected in ((1, 0), (1, 1), (2, 1), (2, 2)):
        runs.append(asyncio.ensure_future(said(made)))
        while a.chats + b.chats < sum(expected):
            await asyncio.sleep(0)
        assert (a.chats, b.chats) == expected
    a.waits.set()  # type: ignore[union-attr]
    b.waits.set()  # type: ignore[union-attr]
    await asyncio.gather(*runs)
    assert await said(made) == "a"


async def test_a_session_stays_on_its_host() -> None:
    a, b = FakeHost("a", waits=asyncio.Event()), FakeHost("b")
    made = pool(a, b)
    first = asyncio.ensure_future(said(made, "s1"))
    while not a.chats:
        await asyncio.sleep(0)
    assert await said(made, "s2") == "b"
    a.waits.set()  # type: ignore[union-attr]
    assert await first == "a"
    questions = (len(a.asked), len(b.asked))
    assert [await said(made, one) for one in ("s1", "s2", "s1", "s2")] == ["a", "b", "a", "b"]
    # Nothing but the chats themselves was asked.
    assert (len(a.asked), len(b.asked)) == (questions[0] + 2, questions[1] + 2)
    assert await made.count_tokens(dataclasses.replace(HELLO, affinity="s2")) == 1
    assert b.asked[-1] == "count"


async def test_a_session_moves_with_its_host_and_stays_where_it_went() -> None:
    clock = Clock()
    a, b = FakeHost("a"), FakeHost("b")
    made = pool(a, b, clock=clock)
    assert await said(made, "s") == "a"
    a.fault = DOWN
    assert await said(made, "s") == "b"
    a.fault = None
    clock.now += 1000
    assert await said(made, "s") == "b"
    assert await said(made) == "a"


async def test_a_home_that_others_found_down_is_not_asked() -> None:
    a, b = FakeHost("a"), FakeHost("b")
    made = pool(a, b)
    assert await said(made, "s") == "a"
    a.fault = DOWN
    assert await said(made) == "b"
    asked = len(a.asked)
    assert await said(made, "s") == "b"
    assert len(a.asked) == asked


@pytest.mark.parametrize("error", [StreamBroken("x"), ModelNotFound("x"), NoMemory("x")])
async def test_what_a_model_did_does_not_speak_against_its_host(error: ModelError) -> None:
    a, b = FakeHost("a", chat_fault=error), FakeHost("b")
    made = pool(a, b)
    assert await said(made) == "b"
    a.chat_fault = None
    assert await said(made) == "a"


async def test_only_so_many_sessions_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arriero.models.hosts._MOST_SESSIONS", 2)
    made = pool(FakeHost("a"), FakeHost("b"))
    for session in ("s1", "s2", "s1", "s3"):
        await said(made, session)
    assert list(made._homes) == ["s1", "s3"]


async def test_a_host_that_fails_is_left_alone_for_growing_pauses() -> None:
    clock = Clock()
    a, b = FakeHost("a", fault=DOWN), FakeHost("b")
    made = pool(a, b, clock=clock)
    pauses = []
    for _ in range(9):
        asked, since = len(a.asked), clock.now
        while len(a.asked) == asked:
            clock.now += 0.5 if asked else 0
            assert await said(made) == "b"
        pauses.append(clock.now - since)
    expected = [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(8)]
    assert pauses[1:] == expected
    a.fault = None
    clock.now += LONGEST_PAUSE
    assert await said(made) == "a"
    a.fault = DOWN
    assert await said(made) == "b"
    clock.now += FIRST_PAUSE  # the pauses begin anew
    a.fault = None
    assert await said(made) == "a"


async def test_a_host_that_is_back_is_used_at_once_where_no_other_is_left() -> None:
    a, b = FakeHost("a", fault=DOWN), FakeHost("b", fault=DOWN)
    made = pool(a, b)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable, match=r"provider mine can be used \(a, b\)") as e:
            await said(made)
        assert "a: refused" in e.value.cause
    b.fault = None
    assert await said(made) == "b"


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ((DOWN, DOWN), ProviderUnavailable),
        ((DOWN, BUSY), ServerBusy),
        ((BUSY, DOWN), ServerBusy),
        ((NoMemory("x"), DOWN), NoMemory),
        ((ModelNotFound("x"), DOWN), ModelNotFound),
        ((StreamBroken("x"), StreamBroken("y")), StreamBroken),
        ((ToolsUnsupported("x"), None), ToolsUnsupported),
    ],
)
async def test_what_is_raised_when_none_is_left(
    faults: Sequence[ModelError | None], kind: type[ModelError]
) -> None:
    hosts = [FakeHost(one, chat_fault=fault) for one, fault in zip("ab", faults, strict=True)]
    with pytest.raises(kind) as caught:
        await said(pool(*hosts))
    assert type(caught.value) is kind
    assert all(host.chats <= 1 for host in hosts)


@pytest.mark.parametrize("error", [DOWN, BUSY, StreamBroken("x"), ModelNotFound("x")])
async def test_no_other_host_after_the_first_piece(error: ModelError) -> None:
    a, b = FakeHost("a", said=1, chat_fault=error), FakeHost("b")
    with pytest.raises(type(error)):
        await said(pool(a, b))
    assert (a.chats, b.chats, a.closed) == (1, 0, 1)


async def test_closing_the_answer_closes_the_hosts() -> None:
    a = FakeHost("a", said=3)
    made = pool(a, FakeHost("b"))
    chunks = made.chat(HELLO)
    assert await anext(chunks) == TextChunk("a0")
    await chunks.aclose()
    assert a.closed == 1
    assert made._hosts[0].in_flight == 0


async def test_a_host_that_is_silent_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("arriero.models.host._CHECK_TIMEOUT", 0.02)
    a, b = FakeHost("a", silent=True), FakeHost("b")
    clock = Clock()
    made = pool(a, b, clock=clock)
    for _ in range(3):
        assert await said(made) == "b"
    assert a.asked == ["loaded"]  # once, and no more for a while
    a.silent = False
    clock.now += 11
    assert await said(made) == "a"


async def test_what_the_hosts_tell_together() -> None:
    a = FakeHost("a", listed=["x", "y"], held=["x"])
    b = FakeHost("b", listed=["y", "z"], held=["x", "y"])
    c = FakeHost("c", fault=DOWN)
    made = pool(a, b, c)
    assert [(one.name, one.digest) for one in await made.models()] == [
        ("x", "a"),
        ("y", "a"),
        ("z", "b"),
    ]
    assert [(one.name, one.expires_at) for one in await made.loaded()] == [
        ("x", "a"),
        ("x", "b"),
        ("y", "b"),
    ]
    assert (await made.show("z")).family == "b"
    with pytest.raises(ModelNotFound):
        await made.show("w")
    assert await made.version() == "a"
    assert await made.embed("z", ["1", "2"], RunnerOptions()) == [[1.0], [1.0]]
    assert b.asked[-1] == "embed"
    assert [one.status async for one in made.pull("w")] == ["a"]


@pytest.mark.parametrize("ask", ["models", "loaded", "version", "show", "embed", "pull"])
async def test_every_question_says_when_no_host_answers(ask: str) -> None:
    made = pool(FakeHost("a", fault=DOWN), FakeHost("b", fault=DOWN))
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "models": made.models,
        "loaded": made.loaded,
        "version": made.version,
        "show": lambda: made.show("m"),
        "embed": lambda: made.embed("m", ["a"], RunnerOptions()),
        "pull": made.pull("m").__anext__,
    }
    with pytest.raises(ProviderUnavailable, match=r"\(a, b\)"):
        await questions[ask]()
    assert await made.count_tokens(HELLO) is None


async def test_all_hosts_are_closed_also_when_one_fails() -> None:
    a, b = FakeHost("a", fault=DOWN), FakeHost("b")
    with pytest.raises(ProviderUnavailable):
        await pool(a, b).aclose()
    assert (a.asked, b.asked) == (["close"], ["close"])


def test_a_pool_is_a_provider_and_an_embedder() -> None:
    made = pool(FakeHost("a"))
    provider: Provider = made
    embedder: Embedder = made
    assert provider.name == "mine"
    assert callable(embedder.embed)


FAULTS = st.sampled_from([None, None, DOWN, BUSY])


@given(
    steps=st.lists(
        st.tuples(
            st.lists(FAULTS, min_size=3, max_size=3),
            st.sampled_from(["", "s1", "s2"]),
            st.floats(0, 90),
        ),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_whoever_is_up_answers_whatever_happened_before(
    steps: list[tuple[list[ModelError | None], str, float]],
) -> None:
    async def run() -> None:
        clock = Clock()
        hosts = [FakeHost(one) for one in "abc"]
        made = pool(*hosts, clock=clock)
        home: dict[str, str] = {}
        for faults, affinity, seconds in steps:
            clock.now += seconds
            for host, fault in zip(hosts, faults, strict=True):
                host.fault = fault
            before = [host.chats for host in hosts]
            # A home that nothing is known against is never left.
            unharmed = {
                session: address
                for session, address in home.items()
                if address not in {one.address for one in made._hosts if not one.healthy}
                and next(host for host in hosts if host.base_url == address).fault is None
            }
            up = {host.base_url for host in hosts if host.fault is None}
            if not up:
                with pytest.raises((ProviderUnavailable, ServerBusy)):
                    await said(made, affinity)
                home.pop(affinity, None)
            else:
                answered = await said(made, affinity)
                assert answered in up
                healthy = {one.address for one in made._hosts if one.healthy}
                assert answered in healthy
                if affinity in unharmed:
                    assert answered == unharmed[affinity]
                if affinity:
                    home[affinity] = answered
            # Nobody is asked the same thing twice for one request.
            assert all(host.chats - was <= 1 for host, was in zip(hosts, before, strict=True))
            assert all(one.in_flight == 0 for one in made._hosts)

    asyncio.run(run())


async def test_two_real_hosts() -> None:
    model = SimulatedModel("m", num_ctx=4096)
    hold = Hold(0)
    async with (
        Simulator([Turn("one", holds=[hold]), Turn("three")], models=[model]) as first,
        Simulator([Turn("two"), Turn("four")], models=[model]) as second,
    ):
        addresses = [first.base_url, second.base_url]
        # Once more: a connection that is kept may not have heard yet that its server is gone.
        made = HostPool("mine", [OllamaProvider("mine", one, retries=1) for one in addresses])
        run = asyncio.ensure_future(said(made, "s1"))
        await asyncio.wait_for(hold.reached.wait(), 5)
        assert await said(made, "s2") == "two"
        hold.release()
        assert await run == "one"
        assert await said(made, "s1") == "three"
        await first.stop()
        assert await said(made, "s1") == "four"
        assert [one.name for one in await made.models()] == ["m:latest"]
        await second.stop()
        with pytest.raises(ProviderUnavailable, match="provider mine can be used") as caught:
            await said(made, "s1")
        await made.aclose()
    assert all(address in str(caught.value) for address in addresses)
