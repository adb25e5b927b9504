"""Framing: what is a message, what is skipped, and that nothing piles up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.daemon.framing import FrameDecoder, FramingLost, Oversized, frame

ONE = b'{"id":1}'
TWO = b'{"id":2}'


Body = bytes | bytearray | Oversized


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def bodies(decoder: FrameDecoder, data: bytes, step: int = 0) -> list[Body]:
    """Feed data in pieces of `step` bytes (0: at once) and return all that comes out."""
    found = []
    for at in range(0, len(data), step or max(len(data), 1)):
        decoder.feed(data[at : at + (step or len(data))])
        while (body := decoder.next()) is not None:
            found.append(body)
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(framed(ONE) + framed(TWO), [ONE, TWO], id="two messages"),
        pytest.param(b"Content-Length: 8\n\n" + ONE, [ONE], id="bare line feeds"),
        pytest.param(b"content-length:8\r\n\r\n" + ONE, [ONE], id="lower case, no blank"),
        pytest.param(
            b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 8\r\n\r\n"
            + ONE,
            [ONE],
            id="type first",
        ),
        pytest.param(
            b"Content-Length: 8\r\nContent-Type: application/vscode-jsonrpc\r\n\r\n" + ONE,
            [ONE],
            id="type second",
        ),
        pytest.param(b"Content-Length: 0\r\n\r\n" + framed(ONE), [b"", ONE], id="empty body"),
        pytest.param(b"garbage\r\n\r\n\0\xff" + framed(ONE), [ONE], id="garbage before"),
        pytest.param(framed(ONE) + b"garbage" + framed(TWO), [ONE, TWO], id="garbage between"),
        pytest.param(b"Content-Length: x\r\n\r\n{}" + framed(ONE), [ONE], id="no number"),
        pytest.param(b"Content-Length: -1\r\n\r\n{}" + framed(ONE), [ONE], id="negative"),
        pytest.param(b"Content-Length: " + framed(ONE), [ONE], id="header begun twice"),
        pytest.param(
            b"Content-Length: 99\r\nContent-Length: 8\r\n\r\n" + ONE, [ONE], id="last length counts"
        ),
        pytest.param(
            b"Content-Length: 5\r\n" + b"x: y\r\n" * 2000 + framed(ONE), [ONE], id="endless header"
        ),
    ],
)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_messages(data: bytes, expected: list[bytes], step: int) -> None:
    assert bodies(FrameDecoder(), data, step) == expected


@pytest.mark.parametrize("length", [101, 10**12, 10**19])
def test_a_message_over_the_limit_is_skipped(length: int) -> None:
    decoder = FrameDecoder(max_message=100)
    begin = b'{"id":7,"method":"x","params":"' + b"a" * 200
    found = bodies(decoder, b"Content-Length: %d\r\n\r\n" % length + begin)
    assert [type(one) for one in found] == [Oversized]
    assert isinstance(found[0], Oversized)
    assert found[0].length == length
    assert found[0].prefix == begin
    assert bodies(decoder, b"a" * 500 + framed(ONE)) == [ONE]


def test_nothing_piles_up_while_skipping() -> None:
    decoder = FrameDecoder(max_skipped=1 << 30)
    for _ in range(100):
        assert bodies(decoder, b"x" * 65536) == []
        assert len(decoder._buffer) - decoder._at <= 64
    assert bodies(decoder, framed(ONE)) == [ONE]


def test_framing_is_lost_after_too_much_garbage() -> None:
    decoder = FrameDecoder(max_skipped=1000)
    bodies(decoder, b"x" * 900 + framed(ONE) + b"x" * 900)
    with pytest.raises(FramingLost):
        bodies(decoder, b"x" * 200)


def test_a_message_that_is_too_long_is_skipped_to_its_end() -> None:
    decoder = FrameDecoder(max_message=100, max_skipped=1000)
    for _ in range(3):
        found = bodies(decoder, b"Content-Length: 5000\r\n\r\n" + b"x" * 5000 + framed(ONE))
        assert isinstance(found[0], Oversized)
        assert found[1:] == [ONE]
    bodies(decoder, b"Content-Length: 5000\r\n\r\n" + b"x" * 5900)
    with pytest.raises(FramingLost):
        bodies(decoder, b"x" * 200)


@pytest.mark.parametrize(
    ("body", "before"),
    [
        pytest.param(ONE[:-1] + framed(TWO), ONE[:-1], id="the next header was swallowed"),
        pytest.param(ONE, ONE, id="no header"),
        pytest.param(b"x" * 70_000 + framed(TWO), None, id="long bodies are not searched"),
    ],
)
def test_rewind(body: bytes, before: bytes | None) -> None:
    decoder = FrameDecoder()
    found = bodies(decoder, framed(body))
    assert found == [body]
    assert decoder.rewind(body) == (body if before is None else before)
    if before is not None and before != body:
        assert decoder.next() == TWO
    assert decoder.next() is None


@given(
    messages=st.lists(st.binary(max_size=200).filter(lambda b: b"ontent" not in b.lower())),
    garbage=st.lists(st.binary(max_size=50).filter(lambda b: b"ontent" not in b.lower())),
    step=st.integers(1, 400),
)
def test_every_message_comes_out_whatever_lies_between(
    messages: list[bytes], garbage: list[bytes], step: int
) -> None:
    parts = [g + framed(m) for g, m in zip(garbage + [b""] * len(messages), messages, strict=False)]
    assert bodies(FrameDecoder(), b"".join(parts), step) == messages


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        frame({"x": value})


def test_a_lone_surrogate_survives() -> None:
    assert frame("\udc80") == b'Content-Length: 8\r\n\r\n"\\udc80"'
