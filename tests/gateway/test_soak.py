"""Many streams at once, of which a quarter is cut by its client."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from arriero.models.rehearsal import Simulator
from gateway.gateway_server import places, running
from gateway.loops import ON_BOTH_LOOPS
from scale import is_full

pytestmark = ON_BOTH_LOOPS

FULL = is_full()
REQUESTS, AT_ONCE = (10_000, 500) if FULL else (120, 40)
PIECES = 20
LISTINGS = {
    "/api/tags": {"models": [{"name": "m:latest", "digest": "d"}]},
    "/api/show": {"capabilities": ["completion", "tools"], "model_info": {}, "details": {}},
    "/api/ps": {"models": []},
}


class Upstream:
    """A model's server whose answers take their time; it knows which are still read."""

    def __init__(self) -> None:
        self.open = 0
        self.begun = 0
        self.whole = 0
        self.url = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Upstream]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"content-length: (\d+)", head.lower())
                await reader.readexactly(int(length[1]) if length else 0)
                path = head.split(b" ")[1].decode()
                if path in LISTINGS:
                    body = json.dumps(LISTINGS[path]).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
                    writer.write(body)
                else:
                    await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the gateway left
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.begun += 1
        left = asyncio.ensure_future(reader.read(1))
        try:
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for number in range(PIECES + 1):
                last = number == PIECES
                line = {"message": {"role": "assistant", "content": f"{number} "}, "done": last}
                data = json.dumps(line).encode() + b"\n"
                writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                await asyncio.wait([left], timeout=0.005)
                if left.done():
                    raise ConnectionResetError
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            self.whole += 1
        finally:
            self.open -= 1
            left.cancel()
            await asyncio.wait([left])


async def _ask(session: aiohttp.ClientSession, url: str, cut: int | None) -> bool:
    """Ask for a stream, and leave after `cut` bytes; tell whether it came to its end."""
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    data = b""
    async with session.post(f"{url}/v1/chat/completions", json=body) as answer:
        async for piece in answer.content.iter_any():
            data += piece
            if cut is not None and len(data) > cut:
                answer.close()
                return False
    return data.endswith(b"data: [DONE]\n\n")


async def _until_closed(upstream: Upstream) -> float:
    began = time.monotonic()
    while upstream.open:
        await asyncio.sleep(0.002)
    return time.monotonic() - began


def _memory() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.timeout(1800 if FULL else 120)
async def test_many_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves ends the work for it, nothing is left over, and each is counted once."""
    places(tmp_path, monkeypatch)
    chance = random.Random(11)
    upstream = Upstream()
    memory: list[int] = []
    waits: list[float] = []
    async with upstream.listening(), Simulator() as simulator:
        monkeypatch.setattr(Simulator, "base_url", upstream.url)
        async with (
            running(tmp_path, simulator, inject_tools="never") as gateway,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        ):
            await _ask(session, gateway.url, None)
            before = len(asyncio.all_tasks())
            done = cut = 0
            while done + cut < REQUESTS:
                cuts = [
                    chance.randrange(4000) if chance.random() < 0.25 else None
                    for _ in range(AT_ONCE)
                ]
                ended = await asyncio.gather(*(_ask(session, gateway.url, one) for one in cuts))
                done, cut = done + sum(ended), cut + AT_ONCE - sum(ended)
                waits.append(await asyncio.wait_for(_until_closed(upstream), 20))
                memory.append(_memory())
            assert cut > REQUESTS / 10

            async def settled() -> None:
                while "in_flight 0.0" not in (await gateway.http.get("/metrics")).text:
                    await asyncio.sleep(0.01)

            await asyncio.wait_for(settled(), 20)
            told = (await gateway.http.get("/metrics")).text
            counted = re.findall(r'arriero_requests_total\{dialect="chat".*\} ([\d.]+)', told)
            assert sum(map(float, counted)) == done + cut + 1
            # The clients' own connections have a task each in this process's gateway.
            assert len(asyncio.all_tasks()) <= before + AT_ONCE + 5
    print(f"{done} whole, {cut} cut; the last closed {max(waits) * 1000:.0f} ms after the others")
    if FULL:
        warm = memory[len(memory) // 4]
        print(f"memory {warm / 1e6:.0f} MB, then {memory[-1] / 1e6:.0f} MB")
        assert memory[-1] < warm * 1.05
