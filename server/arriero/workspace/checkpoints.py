"""What each run proposed and what of it reached the user's files, on disk.

A record is written before a change is sent to an editor, saying what is being applied, and again
when it is known whether that happened. If the process dies in between, the record and the user's
texts together tell (`settlement.settle`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from arriero.workspace.atomic import write_atomically
from arriero.workspace.blobs import Blobs
from arriero.workspace.changeset import FileEffect
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import Proposal

log = logging.getLogger(__name__)

_VERSION = 1
_YOUNG = 3600.0  # seconds, in which a text may wait for the record that speaks of it
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
# The fields that hold whole texts, which are stored as blobs.
_TEXTS = frozenset({"base", "proposed", "before", "after"})


class RecordDamaged(WorkspaceError):
    """A record cannot be read."""


@dataclass(frozen=True)
class Checkpoint:
    """One change that was sent to an editor, and its effects.

    `at` is Unix time in seconds. A change of the kind "undo" took back what others did, but for the
    files in `kept`.
    """

    kind: Literal["accept", "undo"]
    at: float
    effects: tuple[FileEffect, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """A run's proposal and what became of it.

    `folders` are those that its paths lie in. `applied` is what can still be taken back, oldest
    first. `applying` is a change of which it is not known whether it was applied; `then` is the
    proposal for the case that it was.
    """

    proposal: Proposal
    folders: tuple[str, ...]
    applied: tuple[Checkpoint, ...] = ()
    undone: bool = False
    applying: Checkpoint | None = None
    then: Proposal | None = None


class Checkpoints:
    """A folder of run records and the texts that they speak of. Methods block on the disk."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there yet."""
        self._runs = folder / "runs"
        self._pending = folder / "pending"
        self._blobs = Blobs(folder / "blobs")

    def load(self, run_id: str, texts: bool = True) -> RunRecord | None:
        """Return the record of a run, None if there is none.

        Without `texts` their keys stand in their places: quick, and enough to see the verdicts.
        Raises RecordDamaged, and BlobLost for a text that is not there any more.
        """
        try:
            data = (self._runs / f"{_name(run_id)}.json").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RecordDamaged(f"The record of run {run_id} cannot be read: {error}.") from error
        try:
            return _decode(_replaced(json.loads(data), self._blobs.get if texts else str))
        except (ValueError, KeyError, TypeError) as error:
            raise RecordDamaged(f"The record of run {run_id} is damaged: {error!r}.") from error

    def save(self, record: RunRecord) -> None:
        """Write a record; raises OSError. After a crash the old one or the new one is there."""
        name = _name(record.proposal.run_id)
        mark = self._pending / name
        if record.applying is not None:
            write_atomically(mark, json.dumps(record.proposal.run_id).encode())
        data = {"version": _VERSION, **_replaced(asdict(record), self._blobs.put)}
        write_atomically(self._runs / f"{name}.json", json.dumps(data).encode())
        if record.applying is None:
            mark.unlink(missing_ok=True)

    def pending(self) -> list[str]:
        """Return the runs with a change of which it is not known whether it was applied."""
        if not self._pending.is_dir():
            return []
        marks = [mark for mark in self._pending.iterdir() if _PLAIN_NAME.fullmatch(mark.name)]
        return [json.loads(mark.read_bytes()) for mark in sorted(marks)]

    def prune(self, older_than: float) -> int:
        """Forget the runs that were last written before a Unix time and have nothing pending.

        Returns how many. Texts that no run speaks of any more go with them; raises OSError.
        """
        keys: set[str] = set()
        forgotten = 0
        for path in self._runs.glob("*.json"):
            if path.stat().st_mtime < older_than and not (self._pending / path.stem).exists():
                path.unlink(missing_ok=True)
                forgotten += 1
                continue
            try:
                keys.update(_keys(json.loads(path.read_bytes())))
            except ValueError:
                log.warning("the record %s is damaged", path)
        self._blobs.keep_only(keys, time.time() - _YOUNG)
        return forgotten


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


def _decode(data: Mapping[str, Any]) -> RunRecord:
    if data["version"] != _VERSION:
        raise ValueError(f"version {data['version']}")
    return RunRecord(
        Proposal.decode(data["proposal"]),
        tuple(data["folders"]),
        tuple(map(_checkpoint, data["applied"])),
        data["undone"],
        _checkpoint(data["applying"]) if data["applying"] else None,
        Proposal.decode(data["then"]) if data["then"] else None,
    )


def _checkpoint(data: Mapping[str, Any]) -> Checkpoint:
    effects = tuple(FileEffect(**effect) for effect in data["effects"])
    return Checkpoint(data["kind"], data["at"], effects, tuple(data["kept"]))
