"""Attacks on a gateway that listens, judged by what reached whom."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from arriero.models.rehearsal import Simulator, Turn
from gateway.gateway_server import Running, places, running
from security.http_attacks import ATTEMPTS, LOCKED, Sent

_SECONDS = 20
_LOOKS = frozenset({"/api/tags", "/api/show", "/api/version"})  # which models there are
Results = dict[str, tuple[list[str], str]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """All are tried on two gateways, one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        return asyncio.run(tried(tmp_path_factory.mktemp("gateway"), patch))


async def tried(base: Path, patch: pytest.MonkeyPatch) -> Results:
    """Return harm and answer of each."""
    found: Results = {}
    outside = base / "outside"
    outside.mkdir()
    (outside / "secret").write_text("S3CR3T-of-the-gateway")
    for name, attempts, key in (("open", ATTEMPTS, None), ("locked", LOCKED, "sesame")):
        place = base / name
        place.mkdir()
        places(place, patch)
        async with (
            Simulator() as simulator,
            canary() as (port, visits),
            running(place, simulator, api_key=key, max_body_mb=2) as gateway,
        ):
            for title, sent in attempts.items():
                found[title] = await one(gateway, sent, outside, port, visits)
    return found


async def one(
    gateway: Running, sent: Sent, outside: Path, port: int, visits: list[bytes]
) -> tuple[list[str], str]:
    """Send it and see what came of it."""
    address = gateway.url.removeprefix("http://")
    data = sent.data
    for name, value in (("HOST", address), ("CANARY", str(port)), ("OUT", str(outside))):
        data = data.replace(name.encode(), value.encode())
    data = _with_its_length(data, sent.data)
    asked = len(gateway.simulator.requests)
    gateway.simulator.say(Turn("Hello."))
    answer = await exchanged(gateway, data)
    harm = ["the canary was visited"] if visits else []
    visits.clear()
    new = [one for one in gateway.simulator.requests[asked:] if one.path not in _LOOKS]
    if any("smuggled" in request.path for request in new):
        harm.append("a hidden request was passed on")
    if new and not sent.asks:
        harm.append(f"the model server was asked: {new[0].path}")
    if "S3CR3T" in answer or "root:x:" in answer:
        harm.append("a secret was read")
    if sorted(path.name for path in outside.iterdir()) != ["secret"]:
        harm.append("something appeared outside")
    return harm, answer


def _with_its_length(data: bytes, before: bytes) -> bytes:
    """Say the length of a body that has longer names now, where it was the right one."""
    head, _, body = before.partition(b"\r\n\r\n")
    new = data.partition(b"\r\n\r\n")[2]
    old, now = b"Content-Length: %d\r\n" % len(body), b"Content-Length: %d\r\n" % len(new)
    return data.replace(old, now, 1) if old in head + b"\r\n" else data


async def exchanged(gateway: Running, data: bytes) -> str:
    """Return all that a connection brings until it is closed."""
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = b""
    try:
        writer.write(data)
        while piece := await asyncio.wait_for(reader.read(65536), _SECONDS if not answer else 0.3):
            answer += piece
    except (asyncio.TimeoutError, ConnectionError):
        pass  # it was kept open, or was cut off with a part of the request unread
    finally:
        writer.close()
    return answer.decode("latin-1").replace("\r\n", "\n")


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, list[bytes]]]:
    """Listen where nobody may be led to; the list has what came."""
    visits: list[bytes] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], visits


@pytest.mark.parametrize("name", [*ATTEMPTS, *LOCKED])
def test_request_does_no_harm(name: str, results: Results) -> None:
    harm, answer = results[name]
    assert harm == [], answer
    sent = ATTEMPTS.get(name) or LOCKED[name]
    assert re.search(sent.met, answer, re.IGNORECASE), answer[:2000]
