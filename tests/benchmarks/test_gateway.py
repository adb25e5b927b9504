"""What the gateway costs beside a direct connection, and beside the least that a relay can do."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

pytestmark = pytest.mark.benchmark

PEERS = Path(__file__).with_name("gateway_peers.py")
STREAMS, PIECES, GAP = 64, 100, 0.04  # 25 pieces a second each
ROUNDS = 4
BODY = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}


@dataclass(frozen=True)
class Peer:
    """Somebody who answers at `url`; `process` is what that costs."""

    url: str
    process: subprocess.Popen[str]

    def cpu(self) -> float:
        """Return the seconds of the processor that it took so far."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Round:
    """64 streams at once: pieces a second, and seconds to the first one at the median."""

    rate: float
    first: float
    cpu: float = 0.0


@contextmanager
def _process(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[Peer]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=pipe, stderr=pipe, text=True
    )
    stream = process.stderr if "arriero" in arguments else process.stdout
    assert stream is not None
    try:
        words = stream.readline().split()
        yield Peer(next(word for word in words if word.startswith("http")), process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


async def _ask(session: aiohttp.ClientSession, url: str) -> float:
    began, first = time.perf_counter(), 0.0
    async with session.post(url, json=BODY) as answer:
        assert answer.status == 200
        async for piece in answer.content.iter_any():
            if not first and b"word0" in piece:
                first = time.perf_counter() - began
    return first


async def _round(session: aiohttp.ClientSession, peer: Peer, path: str) -> Round:
    before, began = peer.cpu(), time.perf_counter()
    firsts = await asyncio.gather(*(_ask(session, peer.url + path) for _ in range(STREAMS)))
    took = time.perf_counter() - began
    cpu = (peer.cpu() - before) / (STREAMS * PIECES)
    return Round(STREAMS * PIECES / took, statistics.median(firsts), cpu)


async def _one_by_one(session: aiohttp.ClientSession, url: str) -> float:
    return statistics.median([await _ask(session, url) for _ in range(15)])


@pytest.mark.timeout(900)
async def test_what_it_costs(tmp_path: Path) -> None:
    """The processor for a piece and the rate, the best of some rounds that are made in turn."""
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        **{f"XDG_{n}_HOME": str(tmp_path / n.lower()) for n in ("STATE", "CACHE", "CONFIG")},
    }
    with ExitStack() as stack:
        upstream = stack.enter_context(_process(str(PEERS), "upstream", str(PIECES), str(GAP)))
        quick = stack.enter_context(_process(str(PEERS), "upstream", "3", "0"))
        floor = stack.enter_context(_process(str(PEERS), "floor", upstream.url))

        def serving(url: str) -> Peer:
            arguments = ("-m", "arriero", "serve", "-p", "0", "--no-inject-tools")
            told = {**environment, "OLLAMA_HOST": url}
            return stack.enter_context(_process(*arguments, environment=told))

        gateway, quick_gateway = serving(upstream.url), serving(quick.url)
        rounds: dict[str, list[Round]] = {"direct": [], "floor": [], "gateway": []}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            for number in range(ROUNDS + 1):
                direct = await _round(session, upstream, "/api/chat")
                least = await _round(session, floor, "/")
                ours = await _round(session, gateway, "/v1/chat/completions")
                if number:  # the first one warms up
                    rounds["direct"].append(direct)
                    rounds["floor"].append(least)
                    rounds["gateway"].append(ours)
            added = [
                await _one_by_one(session, quick_gateway.url + "/v1/chat/completions")
                - await _one_by_one(session, quick.url + "/api/chat")
                for _ in range(ROUNDS)
            ]
    rates = _paired(rounds, "direct", lambda one: one.rate)
    beside = _paired(rounds, "floor", lambda one: one.rate)
    shares = _paired(rounds, "floor", lambda one: one.cpu)
    cpu = min(one.cpu for one in rounds["gateway"])
    print(
        f"\n{STREAMS} streams: {max(rates):.3f} of the direct rate (median "
        f"{statistics.median(rates):.3f}), {max(beside):.3f} of the floor's; {cpu * 1e6:.0f} µs of "
        f"the processor for a piece, {min(shares):.2f} times the floor's; alone, the first piece "
        f"{min(added) * 1e3:.2f} ms later"
    )
    # Both suffer alike from a machine that is busy.
    assert max(beside) >= 0.95
    assert min(shares) <= 2.0


def _paired(
    rounds: Mapping[str, Sequence[Round]], other: str, of: Callable[[Round], float]
) -> list[float]:
    """Return the gateway's share of another one's figure, round by round."""
    return [of(a) / of(b) for a, b in zip(rounds["gateway"], rounds[other], strict=True)]
