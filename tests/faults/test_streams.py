"""Whatever a model server sends: an answer, or a ModelError with one sentence; never a hang."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.bench import Bench
from arriero.models import errors
from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    Provider,
    TextChunk,
    ThinkingChunk,
    ToolCallChunk,
    ToolSpec,
)
from faults.stream_corpus import CASES, Case, text_of, written_out
from faults.wire_server import Sending, WireServer
from scale import by_scale

CUTS = by_scale(1, full=100)
GOOD = {"body": [{"say": "Well."}, "done"]}
READ = ToolSpec("read_file", "Read a file.", {"type": "object", "required": ["path"]})
HELLO = ChatRequest("m", [Message("user", "Hello")], tools=[READ])
PATIENCE = 5  # seconds, after which a test is a hang

each_case = pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])


@dataclass(frozen=True)
class Outcome:
    """What came of an answer. `chats`: how often it was asked for."""

    chunks: tuple[Chunk, ...] = ()
    error: errors.ModelError | None = None
    chats: int = 1

    @property
    def says(self) -> str:
        return "".join(chunk.text for chunk in self.chunks if isinstance(chunk, TextChunk))

    @property
    def thinks(self) -> str:
        return "".join(chunk.text for chunk in self.chunks if isinstance(chunk, ThinkingChunk))

    @property
    def calls(self) -> list[tuple[str, Mapping[str, Any]]]:
        found = [chunk.call for chunk in self.chunks if isinstance(chunk, ToolCallChunk)]
        return [(call.name, call.arguments) for call in found]

    @property
    def finished(self) -> Finished | None:
        last = self.chunks[-1] if self.chunks else None
        return last if isinstance(last, Finished) else None

    @property
    def folded(self) -> tuple[object, ...]:
        """What must not depend on how the stream was cut."""
        said = None if self.error is None else (type(self.error), str(self.error))
        return self.says, self.thinks, self.calls, self.finished, said, self.chats


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ollama.client", "openai.provider", "openai.client", "openai.streaming"):
        for name, seconds in (("_FIRST_PAUSE", 0.001), ("_TAIL_TIMEOUT", 0.1)):
            monkeypatch.setattr(f"arriero.models.{module}.{name}", seconds, raising=False)


@dataclass
class Served:
    """One server and one provider for all attempts at a case."""

    case: Case
    server: WireServer
    provider: Provider

    def set_up(self, chance: random.Random | None = None) -> None:
        """Make the server send the case's answer next, and a good one after it."""
        sendings = [self.case.sending(chance), Case(self.case.protocol, "", GOOD).sending()]
        self.server.sendings = deque(sendings[:1] if self.case.row.get("again") else sendings)
        self.server.chats = 0

    async def outcome(self, chance: random.Random | None = None) -> Outcome:
        """Ask once, as a run does; every exception but a ModelError fails the test."""
        self.set_up(chance)
        chunks: list[Chunk] = []

        async def ask() -> None:
            async for chunk in self.provider.chat(HELLO):
                chunks.append(chunk)  # noqa: PERF401 - what came before an error is to be seen

        error = None
        try:
            await asyncio.wait_for(ask(), PATIENCE)
        except errors.ModelError as caught:
            error = caught
        return Outcome(tuple(chunks), error, self.server.chats)


@asynccontextmanager
async def serving(case: Case, timeout: float | None = None) -> AsyncIterator[Served]:
    entries = [{"name": "m", "id": "m", "object": "model"}]
    listing = json.dumps({"object": "list", "models": entries, "data": entries}).encode()
    idle = timeout or (0.1 if case.hangs else 10.0)
    async with WireServer(sendings=deque(), listing=listing) as server:
        provider: OllamaProvider | OpenAiProvider
        if case.protocol == "ollama":
            provider = OllamaProvider("ollama", server.base_url, timeout=idle, retries=1)
        else:
            provider = OpenAiProvider("mine", f"{server.base_url}/v1", timeout=idle, retries=1)
        try:
            yield Served(case, server, provider)
        finally:
            await provider.aclose()


def check(case: Case, found: Outcome) -> None:
    row = case.row
    if found.error is None:
        assert found.finished is not None
    else:
        check_sentence(found.error)
        assert found.error.cause, "the log gets what the server said"
    if row.get("any"):
        return
    # What came in one piece with what is no HTTP may be lost with it; then it is asked again.
    if row.get("torn") and found.chats == 2:
        assert (found.error, found.says) == (None, "Well.")
        return
    if fails := row.get("fails"):
        assert found.error is not None, found
        assert isinstance(found.error, getattr(errors, fails)), repr(found.error)
        assert re.search(row.get("told", ""), str(found.error)), str(found.error)
        lost = row.get("torn") and found.says == ""
        assert lost or found.says == row.get("before", "")
        assert found.chats == (2 if row.get("again") else 1), "only what may help is repeated"
        return
    assert found.error is None, (str(found.error), found.error.cause)
    if row.get("retried"):
        assert (found.says, found.chats) == ("Well.", 2)
        return
    assert found.finished is not None
    assert found.says == text_of(row.get("says", ""))
    assert found.thinks == row.get("thinks", "")
    calls = [(call["name"], written_out(call["arguments"])) for call in row.get("calls", ())]
    assert found.calls == calls
    assert found.finished.reason == row.get("reason", "stop")
    assert found.chats == 1
    for key, value in row.get("usage", {}).items():
        assert getattr(found.finished.usage, key) == value


def check_sentence(error: errors.ModelError) -> None:
    text = str(error)
    assert re.fullmatch(r"\S[^\n]*\.", text), text
    assert len(text) < 800, "one sentence, not a page"


def test_the_corpus_is_large() -> None:
    assert len({case.row["name"] for case in CASES}) >= 100
    assert len({case.name for case in CASES}) == len(CASES)


@each_case
async def test_what_comes_of_it(case: Case) -> None:
    async with serving(case) as served:
        whole = await served.outcome()
        check(case, whole)
        chance = random.Random(case.name)
        for _ in range(1 if case.hangs else CUTS):
            found = await served.outcome(chance)
            check(case, found)
            assert case.row.get("torn") or found.folded == whole.folded


@each_case
async def test_through_the_loop(case: Case, tmp_path: Path) -> None:
    """The run ends with the model's words or with the error's sentence; a step may be repeated."""
    root = tmp_path / "work"
    root.mkdir()
    async with serving(case) as served:
        alone = await served.outcome()
        served.set_up()
        bench = Bench(root, [])
        bench.provider.chat = served.provider.chat  # type: ignore[method-assign]
        try:
            ending = await bench.run()
        except errors.ModelError as error:
            check_sentence(error)
            assert alone.error is not None
        else:
            assert ending.message.strip(), "a run ends with words"
            assert ending.message in ("Well.", alone.says) or not alone.says.strip()
            assert not alone.calls or ending.message == "Well.", "calls are answered"


HEADS = {"before the head": {"head": "none"}, "after half of the head": {"head": "half"}}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "after the head": {},
    "after a piece": {"body": [{"say": "Half of"}]},
    "within a line": {"body": [{"say": "Half of", "cut": 9}]},
    "in a refusal": {"status": 500, "body": [{"raw": "half"}]},
}


@pytest.mark.parametrize("protocol", ["ollama", "openai"])
@pytest.mark.parametrize("where", [*HEADS, *BODIES])
async def test_a_cancel_ends_the_wait(protocol: Any, where: str) -> None:
    row = {"name": where, "end": "hang", **HEADS.get(where, BODIES.get(where, {}))}
    async with serving(Case(protocol, where, row), timeout=60) as served:
        served.set_up()

        async def ask() -> None:
            async for _ in served.provider.chat(HELLO):
                pass

        task = asyncio.ensure_future(ask())
        await asyncio.wait_for(served.server.reached.wait(), PATIENCE)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=PATIENCE)
        assert done
        assert task.cancelled()
        await asyncio.wait_for(served.server.left.wait(), PATIENCE)


async def test_the_server_sends_what_it_is_told() -> None:
    """The corpus would prove nothing with a server that always sends the same."""
    sendings = {case.name: case.sending() for case in CASES}
    assert len({b"".join(one.pieces) + one.end.encode() for one in sendings.values()}) > 150
    assert Sending([b"x"]) != Sending([b"x"], "hang")
