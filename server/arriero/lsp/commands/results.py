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
class Undone:
    """What `arriero.undo` did; `kept` are URIs of files whose edits could not be taken back."""

    run_id: str
    applied: bool
    kept: Sequence[str]
    message: str


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
