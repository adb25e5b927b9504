"""When a model is asked for a suggestion, and who goes first; with a simulated server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent.completion.marked import spot_at
from arriero.agent.completion.remembered import Suggestion
from arriero.agent.completion.spot import Spot
from arriero.agent.window import choose_window
from arriero.daemon.completing import Completing, Elsewhere
from arriero.daemon.providers import ProviderPool
from arriero.models.filling import FillRequest
from arriero.models.gated import Gated
from arriero.models.priority import Gate
from arriero.models.rehearsal import Hold, Received, SimulatedModel, Simulator, Turn
from arriero.models.residency import Plans, Residence
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    ModelDetails,
    TextChunk,
    Usage,
)
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings
from arriero.workspace.buffers import NoBuffers
from arriero.workspace.confine import Confinement
from arriero.workspace.usertexts import UserTexts

CODER = SimulatedModel("coder", path="rendered", capabilities=("completion", "insert"))
NOWHERE = Elsewhere(UserTexts(Confinement([]), NoBuffers()), (), lambda path: path)


@dataclass
class Bench:
    """A connection's suggestions, its server, and clocks that stand still."""

    simulator: Simulator
    pool: ProviderPool
    settings: Settings
    said: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    paused: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    time: float = 0.0
    used: str = "coder"

    def __post_init__(self) -> None:
        self.plans = Plans(choose_window)
        hub = SimpleNamespace(
            providers=self.pool,
            plans=self.plans,
            residency=SimpleNamespace(known=lambda _: Residence("ollama", self.used)),
            indexes=SimpleNamespace(readers=lambda _: []),
            runs=SimpleNamespace(all=[]),
        )
        self.completing = Completing(cast(Any, hub), self._sleep, lambda: self.time)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.set()
        await self.go.wait()

    async def _say(self, _: str, sentence: str) -> None:
        self.said.append(sentence)

    def set(self, **completion: Any) -> None:
        section = self.settings.completion.model_copy(update=completion)
        self.settings = self.settings.model_copy(update={"completion": section})

    @property
    def attachment(self) -> Any:
        return SimpleNamespace(
            settings=self.settings,
            provider_name="ollama",
            selected_model=None,
            roots=(),
            editor=SimpleNamespace(message=self._say),
            changed=lambda: None,
        )

    async def ask(self, spot: Spot, *, explicit: bool = False) -> Suggestion | None:
        work = self.completing.suggest(self.attachment, spot, NOWHERE, explicit=explicit)
        return await asyncio.wait_for(work, 10)

    def start(self, spot: Spot, *, explicit: bool = False) -> asyncio.Task[Suggestion | None]:
        return asyncio.ensure_future(self.ask(spot, explicit=explicit))

    @property
    def fills(self) -> list[Received]:
        return [one for one in self.simulator.requests if one.path == "/api/generate"]

    @property
    def gate(self) -> Gate:
        return self.pool.gate(self.settings.providers["ollama"])

    async def chat(self) -> str:
        """A run's request at the same server."""
        provider = Gated(self.pool.direct("ollama", self.settings), self.gate, "chat")
        text = ""
        async with aclosing(provider.chat(ChatRequest("coder", [Message("user", "Hi")]))) as said:
            async for chunk in said:
                text += getattr(chunk, "text", "")
        return text


@asynccontextmanager
async def benching(*turns: Turn, hasty: bool = True) -> AsyncIterator[Bench]:
    async with Simulator(turns, models=[CODER]) as simulator:
        entry = ProviderSettings(kind="ollama", base_url=simulator.base_url, max_retries=0)
        settings = Settings(providers={"ollama": entry})
        pool = ProviderPool()
        bench = Bench(simulator, pool, settings)
        if hasty:
            bench.go.set()
        yield bench
        await pool.aclose()


def text(found: Suggestion | None) -> str | None:
    return found.text if found else None


async def test_it_waits_for_a_pause_unless_it_is_asked_for() -> None:
    async with benching(Turn("1"), Turn("2")) as bench:
        bench.set(pause=0.25)
        assert text(await bench.ask(spot_at("a.py", "x = |"))) == "1"
        assert bench.pauses == [0.25]
        assert text(await bench.ask(spot_at("a.py", "y = |"), explicit=True)) == "2"
        assert bench.pauses == [0.25]


async def test_the_newest_request_wins_before_the_model_is_asked() -> None:
    async with benching(Turn("1"), hasty=False) as bench:
        older = bench.start(spot_at("a.py", "x = |"))
        await bench.paused.wait()
        newer = bench.start(spot_at("a.py", "x = 1 + |"))
        assert await older is None
        bench.go.set()
        assert text(await newer) == "1"
        assert len(bench.fills) == 1


async def test_the_newest_request_closes_the_connection_of_the_one_at_the_model() -> None:
    hold = Hold()
    async with benching(Turn("1", holds=[hold]), Turn("2")) as bench:
        older = bench.start(spot_at("a.py", "x = |"))
        await asyncio.wait_for(hold.reached.wait(), 5)
        newer = bench.start(spot_at("a.py", "x = 1 + |"))
        assert await older is None
        assert text(await newer) == "2"
        first, second = bench.fills
        await asyncio.wait_for(first.ended(), 5)
        assert first.closed_at is not None
        assert second.closed_at is None
        assert second.received_at >= first.closed_at


async def test_the_next_one_waits_until_the_older_has_left() -> None:
    there, most = 0, 0
    reached = asyncio.Event()

    async def slow_to_leave(request: FillRequest) -> AsyncGenerator[Chunk, None]:
        nonlocal there, most
        there += 1
        most = max(most, there)
        reached.set()
        try:
            if request.before.endswith("x = "):
                await asyncio.Event().wait()
            yield TextChunk("2")
            yield Finished("stop", Usage())
        finally:
            for _ in range(200):
                await asyncio.sleep(0)
            there -= 1

    async with benching() as bench:
        provider = bench.pool.direct("ollama", bench.settings)
        provider.fill = slow_to_leave  # type: ignore[method-assign]
        older = bench.start(spot_at("a.py", "x = |"))
        await asyncio.wait_for(reached.wait(), 5)
        newer = bench.start(spot_at("a.py", "x = 1 + |"))
        assert await older is None
        assert text(await newer) == "2"
        assert most == 1


async def test_a_chat_sends_a_suggestion_away() -> None:
    hold = Hold()
    async with benching(Turn("1", holds=[hold]), Turn("An answer."), Turn("2")) as bench:
        waiting = bench.start(spot_at("a.py", "x = |"))
        await asyncio.wait_for(hold.reached.wait(), 5)
        assert await bench.chat() == "An answer."
        assert await waiting is None
        assert bench.fills[0].closed_at is not None
        # It was nobody's fault: the next one is asked.
        assert text(await bench.ask(spot_at("a.py", "x = |"))) == "2"
        assert bench.said == []


async def test_a_suggestion_does_not_wait_long_for_a_chat() -> None:
    hold = Hold()
    async with benching(Turn("An answer.", holds=[hold])) as bench:
        bench.gate._patience = (1.0, 0.01, None)
        chat = asyncio.ensure_future(bench.chat())
        await asyncio.wait_for(hold.reached.wait(), 5)
        assert await bench.ask(spot_at("a.py", "x = |")) is None
        assert bench.fills == []
        hold.release()
        assert await chat == "An answer."


async def test_cancelling_closes_the_connection() -> None:
    hold = Hold(after=1)
    async with benching(Turn("1 2 3", holds=[hold])) as bench:
        waiting = bench.start(spot_at("a.py", "x = |"))
        await asyncio.wait_for(hold.reached.wait(), 5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        (asked,) = bench.fills
        await asyncio.wait_for(asked.ended(), 5)
        assert asked.closed_at is not None


async def test_a_model_that_goes_on_is_cut_off() -> None:
    lines = [f"    a{number} = {number}\n" for number in range(500)]
    async with benching(Turn(["\n", *lines])) as bench:
        bench.set(max_lines=3)
        found = await bench.ask(spot_at("a.py", "if x:|"))
        assert text(found) == "\n    a0 = 0\n    a1 = 1\n    a2 = 2"
        (asked,) = bench.fills
        await asyncio.wait_for(asked.ended(), 5)
        assert asked.pieces < 400


async def test_nothing_is_remembered_too_and_may_be_asked_for_again() -> None:
    async with benching(Turn(""), Turn("2")) as bench:
        spot = spot_at("a.py", "x = |")
        assert await bench.ask(spot) is None
        assert await bench.ask(spot) is None
        assert len(bench.fills) == 1
        assert text(await bench.ask(spot, explicit=True)) == "2"


async def test_a_suggestion_is_counted_once() -> None:
    async with benching(Turn("12")) as bench:
        found = await bench.ask(spot_at("a.py", "x = |"))
        again = await bench.ask(spot_at("a.py", "x = 1|"))
        assert found is not None
        assert again == Suggestion(found.ident, "2")
        counted = [bench.completing.accepted(one) for one in (found.ident, again.ident, "other")]
        assert counted == [True, False, False]
        report = bench.completing.report()
        assert (report.model, report.form, report.shown, report.accepted) == ("coder", "fill", 1, 1)


async def test_line_ends_are_those_of_the_text() -> None:
    async with benching(Turn("\n    a = 1\n    b = 2\n")) as bench:
        found = await bench.ask(spot_at("a.py", "import os\r\nif x:|\r\n"))
        assert text(found) == "\r\n    a = 1\r\n    b = 2"


async def test_the_options_are_those_of_the_models_plan_of_now() -> None:
    async with benching(Turn("1"), Turn("2")) as bench:
        entry = bench.settings.providers["ollama"]
        details = ModelDetails("coder", frozenset({"insert"}))
        bench.plans.plan("ollama", entry, details, window(bench, 4096))
        await bench.ask(spot_at("a.py", "x = |"))
        bench.plans.plan("ollama", entry, details, window(bench, 8192))
        await bench.ask(spot_at("a.py", "y = |"))
        asked = [one.body["options"]["num_ctx"] for one in bench.fills]
        assert asked == [4096, 8192]


def window(bench: Bench, num_ctx: int) -> Any:
    return bench.settings.window.model_copy(update={"num_ctx": num_ctx})


@pytest.mark.parametrize(
    ("used", "completion", "said"),
    [
        ("nope", {}, 0),  # the status tells it: nobody has wished for a suggestion
        ("coder", {"model": "nope"}, 1),
    ],
)
async def test_what_is_not_there_is_asked_for_again_after_a_while(
    used: str, completion: dict[str, Any], said: int
) -> None:
    async with benching(Turn("1")) as bench:
        bench.used = used
        bench.set(**completion)

        def shows() -> int:
            return sum(one.path == "/api/show" for one in bench.simulator.requests)

        for number in range(3):
            assert await bench.ask(spot_at("a.py", f"x = {number}|")) is None
        assert (shows(), len(bench.said)) == (1, said)
        assert "has no model nope" in bench.completing.report().problem
        bench.time += 31
        assert await bench.ask(spot_at("a.py", "x = |")) is None
        assert (shows(), len(bench.said)) == (2, said)
        # Other settings are looked at at once.
        bench.used = "coder"
        bench.set(model=None)
        assert text(await bench.ask(spot_at("a.py", "y = |"))) == "1"
        assert bench.completing.report().problem == ""


async def test_a_model_that_turns_out_not_to_fill_is_asked_in_words_where_it_may_be() -> None:
    async with benching(Turn("```\n1 + 1\n```")) as bench:
        bench.simulator.models["chats:latest"] = SimulatedModel("chats")
        provider = bench.pool.direct("ollama", bench.settings)
        provider.can_fill = lambda _: True  # type: ignore[method-assign, assignment]
        bench.set(model="chats", prompted=True)
        assert await bench.ask(spot_at("a.py", "x = |")) is None
        assert text(await bench.ask(spot_at("a.py", "y = |"))) == "1 + 1"
        assert bench.completing.report().form == "prompted"
        assert bench.said == []


async def test_a_server_that_is_not_there_is_left_alone_for_a_while() -> None:
    async with benching() as bench:
        await bench.simulator.stop()
        for number in range(3):
            assert await bench.ask(spot_at("a.py", f"x = {number}|")) is None
        assert bench.said == []
        assert "does not answer" in bench.completing.report().problem


@pytest.mark.parametrize(
    ("name", "line", "cursor"),
    [
        ("a.py", "    value = [one for one in self.known if one.name == name]\n", "\n    x = "),
        ("a.js", "function a(b){return b(1,[2])};", "x="),
    ],
)
async def test_nothing_keeps_the_loop(
    name: str, line: str, cursor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a text of a megabyte, of lines and in one line; what counts is processor time."""
    half = line * (500_000 // len(line))
    longest = 0.0
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        nonlocal longest
        began = time.thread_time()
        run(handle)
        longest = max(longest, time.thread_time() - began)

    worst = []
    async with benching(*[Turn("call(one, [two])")] * 5) as bench:
        await bench.ask(spot_at("b.py", "x = |"))  # the server's client is made at the first
        monkeypatch.setattr(asyncio.Handle, "_run", timed)
        for number in range(3):
            spot = spot_at(name, f"{half}{cursor}{number}|\n{half}")
            longest = 0.0
            await bench.ask(spot)
            worst.append(longest)
        monkeypatch.undo()
        assert len(bench.fills) == 4
    assert min(worst) < 0.01


async def test_marks_of_templates_in_a_file_are_none_for_the_model() -> None:
    """A control token in the file would end what stands before the cursor, or begin a message."""
    async with benching(Turn("'<\u200bs>'")) as bench:
        spot = spot_at("a.py", "a = '<fim_middle>'\nx = |\nb = '</s>'\n")
        assert text(await bench.ask(spot)) == "'<s>'", "what it copies is the file's again"
        body = bench.fills[0].body
    assert "<fim_middle>" not in body["prompt"]
    assert "<\u200bfim_middle>" in body["prompt"]
    assert "</s>" not in body["suffix"]
