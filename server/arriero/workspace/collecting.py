"""Forgetting runs of long ago: by age, and by what their texts take on disk."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arriero.workspace.blobs import Blobs
from arriero.workspace.runrecord import unpacked

log = logging.getLogger(__name__)

Keys = Callable[[Any], Iterator[str]]


@dataclass(frozen=True)
class _Stored:
    """A record: when it was written (Unix time), its own size in bytes, the texts that it needs."""

    path: Path
    at: float
    size: int
    keys: frozenset[str]


def collect(
    runs: Path,
    blobs: Blobs,
    keys: Keys,
    spared: Collection[str],
    expired: Callable[[float], bool],
    most: int,
) -> tuple[int, set[str]]:
    """Delete the records that have expired, then the oldest until `most` bytes are left.

    `expired` judges the Unix time at which a record was written. `spared` are names of records that
    stay. Returns how many went, and the keys of the texts that those need which stay; what cannot
    be read stays too. Raises OSError.
    """
    sizes = blobs.sizes()
    stored = sorted(_stored(runs, keys), key=lambda one: one.at)
    needed = Counter(key for one in stored for key in one.keys)
    total = sum(one.size for one in stored) + sum(sizes.get(key, 0) for key in needed)
    gone = 0
    for one in stored:
        if one.path.stem in spared or (total <= most and not expired(one.at)):
            continue
        one.path.unlink(missing_ok=True)
        gone += 1
        needed.subtract(one.keys)
        freed = sum(sizes.get(key, 0) for key in one.keys if not needed[key])
        total -= one.size + freed
    return gone, {key for key, count in needed.items() if count}


def _stored(runs: Path, keys: Keys) -> Iterator[_Stored]:
    for path in runs.glob("*.json"):
        try:
            facts, data = path.stat(), unpacked(path.read_bytes())
        except FileNotFoundError:  # another daemon was quicker
            continue
        except (OSError, ValueError):
            log.warning("the record %s is damaged", path)
            continue
        if isinstance(data, Mapping):
            yield _Stored(path, facts.st_mtime, facts.st_size, frozenset(keys(data)))
