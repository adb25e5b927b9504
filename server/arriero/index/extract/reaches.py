"""Where a definition that a line seems to begin ends, in a text that does not parse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.index.extract.heads import SCOPE, Head, indentation
from arriero.index.extract.types import Definition

TYPES = frozenset(("class", "enum", "interface", "struct", SCOPE))
HOLDS = TYPES | {"module"}
_BLOCK = re.compile(r"(?i)\bbegin\b")
_BLOCK_ENDS = re.compile(r"(?i)\bend\s*(?:\w+\s*)?;")
# What does not end a definition of the same indentation.
_GOES_ON = re.compile(
    r"\s*(?:(?:public|private|protected|signals|slots)\b[\w\s]*:\s*$"
    r"|[\])}].*[{(\[:=]\s*$|[\])}]\s*(?:else|catch|finally|while)\b"
    r"|\{|(?:rescue|ensure|else|elsif|elif|when|then|do|begin|as)\b|BEGIN\b)"
)
_CLOSES = re.compile(r"\s*(?:[})\]]|(?i:end)\b|fi\b|done\b|\$\w*\$)")


@dataclass
class Item:
    """A definition; `reach` is the last line of what may be in it, `body` its indentation."""

    head: Head
    kind: str
    end: int
    reach: int
    container: str = ""
    own: Definition | None = None
    body: int = -1

    @property
    def is_added(self) -> bool:
        return self.own is None


def tell_reaches(items: Sequence[Item], bare: Sequence[str], wanted: Sequence[bool]) -> None:
    """Tell by indentation where what was added ends, and how far other types may go."""
    sweep: list[Item] = []
    coming = last = 0
    for number, line in enumerate(bare, 1):
        if not line or line.isspace():
            continue
        here = indentation(line)
        while sweep and here <= sweep[-1].head.indentation:
            is_same = here == sweep[-1].head.indentation
            if is_same and _GOES_ON.match(line):
                break
            is_last = is_same and _CLOSES.match(line) is not None
            _reached(sweep.pop(), number if is_last else last, len(bare))
        for one in sweep[-1:]:
            if one.body < 0 and here > one.head.indentation and not _GOES_ON.match(line):
                one.body = here
        while coming < len(items) and items[coming].head.line <= number:
            one = items[coming]
            if one.is_added or (one.kind in HOLDS and wanted[one.head.line]):
                sweep.append(one)
            coming += 1
        last = number
    for one in sweep:
        _reached(one, last, len(bare))


def tell_ends(items: Sequence[Item], bare: Sequence[str]) -> None:
    """Tell by semicolons where statements that were added end."""
    following = [one.head.line for one in items[1:]] + [len(bare) + 1]
    for item, stop in zip(items, following, strict=True):
        if not item.is_added:
            continue
        first = end = item.head.line
        is_block = False
        for line in range(first, max(stop, first + 1)):
            text = bare[line - 1]
            if text and not text.isspace():
                end = line
            is_block = (is_block or _BLOCK.search(text) is not None) and not _BLOCK_ENDS.search(
                text
            )
            if not is_block and text.rstrip().endswith(";"):
                break
        item.end = item.reach = end


def _reached(item: Item, line: int, last: int) -> None:
    item.reach = max(item.head.line, line if item.is_added else max(line, item.end))
    if item.is_added:
        item.end = item.reach
        if item.kind == "module" and item.reach == item.head.line:
            item.reach = last  # what is in it is not indented
