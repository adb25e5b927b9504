"""Putting together what became of a command."""

from __future__ import annotations

from collections.abc import Sequence

from arriero.shadow.changes import Changes
from arriero.shadow.runner import Outcome
from arriero.shadow.types import CommandResult


def result_of(outcome: Outcome, changes: Sequence[Changes], held: str) -> CommandResult:
    """Return the result of a command; one `Changes` for each workspace folder.

    `held` says in a few words which boundary held.
    """
    return CommandResult(
        exit_code=outcome.exit_code,
        ended=outcome.ended,
        output=outcome.output,
        output_cut=outcome.output_cut,
        seconds=outcome.seconds,
        writes=tuple(write for change in changes for write in change.writes),
        ignored=sum(change.ignored for change in changes),
        held=held,
        skipped=tuple(note for change in changes for note in change.notes()),
    )
