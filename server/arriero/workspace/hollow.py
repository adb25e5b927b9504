"""Functions and classes of Python that a rewrite has emptied: `...` in place of their code.

The code is read by its indentation, so that it need not be without mistakes. A body of `...` is
meant where nothing else could be: in protocols, abstract methods and overloads, and where the old
text had no code either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_HEADER = re.compile(r"(?P<indent>[ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)")
_MEANT_CLASS = re.compile(r"\b(?:Protocol|ABC|ABCMeta)\b")
_MEANT_METHOD = re.compile(r"\s*@[\w.]*\b(?:overload|abstract\w+)\b")
_NO_CODE = re.compile(r"(?:#.*|\.\.\.|…|pass\b\s*(?:#.*)?|raise NotImplementedError\b.*)")
_DOCSTRING = re.compile(r"""[rRuU]?(\"{3}|'{3}|"|')""")
_LONGEST_HEADER = 60  # lines
_DEEPEST = 12  # definitions within each other


@dataclass(frozen=True)
class Body:
    """A function or class by its qualified `name`; its `lines`, by number, are all but docstrings.

    `first` and `last` are the numbers (from 0) of the header's first and the body's last line.
    """

    name: str
    first: int
    last: int
    lines: tuple[tuple[int, str], ...]
    is_meant: bool

    @property
    def has_code(self) -> bool:
        """Whether it does anything."""
        return any(_NO_CODE.fullmatch(line) is None for _, line in self.lines)


def bodies(lines: Sequence[str]) -> Iterator[Body]:
    """Yield what is defined in the lines of a Python file, in order."""
    outer: list[tuple[int, str, bool]] = []
    bare = [(_indent(line), line.strip()) for line in lines]
    for first, line in enumerate(lines):
        header = _HEADER.match(line)
        if header is None:
            continue
        indent = bare[first][0]
        while outer and outer[-1][0] >= indent:
            outer.pop()
        end, inline = _end_of_header(lines, first)
        said = " ".join(lines[first : end + 1])
        is_meant = bool(outer and outer[-1][2]) or _is_decorated(lines, first)
        is_meant |= "class " in header[0] and _MEANT_CLASS.search(said) is not None
        outer.append((indent, header["name"], is_meant))
        if len(outer) > _DEEPEST:
            continue
        block = _block(bare, end + 1, indent) if not inline else []
        last = block[-1][0] if block else end
        body = [(end, inline)] if inline else _without_docstring(block)
        name = ".".join(name for _, name, _ in outer)
        yield Body(name, first, last, tuple(body), is_meant)


def hollowed(
    old: Sequence[str], new: Sequence[str], is_placeholder: Callable[[str], bool]
) -> Iterator[tuple[Body, bool]]:
    """Yield each body of `new` that a placeholder is all of, and whether `old` had code there."""
    now = list(bodies(new))
    had = {body.name for body in bodies(old) if body.has_code}
    has = {body.name for body in now if body.has_code}
    for body in now:
        marks = [line for _, line in body.lines if is_placeholder(line)]
        if marks and not body.has_code:
            yield body, body.name in had - has and not body.is_meant


def _end_of_header(lines: Sequence[str], first: int) -> tuple[int, str]:
    """Return the number of the header's last line, and what stands behind its colon."""
    depth = 0
    quote = ""
    for number in range(first, min(first + _LONGEST_HEADER, len(lines))):
        if number > first and _HEADER.match(lines[number]):
            break
        for at, sign in enumerate(lines[number]):
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "\"'":
                quote = sign
            elif sign in "([{":
                depth += 1
            elif sign in ")]}":
                depth -= 1
            elif sign == ":" and depth <= 0:
                behind = lines[number][at + 1 :].strip()
                return number, "" if behind.startswith("#") else behind
            elif sign == "#":
                break
        quote = ""
    return first, ""


def _block(bare: Sequence[tuple[int, str]], start: int, indent: int) -> list[tuple[int, str]]:
    """Return what is indented by more than `indent` from `start` on, without blank lines."""
    block = []
    for number in range(start, len(bare)):
        here, line = bare[number]
        if line and here <= indent:
            break
        if line:
            block.append((number, line))
    return block


def _indent(line: str) -> int:
    blank = line[: len(line) - len(line.lstrip())]
    return len(blank.expandtabs())


def _without_docstring(block: list[tuple[int, str]]) -> list[tuple[int, str]]:
    opening = _DOCSTRING.match(block[0][1]) if block else None
    if opening is None:
        return block
    rest = block[0][1][opening.end() :]
    for at in range(len(block)):
        if opening[1] in (rest if at == 0 else block[at][1]):
            return block[at + 1 :]
    return []


def _is_decorated(lines: Sequence[str], first: int) -> bool:
    at = first - 1
    while at >= 0 and lines[at].lstrip().startswith("@"):
        if _MEANT_METHOD.match(lines[at]):
            return True
        at -= 1
    return False
