"""Results that wait to be published together.

Each publication adds a piece to the full-text tables, and pieces are merged later: few large ones
cost a fraction of many small ones.
"""

from __future__ import annotations

import time
from collections.abc import Container, Sequence

from arriero.index.indexer.rows import Prepared

_MOST_BYTES = 4 << 20
_MOST_FILES = 1_000
_MOST_SECONDS = 2.0  # that something is kept from being found


class Held:
    """What was prepared and is not published yet, in the order in which it came."""

    def __init__(self) -> None:
        self._results: list[Prepared] = []
        self._bytes = 0
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._results)

    @property
    def is_full(self) -> bool:
        """Whether it is time to publish, whatever is still to come."""
        return bool(self._results) and (
            self._bytes >= _MOST_BYTES
            or len(self._results) >= _MOST_FILES
            or time.monotonic() - self._since >= _MOST_SECONDS
        )

    def add(self, results: Sequence[Prepared]) -> None:
        """Take in what a worker made."""
        if not self._results:
            self._since = time.monotonic()
        self._results += results
        self._bytes += sum(max(result.stamp.size, 0) for result in results if result.rows)

    def take(self, gone: Container[bytes]) -> list[Prepared]:
        """Give everything out; some files are gone by now, and only words of others still count."""
        results, self._results, self._bytes = self._results, [], 0
        return [
            Prepared(one.name, "gone", terms=one.terms) if one.name in gone else one
            for one in results
        ]
