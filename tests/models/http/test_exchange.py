"""However the bytes of an answer come, it is the same answer."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any
from unittest.mock import Mock

from hypothesis import given
from hypothesis import strategies as st

from arriero.models.http.answer import Lost
from arriero.models.http.exchange import Connection, PlainAnswer

BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=8)
HEADERS = st.dictionaries(
    st.from_regex(r"x-[a-z]{1,8}", fullmatch=True),
    st.text("abc äß~", max_size=10).map(str.strip),
    max_size=4,
)


def framed(pieces: list[bytes], headers: dict[str, str], *, chunked: bool) -> bytes:
    lines = [b"HTTP/1.1 200 OK", *(f"{a}: {b}".encode() for a, b in headers.items())]
    whole = b"".join(pieces)
    if chunked:
        lines.append(b"Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    else:
        lines.append(b"Content-Length: %d" % len(whole))
        body = whole
    return b"\r\n".join([*lines, b"", b""]) + body


def opened() -> tuple[Connection, Mock, Mock]:
    keeper, transport = Mock(), Mock(spec=asyncio.Transport)
    transport.is_closing.return_value = False
    connection = Connection(("127.0.0.1", 1), keeper)
    connection.connection_made(transport)
    return connection, keeper, transport


def cut(data: bytes, cuts: set[int]) -> list[bytes]:
    places = [0, *sorted(at for at in cuts if 0 < at < len(data)), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(places)]


async def read(answer: PlainAnswer) -> bytes:
    data = b""
    while piece := await answer.read():
        data += piece
    return data


@given(BODIES, HEADERS, st.booleans(), st.sets(st.integers(0, 500), max_size=12))
def test_pieces_do_not_matter(
    pieces: list[bytes], headers: dict[str, str], chunked: bool, cuts: set[int]
) -> None:
    connection, keeper, transport = opened()
    for _ in range(2):  # as one connection carries one after the other
        answer = connection.ask(b"")
        for data in cut(framed(pieces, headers, chunked=chunked), cuts):
            assert not answer.is_whole
            connection.data_received(data)
        assert answer.is_whole
        told = {name: value for name, value in answer.headers.items() if name.startswith("x-")}
        assert told == headers
        assert asyncio.run(read(answer)) == b"".join(pieces)
    assert keeper.keep.call_count == 2
    transport.abort.assert_not_called()


@given(st.lists(BODIES, min_size=1, max_size=2), st.binary(max_size=30), st.integers(0, 200))
def test_bytes_of_any_kind(answers: list[list[bytes]], rubbish: bytes, at: int) -> None:
    """There is an end or an error for who asked, and a connection that is not kept in error."""
    sent = b"".join(framed(one, {}, chunked=True) for one in answers)
    connection, keeper, transport = opened()
    answer = connection.ask(b"")
    connection.data_received(sent[:at] + rubbish + sent[at:])
    if not transport.abort.called and not keeper.keep.called:
        connection.connection_lost(None)

    async def outcome() -> Any:
        try:
            await answer.begun()
            return await read(answer)
        except Lost as error:
            return error

    found = asyncio.run(asyncio.wait_for(outcome(), 5))
    assert isinstance(found, (bytes, Lost))
    assert answer.is_whole == isinstance(found, bytes)
    if isinstance(found, Lost):
        keeper.keep.assert_not_called()
