"""A run's proposal, and what the user decides of it, told to the daemon over a door."""

from __future__ import annotations

from collections.abc import Iterable

from arriero.cli.door import Door
from arriero.cli.proposals import Proposal, from_wire
from arriero.daemon.client import RemoteError

_INVALID_PARAMS = -32602
_APPLY_PATIENCE = 120.0  # seconds


async def proposal_of(door: Door, run_id: str) -> Proposal | None:
    """Return what a run proposes, None if that is nothing. Raises RemoteError and Failure."""
    try:
        message = await door.request("arriero/proposal", {"runId": run_id})
    except RemoteError as error:
        if error.code == _INVALID_PARAMS:
            return None
        raise
    return from_wire(message, door.folder)


async def accept(
    door: Door, proposal: Proposal, hunks: Iterable[str]
) -> tuple[tuple[str, ...], str]:
    """Apply hunks; return those that are in the files now, and why others are not."""
    wanted = list(hunks)
    await door.open_documents(proposal.uris)
    argument = {"runId": proposal.run_id, "hunks": wanted}
    answer = await door.command("arriero.accept", argument, timeout=_APPLY_PATIENCE)
    applied = tuple(answer["hunks"])
    return applied, answer["message"] if set(wanted) - set(applied) else ""


async def reject(door: Door, proposal: Proposal, hunks: Iterable[str]) -> None:
    """Reject hunks."""
    argument = {"runId": proposal.run_id, "hunks": list(hunks)}
    await door.command("arriero.reject", argument)
