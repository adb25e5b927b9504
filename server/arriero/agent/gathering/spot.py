"""Where the user is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spot:
    """The document in front of the user, with the cursor's line and the selected lines.

    `path` in any form that the view understands; lines from 1, the last one included, 0 for none.
    """

    path: str
    line: int = 0
    first: int = 0
    last: int = 0
