"""What of the text around the cursor a model is given, within a number of tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass

from arriero.agent.completion.spot import Spot
from arriero.agent.text_weight import text_weight
from arriero.workspace.text import LineIndex, with_eol

_STEP = 32  # lines; where the text begins moves in such steps, so that the server has it cached
_AFTER_SHARE = 0.25  # of the tokens of the text
_CHARACTERS = 2  # of a line that is too long by itself, for each token
_MOST_CHARACTERS = 8  # that a token has; what has more of them is not weighed


@dataclass(frozen=True)
class Around:
    """The text before and after the cursor, with LF as line end."""

    before: str
    after: str


def around(spot: Spot, tokens: int, ahead: str = "") -> Around:
    """Return the text near the cursor, cut at line ends, in about so many tokens at most.

    `ahead` is put before it, and counts.
    """
    after = _after(spot, int(tokens * _AFTER_SHARE))
    left = tokens - text_weight(after) - text_weight(ahead)
    return Around(ahead + _before(spot, left), after)


def _before(spot: Spot, tokens: float) -> str:
    """Return the lines before the cursor, in whole steps where there is room for one."""
    index, start = spot.index, spot.line - spot.line % _STEP
    taken = _taken(index, start, spot.offset, tokens)
    if taken is None:
        return _lines_back(spot, tokens)
    text, left = taken
    while start > 0:
        taken = _taken(index, start - _STEP, index.line_start(start), left)
        if taken is None:
            break
        start, text, left = start - _STEP, taken[0] + text, taken[1]
    return text


def _lines_back(spot: Spot, tokens: float) -> str:
    """Return the lines before the cursor one by one, where a step has too many tokens."""
    index, line = spot.index, spot.line
    taken = _taken(index, line, spot.offset, tokens)
    if taken is None:
        return spot.head[-max(int(tokens * _CHARACTERS), 1) :]
    text, left = taken
    while line > 0:
        taken = _taken(index, line - 1, index.line_start(line), left)
        if taken is None:
            break
        line, text, left = line - 1, taken[0] + text, taken[1]
    return text


def _after(spot: Spot, tokens: float) -> str:
    index, line = spot.index, spot.line
    end = index.line_start(line + 1)
    if end - spot.offset > tokens * _MOST_CHARACTERS or text_weight(spot.rest) > tokens:
        return spot.rest[: max(int(tokens * _CHARACTERS), 1)]
    pieces = [with_eol(spot.text[spot.offset : end], "\n")]
    left = tokens - text_weight(pieces[0])
    while end < len(spot.text):
        line += 1
        end = index.line_start(line + 1)
        taken = _taken(index, line, end, left)
        if taken is None:
            break
        pieces.append(taken[0])
        left = taken[1]
    return "".join(pieces)


def _taken(index: LineIndex, first: int, end: int, tokens: float) -> tuple[str, float] | None:
    """Return the text from a line's start to an offset and what it leaves of the tokens.

    None where it has more than there are.
    """
    start = index.line_start(max(first, 0))
    if end - start > max(tokens, 0) * _MOST_CHARACTERS:
        return None
    text = with_eol(index.text[start:end], "\n")
    left = tokens - math.ceil(text_weight(text))
    return None if left < 0 else (text, left)
