"""Taking back what a run changed, over a door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arriero.cli.door import Door
from arriero.cli.proposals import from_wire, shown_path
from arriero.workspace.uris import uri_to_path

_PATIENCE = 120.0  # seconds
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Undone:
    """What became of it: a sentence, and the files that were kept as they changed since then."""

    done: bool
    message: str
    kept: tuple[str, ...]


async def undo(door: Door, run_id: str) -> Undone:
    """Take back what a run did and nothing else; raises RemoteError for a run that is none."""
    proposal = from_wire(await door.request("arriero/proposal", {"runId": run_id}), door.folder)
    await door.open_documents(proposal.uris)
    told = await door.command("arriero.undo", {"runId": run_id}, timeout=_PATIENCE)
    kept = tuple(shown_path(uri_to_path(uri), door.folder) for uri in told["kept"])
    done = bool(told["applied"])
    words = f"Took back: {proposal.label}" if done else ""
    return Undone(done, told["message"] or words, kept)


async def last_applied(door: Door, session_id: str) -> str | None:
    """Return the run of a session that changed files last and was not taken back."""
    params = {"sessionId": session_id}
    events: Sequence[Json] = (await door.request("arriero/sessions", params))["events"] or ()
    applied: dict[str, None] = {}
    for event in events:
        run_id = str(event["runId"])
        if event["kind"] == "applied":
            applied.pop(run_id, None)
            applied[run_id] = None
        elif event["kind"] == "undone":
            applied.pop(run_id, None)
    return next(reversed(applied), None)
