"""A model that spills to the CPU has a window that fits from its next session on, and keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.fakes import FakeEditor
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.models.rehearsal import Hold, SimulatedModel, Simulator, Turn
from arriero.models.residency import ModelPlan, load
from arriero.models.types import RunnerOptions
from arriero.sessions.events import Notice
from daemon.bench import ask
from daemon.clock import until

GIB = 2**30
# Its cache takes 2 GiB at 16,384 tokens and 1 GiB at 8,192.
MODEL = SimulatedModel(
    "m", trained_window=32_768, size=5 * GIB, layers=32, graphics_memory=6 * GIB + GIB // 4
)


async def _for_ever(seconds: float) -> None:
    """Nothing is preloaded, renewed or probed."""
    await asyncio.Event().wait()


@dataclass
class Place:
    """A hub in folders of its own, and the server of its editors."""

    hub: Hub
    base: Path
    simulator: Simulator

    async def attach(self, config: str = "", simulator: Simulator | None = None) -> Attachment:
        home = self.base / f"home{len(list(self.base.iterdir()))}"
        (home / "arriero").mkdir(parents=True)
        (home / "arriero" / "config.yaml").write_text(config)
        address = (simulator or self.simulator).base_url
        editor = FakeEditor(environment={"XDG_CONFIG_HOME": str(home), "OLLAMA_HOST": address})
        return await self.hub.attach([], editor)

    async def asked(self, attachment: Attachment, session_id: str | None = None) -> tuple[str, str]:
        """Ask something; returns the session, and what was told of the model."""
        done = await ask(attachment, mode="ask", session_id=session_id)
        assert done.stop_reason == "end_turn", done.message
        events = await self.hub.store.events(done.session_id)
        told = [e.body.text for e in events if isinstance(e.body, Notice)]
        return done.session_id, " ".join(told)


@asynccontextmanager
async def place(
    tmp_path: Path, model: SimulatedModel = MODEL, *turns: Turn
) -> AsyncIterator[Place]:
    base = tmp_path / "base"
    base.mkdir(exist_ok=True)
    said = turns or tuple(Turn("Hello.") for _ in range(8))
    async with Simulator(said, models=(model,)) as simulator:
        hub = Hub(tmp_path / "state", tmp_path / "cache", sleep=_for_ever)
        await hub.open()
        try:
            yield Place(hub, base, simulator)
        finally:
            await hub.close()


def asked_for(simulator: Simulator) -> list[int | None]:
    """The windows of the chats, in their order."""
    return [chat.body["options"].get("num_ctx") for chat in simulator.chats]


async def test_the_next_session_has_a_window_that_fits(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        editor = await here.attach()
        first, told = await here.asked(editor)
        assert "11 % of m:latest does not fit into the graphics card" in told
        assert "new sessions will use a window of 8,192 tokens" in told
        _, again = await here.asked(editor, first)
        assert again == told, "it is told once"
        assert asked_for(here.simulator) == [16_384, 16_384], "a session keeps its window"
        assert len(here.simulator.loads) == 1
        second, told = await here.asked(editor)
        assert told == ""
        await here.asked(editor, first)
        await here.asked(editor, second)
        await here.asked(editor)
        assert asked_for(here.simulator)[2:] == [8192] * 4
        assert len(here.simulator.loads) == 2, "one reload, and no more"
        seen = await here.hub.residency.state(editor)
        assert (seen.window, seen.cpu_share, seen.window_source) == (8192, 0.0, "fits")


async def test_nothing_is_loaded_anew_while_another_run_uses_the_model(tmp_path: Path) -> None:
    hold = Hold()
    turns = (Turn("Hello."), Turn("Long.", holds=(hold,)), Turn("Hello."), Turn("Hello."))
    async with place(tmp_path, MODEL, *turns) as here:
        editor, other = await here.attach(), await here.attach()
        first, _ = await here.asked(editor)
        long = asyncio.ensure_future(here.asked(editor, first))
        await asyncio.wait_for(hold.reached.wait(), 10)
        short = asyncio.ensure_future(here.asked(other))
        await until(lambda: len([r for r in here.simulator.requests if r.path == "/api/chat"]) == 3)
        hold.release()
        await asyncio.gather(long, short)
        assert asked_for(here.simulator) == [16_384] * 3
        await here.asked(other)
        assert asked_for(here.simulator)[3:] == [8192]


async def test_a_model_that_was_unloaded_comes_back_with_the_window_that_fits(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        editor = await here.attach()
        first, _ = await here.asked(editor)
        provider = here.hub.providers.direct("ollama", editor.settings)
        await load(provider, ModelPlan("ollama", "m", RunnerOptions(16_384, 0)))
        assert here.simulator.loaded == []
        await here.asked(editor, first)
        assert asked_for(here.simulator) == [16_384, 8192]
        assert len(here.simulator.loads) == 2


async def test_the_persons_own_window_goes_first_and_ends_what_was_learned(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as here:
        free, own = await here.attach(), await here.attach("window: {num_ctx: 12288}")
        await here.asked(free)
        _, told = await here.asked(own)
        assert asked_for(here.simulator) == [16_384, 12_288]
        assert "set a smaller window.num_ctx" in told
        await here.asked(free)
        assert asked_for(here.simulator)[2:] == [16_384], "it begins anew"


@pytest.mark.parametrize(
    "model",
    [
        replace(MODEL, graphics_memory=5 * GIB - 1),  # the weights alone do not fit
        replace(MODEL, graphics_memory=6 * GIB - 1),  # 8,192 tokens do not
        replace(MODEL, graphics_memory=0),
        replace(MODEL, layers=None, size_vram=GIB * 4),  # its shape is not told
        replace(MODEL, family="gemma3"),
        replace(MODEL, num_ctx=16_384),  # the Modelfile's
        replace(MODEL, trained_window=12_288),
    ],
)
async def test_a_model_that_cannot_be_helped_keeps_its_window(
    tmp_path: Path, model: SimulatedModel
) -> None:
    async with place(tmp_path, model) as here:
        editor = await here.attach()
        _, told = await here.asked(editor)
        assert "CPU" in told
        assert "new sessions" not in told
        await here.asked(editor)
        assert len(set(asked_for(here.simulator))) == 1
        assert len(here.simulator.loads) == 1


async def test_a_model_that_fits_is_left_as_it_is(tmp_path: Path) -> None:
    async with place(tmp_path, replace(MODEL, graphics_memory=24 * GIB)) as here:
        editor = await here.attach()
        assert [(await here.asked(editor))[1] for _ in range(2)] == ["", ""]
        assert asked_for(here.simulator) == [16_384] * 2


async def test_another_host_has_its_own_window(tmp_path: Path) -> None:
    async with (
        place(tmp_path) as here,
        Simulator(
            [Turn("Hello.")] * 3, models=(replace(MODEL, graphics_memory=24 * GIB),)
        ) as large,
    ):
        editor, elsewhere = await here.attach(), await here.attach("", large)
        for _ in range(2):
            await here.asked(editor)
            await here.asked(elsewhere)
        assert asked_for(here.simulator) == [16_384, 8192]
        assert asked_for(large) == [16_384] * 2
        assert (len(here.simulator.loads), len(large.loads)) == (2, 1)


async def test_another_model_of_the_same_name_begins_anew(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        editor = await here.attach()
        await here.asked(editor)
        here.simulator.models["m:latest"] = replace(MODEL, quantization="Q3_K_M")
        await here.asked(editor)
        assert asked_for(here.simulator) == [16_384] * 2


async def test_what_was_learned_is_there_the_next_day(tmp_path: Path) -> None:
    async with Simulator([Turn("Hello.")] * 2, models=(MODEL,)) as simulator:
        for _ in range(2):
            async with place(tmp_path) as here:
                await here.asked(await here.attach("", simulator))
        assert asked_for(simulator) == [16_384, 8192]
