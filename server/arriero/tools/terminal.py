"""What a terminal would have shown: output without the codes that draw it."""

from __future__ import annotations

import re

_LONGEST_LINE = 2000  # characters
# Control sequences (colours, cursor), operating system commands (titles, links), other escapes.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]+[0-~]|\x1b[@-_]?"
)
# From the line's beginning only: begun from each character of a long line, it takes the square.
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def as_shown(output: str) -> str:
    """Return the output of a command as plain lines.

    Colours are gone, a line that was drawn over (a progress bar) is there as it was last, and a
    very long line is cut.
    """
    text = _ESCAPES.sub("", output).replace("\r\n", "\n")
    text = _OVERWRITTEN.sub("", text)
    if "\b" in text:
        text = "\n".join(map(_without_erased, text.split("\n")))
    text = _CONTROLS.sub("", text)
    return "\n".join(map(_cut, text.split("\n")))


def _without_erased(line: str) -> str:
    """Take out each character that a backspace follows."""
    if "\b" not in line:
        return line
    left: list[str] = []
    for character in line:
        if character != "\b":
            left.append(character)
        elif left:
            left.pop()
    return "".join(left)


def _cut(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[:_LONGEST_LINE]}… ({len(line) - _LONGEST_LINE} more characters in this line)"
