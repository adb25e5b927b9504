"""From bytes to text and back: what a file was encoded in is kept.

A text never holds a byte-order mark; the encoding's name tells whether the file begins with one.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Literal

from arriero.workspace.text import Eol, dominant_eol

Encoding = Literal["utf-8", "utf-8-bom", "utf-16-le-bom", "utf-16-be-bom", "latin-1"]
Source = Literal["proposal", "buffer", "file"]

_MARKS: tuple[tuple[Encoding, str, bytes], ...] = (
    ("utf-8-bom", "utf-8", codecs.BOM_UTF8),
    ("utf-16-le-bom", "utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be-bom", "utf-16-be", codecs.BOM_UTF16_BE),
)
# Control characters that no text has: all but BS, TAB, LF, VT, FF, CR and ESC.
_CONTROL = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]")
# Western texts have few letters beyond ASCII; compressed and compiled files are half of them. Some
# are allowed in any text, as it may be one word.
_MOST_HIGH, _SOME_HIGH = 0.3, 4


@dataclass(frozen=True)
class Document:
    """A text as the view shows it, and how its file is written.

    `notice` is a sentence for the model where the text is not what it expects.
    """

    path: str
    text: str
    encoding: Encoding = "utf-8"
    source: Source = "file"
    notice: str = ""

    @property
    def eol(self) -> Eol:
        """The line end that most lines have; LF for a text of one line."""
        return dominant_eol(self.text)

    @property
    def final_newline(self) -> bool:
        """Whether the last line is ended; an empty text has no line that is not."""
        return not self.text or self.text[-1] in "\r\n"

    def to_bytes(self) -> bytes:
        """Return the file's bytes; in UTF-8 where its encoding cannot hold the text.

        Lone surrogates, which an editor's text may have, become question marks.
        """
        try:
            return encode(self.text, self.encoding)
        except UnicodeEncodeError:
            return self.text.encode("utf-8", "replace")


def decode(data: bytes) -> tuple[str, Encoding] | None:
    """Return the text of a file's bytes and their encoding; None where they are no text.

    `encode` of the result is `data` again. Bytes that are not UTF-8 and have no byte-order mark
    are read as Latin-1 if they look like a western text in an old encoding; characters beyond
    ASCII may then be shown wrong, but are kept.
    """
    for encoding, codec, mark in _MARKS:
        if data.startswith(mark):  # UTF-32's mark begins with UTF-16's; NULs then give it away
            return _strict(data[len(mark) :], codec, encoding)
    if b"\0" in data:
        return None
    return _strict(data, "utf-8", "utf-8") or _western(data)


def encode(text: str, encoding: Encoding) -> bytes:
    """Return a file's bytes for a text; raises UnicodeEncodeError where the encoding cannot."""
    for name, codec, mark in _MARKS:
        if name == encoding:
            return mark + text.encode(codec)
    return text.encode(encoding)


def describe(encoding: Encoding) -> str:
    """Return the encoding's name as people know it."""
    return {
        "utf-8": "UTF-8",
        "utf-8-bom": "UTF-8 with byte-order mark",
        "utf-16-le-bom": "UTF-16 (little-endian)",
        "utf-16-be-bom": "UTF-16 (big-endian)",
        "latin-1": "Latin-1",
    }[encoding]


def _strict(data: bytes, codec: str, encoding: Encoding) -> tuple[str, Encoding] | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else (text, encoding)


def _western(data: bytes) -> tuple[str, Encoding] | None:
    if _CONTROL.search(data) or len(_HIGH.findall(data)) > _MOST_HIGH * len(data) + _SOME_HIGH:
        return None
    return data.decode("latin-1"), "latin-1"
