"""Which runs have changed files, and what of that can be taken back or done again."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.workspace.runrecord import UNKNOWN, RunRecord
from arriero.workspace.steps import Step, now_at


@dataclass(frozen=True)
class ChangedFile:
    """One file, by the absolute path that it has now: ids of hunks that are in it, or were."""

    path: str
    applied: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangedRun:
    """One run; `at` is when it, or what was done about it, last changed files, in Unix time."""

    run_id: str
    session_id: str
    label: str
    at: float
    folders: tuple[str, ...]
    files: tuple[ChangedFile, ...]

    @property
    def applied(self) -> bool:
        """Whether something can be taken back."""
        return any(file.applied for file in self.files)

    @property
    def taken_back(self) -> bool:
        """Whether something can be done again."""
        return any(file.taken_back for file in self.files)


def changed_run(record: RunRecord) -> ChangedRun | None:
    """Return what a record says of changes; None where nothing can be taken back or done again."""
    here, gone = _hunks(record, record.applied), _hunks(record, record.taken_back)
    files = tuple(
        ChangedFile(path, here.get(path, ()), gone.get(path, ())) for path in {**here, **gone}
    )
    if not files:
        return None
    known = record.proposal
    return ChangedRun(known.run_id, known.session_id, known.label, record.at, record.folders, files)


def _hunks(record: RunRecord, steps: tuple[Step, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for step in steps:
        found.setdefault(now_at(step, record.moves), set()).update(step.hunks)
    return {path: tuple(sorted(hunks, key=_number)) for path, hunks in found.items()}


def _number(hunk: str) -> int:
    return 0 if hunk == UNKNOWN else int(hunk)
