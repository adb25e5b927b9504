"""How much is indexed, and what one worker is given at a time."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.index.catalogue import MOST_FILES
from arriero.index.indexer.prepare import Job
from arriero.workspace.ripgrep import find_ripgrep


@dataclass(frozen=True)
class Options:
    """Limits of an index; the defaults are for a laptop.

    Trigrams are kept of so many files or bytes and more; where there is no ripgrep, which is quick
    enough for less, of a fifth of that. `knowledge` is history and ranks.
    """

    most_files: int = MOST_FILES
    trigram_files: int = 10_000
    trigram_bytes: int = 100_000_000
    batch_files: int = 100
    batch_bytes: int = 512 << 10
    knowledge: bool = True

    def is_large(self, files: int, size: int) -> bool:
        """Tell whether grep needs trigrams for so many files of so many bytes."""
        part = 1 if find_ripgrep() else 5
        return files * part >= self.trigram_files or size * part >= self.trigram_bytes


@dataclass(frozen=True)
class Batch:
    """Files that a worker is to prepare; `ids` are those of files that a renewal moves."""

    jobs: tuple[Job, ...]
    ids: tuple[int, ...] = ()
