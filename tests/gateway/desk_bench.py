"""The dashboard's desk on real stores, with a simulated model server and a run that was done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starlette.routing import Router

from arriero.daemon.hub import Hub
from arriero.gateway.gateway import Start
from arriero.gateway.health import Health
from arriero.gateway.keys import Keys
from arriero.gateway.metrics import Metrics
from arriero.gateway.opening import problem_of
from arriero.gateway.pages.desk import Desk, make_desk
from arriero.gateway.pages.routes import routes
from arriero.models.rehearsal import Simulator
from arriero.models.types import Usage
from arriero.sessions.events import (
    Event,
    EventBody,
    FileDiff,
    Notice,
    PermissionAnswered,
    PermissionAsked,
    ProposalChanged,
    RunEnded,
    RunStarted,
    StepEnded,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)
from arriero.settings.api_keys import ApiKey, digest_of
from arriero.settings.layers import LoadedSettings, load_settings
from arriero.settings.model import Settings

ADMIN, OTHER = "arr_admin", "arr_other"
KEYS = Keys([ApiKey("boss", digest_of(ADMIN), admin=True), ApiKey("guest", digest_of(OTHER))])
MONEY = "tally/money.py"
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"

STORY: tuple[EventBody, ...] = (
    RunStarted("Mend the test " + HOSTILE, "Mend the test", "agent", "rehearsal:latest", "ollama"),
    Thought(1, "I should look "),
    Thought(1, "at the file first."),
    ToolStarted(1, "call_1", "read_file", {"path": MONEY}, "Read tally/money.py", "read"),
    ToolEnded(1, "call_1", "read_file", "ok", "def add(a, b):\n    return a - b\n", 12),
    StepEnded(1, 812, 40, 900, 120, 640, 512, 8192),
    PermissionAsked("call_2", "Run pytest -q?"),
    PermissionAnswered("call_2", "allow_once"),
    ToolStarted(2, "call_2", "edit_file", {"path": MONEY}, "Edit tally/money.py", "edit"),
    ToolEnded(
        2, "call_2", "edit_file", "ok", "Edited.", 31,
        diffs=(FileDiff("/work/tally/money.py", "return a - b\n", "return a + b\n"),),
    ),
    ProposalChanged(("/work/tally/money.py",), 1),
    Notice("warning", "The window is small."),
    StepEnded(2, 1012, 60, 0, 80, 700, 800, 8192),
    Text(3, "The sign was wrong: "),
    Text(3, f"now it adds. {HOSTILE}"),
    StepEnded(3, 1100, 25, 0, 60, 300, 1012, 8192),
)  # fmt: skip


@dataclass
class Bench:
    """A desk with what tests want of it; `used` are the settings that it made the gateway use."""

    desk: Desk
    hub: Hub
    metrics: Metrics
    app: Router
    used: list[Settings]
    keys: Keys

    async def tell(self, run_id: str, *bodies: EventBody) -> list[Event]:
        """Store events of a run, as the hub does."""
        events = await self.hub.store.append("ses_1", run_id, bodies)
        for event in events:
            self.metrics.saw(event)
        return events


@asynccontextmanager
async def bench(folder: Path, config: Path, *, keys: Keys = KEYS) -> AsyncIterator[Bench]:
    """Make a desk; `config` is the user's folder of settings, which the environment names."""
    async with Simulator() as simulator:
        file = config / "arriero" / "config.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            "# Mine.\nproviders:\n  ollama:  # this machine\n"
            f"    base_url: {simulator.base_url}\n\nagent:\n  max_steps: 30  # enough\n"
        )
        hub = Hub(folder / "state", folder / "cache")
        await hub.open()
        metrics, used = Metrics(), list[Settings]()
        current: list[LoadedSettings] = [load_settings()]
        # The first request imports the client, which takes its time on a busy machine.
        await hub.providers.direct("ollama", current[-1].settings).version()
        health = Health(hub, lambda: current[-1].settings, metrics)
        desk = make_desk(
            hub, health, metrics,
            keys=lambda: keys, load=load_settings, use=used.append,
            problem=partial(problem_of, Start(current[-1].settings, str(folder), {})),
            state=folder / "state",
        )  # fmt: skip
        made = Bench(desk, hub, metrics, Router(routes(desk)), used, keys)
        await hub.store.create([str(folder)], "agent", session_id="ses_1")
        await hub.store.start_run("ses_1", "run_done", "Mend the test")
        await made.tell("run_done", *STORY, RunEnded("end_turn", "Done."))
        await hub.store.start_run("ses_1", "run_open", f"Go on {HOSTILE}")
        await made.tell("run_open", *STORY[:4])
        for status in (200, 200, 429):
            with metrics.request("chat") as record:
                record.model("rehearsal:latest")
                record.first_token()
                record.finished(
                    status, Usage(prompt_tokens=900, answer_tokens=80, cached_tokens=600)
                )
        try:
            yield made
        finally:
            await made.tell("run_open", RunEnded("cancelled", ""))
            await desk.aclose()
            await hub.close()
