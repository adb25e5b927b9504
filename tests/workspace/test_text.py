from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace import text as text_module
from arriero.workspace.text import (
    LineIndex,
    PositionEncoding,
    dominant_eol,
    split_lines,
    with_eol,
)
from scale import by_scale

SEQUENCES = by_scale(500, full=20_000)
ENCODINGS: tuple[PositionEncoding, ...] = ("utf-8", "utf-16", "utf-32")
# Line ends, what `str.splitlines` takes for one, and code points of one to four bytes.
CHARACTERS = "a\r\n\r\n\u2028\x0c\x85é中😀\ud83d"

texts = st.text(st.sampled_from(CHARACTERS), max_size=30)


def starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]


def units(text: str, encoding: PositionEncoding) -> int:
    widths = {
        "utf-8": lambda c: len(c.encode("utf-8", "surrogatepass")),
        "utf-16": lambda c: 2 if ord(c) > 0xFFFF else 1,
        "utf-32": lambda _: 1,
    }
    return sum(map(widths[encoding], text))


def check_index(index: LineIndex, text: str) -> None:
    assert index.text == text
    assert [index.line_start(line) for line in range(index.line_count)] == starts(text)
    assert [index.line_at(offset) for offset in range(len(text) + 1)] == [
        sum(start <= offset for start in starts(text)) - 1 for offset in range(len(text) + 1)
    ]


@given(texts)
def test_lines_are_found(text: str) -> None:
    check_index(LineIndex(text), text)


@pytest.mark.parametrize("chunk", [1, 2, 256])
def test_edited_texts_have_the_index_of_a_new_one(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_module, "_CHUNK", chunk)
    chance = random.Random(chunk)
    for _ in range(SEQUENCES // 3):
        text = "".join(chance.choices(CHARACTERS, k=chance.randrange(20)))
        index = LineIndex(text)
        for _ in range(6):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.randrange(5))
            new = "".join(chance.choices(CHARACTERS, k=chance.randrange(5)))
            before, old = index, text
            index = index.replaced(start, end, new)
            text = text[:start] + new + text[end:]
            assert index.text == text
            assert [index.line_start(n) for n in range(index.line_count)] == starts(text)
            assert before.text == old
            assert before.line_count == len(starts(old))
        check_index(index, text)


@given(texts, st.sampled_from(ENCODINGS))
def test_positions_and_offsets_are_inverse(text: str, encoding: PositionEncoding) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        line, character = index.position_at(offset, encoding)
        start = starts(text)[line]
        inside_line_end = text[max(offset - 1, 0) : offset + 1] == "\r\n"
        assert character == units(text[start : offset - inside_line_end], encoding)
        assert index.offset_at(line, character, encoding) == offset - inside_line_end


@given(texts, texts, st.integers(0, 40), st.sampled_from(ENCODINGS))
def test_positions_in_edited_texts_are_those_of_a_new_one(
    text: str, new: str, at: int, encoding: PositionEncoding
) -> None:
    at = min(at, len(text))
    index = LineIndex(text).replaced(at, at, new)
    fresh = LineIndex(index.text)
    for offset in range(len(index.text) + 1):
        assert index.position_at(offset, encoding) == fresh.position_at(offset, encoding)


@pytest.mark.parametrize(
    ("text", "line", "character", "offset"),
    [
        ("ab\ncd", 0, 99, 2),  # past the end of a line: its end
        ("ab\r\ncd", 0, 99, 2),  # before both characters of its line end
        ("ab\r\ncd", 0, 3, 2),
        ("ab\n", 1, 5, 3),
        ("ab\n", 2, 0, 3),  # past the last line: the end of the text
        ("ab", 7, 1, 2),
        ("ab\ncd", -1, 1, 0),
        ("ab\ncd", 1, -4, 3),
        ("", 0, 0, 0),
        ("", 5, 5, 0),
        ("😀b", 0, 1, 0),  # between two surrogates: the start of their character
        ("😀b", 0, 2, 1),
        ("😀b", 0, 3, 2),
        ("\ud83db", 0, 1, 1),  # a lone surrogate is a unit of its own
        ("a\x0cb\u2028c\x85d", 0, 6, 6),
        ("a\rb\rc", 2, 0, 4),
    ],
)
def test_positions_are_clamped(text: str, line: int, character: int, offset: int) -> None:
    assert LineIndex(text).offset_at(line, character, "utf-16") == offset


def test_offsets_are_clamped() -> None:
    index = LineIndex("ab\ncd")
    assert index.position_at(-3, "utf-16") == (0, 0)
    assert index.position_at(99, "utf-16") == (1, 2)


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (0, 4), (2, 1)])
def test_a_range_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not within a text of 3 characters"):
        LineIndex("abc").replaced(start, end, "")


def test_many_changes_of_a_big_text() -> None:
    line = "x" * 39 + "\n"
    index = LineIndex(line * 25_000)
    for number in range(0, 25_000, 50):
        at = index.offset_at(number, 20, "utf-16")
        index = index.replaced(at, at, "\n")
    assert index.line_count == 25_501
    assert index.line_start(25_500) == len(index.text)


@pytest.mark.parametrize(
    ("text", "eol"),
    [
        ("", "\n"),
        ("one line", "\n"),
        ("a\nb\r\n", "\n"),
        ("a\r\nb\r\nc\n", "\r\n"),
        ("a\rb\rc\r\n", "\r"),
        ("a\rb\r\n", "\r\n"),
    ],
)
def test_the_dominant_line_end(text: str, eol: str) -> None:
    assert dominant_eol(text) == eol


@given(texts, st.sampled_from(["\n", "\r\n", "\r"]))
def test_line_ends_are_replaced(text: str, eol: str) -> None:
    changed = with_eol(text, eol)
    assert re.split(r"\r\n|\n|\r", changed) == re.split(r"\r\n|\n|\r", text)
    assert set(re.findall(r"\r\n|\n|\r", changed)) <= {eol}
    assert with_eol(changed, eol) == changed


@given(texts)
def test_split_lines_keeps_everything(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert [len(line) for line in lines] == [
        b - a for a, b in zip(starts(text), [*starts(text)[1:], len(text)], strict=True) if b > a
    ]
