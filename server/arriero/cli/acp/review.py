"""What becomes of a run's edits: the client is asked file by file, with the difference shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from arriero.cli import verdicts
from arriero.cli.acp.wire import Wire, WireError
from arriero.cli.door import Door
from arriero.cli.printable import printable
from arriero.cli.proposals import Proposal, ProposedFile
from arriero.within import ended
from arriero.workspace.uris import uri_to_path

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Verdict = Literal["accept", "reject", "later"]

_OPTIONS = (
    ("accept", "allow_once", "Accept"),
    ("accept_all", "allow_always", "Accept all that is left"),
    ("reject", "reject_once", "Reject"),
    ("reject_all", "reject_always", "Reject all that is left"),
)
_VERBS = {"edit": "Edit", "create": "Create", "delete": "Delete", "rename": "Rename"}


class Cancelled(Exception):
    """The client has cancelled the prompt, so it may leave open what it was asked."""


@dataclass(frozen=True)
class Review:
    """One proposal before one client; `reads` tells whether that gives the texts of its buffers.

    Once `cancelled` is set nothing further is asked or applied: what is open waits.
    """

    wire: Wire
    door: Door
    session_id: str
    proposal: Proposal
    reads: bool
    cancelled: asyncio.Event

    async def by_questions(self) -> str:
        """Ask for each file, and do what was answered; return what the user must be told."""
        files = [file for file in self.proposal.files if file.open_hunks]
        told: list[str] = []
        for_all: Verdict | None = None
        for number, file in enumerate(files):
            if self.cancelled.is_set():
                break
            call_id = f"{self.proposal.run_id}-review-{number}"
            self._show(call_id, file)
            verdict = for_all
            try:
                if verdict is None:
                    verdict, is_for_all = await self._ask(call_id, file, len(files) - number)
                    for_all = verdict if is_for_all else None
                problem = await self._decide(verdict, file)
            except Cancelled:
                verdict, problem = "later", ""
            done = verdict == "accept" and not problem
            self._update(
                {
                    "sessionUpdate": "tool_call_update",
                    "toolCallId": call_id,
                    "status": "completed" if done else "failed",
                }
            )
            if problem:
                told.append(problem)
        return "\n".join(told)

    async def accept_all(self) -> str:
        """Apply what is open; return what the user must be told."""
        files = [file for file in self.proposal.files if file.open_hunks]
        told: list[str] = []
        try:
            for file in files:
                told.append(await self._decide("accept", file))  # noqa: PERF401 - up to a cancel
        except Cancelled:
            log.info("the rest of %s waits: the prompt was cancelled", self.proposal.run_id)
        return "\n".join(one for one in told if one)

    async def _decide(self, verdict: Verdict, file: ProposedFile) -> str:
        hunks = [hunk.id for hunk in file.open_hunks]
        if verdict == "reject":
            await verdicts.reject(self.door, self.proposal, hunks)
        if verdict != "accept":
            return ""
        if await self._is_unsaved(file):
            return (
                f"{file.name} has changes in the editor that are not saved, so it was left as it "
                "is. Save it and ask again, or take the change back in the editor."
            )
        if self.cancelled.is_set():
            raise Cancelled
        _, refused = await verdicts.accept(self.door, self.proposal, hunks)
        return refused

    async def _is_unsaved(self, file: ProposedFile) -> bool:
        """Tell whether the client has another text in its buffer than the edit is for."""
        if not self.reads or file.old_text is None:
            return False
        params = {"sessionId": self.session_id, "path": uri_to_path(file.uri)}
        try:
            answer = await self._request("fs/read_text_file", params)
        except WireError as error:
            log.info("the client did not tell its text of %s: %s", file.name, error)
            return False
        text = answer.get("content") if isinstance(answer, Mapping) else None
        return isinstance(text, str) and _lines(text) != _lines(file.old_text)

    async def _ask(self, call_id: str, file: ProposedFile, left: int) -> tuple[Verdict, bool]:
        options = [
            {"optionId": ident, "kind": kind, "name": name}
            for ident, kind, name in _OPTIONS
            if left > 1 or not ident.endswith("_all")
        ]
        call = {"toolCallId": call_id, "title": _title(file), "status": "pending"}
        params = {"sessionId": self.session_id, "toolCall": call, "options": options}
        try:
            answer = await self._request("session/request_permission", params)
        except WireError as error:
            log.warning("the client did not decide on %s: %s", file.name, error)
            return "later", True
        outcome = answer.get("outcome") if isinstance(answer, Mapping) else None
        chosen = str(outcome.get("optionId", "")) if isinstance(outcome, Mapping) else ""
        if chosen.startswith("accept"):
            return "accept", chosen.endswith("_all")
        if chosen.startswith("reject"):
            return "reject", chosen.endswith("_all")
        return "later", True  # the question was closed, or the prompt cancelled

    async def _request(self, method: str, params: Json) -> Any:
        """Ask the client; raises WireError, ClientGone and Cancelled."""
        asking = asyncio.ensure_future(self.wire.request(method, params))
        stopped = asyncio.ensure_future(self.cancelled.wait())
        try:
            await asyncio.wait({asking, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise Cancelled
            return asking.result()
        finally:
            await ended(asking)
            await ended(stopped)

    def _show(self, call_id: str, file: ProposedFile) -> None:
        path = uri_to_path(file.new_uri or file.uri)
        old, new = file.old_text, file.new_text
        first = next((hunk.line for hunk in file.open_hunks), 0)
        self._update(
            {
                "sessionUpdate": "tool_call",
                "toolCallId": call_id,
                "title": _title(file),
                "kind": "move" if file.kind == "rename" else file.kind.replace("create", "edit"),
                "status": "pending",
                "content": [{"type": "diff", "path": path, "oldText": old, "newText": new or ""}],
                "locations": [{"path": path, "line": first}],
            }
        )

    def _update(self, update: Json) -> None:
        params = {"sessionId": self.session_id, "update": update}
        self.wire.notify("session/update", params)


def _title(file: ProposedFile) -> str:
    size = "" if file.kind in ("delete", "rename") else " (+{} \u2212{})".format(*file.size)
    names = file.name if file.kind != "rename" else f"{file.name} to {file.new_name}"
    return printable(f"{_VERBS.get(file.kind, 'Change')} {names}{size}")


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")
