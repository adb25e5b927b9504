"""What each run proposed and what of it reached the user's files, on disk.

A record is written before a change is sent to an editor, saying what is being applied, and again
when it is known whether that happened. If the process dies in between, the record and the user's
texts together tell (`settlement.settle`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from arriero.workspace.atomic import write_atomically
from arriero.workspace.blobs import Blobs
from arriero.workspace.collecting import collect
from arriero.workspace.days import DAY, Days
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.runrecord import RunRecord, packed, unpacked

log = logging.getLogger(__name__)

_YOUNG = 3600.0  # seconds, in which a text may wait for the record that speaks of it
_FEWEST_DAYS = 2  # so that one day with a wrong clock never counts as a run's whole time
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
# The fields that hold whole texts, which are stored as blobs.
_TEXTS = frozenset({"base", "proposed", "before", "after"})


class RecordDamaged(WorkspaceError):
    """A record cannot be read."""


class Checkpoints:
    """A folder of run records and the texts that they speak of. Methods block on the disk."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there yet."""
        self._runs = folder / "runs"
        self._pending = folder / "pending"
        self._blobs = Blobs(folder / "blobs")
        self._days = folder / "days"

    def load(self, run_id: str, texts: bool = True) -> RunRecord | None:
        """Return the record of a run, None if there is none.

        Without `texts` their keys stand in their places: quick, and enough to see the verdicts.
        Raises RecordDamaged, and BlobLost for a text that is not there any more.
        """
        return self._read(self._runs / f"{_name(run_id)}.json", run_id, texts)

    def newest(self) -> Iterator[RunRecord]:
        """Yield the records that can be read, those that were last written first, without texts."""
        for path, _ in sorted(_written(self._runs), key=lambda pair: pair[1], reverse=True):
            try:
                record = self._read(path, path.stem, texts=False)
            except RecordDamaged as error:
                log.warning("%s", error)
                continue
            if record is not None:
                yield record

    def damaged(self) -> list[Path]:
        """Return the files of the records that cannot be read."""
        found = []
        for path, _ in sorted(_written(self._runs)):
            try:
                self._read(path, path.stem, texts=False)
            except RecordDamaged:
                found.append(path)
        return found

    def _read(self, path: Path, run_id: str, texts: bool) -> RunRecord | None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RecordDamaged(f"The record of run {run_id} cannot be read: {error}.") from error
        try:
            known = _replaced(unpacked(data), self._blobs.get if texts else str)
            return RunRecord.decode(known)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordDamaged(f"The record of run {run_id} is damaged: {error!r}.") from error

    def save(self, record: RunRecord) -> None:
        """Write a record; raises OSError. After a crash the old one or the new one is there."""
        name = _name(record.proposal.run_id)
        mark = self._pending / name
        if record.applying is not None:
            write_atomically(mark, json.dumps(record.proposal.run_id).encode())
        data = _replaced(record.encode(), self._blobs.put)
        write_atomically(self._runs / f"{name}.json", packed(data))
        if record.applying is None:
            mark.unlink(missing_ok=True)

    def pending(self) -> list[str]:
        """Return the runs with a change of which it is not known whether it was applied."""
        if not self._pending.is_dir():
            return []
        marks = [mark for mark in self._pending.iterdir() if _PLAIN_NAME.fullmatch(mark.name)]
        return [_marked(mark) for mark in sorted(marks)]

    def collect(
        self,
        days: float,
        most_bytes: int,
        spared: Collection[str] = (),
        now: float | None = None,
    ) -> int:
        """Forget the runs of so many days ago, then the oldest until it is small enough.

        They have gone by the clock (`now`, Unix time) and as days on which this was called, so that
        a clock that jumps makes nothing old. What has something pending stays, and so do the runs
        in `spared`. Returns how many went; texts that no run speaks of any more go with them.
        Raises OSError.
        """
        stay = {_name(run_id) for run_id in (*self.pending(), *spared)}
        now = time.time() if now is None else now
        seen = Days(self._days)
        seen.come(now)

        def expired(at: float) -> bool:
            return now - at > days * DAY and seen.since(at) >= max(days, _FEWEST_DAYS)

        gone, keys = collect(self._runs, self._blobs, _keys, stay, expired, most_bytes)
        self._blobs.keep_only(keys, now - _YOUNG)
        return gone


def _marked(mark: Path) -> str:
    """Return the run that a mark is for; a damaged one has its name, which is the id mostly."""
    try:
        run_id = json.loads(mark.read_bytes())
    except (OSError, ValueError):
        return mark.name
    return run_id if isinstance(run_id, str) else mark.name


def _written(folder: Path) -> Iterator[tuple[Path, float]]:
    """Yield the records of a folder and when they were written, in Unix time."""
    for path in folder.glob("*.json"):
        with contextlib.suppress(FileNotFoundError):  # collected by another daemon meanwhile
            yield path, path.stat().st_mtime


def _name(run_id: str) -> str:
    """Return a file name for any run id: what is no plain name gets the hash of it."""
    if _PLAIN_NAME.fullmatch(run_id):
        return run_id
    return hashlib.sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()


def _replaced(data: Any, by: Callable[[str], str]) -> Any:
    """Return JSON-able values with every whole text replaced."""
    if isinstance(data, Mapping):
        return {
            key: by(value) if key in _TEXTS and value is not None else _replaced(value, by)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [_replaced(value, by) for value in data]
    return data


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key in _TEXTS and value is not None:
                yield value
            else:
                yield from _keys(value)
    elif isinstance(data, list):
        for value in data:
            yield from _keys(value)
