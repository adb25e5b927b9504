"""A gateway in front of a simulated model, for all clients of one module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arriero.models.rehearsal import Asked, Script, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.script import NOTHING_LEFT, Reply
from conformance.gateway_process import clean_environment, serving

_SECONDS = 280.0  # some programs take most of a minute to begin where much else runs
_WINDOW = 65_536


@dataclass
class Bench:
    """`reply` is what the model says; `asked` are the conversations that it was sent."""

    home: Path
    url: str = ""
    reply: Reply = NOTHING_LEFT
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Turn:
        """Answer as the test wants it."""
        self.asked.append(asked.body)
        return self.reply if isinstance(self.reply, Turn) else self.reply(asked)

    @property
    def results(self) -> list[str]:
        """What the client's tools returned, as the model was told."""
        last = [body["messages"][-1] for body in self.asked]
        return [message["content"] for message in last if message["role"] == "tool"]

    async def run(
        self, command: Sequence[str], folder: Path, **environment: str
    ) -> tuple[int, str, str]:
        """Run a client to its end, and return its exit code, its output and its errors."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**clean_environment(self.home), "PWD": str(folder), **environment},
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, errors = await asyncio.wait_for(process.communicate(), _SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return process.returncode, out.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


@asynccontextmanager
async def bench_for(folder: Path, model: str) -> AsyncIterator[Bench]:
    """Serve one model, which can think and use tools; every request is passed on to it."""
    bench = Bench(folder / "home")
    work = folder / "work"
    work.mkdir()
    simulated = SimulatedModel(
        model,
        capabilities=("completion", "tools", "thinking"),
        trained_window=_WINDOW,
        num_ctx=_WINDOW,
    )
    async with (
        Simulator(Script(otherwise=bench.answer), models=[simulated]) as simulator,
        serving(work, bench.home, simulator.base_url, "--no-inject-tools") as gateway,
    ):
        bench.url = gateway.url
        yield bench
