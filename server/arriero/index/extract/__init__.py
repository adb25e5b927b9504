"""From a text to its definitions, references and chunks. Pure: equal texts give equal results.

C, JavaScript, JSON, Markdown and Python are read without a grammar where they are as they should
be, other languages that have one are parsed. Either holds the interpreter for as long as it takes
and belongs into a process of its own, or to single texts.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Sequence

from arriero.index.extract import clines, jsonlines, markdownlines, pythonlines, scriptlines
from arriero.index.extract.chunks import chunks_along
from arriero.index.extract.completed import completed
from arriero.index.extract.patterns import defined_by_pattern
from arriero.index.extract.plain import extract_plain, identifiers, lines_of
from arriero.index.extract.respelled import respelled, respelled_if_broken
from arriero.index.extract.types import Chunk, Definition, Extracted, Reference

_log = logging.getLogger(__name__)

_Found = tuple[list[Definition], list[Reference]]
_READERS = {
    "c": clines,
    "javascript": scriptlines,
    "json": jsonlines,
    "markdown": markdownlines,
    "python": pythonlines,
}


def extract(text: str, language: str) -> Extracted:
    """Find what a text in a language defines and uses; never raises for broken code.

    Where no grammar is at hand, or a text is too much for it, definitions are found by patterns
    and every identifier is a reference. Of a language that is not known at all only chunks of 60
    lines and identifiers are found.
    """
    return extract_lines(text, lines_of(text), language)


def extract_lines(text: str, lines: Sequence[str], language: str) -> Extracted:
    """Do what `extract` does for a text whose lines are known, as `lines_of` has them."""
    found = _by_lines(lines, language)
    parsed = found is None
    if found is None:
        found = _parsed(lines, language)
    if found is None:
        definitions = defined_by_pattern(lines, language)
        if definitions is None:
            return extract_plain(text)
        found = definitions, identifiers(lines)
    return Extracted(tuple(found[0]), tuple(found[1]), chunks_along(lines, found[0]), parsed)


@functools.cache
def can_parse() -> bool:
    """Tell whether tree-sitter is installed; without it, definitions are found by patterns."""
    try:
        import tree_sitter  # noqa: F401
    except ImportError as error:
        _log.warning("texts are read without grammars: %s", error)
        return False
    return True


def outline(text: str, language: str) -> list[Definition]:
    """Return what a text defines, in the order of the lines, the outer before the inner."""
    lines = lines_of(text)
    found = _by_lines(lines, language) or _parsed(lines, language)
    return list(found[0] if found else defined_by_pattern(lines, language) or ())


def _by_lines(lines: Sequence[str], language: str) -> _Found | None:
    """Return definitions and references of what needs no parser; None if it does."""
    reader = _READERS.get(language)
    return None if reader is None else reader.read(lines)


def _parsed(lines: Sequence[str], language: str) -> _Found | None:
    """Return definitions and references; None if the language's grammar does not serve."""
    if not can_parse():
        return None
    # tree-sitter costs memory and time: only what parses pays for it
    from arriero.index.extract.damage import damaged
    from arriero.index.extract.grammars import PARSED, grammar
    from arriero.index.extract.parse import TooMuchWork, captured, root
    from arriero.index.extract.sections import sections
    from arriero.index.extract.symbols import last_line, symbols

    if language not in PARSED:
        return None
    known = grammar(language)
    if known is None:
        return None
    text = respelled("\n".join([*lines, ""]), language)
    source = text.encode("utf-8", "replace")
    try:
        top = root(source, known)
    except TooMuchWork as error:
        _log.info("a text in %s is read without its grammar: %s", language, error)
        return None
    if top.has_error and (other := respelled_if_broken(text, language)) != text:
        with contextlib.suppress(TooMuchWork):
            top = root(other.encode("utf-8", "replace"), known)
            text = other
    found = captured(top, known)
    if language == "markdown":
        headings = [
            (node.start_point[0] + 1, last_line(node, len(lines)))
            for node in found.pop("heading", ())
        ]
        return sections(sorted(headings), lines), symbols(found, source, len(lines))[1]
    definitions, references = symbols(found, source, len(lines))
    if not top.has_error:
        return definitions, references
    outermost = {one.line for one in definitions if not lines[one.line - 1][:1].isspace()}
    regions = damaged(top, len(lines), outermost)
    return _completed(definitions, references, text.split("\n")[: len(lines)], language, regions)


def _completed(
    definitions: list[Definition],
    references: list[Reference],
    lines: Sequence[str],
    language: str,
    regions: Sequence[tuple[int, int]],
) -> _Found:
    """Add what the lines tell of a text that does not parse; what they define they do not use."""
    more = completed(definitions, lines, language, regions)
    if more == definitions:
        return definitions, references
    added = {(one.name, one.line) for one in more} - {(one.name, one.line) for one in definitions}
    return more, [one for one in references if one not in added]


__all__ = [
    "Chunk", "Definition", "Extracted", "Reference", "can_parse", "extract", "extract_lines",
    "outline",
]  # fmt: skip
