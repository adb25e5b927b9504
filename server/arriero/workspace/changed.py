"""One thing that happened on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Changed:
    """One thing that happened to an absolute path.

    `deleted` of a folder stands for everything beneath it. `rescan` is about a root: anything in it
    may have changed. `created` may be a file that was replaced by another one.
    """

    path: str
    kind: Literal["created", "changed", "deleted", "rescan"]
