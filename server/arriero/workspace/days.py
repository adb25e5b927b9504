"""Days on which checkpoints were looked after: an age that no jump of the clock makes.

A file has a line for each such day, its Unix time, in the order in which they came. What is older
than some of them was written that many days of use ago, whatever the clock says between.
"""

from __future__ import annotations

import logging
from pathlib import Path

from arriero.workspace.atomic import write_atomically

log = logging.getLogger(__name__)

DAY = 24 * 3600.0  # seconds


class Days:
    """The days of one file. Where two processes add one at the same time, one of them is lost."""

    def __init__(self, path: Path) -> None:
        """Take the file, which need not be there yet."""
        self._path = path
        self._seen: list[float] = []

    def come(self, now: float) -> None:
        """Read the days, and add this one if the last is another; raises OSError."""
        self._seen = self._read()
        if not self._seen or abs(now - self._seen[-1]) >= DAY:
            self._seen.append(float(int(now)))
            lines = "".join(f"{int(day)}\n" for day in self._seen)
            write_atomically(self._path, lines.encode("ascii"))

    def since(self, at: float) -> int:
        """Return how many days have come since a Unix time, as the clock was then."""
        # From the end: a clock that was wrong for a day has its own line among the others.
        for later, day in enumerate(reversed(self._seen)):
            if day <= at:
                return later
        return len(self._seen)

    def _read(self) -> list[float]:
        try:
            return [float(int(line)) for line in self._path.read_text("ascii").splitlines()]
        except FileNotFoundError:
            return []
        except (ValueError, OverflowError) as error:
            log.warning("%s is damaged, and days are counted anew: %s", self._path, error)
            return []
