"""How much to suggest: the rest of a line, or the lines of a block that is open."""

from __future__ import annotations

from arriero.agent.completion.spot import Spot, width
from arriero.agent.completion.syntax import CLOSERS, opens_block

_MAY_FOLLOW = frozenset((*CLOSERS, ";", ",", " ", "\t"))


def several_lines(spot: Spot) -> bool:
    """Tell whether a block is open at the cursor, so that lines are wanted and not one.

    The line before ends with what opens a block, or the cursor's line is blank and indented deeper
    than what follows. After the cursor there is nothing but what closes.
    """
    if not set(spot.rest) <= _MAY_FOLLOW:
        return False
    if spot.head.strip():
        inside_call = spot.head.rstrip().endswith("(") and bool(spot.rest.strip())
        same_line = spot.head.endswith((": ", ":\t"))  # what is typed goes on behind the colon
        return not inside_call and not same_line and opens_block(spot.head, spot.language)
    above = spot.above[-1] if spot.above else ""
    if opens_block(above, spot.language):
        return width(spot.head) > width(above)
    following = width(spot.below[0]) if spot.below else 0
    return width(spot.head) > following
