"""Vectors are made while nothing else is wanted, and nothing suffers where there are none."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy", reason="vectors need numpy")

from arriero.agent.window import choose_window
from arriero.daemon.activity import Activity
from arriero.daemon.meaning import Meanings
from arriero.daemon.meaning_model import Models
from arriero.daemon.meaning_state import MeaningState
from arriero.daemon.processor import Processor
from arriero.index.meaning.client import MeaningEnded
from arriero.index.meaning.server import Server
from arriero.index.search import Kind, SearchResult, search
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    ProviderUnavailable,
    WindowExceeded,
)
from arriero.models.gated import Gated
from arriero.models.priority import Gate, Priority
from arriero.models.residency import Plans
from arriero.models.types import LoadedModel, ModelInfo, RunnerOptions
from arriero.settings.model import Settings
from daemon.clock import until
from index.meaning.embedded import vector
from tools.indexed import Indexed

SERVER = "127.0.0.1:11434"
SHEAR = "def shear(llama):\n    return llama.wool\n"
TAXES = "def pay(year):\n    return year.taxes\n"


@dataclass
class Embedder:
    """A model of which a test says what it does; `texts` are those it was given."""

    digest: str = "1"
    length: int = 64
    here: bool = True
    loaded_now: bool = True
    window: int = 10_000  # characters
    broken: Callable[[str], Exception | None] = lambda _: None
    held: asyncio.Event | None = None
    texts: list[str] = field(default_factory=list)
    runners: list[RunnerOptions] = field(default_factory=list)
    name = "ollama"

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo("embeds:latest", self.digest)] if self.here else []

    async def loaded(self) -> list[LoadedModel]:
        return [LoadedModel("embeds:latest", 1, 1, 512, "")] if self.loaded_now else []

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> list[list[float]]:
        self.texts += texts
        self.runners.append(runner)
        if self.held is not None:
            await self.held.wait()
        if not self.here:
            raise ModelNotFound("Ollama has no model embeds: fetch it.")
        for text in texts:
            if len(text) > self.window:
                raise WindowExceeded("A text is too long.")
            problem = self.broken(text)
            if problem is not None:
                raise problem
        self.loaded_now = True
        return [vector(text, self.length) for text in texts]


class Pool:
    """Stands where the pool of providers does."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.gate = Gate()

    def direct(self, name: str, settings: Settings) -> Any:
        return self.embedder

    def get(self, name: str, settings: Settings, priority: Priority = "chat") -> Gated:
        return Gated(self.embedder, self.gate, priority)  # type: ignore[arg-type]


class DirectClient:
    """The process of the vectors without a process; `dead` is one that ends when asked."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.server = Server(cache)
        self.dead = 0
        self.asked: list[str] = []

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        self.asked.append(do)
        await asyncio.sleep(0)
        if self.dead:
            self.dead -= 1
            self.server.close()
            self.server = Server(self.cache)
            raise MeaningEnded
        answer = self.server.answer(json.dumps({"id": 1, "do": do, **fields}))
        return dict(json.loads(answer))

    async def leave(self, root: str) -> None:
        await self.ask("close", root=root)

    async def aclose(self) -> None:
        self.server.close()
        self.server = Server(self.cache)


@dataclass
class Place:
    """Folders, their model and the daemon's part; time does not pass, but `slept` says how much."""

    folder: Path
    embedder: Embedder
    pool: Pool
    activity: Activity
    processor: Processor
    client: DirectClient
    meanings: Meanings
    slept: list[float]
    folders: list[Indexed] = field(default_factory=list)
    changes: int = 0
    busy: bool = False

    def add(self, name: str = "one", **files: str) -> Indexed:
        made = Indexed(self.folder / name)
        for file, text in {"shear": SHEAR, "taxes": TAXES, **files}.items():
            made.user.save(f"{file}.py", text)
        made.build()
        self.folders.append(made)
        return made

    def keep(self, indexed: Indexed, **meaning: Any) -> None:
        values = {"model": "embeds", "idle": 7, "query_ms": 5_000, **meaning}
        settings = Settings.model_validate({"meaning": values})
        self.meanings.keep(indexed.index, [settings], self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def state(self, indexed: Indexed) -> MeaningState:
        state = self.meanings.state(indexed.disk.root)
        assert state is not None
        return state

    async def ready(self, indexed: Indexed, chunks: int = 2) -> None:
        def is_ready() -> bool:
            state = self.state(indexed)
            return state.state == "ready" and state.done == state.chunks == chunks

        await until(is_ready)

    async def search(
        self, indexed: Indexed, query: str, kind: Kind = "semantic"
    ) -> tuple[list[str], SearchResult]:
        found = await asyncio.to_thread(search, indexed.index, query, kind)
        return [Path(hit.path).stem for hit in found.hits], found


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Place]:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0.001)

    embedder = Embedder()
    pool, activity = Pool(embedder), Activity(sleep)
    processor = Processor(lambda: None)
    client = DirectClient(tmp_path / "cache")
    models = Models(lambda: pool, Plans(choose_window), activity)  # type: ignore[arg-type,return-value]
    meanings = Meanings(
        tmp_path,
        models,
        processor,
        sleep,
        busy=lambda: made.busy,
        available=lambda: True,
        client=client,  # type: ignore[arg-type]
    )
    made = Place(tmp_path, embedder, pool, activity, processor, client, meanings, slept)
    yield made
    await meanings.aclose()
    for indexed in made.folders:
        indexed.index.close()


async def test_a_folder_is_embedded_once_and_found(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    assert here.slept[:1] == [7.0], "no run was for a while"
    assert here.changes >= 2
    assert {runner.keep_alive for runner in here.embedder.runners} == {"30m"}
    names, found = await here.search(one, "wool of the llama")
    assert names[0] == "shear"
    assert "close in meaning to lines 1-2" in found.hits[0].why
    assert (found.complete, found.note) == (True, "")
    texts = len(here.embedder.texts)
    here.keep(one)  # other settings, which change nothing
    here.meanings.news(one.disk.root)
    await here.search(one, "wool of the llama")
    assert len(here.embedder.texts) == texts, "the question too is remembered"


async def test_two_folders_share_what_they_have_in_common(here: Place) -> None:
    one, two = here.add("one"), here.add("two", more="more = 'vicuna'\n")
    here.keep(one)
    await here.ready(one)
    here.keep(two)
    await here.ready(two, 3)
    counts = Counter(text.split("\n")[0] for text in here.embedder.texts)
    assert counts == {"shear.py": 1, "taxes.py": 1, "more.py": 1}
    here.embedder.held = asyncio.Event()
    both = [asyncio.create_task(here.search(indexed, "hay", "auto")) for indexed in (one, two)]
    await until(lambda: here.embedder.texts[-1] == "hay")
    here.embedder.held.set()
    for _, found in await asyncio.gather(*both):
        assert found.note == ""
    assert here.embedder.texts.count("hay") == 1, "one question, one vector"
    here.meanings.leave(one.disk.root)
    assert (await here.search(two, "vicuna"))[0][0] == "more"
    assert "`meaning.model`" in (await here.search(one, "vicuna"))[1].note


async def test_what_changed_is_embedded_when_the_index_has_it(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    one.user.save("new.py", "guanaco = 1\n")
    one.build()
    here.meanings.news(one.disk.root)
    await here.ready(one, 3)
    assert [text.split("\n")[0] for text in here.embedder.texts].count("shear.py") == 1


async def test_a_model_that_is_not_there_is_tried_less_and_less_often(here: Place) -> None:
    here.embedder.here = False
    one = here.add()
    here.keep(one)
    await until(lambda: len(here.slept) > 22)
    state = here.state(one)
    assert (state.state, state.message) == ("failing", "Ollama has no model embeds: fetch it.")
    delays = [seconds for seconds in here.slept if seconds not in (1.0, 7.0)]
    assert delays[:8] == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0, 120.0]
    names, found = await here.search(one, "llama wool")
    assert names == ["shear"]
    assert "found by words" in found.note
    assert found.complete
    assert (await here.search(one, "llama wool", "auto"))[1].note == "", "it was said elsewhere"
    here.embedder.here = True
    await here.ready(one)


async def test_a_run_at_the_models_server_goes_first(here: Place) -> None:
    here.embedder.held = asyncio.Event()
    one = here.add()
    here.keep(one)
    await until(lambda: here.embedder.texts)
    with here.activity.run(SERVER):
        await until(lambda: here.state(one).state == "paused")
        asked = len(here.embedder.texts)
        here.embedder.held.set()
        await asyncio.sleep(0.02)
        assert len(here.embedder.texts) == asked
    await here.ready(one)
    assert here.slept.count(7.0) >= 2, "and not at once after it"


@pytest.mark.parametrize("what", ["processor", "machine"])
async def test_it_pauses_while_something_needs_the_machine(here: Place, what: str) -> None:
    one = here.add()
    if what == "processor":
        with here.processor.run("run_1"):
            here.keep(one)
            await until(lambda: here.state(one).state == "paused")
            assert here.embedder.texts == []
    else:
        here.busy = True
        here.keep(one)
        await until(lambda: here.state(one).state == "paused" and 10.0 in here.slept)
        assert here.embedder.texts == []
        here.busy = False
    await here.ready(one)


async def test_a_chat_sends_it_away_and_it_comes_again(here: Place) -> None:
    here.embedder.held = asyncio.Event()
    one = here.add()
    here.keep(one)
    await until(lambda: here.embedder.texts)
    async with here.pool.gate.use("chat"):
        assert here.pool.gate.in_flight == ["chat"]
        here.embedder.held.set()
    await here.ready(one)
    assert max(Counter(here.embedder.texts).values()) == 2


async def test_one_bad_text_does_not_stop_the_others(here: Place) -> None:
    here.embedder.broken = lambda text: ModelError("No.") if "cursed" in text else None
    files = {f"n{number}": f"number_{number} = 1\n" for number in range(9)}
    one = here.add(**files, bad="cursed = 1\n")
    here.keep(one)
    await here.ready(one, 12)
    assert (await here.search(one, "llama wool"))[0][0] == "shear"


async def test_where_all_texts_fail_it_is_the_model(here: Place) -> None:
    here.embedder.broken = lambda _: ModelError("It cannot embed.")
    one = here.add()
    here.keep(one)
    await until(lambda: here.state(one).state == "failing")
    assert here.state(one).message == "It cannot embed."
    assert here.state(one).done == 0
    here.embedder.broken = lambda _: None
    await here.ready(one)
    here.embedder.broken = lambda _: ModelError("It broke.")
    one.user.save("many.py", "\n".join(f"def f{n}():\n" + "    x()\n" * 50 for n in range(9)))
    one.build()
    here.meanings.news(one.disk.root)
    await until(lambda: here.state(one).state == "failing")
    assert here.state(one).chunks - here.state(one).done > 1


async def test_a_text_that_is_too_long_is_cut(here: Place) -> None:
    here.embedder.window = 1_000
    one = here.add(long="".join(f"line {n} = '{'x' * 60}'\n" for n in range(60)))
    here.keep(one)
    state = here.state
    await until(lambda: state(one).state == "ready")
    assert state(one).done == state(one).chunks >= 3
    assert max(len(text) for text in here.embedder.texts[-1:]) <= 1_000


@pytest.mark.parametrize(
    ("settings", "query", "document"),
    [
        ({"model": "nomic-embed-text"}, "search_query: ", "search_document: "),
        ({"model": "nomic-embed-text", "query_prefix": "q>"}, "q>", "search_document: "),
        ({"model": "nomic-embed-text", "document_prefix": ""}, "search_query: ", ""),
        ({"model": "plain"}, "", ""),
    ],
)
async def test_models_get_the_prefixes_that_they_want(
    here: Place, settings: dict[str, str], query: str, document: str
) -> None:
    one = here.add()
    here.keep(one, **settings)
    await here.ready(one)
    assert set(here.embedder.texts) == {
        f"{document}shear.py\n{SHEAR.rstrip()}",
        f"{document}taxes.py\n{TAXES.rstrip()}",
    }
    await here.search(one, "llama")
    assert here.embedder.texts[-1] == f"{query}llama"


async def test_a_question_that_takes_too_long_is_left_to_words(here: Place) -> None:
    one = here.add()
    here.keep(one, query_ms=30)
    await here.ready(one)
    here.embedder.held = asyncio.Event()
    names, found = await here.search(one, "llama wool", "auto")
    assert names == ["shear"]
    assert found.note.startswith("The embedding model did not answer in time.")
    assert found.complete
    here.embedder.held.set()
    await until(lambda: not here.pool.gate.in_flight)
    names, found = await here.search(one, "llama wool", "auto")
    assert "close in meaning to lines 1-2" in found.hits[0].why, "the next one has it"
    assert found.note == ""


async def test_a_model_that_is_slow_is_not_waited_for_each_time(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    here.embedder.broken = lambda _: ProviderUnavailable("Start the server.")
    assert (await here.search(one, "first", "auto"))[1].note == ""
    here.embedder.held = asyncio.Event()
    found = (await here.search(one, "llama", "auto"))[1]
    assert "takes too long" in found.note, "and it was not waited for, which would be for ever"
    here.embedder.broken = lambda _: None
    here.embedder.held.set()
    await until(lambda: here.meanings._kept[one.disk.root].model.took < 5)
    assert "close in meaning" in (await here.search(one, "wool", "auto"))[1].hits[0].why[-1]


async def test_a_search_for_words_loads_no_model(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    here.embedder.loaded_now = False
    before = len(here.embedder.texts)
    assert "not in memory" in (await here.search(one, "llama", "auto"))[1].note
    assert len(here.embedder.texts) == before
    assert (await here.search(one, "llama"))[1].note == ""
    assert here.embedder.texts[-1] == "llama"


async def test_other_weights_under_the_name(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    here.embedder.digest = "2"
    here.meanings.news(one.disk.root)
    await until(lambda: len(here.embedder.texts) == 4)
    await here.ready(one)
    here.embedder.digest = "1"
    here.meanings.news(one.disk.root)
    await until(lambda: here.client.asked[-1] == "next")
    await here.ready(one)
    assert len(here.embedder.texts) == 4, "the first ones were kept"


async def test_vectors_of_another_length_are_never_mixed(here: Place) -> None:
    here.embedder.digest = ""  # a server that does not tell
    one = here.add()
    here.keep(one)
    await here.ready(one)
    here.embedder.length = 32
    names, found = await here.search(one, "llama wool")
    assert names == ["shear"]
    assert "made anew" in found.note
    await until(lambda: len(here.embedder.texts) >= 5)
    await here.ready(one)
    assert (await here.search(one, "llama wool"))[1].note == ""


async def test_the_process_may_end_at_any_time(here: Place) -> None:
    one = here.add(**{f"n{number}": f"number_{number} = 1\n" for number in range(20)})
    here.keep(one)
    for _ in range(3):
        await until(lambda: here.client.asked)
        here.client.asked.clear()
        here.client.dead = 1
        await until(lambda: not here.client.dead)
    await here.ready(one, 22)
    assert (await here.search(one, "llama wool"))[0][0] == "shear"


async def test_without_numpy_it_says_how_to_get_it(here: Place) -> None:
    one = here.add()
    here.meanings._available = lambda: False
    here.keep(one)
    assert here.state(one).state == "failing"
    assert "pip install 'arriero[meaning]'" in here.state(one).message
    names, found = await here.search(one, "llama wool")
    assert names == ["shear"]
    assert "pip install 'arriero[meaning]'" in found.note
    here.keep(one, model=None)
    assert here.meanings.state(one.disk.root) is None


async def test_it_ends_when_the_settings_name_no_model(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    here.keep(one, model=None)
    assert here.meanings.state(one.disk.root) is None
    assert "`meaning.model`" in (await here.search(one, "llama wool"))[1].note
    here.keep(one, model="other")
    await here.ready(one)


async def test_a_server_that_is_away(here: Place) -> None:
    here.embedder.broken = lambda _: ProviderUnavailable("Start the server.")
    one = here.add()
    here.keep(one)
    await until(lambda: here.state(one).state == "failing")
    assert here.state(one).message == "Start the server."
    here.embedder.broken = lambda _: None
    await here.ready(one)
    here.embedder.broken = lambda _: ProviderUnavailable("Start the server.")
    names, found = await here.search(one, "never asked before, llama wool")
    assert names == ["shear"]
    assert found.note.startswith("Start the server.")


async def test_leaving_ends_everything(here: Place) -> None:
    one = here.add()
    here.keep(one)
    await here.ready(one)
    here.embedder.held = asyncio.Event()
    done = threading.Event()

    def searching() -> SearchResult:
        try:
            return search(one.index, "something new", "semantic")
        finally:
            done.set()

    found = asyncio.create_task(asyncio.to_thread(searching))
    await until(lambda: here.embedder.texts[-1] == "something new")
    await here.meanings.aclose()
    assert "found by words" in (await asyncio.wait_for(found, 5)).note
    assert here.pool.gate.in_flight == []
