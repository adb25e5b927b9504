"""How much is indexed, and what one worker is given at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.index.catalogue import MOST_FILES, Stamp
from arriero.index.indexer.rows import Job
from arriero.index.languages import MOST_SOURCE_BYTES, is_binary_name
from arriero.workspace.ripgrep import find_ripgrep

_SMALL = 1 << 16  # bytes: what is shorter counts, text or not


@dataclass(frozen=True)
class Options:
    """Limits of an index; the defaults are for a laptop.

    Trigrams are kept of so many files or bytes and more; where there is no ripgrep, which is quick
    enough for less, of a fifth of that. `knowledge` is history and ranks. `exclude` are patterns as
    in an ignore file.
    """

    most_files: int = MOST_FILES
    trigram_files: int = 10_000
    trigram_bytes: int = 100_000_000
    batch_files: int = 100
    batch_bytes: int = 512 << 10
    exclude: Sequence[str] = ()
    knowledge: bool = True

    def is_large(self, listed: Mapping[bytes, Stamp]) -> bool:
        """Tell whether grep needs trigrams for some files."""
        part = 1 if find_ripgrep() else 5
        if len(listed) * part >= self.trigram_files:
            return True
        size = sum(
            stamp.size
            for name, stamp in listed.items()
            if stamp.size < _SMALL
            or (stamp.size <= MOST_SOURCE_BYTES and not is_binary_name(os.fsdecode(name)))
        )
        return size * part >= self.trigram_bytes


@dataclass(frozen=True)
class Batch:
    """Files that a worker is to prepare; `ids` are those of files that a renewal moves.

    What came of an `urgent` one is published at once.
    """

    jobs: tuple[Job, ...]
    ids: tuple[int, ...] = ()
    urgent: bool = False
