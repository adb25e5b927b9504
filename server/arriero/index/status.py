"""How far an index is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Phase = Literal["waiting", "scanning", "building", "ready", "stopped"]


@dataclass(frozen=True)
class IndexStatus:
    """The state of one workspace's index.

    `phase` is "waiting" until the index can be written, "scanning" until its files are known,
    "building" until all were read. Of `files`, `pending` are not yet read. `acknowledged` is the
    number of the newest change that is published with all before it. `writes` is False where
    another process keeps the index. `problem` and `notice` are sentences for the person: something
    is wrong now, something is to be known. `opening` is the number that the order to open it had.
    `mended` files were not stored as they had been written, and were read again. `made` tells this
    database from others of the same workspace; 0 where there is none, or it is not known.
    """

    root: str
    phase: Phase = "waiting"
    files: int = 0
    pending: int = 0
    acknowledged: int = 0
    writes: bool = False
    problem: str = ""
    notice: str = ""
    opening: int = 0
    mended: int = 0
    made: float = 0.0

    @property
    def message(self) -> str:
        """One sentence for the person, "" where there is nothing to say."""
        if self.problem or self.notice:
            return self.problem or self.notice
        if self.phase == "ready" and not self.files:
            return "There is nothing to index: no file is here that .gitignore does not leave out."
        if not self.mended:
            return ""
        return (
            f"What was known of {self.mended:,} files was damaged on disk, and was read again; "
            "look at the disk if this comes back."
        )
