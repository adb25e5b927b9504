"""Texts from elsewhere that a completion may need, and how they are put before the text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from arriero.agent.completion.recent import Edited
from arriero.agent.completion.spot import Spot
from arriero.agent.completion.syntax import comments
from arriero.agent.text_weight import text_weight
from arriero.index.reader import NoIndex, Reader
from arriero.index.symbols import Asked, Definition, definitions
from arriero.workspace.buffers import Buffers
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.text import LineIndex
from arriero.workspace.usertexts import UserTexts

_NAMES = 8  # that are looked up
_NAMED_IN = 20  # lines before the cursor
_MOST_OF_A_NAME = 2  # definitions; a name with many tells nothing
_DEFINITION_LINES = 8
_DEFINITIONS = 3
_EDIT_LINES = 5  # above and below
_EDITS = 3
_LONGEST_LINE = 200
_LONGEST_FILE = 300_000  # characters: to find the lines of more takes too long
_NAME = re.compile(r"[A-Za-z_]\w{2,}")
_KEYWORDS = (
    "and any assert async await bool break case catch char class const continue def default del do"
    " double elif else enum except export extends false final finally float fn for from func"
    " function global goto if impl import in int interface is lambda let long match mod module mut"
    " namespace new nil none not null number of or package pass private protected pub public raise"
    " readonly ref return self short static str string struct super switch template then this throw"
    " throws trait true try type typedef typeof union unsigned use using val var virtual void while"
    " with yield"
)


@dataclass(frozen=True)
class Snippet:
    """Lines from somewhere else; `path` as it is shown."""

    path: str
    lines: tuple[str, ...]


def names_near(spot: Spot) -> list[str]:
    """Return the names before the cursor that may be defined elsewhere, the nearest first."""
    keywords = frozenset(_KEYWORDS.split())
    text = "\n".join([*spot.before.split("\n")[-_NAMED_IN:]])
    found = reversed(_NAME.findall(text))
    names = dict.fromkeys(name for name in found if name.lower() not in keywords)
    return list(names)[:_NAMES]


def defined(
    readers: Iterable[Reader],
    texts: UserTexts,
    spot: Spot,
    show: Callable[[str], str],
    seconds: float,
) -> list[Snippet]:
    """Return how names near the cursor are defined, as far as is known after so many seconds.

    Blocks on the index and on files. What is near the cursor itself is left out.
    """
    end = time.monotonic() + seconds
    found: list[Snippet] = []
    try:
        for reader in readers:
            with reader.read() as snapshot:
                for name in names_near(spot):
                    known = definitions(snapshot, Asked(name))
                    known = [one for one in known if one.name == name and not _is_near(one, spot)]
                    if not 0 < len(known) <= _MOST_OF_A_NAME:
                        continue
                    lines = _lines(known[0], texts)
                    if lines:
                        found.append(Snippet(show(known[0].path), lines))
                    if len(found) == _DEFINITIONS or time.monotonic() > end:
                        return found
    except NoIndex:
        return found
    return found


def edited(
    places: Sequence[Edited], buffers: Buffers, spot: Spot, show: Callable[[str], str]
) -> list[Snippet]:
    """Return what stands now where the user typed last, in other open documents."""
    found: list[Snippet] = []
    for place in places:
        buffer = buffers.get(place.path) if place.path != spot.path else None
        if buffer is None or len(buffer.text) > _LONGEST_FILE:
            continue
        lines = _numbered(buffer.text, place.line - _EDIT_LINES, place.line + _EDIT_LINES + 1)
        if any(line.strip() for line in lines):
            found.append(Snippet(show(place.path), lines))
        if len(found) == _EDITS:
            break
    return found


def as_comments(snippets: Sequence[Snippet], language: str, tokens: int, own: str) -> str:
    """Return snippets as comments of a language, as many as there is room for; may be "".

    What comes last is nearest to the text, and is followed by `own`, the path of the text itself.
    """
    how = comments(language)
    if not how.line:
        return ""
    left = float(tokens)
    parts: list[str] = []
    for snippet in dict.fromkeys(snippets):
        lines = [f"Path: {snippet.path}", *(line[:_LONGEST_LINE] for line in snippet.lines)]
        part = "".join(f"{how.line} {line}".rstrip() + "\n" for line in lines)
        left -= text_weight(part)
        if left < 0:
            break
        parts.insert(0, part)
    return "".join(parts) + f"{how.line} Path: {own}\n" if parts else ""


def _is_near(one: Definition, spot: Spot) -> bool:
    return one.path == spot.path and abs(one.line - 1 - spot.line) < 2 * _NAMED_IN


def _lines(one: Definition, texts: UserTexts) -> tuple[str, ...]:
    """Return the first lines of a definition, where it is now; nothing if it is gone."""
    try:
        text = texts.text(one.path).text
    except WorkspaceError:  # a file that cannot be read any more tells nothing
        return ()
    if text is None or len(text) > _LONGEST_FILE:
        return ()
    lines = _numbered(text, one.line - 1, min(one.end_line, one.line - 1 + _DEFINITION_LINES))
    return lines if lines and one.name in lines[0] else ()


def _numbered(text: str, first: int, end: int) -> tuple[str, ...]:
    """Return lines `first` to `end`, from 0 and without the last, that are in a text."""
    index = LineIndex(text)
    numbers = range(max(first, 0), min(end, index.line_count))
    return tuple(text[index.line_start(n) : index.line_end(n)] for n in numbers)
