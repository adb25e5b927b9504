"""Text of models, tools and files, made safe to print.

Such text may hold escape sequences that would move the cursor, retitle the terminal or rewrite
what was printed before, and bidirectional marks that make a line read as another.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return text with control and bidirectional characters spelled out.

    Tabs and line ends stay, CR LF too.
    """
    return _UNSAFE.sub(_spelled, text)


def one_line(text: str, width: int = 100) -> str:
    """Return the first line that is not blank, cut to `width` characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = printable(line).replace("\t", " ")
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
