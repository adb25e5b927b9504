"""`arriero serve` and the daemon's gateway as processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from arriero.models.rehearsal import Hold, Simulator, Turn
from forked import program
from hangup import HANGUP

BODY = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}]}


def _environment(base: Path, simulator: Simulator, **more: str) -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "PYTHONPATH")}
    return {
        **keep,
        "HOME": str(base),
        "XDG_STATE_HOME": str(base / "state"),
        "XDG_CACHE_HOME": str(base / "cache"),
        "XDG_CONFIG_HOME": str(base / "config"),
        "XDG_RUNTIME_DIR": str(base),
        "OLLAMA_HOST": simulator.base_url,
        **more,
    }


@asynccontextmanager
async def serving(
    environment: dict[str, str], *arguments: str, words: tuple[str, ...] | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Start the program, as `words` say it; yields it with the address that it tells."""
    process = await asyncio.create_subprocess_exec(
        *(words or program()), "serve", "--port", "0", *arguments,
        env=environment, stderr=asyncio.subprocess.PIPE, cwd=environment["HOME"],
    )  # fmt: skip
    assert process.stderr is not None
    try:
        while b" at http" not in (line := await asyncio.wait_for(process.stderr.readline(), 60)):
            assert line, "it ended"
        yield process, line.decode().split(" at ")[1].split()[0]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.stderr.read()
        await process.wait()


@pytest.mark.parametrize("loop", ["auto", "asyncio"])
@pytest.mark.parametrize("number", [signal.SIGINT, HANGUP])
async def test_it_serves_until_it_is_told_to_end(
    number: signal.Signals, loop: str, tmp_path: Path
) -> None:
    async with Simulator([Turn("Hello.")]) as simulator:
        arguments = ("--no-inject-tools", "--loop", loop)
        environment = _environment(tmp_path, simulator)
        async with (
            serving(environment, *arguments, "--api-key", "sesame") as (process, url),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http,
        ):
            path = "/v1/chat/completions"
            assert (await http.post(path, json=BODY)).status_code == 401
            answer = await http.post(path, json=BODY, headers={"x-api-key": "sesame"})
            assert answer.json()["choices"][0]["message"]["content"] == "Hello."
            process.send_signal(number)
            assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.mark.parametrize("loop", ["auto", "asyncio"])
async def test_workers(loop: str, tmp_path: Path) -> None:
    """They share the address, and one that dies is begun anew."""
    async with Simulator([Turn("One."), Turn("Two.")]) as simulator:
        environment = _environment(tmp_path, simulator)
        async with (
            serving(environment, "--no-inject-tools", "--workers", "2", "--loop", loop) as served,
            httpx.AsyncClient(base_url=served[1], trust_env=False, timeout=60) as http,
        ):
            answer = await http.post("/v1/chat/completions", json=BODY)
            assert answer.status_code == 200, answer.text
            answer = await http.post("/v1/chat/completions", json=BODY)
            assert answer.json()["choices"][0]["message"]["content"] == "Two."
            served[0].terminate()
            assert await asyncio.wait_for(served[0].wait(), 40) == 0


async def counted(url: str) -> dict[str, float]:
    """Return the samples of one scrape, which reaches any of the workers."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
        text = (await http.get("/metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_every_scrape_tells_of_all_workers(tmp_path: Path) -> None:
    """Each request is counted once, also by a worker that was killed, and none is left open."""
    chat = 'arriero_requests_total{dialect="chat",model="rehearsal",status="200"}'
    taken = 'arriero_tokens_total{direction="out",model="rehearsal"}'
    hold = Hold(after=1)
    turns = [Turn("One.") for _ in range(12)]
    async with Simulator([*turns, Turn("a b", holds=[hold]), Turn("Last.")]) as simulator:
        environment = _environment(tmp_path, simulator)
        # Not forked, as its workers are looked for below it.
        words = (sys.executable, "-m", "arriero")
        arguments = ("--no-inject-tools", "--workers", "2")
        async with serving(environment, *arguments, words=words) as (process, url):

            async def ask() -> None:
                """Ask on a connection of its own, so that any worker may answer."""
                async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
                    assert (await http.post("/v1/chat/completions", json=BODY)).status_code == 200

            for _ in range(12):
                await ask()
            await told(url, {chat: 12, "arriero_requests_in_flight": 0})
            for _ in range(6):
                samples = await counted(url)
                assert samples[chat] == 12
                assert samples["arriero_requests_in_flight"] == 0
            tokens = samples[taken]
            open_one = asyncio.create_task(ask())
            await asyncio.wait_for(hold.reached.wait(), 60)
            assert (await counted(url))["arriero_requests_in_flight"] == 1
            workers = _children(process.pid)
            assert len(workers) >= 2
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await open_one
            await asyncio.wait_for(ask(), 60)  # by a worker that was begun anew
            samples = await told(url, {chat: 13, "arriero_requests_in_flight": 0})
            assert samples[taken] > tokens


async def told(url: str, values: dict[str, float]) -> dict[str, float]:
    """Wait until scrapes tell these values: a request is counted after the client has its end."""
    end = time.monotonic() + 30
    while not values.items() <= (samples := await counted(url)).items():
        assert time.monotonic() < end, {name: samples.get(name) for name in values}
    return samples


def _children(process: int) -> list[int]:
    """Return the processes that a process has begun."""
    told = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [int(one) for one in told.split()]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--host", "0.0.0.0"), "set a key with --api-key"),
        (("--redis-url", "nonsense"), "edis"),
        (("-w", "/nowhere/at/all"), "is not a folder"),
        (("--allowed-dirs", "/,/nowhere/at/all"), "/nowhere/at/all is not a folder; name one"),
        (("--host", "192.0.2.1", "--api-key", "k"), "cannot listen"),
        (("--host", "..", "--api-key", "k"), "cannot listen"),
        (("--host", "0.0.0.0", "--workers", "2"), "set a key with --api-key"),
        (("--api-key", " ", "--workers", "2"), "is empty"),
        (("--redis-url", "nonsense", "--workers", "2"), "edis"),
    ],
)
async def test_what_it_does_not_begin_with(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    async with Simulator() as simulator:
        process = await asyncio.create_subprocess_exec(
            *program(), "serve", *arguments,
            env=_environment(tmp_path, simulator), stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        _, said = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 1
        assert told in said.decode()
        assert "Traceback" not in said.decode()


async def test_a_state_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    async with Simulator() as simulator:
        process = await asyncio.create_subprocess_exec(
            *program(), "serve", "--port", "0",
            env=_environment(tmp_path, simulator), stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    (line,) = said.decode().splitlines()
    assert line.startswith(f"arriero: The folder {tmp_path}/state/arriero cannot be used")
    assert line.endswith("or set XDG_STATE_HOME to a folder that is.")


async def test_in_the_daemon(tmp_path: Path, runtime: Path) -> None:
    """With `gateway.enabled` the daemon serves it beside the editors."""
    config = tmp_path / "config" / "arriero"
    config.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"enabled": True, "port": port, "inject_tools": "never"}
    (config / "config.yaml").write_text(yaml.safe_dump({"gateway": own}))
    async with Simulator([Turn("Hello.")]) as simulator:
        environment = _environment(tmp_path, simulator, XDG_RUNTIME_DIR=str(runtime))
        process = await asyncio.create_subprocess_exec(
            *program(), "daemon", "run", env=environment, cwd=tmp_path
        )
        try:
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:

                async def answers() -> None:
                    while True:
                        assert process.returncode is None, "the daemon ended"
                        try:
                            await http.get("/health")
                        except httpx.TransportError:
                            await asyncio.sleep(0.05)
                        else:
                            return

                await asyncio.wait_for(answers(), 60)
                answer = await http.post("/v1/chat/completions", json=BODY)
                assert answer.json()["choices"][0]["message"]["content"] == "Hello."
        finally:
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 30) == 0
