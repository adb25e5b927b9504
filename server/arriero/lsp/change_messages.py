"""What `arriero/changes` is asked and answers; on the wire the names are camelCase."""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class ChangesParams:
    """`session_id`: only the runs of this session."""

    session_id: str | None = None


@attrs.frozen
class ChangedFileMessage:
    """One file: ids of the run's hunks that are in it, and of those that were taken back."""

    uri: str
    applied: Sequence[str]
    taken_back: Sequence[str]


@attrs.frozen
class ChangedRunMessage:
    """One run; `at` is when it, or what was done about it, last changed files, in Unix time."""

    run_id: str
    session_id: str
    label: str
    at: float
    files: Sequence[ChangedFileMessage]


@attrs.frozen
class ChangesMessage:
    """The runs that changed files in the open folders; what changed files last comes first."""

    runs: Sequence[ChangedRunMessage]
