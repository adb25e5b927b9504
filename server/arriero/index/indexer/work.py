"""How much is indexed, and what one worker is given at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arriero.index.catalogue import MOST_FILES
from arriero.index.indexer.rows import Job


@dataclass(frozen=True)
class Options:
    """Limits of an index; the defaults are for a laptop.

    `knowledge` is history and ranks. `exclude` are patterns as in an ignore file.
    """

    most_files: int = MOST_FILES
    batch_files: int = 100
    batch_bytes: int = 512 << 10
    exclude: Sequence[str] = ()
    knowledge: bool = True


@dataclass(frozen=True)
class Batch:
    """Files that a worker is to prepare; `ids` are those of files that a renewal moves.

    What came of an `urgent` one is published at once.
    """

    jobs: tuple[Job, ...]
    ids: tuple[int, ...] = ()
    urgent: bool = False
