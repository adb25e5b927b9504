"""What the commands answer; on the wire the names are camelCase. docs/protocol.md has them too."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from lsprotocol import types


@attrs.frozen
class RunEnd:
    """The end of a run that a command started; `edit` is what is proposed and not yet applied."""

    session_id: str
    run_id: str
    stop_reason: str
    message: str
    applied: bool
    edit: types.WorkspaceEdit | None = None


@attrs.frozen
class Accepted:
    """What `arriero.accept` did: hunks applied, hunks that no longer fit, and why."""

    run_id: str
    applied: bool
    hunks: Sequence[str]
    stale: Sequence[str]
    message: str


@attrs.frozen
class Rejected:
    """The hunks that `arriero.reject` rejected."""

    run_id: str
    hunks: Sequence[str]


@attrs.frozen
class ConflictPlace:
    """Lines of a file that were left as they are; null stands for no file, or for no text.

    `written` is what the run put there, `wanted` what would be there now, `found` what is there,
    from `line` (from 0) on.
    """

    uri: str
    hunks: Sequence[str]
    line: int
    written: str | None
    wanted: str | None
    found: str | None


@attrs.frozen
class Undone:
    """What `arriero.undo` or `arriero.redo` did; `kept` are URIs of files with conflicts.

    `runs` are those of which something was changed or kept. Of one run `hunks` are the ids that
    were taken back, or done again.
    """

    run_id: str
    applied: bool
    kept: Sequence[str]
    message: str
    runs: Sequence[str] = ()
    hunks: Sequence[str] = ()
    conflicts: Sequence[ConflictPlace] = ()


@attrs.frozen
class Cancelled:
    """Whether there was a run to cancel."""

    run_id: str
    cancelled: bool


@attrs.frozen
class Reindexed:
    """Whether `arriero.reindex` began for all folders; `message` is a sentence on what did not."""

    started: bool
    message: str


@attrs.frozen
class ModelSelected:
    """The model in use from now on; null where Arriero chooses."""

    provider: str
    model: str | None
