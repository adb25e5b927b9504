"""Heads of answers go out with what follows them at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.gateway.corked import Corked
from arriero.models.rehearsal import Simulator, Turn
from gateway.gateway_server import places, running
from gateway.loops import ON_BOTH_LOOPS

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
TURN = None
WRITES = st.sampled_from([HEAD, b"one", b"HTTP/1.1", b"", TURN])


class Written(asyncio.Transport):
    """Notes what is written, piece by piece, and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.end = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.end
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "aborted"


@given(st.lists(WRITES))
def test_nothing_is_lost_and_a_turn_leaves_nothing_behind(writes: list[bytes | None]) -> None:
    async def wrote() -> Written:
        sent = Written()
        corked, told = Corked(sent, asyncio.get_running_loop()), b""
        for one in writes:
            if one is TURN:
                await asyncio.sleep(0)
                assert b"".join(sent.pieces) == told
            else:
                corked.write(one)
                told += one
        corked.close()
        assert b"".join(sent.pieces) == told
        await asyncio.sleep(0)
        return sent

    assert asyncio.run(wrote()).end == "closed"


async def test_a_head_goes_with_what_follows_it() -> None:
    sent = Written()
    corked = Corked(sent, asyncio.get_running_loop())
    for one in (HEAD, b"first", b"second"):
        corked.write(one)
    assert sent.pieces == [HEAD + b"first", b"second"]


async def test_what_is_held_when_a_connection_is_cut_is_not_sent() -> None:
    sent = Written()
    corked = Corked(sent, asyncio.get_running_loop())
    corked.write(HEAD)
    corked.abort()
    await asyncio.sleep(0)
    assert (sent.pieces, sent.end) == ([], "aborted")


@ON_BOTH_LOOPS
async def test_a_client_gets_the_head_and_the_first_piece_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    body = (
        b'{"model": "rehearsal", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}'
    )
    async with Simulator([Turn("Good morning.")]) as simulator, running(tmp_path, simulator) as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(at.url).port)
        writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + b"X-Arriero-Tools: never\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        first = await asyncio.wait_for(reader.read(65536), 30)
        writer.close()
    head, _, piece = first.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"data: " in piece
