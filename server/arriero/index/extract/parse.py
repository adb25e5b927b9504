"""From a text to the captures of its language's query, with bounded work."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from tree_sitter import Node, Parser, QueryCursor

from arriero.index.extract.grammars import Grammar
from arriero.index.extract.treework import is_too_much

MOST_BYTES = 1 << 20
"""Longer texts are not parsed: a tree and what is found in it take up to 40 times the memory."""
_PIECE = 1 << 14  # bytes
_PIECE_OF_CONDITIONS = 1 << 10  # these read a whole piece for each name
_LEAST_PROGRESS = (
    500  # reports; a grammar that goes round in circles does so in a short text as well
)
_BYTES_A_PROGRESS = 16  # a usual text takes some 200 bytes from one report to the next
_MOST_SECONDS = 2.0  # of this thread on a processor
_LOOK_SECONDS = 0.05  # between looks at that clock and at memory, which are slow to tell
_MOST_DATA, _DATA_OF_A_BYTE = 16 << 20, 32  # bytes; a usual text takes 10 to 20 for each of its own
_MOST_IN_FLIGHT = 1 << 14  # matches begun at one time


class TooMuchWork(Exception):
    """A text takes far more work than one of its length should."""


def captures(source: bytes, grammar: Grammar) -> dict[str, list[Node]]:
    """Parse UTF-8 and return the nodes of each capture, in the order of their places.

    Raises:
        TooMuchWork: As `root` says.

    """
    return captured(root(source, grammar), grammar)


def captured(node: Node, grammar: Grammar) -> dict[str, list[Node]]:
    """Return the nodes of each capture in what `root` returned."""
    return QueryCursor(grammar.query, match_limit=_MOST_IN_FLIGHT).captures(node)


def root(source: bytes, grammar: Grammar) -> Node:
    """Parse UTF-8 and return the root of a tree that a query may be asked about.

    The work is bounded by its amount, so that equal texts give equal results. Where single steps
    are slow (the scanner of HTML copies all open tags for each tag), or keep much (one for each way
    in which a text may go on), bounds on time and memory hold as well.

    Raises:
        TooMuchWork: The bound was reached, or the text is longer than MOST_BYTES.

    """
    if len(source) > MOST_BYTES:
        raise TooMuchWork(f"{len(source)} bytes")
    parser = Parser(grammar.language)
    spent = _bound(len(source))
    piece = _PIECE_OF_CONDITIONS if grammar.has_conditions else _PIECE
    try:
        tree = parser.parse(
            lambda offset, _: source[offset : offset + piece],
            encoding="utf8",
            progress_callback=lambda _offset, _broken: spent(),
        )
    except ValueError as error:  # how the binding says that it was told to stop
        raise TooMuchWork(f"{len(source)} bytes") from error
    if is_too_much(tree, len(source)):
        raise TooMuchWork(f"{len(source)} bytes, with a tree that is too deep or too wide")
    return tree.root_node


def _bound(length: int) -> Callable[[], bool]:
    """Return what says, each time there is progress, whether to stop now."""
    left = _LEAST_PROGRESS + length // _BYTES_A_PROGRESS
    begun: float | None = None
    most_data = 0
    look_at = time.monotonic() + _LOOK_SECONDS

    def spent() -> bool:
        nonlocal left, begun, most_data, look_at
        left -= 1
        if left < 0:
            return True
        now = time.monotonic()
        if now < look_at:
            return False
        look_at = now + _LOOK_SECONDS
        spent_so_far = time.thread_time()
        if begun is None:
            begun = spent_so_far
            most_data = _data() + _MOST_DATA + _DATA_OF_A_BYTE * length
        return spent_so_far > begun + _MOST_SECONDS or _data() > most_data

    return spent


def _data() -> int:
    """Return how many bytes this process has for itself, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as told:
            return int(told.read().split()[5]) * resource.getpagesize()
    except OSError:
        return 0
