"""Models are loaded for the editors that open, kept while they are open, and probed in quiet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent.fakes import FakeEditor
from arriero.agent.model_profile import ModelProfile, digest_of
from arriero.agent.request import RunRequest
from arriero.agent.token_profile import model_key
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.daemon.indexes import Indexes
from arriero.daemon.residency import Residency
from arriero.models.errors import ModelError
from arriero.models.rehearsal import Call, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.http import Received
from arriero.models.residency import ModelPlan, load
from arriero.models.types import ChatRequest, Message, Provider, RunnerOptions
from daemon.bench import ask, for_ever
from daemon.clock import Clock, until

PAUSE, IDLE = 2.0, 20.0
TOOLS = ("completion", "tools")
ONE = SimulatedModel("one", capabilities=TOOLS, trained_window=32_768, num_ctx=16_384)
TWO = SimulatedModel("two", capabilities=TOOLS, trained_window=8192)


@dataclass
class Probes:
    """Stands where the probe does; `hold` makes it wait after its request."""

    asked: list[tuple[str, RunnerOptions, str]] = field(default_factory=list)
    ended: int = 0
    done: int = 0
    hold: asyncio.Event | None = None
    error: ModelError | None = None

    async def __call__(
        self,
        provider: Provider,
        model: str,
        *,
        runner: RunnerOptions,
        digest: str,
        say: Callable[[str], Awaitable[None]],
    ) -> ModelProfile:
        self.asked.append((model, runner, digest))
        try:
            await say("It is asked.")
            if self.error is not None:
                raise self.error
            if self.hold is not None:
                await self.hold.wait()
            self.done += 1
            return ModelProfile(model_key(provider.name, model, digest), digest, "native")
        finally:
            self.ended += 1


@dataclass
class Place:
    """A hub with real providers, the simulator as Ollama, and a clock of its own."""

    hub: Hub
    simulator: Simulator
    clock: Clock
    probes: Probes
    base: Path

    def editor(self, config: str = "") -> FakeEditor:
        """An editor with a home of its own, with these settings in it."""
        home = self.base / f"home{len(list(self.base.iterdir()))}"
        (home / "arriero").mkdir(parents=True)
        (home / "arriero" / "config.yaml").write_text(config)
        return FakeEditor(
            environment={
                "HOME": str(home),
                "XDG_CONFIG_HOME": str(home),
                "OLLAMA_HOST": self.simulator.base_url,
            }
        )

    async def attach(self, config: str = "", editor: FakeEditor | None = None) -> Attachment:
        root = self.base / "work"
        root.mkdir(exist_ok=True)
        attachment = await self.hub.attach([str(root)], editor or self.editor(config))
        await asyncio.sleep(0)  # what begins then has begun
        return attachment

    async def preloaded(self, config: str = "") -> Attachment:
        """Attach, and wait until the model is in memory and only the clock is waited for."""
        attachment = await self.attach(config)
        self.clock.advance(PAUSE)
        await until(lambda: self.hub.residency.known(attachment).state == "loaded")
        return attachment

    async def asked(self, times: int) -> None:
        """Wait for so many requests that load a model or renew its time."""
        await until(lambda: len(self.requests) == times)

    async def learned(self) -> None:
        """Wait until nothing is under way but the renewing of one model."""
        await until(lambda: len(self.hub.residency._tasks) == 1)

    @property
    def requests(self) -> list[Received]:
        """The requests that load a model or renew its time."""
        sent = [one for one in self.simulator.requests if one.path == "/api/chat"]
        return [one for one in sent if not (one.body or {}).get("messages")]

    async def elsewhere(self, model: str, runner: RunnerOptions) -> None:
        """Another program uses a model."""
        attachment = await self.attach()
        provider = self.hub.providers.direct("ollama", attachment.settings)
        await load(provider, ModelPlan("ollama", model, runner))
        await attachment.detach()


@asynccontextmanager
async def place(
    tmp_path: Path,
    *turns: Turn,
    models: tuple[SimulatedModel, ...] = (ONE, TWO),
    real_probe: bool = False,
) -> AsyncIterator[Place]:
    """Open a place; its probes are those that only count unless `real_probe` is set."""
    clock, probes = Clock(), Probes()
    async with Simulator(turns, models=models, time_ns=clock.time_ns) as simulator:
        hub = Hub(tmp_path / "state", tmp_path / "cache", sleep=clock.sleep)
        hub.indexes = Indexes(tmp_path / "cache", for_ever)
        if not real_probe:
            hub.residency = Residency(
                lambda: hub.providers, hub.plans, hub.model_profiles, probes, clock.sleep
            )
        await hub.open()
        base = tmp_path / "base"
        base.mkdir()
        try:
            yield Place(hub, simulator, clock, probes, base)
        finally:
            await hub.close()
        assert clock.sleepers == [], "somebody still waits"


def options(request: Received) -> tuple[object, object]:
    body = request.body or {}
    return body["options"]["num_ctx"], body["keep_alive"]


async def test_an_editor_that_opens_has_its_model_loaded_as_its_runs_want_it(
    tmp_path: Path,
) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        editor = here.editor()
        attachment = await here.attach(editor=editor)
        assert here.clock.sleepers == [PAUSE]
        here.clock.advance(PAUSE)
        await until(lambda: here.hub.residency.known(attachment).state == "loaded")
        assert here.simulator.loads == ["one:latest"]
        assert options(here.requests[0]) == (16_384, "30m")
        await until(lambda: editor.progresses and editor.progresses[0].ended)
        assert [one.title for one in editor.progresses] == ["Arriero: loading one:latest"]
        seen = await here.hub.residency.state(attachment)
        assert (seen.provider, seen.model, seen.window) == ("ollama", "one:latest", 16_384)
        assert seen.expires_at
        assert (await ask(attachment, mode="ask")).message == "Hello."
        assert here.simulator.loads == ["one:latest"], "the run has nothing to load"
        assert editor.messages == []


async def test_a_run_that_starts_at_once_loads_the_model_itself(tmp_path: Path) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        editor = here.editor()
        attachment = await here.attach(editor=editor)
        assert (await ask(attachment, mode="ask")).message == "Hello."
        here.clock.advance(PAUSE)
        await until(lambda: sorted(here.clock.sleepers) == [IDLE - PAUSE, 240 - PAUSE])
        assert (here.requests, editor.progresses) == ([], [])
        assert here.simulator.loads == ["one:latest"]
        assert (await here.hub.residency.state(attachment)).state == "loaded"


@pytest.mark.parametrize("ends", [True, False])
async def test_a_run_that_has_no_model_yet_supersedes_it_too(tmp_path: Path, ends: bool) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach()
        with here.hub.residency.run(attachment.settings, "ollama"):
            if not ends:
                here.clock.advance(PAUSE)
                await until(lambda: not here.hub.residency._tasks)
        here.clock.advance(PAUSE)
        await until(lambda: not here.hub.residency._tasks)
        assert here.simulator.requests == []


@pytest.mark.parametrize(
    "config",
    [
        "window: {preload: false}",
        "window: {keep_alive: 0}",
        "providers: {mine: {kind: openai, base_url: 'http://127.0.0.1:9/v1'}}\nprovider: mine",
    ],
)
async def test_nothing_is_loaded_where_it_is_not_wanted(tmp_path: Path, config: str) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(config)
        await asyncio.sleep(0)
        assert here.clock.sleepers == []
        assert here.simulator.requests == []
        assert here.hub.residency.known(attachment).state == "unknown"


async def test_a_server_that_is_not_there_is_not_worth_a_word(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        editor = here.editor("providers: {ollama: {max_retries: 0}}")
        await here.simulator.stop()
        attachment = await here.attach(editor=editor)
        (task,) = here.hub.residency._tasks
        here.clock.advance(PAUSE)
        await asyncio.wait_for(asyncio.wait((task,)), 10)
        assert (editor.messages, editor.progresses) == ([], [])
        assert (await here.hub.residency.state(attachment)).state == "unknown"


async def test_two_editors_load_it_once_and_the_last_to_leave_ends_the_renewing(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        first = await here.preloaded("agent: {probe: false}")
        second = await here.preloaded("agent: {probe: false}")
        assert len(here.requests) == 1
        await first.detach()
        await asyncio.sleep(0)
        assert len(here.clock.sleepers) == 1
        await second.detach()
        await asyncio.sleep(0)
        assert here.clock.sleepers == []


@pytest.mark.parametrize(("num_ctx", "loads"), [(16_384, 1), (4096, 2)])
async def test_a_model_that_is_loaded_otherwise_is_loaded_anew(
    tmp_path: Path, num_ctx: int, loads: int
) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        await here.elsewhere("one", RunnerOptions(num_ctx, "5m"))
        attachment = await here.preloaded("model: one")
        assert len(here.simulator.loads) == loads
        assert (await ask(attachment, mode="ask")).message == "Hello."
        assert len(here.simulator.loads) == loads


@pytest.mark.parametrize(("keep_alive", "every"), [("30m", 240), ("90s", 45), ("-1", 240)])
async def test_its_time_in_memory_is_renewed(tmp_path: Path, keep_alive: str, every: int) -> None:
    async with place(tmp_path) as here:
        await here.preloaded(f"agent: {{probe: false}}\nwindow: {{keep_alive: {keep_alive}}}")
        for times in (1, 2, 3):
            await until(lambda: here.clock.sleepers == [every])
            here.clock.advance(every)
            await here.asked(1 + times)
        assert len({options(one) for one in here.requests}) == 1
        assert here.simulator.loads == ["one:latest"]
        await until(lambda: here.clock.sleepers == [every])
        assert len(here.simulator.loaded) == 1


@pytest.mark.parametrize("runner", [RunnerOptions(16_384, 0), RunnerOptions(4096, "30m")])
async def test_what_somebody_unloaded_or_loaded_otherwise_is_left_alone(
    tmp_path: Path, runner: RunnerOptions
) -> None:
    async with place(tmp_path) as here:
        attachment = await here.preloaded("agent: {probe: false}")
        await until(lambda: here.clock.sleepers == [240])
        other = here.hub.providers.direct("ollama", attachment.settings)
        await load(other, ModelPlan("ollama", "one", runner))
        loads, requests = len(here.simulator.loads), len(here.requests)
        for _ in range(2):
            here.clock.advance(240)
            await until(lambda: here.clock.sleepers == [240])
        assert (len(here.simulator.loads), len(here.requests)) == (loads, requests)
        state = await here.hub.residency.state(attachment)
        assert state.state == ("absent" if runner.keep_alive == 0 else "loaded")


async def test_another_model_is_loaded_when_it_is_selected(tmp_path: Path) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        attachment = await here.preloaded("agent: {probe: false}")
        await attachment.select_model("two")
        assert here.hub.residency.known(attachment).state == "unknown"
        await until(lambda: here.clock.sleepers == [PAUSE])
        here.clock.advance(PAUSE)
        await until(lambda: here.hub.residency.known(attachment).state == "loaded")
        assert here.simulator.loads == ["one:latest", "two:latest"]
        await until(lambda: here.clock.sleepers == [240])
        assert (await ask(attachment, mode="ask")).message == "Hello."
        assert len(here.simulator.loads) == 2


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("ollama", "none, else two, else one@lab"),
        ("lab", "two@ollama"),
        ("lab", "two@ollama, else one"),
    ],
)
async def test_the_first_of_a_chain_that_is_there_is_loaded(
    tmp_path: Path, provider: str, model: str
) -> None:
    async with place(tmp_path) as here:
        lab = "providers: {lab: {kind: ollama, base_url: 'http://127.0.0.1:9'}}\n"
        attachment = await here.preloaded(f"{lab}provider: {provider}\nmodel: '{model}'\n")
        assert here.hub.residency.known(attachment).model == "two"


async def test_settings_that_change_change_the_plan_for_all(tmp_path: Path) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        attachment = await here.preloaded("agent: {probe: false}")
        await attachment.set_editor_settings({"window": {"num_ctx": 8192}}, trusted=False)
        await until(lambda: PAUSE in here.clock.sleepers)
        here.clock.advance(PAUSE)
        await until(lambda: here.hub.residency.known(attachment).window == 8192)
        assert (await ask(attachment, mode="ask")).message == "Hello."
        assert len(here.simulator.loads) == 2
        await until(lambda: here.clock.sleepers == [240])
        here.clock.advance(240)
        await here.asked(3)
        assert [options(one)[0] for one in here.requests] == [16_384, 8192, 8192]


async def test_settings_that_do_not_matter_load_nothing(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.preloaded("agent: {probe: false}")
        await attachment.set_editor_settings({"log_level": "debug"}, trusted=False)
        await until(lambda: here.clock.sleepers == [240])
        assert here.hub.residency.known(attachment).state == "loaded"


async def test_the_user_can_cancel_the_loading(tmp_path: Path) -> None:
    slow = SimulatedModel("one", capabilities=TOOLS, trained_window=32_768, load_delay=60)
    async with place(tmp_path, models=(slow,)) as here:
        editor = here.editor()
        attachment = await here.attach(editor=editor)
        changes: list[str] = []
        attachment.on_change = lambda: changes.append(here.hub.residency.known(attachment).state)
        here.clock.advance(PAUSE)
        await until(lambda: editor.progresses)
        assert changes == ["loading"]
        cancel = editor.progresses[0].cancel
        assert cancel is not None
        cancel()
        await until(lambda: editor.progresses[0].ended)
        assert changes == ["loading", "absent"]
        assert editor.messages == []


async def test_leaving_ends_the_loading(tmp_path: Path) -> None:
    slow = SimulatedModel("one", capabilities=TOOLS, trained_window=32_768, load_delay=60)
    async with place(tmp_path, models=(slow,)) as here:
        editor = here.editor()
        attachment = await here.attach(editor=editor)
        here.clock.advance(PAUSE)
        await until(lambda: editor.progresses)
        await attachment.detach()
        await until(lambda: editor.progresses[0].ended)


async def test_a_run_with_another_model_ends_the_loading(tmp_path: Path) -> None:
    slow = SimulatedModel("one", capabilities=TOOLS, trained_window=32_768, load_delay=60)
    async with place(tmp_path, Turn("Hello."), models=(slow, TWO)) as here:
        editor = here.editor()
        attachment = await here.attach(editor=editor)
        here.clock.advance(PAUSE)
        await until(lambda: editor.progresses)
        assert (await ask(attachment, mode="ask", model="two")).message == "Hello."
        await until(lambda: editor.progresses[0].ended)
        assert here.hub.residency.known(attachment).model == "two"


# -- probing


async def test_a_model_is_probed_once_in_quiet(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.preloaded()
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE)
        await until(lambda: here.probes.done)
        ((model, runner, digest),) = here.probes.asked
        assert (model, runner) == ("one:latest", RunnerOptions(16_384, "30m"))
        assert digest
        key = model_key("ollama", "one:latest", digest)
        assert await here.hub.model_profiles.get(key) is not None
        await attachment.detach()
        again = await here.preloaded()
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE)
        await here.learned()
        assert len(here.probes.asked) == 1
        assert here.hub.residency.known(again).state == "loaded"


@pytest.mark.parametrize(
    ("known", "probes"),
    [
        (ModelProfile("", rung="prompted"), 0),
        (ModelProfile("", probed_at=1.0), 0),
        (ModelProfile("", edit_format="blocks"), 1),
    ],
)
async def test_what_is_known_of_a_model_is_kept(
    tmp_path: Path, known: ModelProfile, probes: int
) -> None:
    async with place(tmp_path) as here:
        attachment = await here.preloaded()
        digest = await digest_of(attachment.provider, "one")
        key = model_key("ollama", "one:latest", digest)
        await here.hub.model_profiles.save(replace(known, key=key))
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE)
        await here.learned()
        assert len(here.probes.asked) == probes
        kept = await here.hub.model_profiles.get(key)
        assert kept is not None
        assert kept.edit_format == known.edit_format


async def test_the_real_probe_asks_the_model_as_it_is_loaded(tmp_path: Path) -> None:
    asked = Turn(calls=[Call("read_file", {"path": "notes.txt"})])
    async with place(tmp_path, asked, Turn("No."), Turn("No."), real_probe=True) as here:
        attachment = await here.preloaded()
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE)
        await here.learned()
        digest = await digest_of(attachment.provider, "one")
        made = await here.hub.model_profiles.get(model_key("ollama", "one:latest", digest))
        assert made is not None
        assert (made.rung, made.native_works, made.prompted_works) == ("native", True, False)
        assert here.simulator.loads == ["one:latest"]
        assert {options(one) for one in here.simulator.chats} == {(16_384, "30m")}


async def test_a_run_ends_the_probe_at_once_and_it_is_made_later(tmp_path: Path) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        here.probes.hold = asyncio.Event()
        attachment = await here.preloaded()
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE)
        await until(lambda: here.probes.asked)
        run = await attachment.start(RunRequest("p", "ask", "P"))
        await until(lambda: here.probes.ended)
        assert (await asyncio.wait_for(run.wait(), 10)).message == "Hello."
        assert here.probes.done == 0
        here.probes.hold.set()
        await until(lambda: IDLE in here.clock.sleepers)
        here.clock.advance(IDLE)
        await until(lambda: here.probes.done == 1)


async def test_a_run_in_the_quiet_time_puts_the_probe_off(tmp_path: Path) -> None:
    async with place(tmp_path, Turn("Hello.")) as here:
        attachment = await here.preloaded()
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE - 1)
        await ask(attachment, mode="ask")
        here.clock.advance(1)
        await until(lambda: IDLE in here.clock.sleepers)
        assert here.probes.asked == []


@pytest.mark.parametrize("config", ["agent: {probe: false}", ""])
async def test_nothing_is_probed_where_it_is_not_wanted(tmp_path: Path, config: str) -> None:
    """Not against the settings, and not a model that somebody unloaded meanwhile."""
    async with place(tmp_path) as here:
        attachment = await here.preloaded(config)
        provider = here.hub.providers.direct("ollama", attachment.settings)
        await load(provider, ModelPlan("ollama", "one", RunnerOptions(16_384, 0)))
        here.clock.advance(IDLE)
        await here.learned()
        assert (here.probes.asked, here.simulator.loaded) == ([], [])


async def test_a_probe_that_fails_is_not_repeated_and_not_said(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        here.probes.error = ModelError("It does not answer.")
        attachment = await here.preloaded()
        await until(lambda: here.clock.sleepers == [IDLE, 240])
        here.clock.advance(IDLE)
        await here.learned()
        assert here.probes.ended == 1
        editor = attachment.editor
        assert isinstance(editor, FakeEditor)
        assert editor.messages == []


async def test_what_is_asked_with_a_low_priority_goes_away_for_a_chat(tmp_path: Path) -> None:
    """The pool's providers share one gate for each server, whatever entry names it."""
    async with place(tmp_path, Turn("a b c d", delay=60), Turn("Hello.")) as here:
        settings = (await here.attach()).settings
        low = here.hub.providers.get("ollama", settings, "embeddings")
        chat = here.hub.providers.get("ollama", settings)
        request = ChatRequest("one", (Message("user", "p"),))

        async def read(provider: Provider) -> str:
            return "".join([getattr(one, "text", "") async for one in provider.chat(request)])

        first = asyncio.ensure_future(read(low))
        await until(lambda: here.simulator.chats)
        assert await asyncio.wait_for(read(chat), 10) == "Hello."
        with pytest.raises(ModelError, match="more urgent"):
            await first
