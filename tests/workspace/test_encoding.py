from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace.encoding import Document, Encoding, decode, encode

U16LE, U16BE = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        (b"a\r\nb", "a\r\nb", "utf-8"),
        ("größe\n".encode(), "größe\n", "utf-8"),
        ("😀".encode(), "😀", "utf-8"),
        (codecs.BOM_UTF8 + b"x", "x", "utf-8-bom"),
        (codecs.BOM_UTF8, "", "utf-8-bom"),
        (codecs.BOM_UTF8 * 2, "\ufeff", "utf-8-bom"),
        (U16LE + "😀\n".encode("utf-16-le"), "😀\n", "utf-16-le-bom"),
        (U16BE + "a".encode("utf-16-be"), "a", "utf-16-be-bom"),
        ("Größe: 5 µm\n".encode("latin-1"), "Größe: 5 µm\n", "latin-1"),
        (b"smart \x93quotes\x94 of Windows\n", "smart \x93quotes\x94 of Windows\n", "latin-1"),
        (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m", "utf-8"),
    ],
)
def test_text_is_read_and_written_alike(data: bytes, text: str, encoding: Encoding) -> None:
    assert decode(data) == (text, encoding)
    assert encode(text, encoding) == data


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\x02\x01\x01\x00",
        b"text with a \x00 in it",
        U16LE + b"odd",
        U16LE + b"\x00\xd8",  # half of a surrogate pair
        U16LE + "a\0b".encode("utf-16-le"),
        codecs.BOM_UTF32_LE + "a".encode("utf-32-le"),
        codecs.BOM_UTF8 + b"\xff",
        bytes(range(128, 256)),
        "Привет, мир".encode("cp1251"),
        b"\xe9\x01",
    ],
)
def test_what_is_no_text(data: bytes) -> None:
    assert decode(data) is None


def test_an_encoding_that_cannot_hold_a_text_says_so() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("→", "latin-1")


@given(st.binary())
def test_whatever_is_read_is_written_back(data: bytes) -> None:
    read = decode(data)
    if read is not None:
        assert encode(*read) == data
        assert "\0" not in read[0]


@given(st.text(), st.sampled_from(["utf-8", "utf-8-bom", "utf-16-le-bom", "utf-16-be-bom"]))
def test_whatever_is_written_is_read_back(text: str, encoding: Encoding) -> None:
    text = text.replace("\0", "").lstrip("\ufeff")
    assert decode(encode(text, encoding)) == (text, encoding)


@pytest.mark.parametrize(
    ("text", "eol", "final"),
    [
        ("", "\n", True),
        ("a", "\n", False),
        ("a\r\nb\r\n", "\r\n", True),
        ("a\nb\nc\r\n", "\n", True),
        ("a\rb\r", "\r", True),
    ],
)
def test_the_facts_of_a_document(text: str, eol: str, final: bool) -> None:
    document = Document("/a", text)
    assert (document.eol, document.final_newline) == (eol, final)
