"""Two gateways, as processes of their own, on one Redis: they serve the same conversations."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from arriero.models.rehearsal import Simulator, Turn
from forked import program
from gateway.redis_process import MISSING, installed, redis_server

SESSION = {"X-Arriero-Session": "s1"}
PATIENCE = 60.0  # seconds for a process to begin on a busy machine


@asynccontextmanager
async def gateway(
    folder: Path, ollama: str, *arguments: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Run `arriero serve` in folders of its own; yields its address and the process."""
    for name in ("work", "config", "state", "cache", "runtime"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ARRIERO_")}
    process = await asyncio.create_subprocess_exec(
        *program(), "serve", "--port", "0", "--ollama-url", ollama,
        "--no-inject-tools", "-w", str(folder / "work"), *arguments,
        env=plain | {
            "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_RUNTIME_DIR": str(folder / "runtime"),
        },
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        address = ""
        while not address:
            line = (await asyncio.wait_for(process.stderr.readline(), PATIENCE)).decode()
            assert line, "the gateway ended"
            if found := re.search(r"Serving \S+ at (http://\S+)", line):
                address = found[1]
        yield address, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def say(address: str, text: str) -> httpx.Response:
    """Send one message, and nothing of what was said before."""
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": text}]}
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        return await client.post(f"{address}/v1/chat/completions", json=body, headers=SESSION)


def sent(simulator: Simulator) -> list[str]:
    """Return what the model was sent last."""
    return [message["content"] for message in simulator.chats[-1].body["messages"]]


async def test_a_conversation_alternates_and_outlives_a_gateway(runtime: Path) -> None:
    if not installed():
        pytest.skip(MISSING)
    async with Simulator() as simulator:
        with redis_server(runtime) as url:
            shared = ("--redis-url", url)
            ollama = simulator.base_url
            async with AsyncExitStack() as stack:
                (one, process), (two, _) = await asyncio.gather(
                    *(
                        stack.enter_async_context(gateway(runtime / name, ollama, *shared))
                        for name in ("one", "two")
                    )
                )
                simulator.say(*(Turn(text) for text in ("A.", "B.", "C.", "D.")))
                assert (await say(one, "first")).status_code == 200
                assert (await say(two, "second")).status_code == 200
                assert sent(simulator) == ["first", "A.", "second"]
                assert (await say(one, "third")).status_code == 200
                assert sent(simulator) == ["first", "A.", "second", "B.", "third"]
                process.kill()
                await process.wait()
                assert (await say(two, "fourth")).status_code == 200
                assert sent(simulator)[-3:] == ["third", "C.", "fourth"]
