"""A conversation from the terminal: a prompt, its run, and what becomes of its edits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from arriero.cli import verdicts
from arriero.cli.door import Door
from arriero.cli.one_key import one_key
from arriero.cli.proposals import Proposal
from arriero.cli.review import review
from arriero.cli.show import Show
from arriero.cli.terminal import Terminal
from arriero.cli.turn import Outcome, Question, TurnEnd, question_from_acp
from arriero.cli.updates import NoticePiece, from_acp
from arriero.daemon.client import RemoteError

Json = Mapping[str, Any]
Apply = Literal["review", "auto", "never"]

_KEYS = {
    "y": ("allow_once", "[y]es"),
    "a": ("allow_always", "[a]lways in this session"),
    "h": ("allow_here", "always [h]ere"),
    "v": ("reject_here", "ne[v]er here"),
    "n": ("reject_once", "[n]o"),
}
_WORDS = {"y": "yes", "a": "always", "h": "here", "v": "never", "n": "no"}


class Conversation:
    """One session, shown in one place. `terminal` is None where nobody can be asked.

    `running`: a prompt is being answered, which `cancel` ends.
    """

    def __init__(self, door: Door, show: Show, terminal: Terminal | None, *, apply: Apply) -> None:
        self.session_id = self.mode = ""
        self._door = door
        self._show = show
        self._terminal = terminal
        self._apply = apply
        self._asking: asyncio.Task[str] | None = None
        self.running = False
        self._unwritten: OSError | None = None
        door.updates = self._update
        door.permission = self._permission
        door.say = lambda level, text: show.update(NoticePiece(level, text))

    async def begin(self, session_id: str | None = None, *, mode: str | None = None) -> None:
        """Go on with a session, or make a new one."""
        if session_id is None:
            params = {"cwd": self._door.folder, "mcpServers": []}
            answer = await self._door.request("session/new", params)
            session_id = answer["sessionId"]
            self.mode = str((answer.get("modes") or {}).get("currentModeId", ""))
        self.session_id = str(session_id)
        if mode is not None:
            await self.set_mode(mode)

    async def set_mode(self, mode: str) -> None:
        """Change what the next prompt may use."""
        params = {"sessionId": self.session_id, "modeId": mode}
        await self._door.request("session/set_mode", params)
        self.mode = mode

    async def set_model(self, model: str) -> str:
        """Change the model of the next prompt; return what is to be said of it, mostly nothing.

        Raises RemoteError for one that is not there.
        """
        params = {"sessionId": self.session_id, "modelId": model}
        answer = await self._door.request("session/set_model", params)
        meta = (answer.get("_meta") or {}).get("arriero") or {}
        return str(meta.get("notice", ""))

    async def ask(
        self, prompt: str | Sequence[Json], *, output_schema: Json | None = None
    ) -> Outcome:
        """Send a prompt, or ACP's content blocks; show its run, and settle its proposal.

        With `output_schema` the last answer is JSON that is valid against it.
        """
        self._show.started(self.session_id)
        self.running = True
        try:
            end = await self._run(prompt, output_schema)
        except BaseException:
            self._show.broken_off()
            raise
        finally:
            self.running = False
        if self._unwritten is not None:
            raise self._unwritten
        self._show.ended(end)
        proposal = await verdicts.proposal_of(self._door, end.run_id) if end.run_id else None
        outcome = Outcome(end)
        if proposal is not None and proposal.open_hunks:
            outcome = await self._settle(end, proposal)
        self._show.finished(outcome)
        return outcome

    def fail(self, message: str) -> Outcome:
        """Show a run that cannot even begin."""
        self._show.started(self.session_id)
        end = TurnEnd(self.session_id, None, "error", message)
        self._show.ended(end)
        outcome = Outcome(end)
        self._show.finished(outcome)
        return outcome

    def cancel(self) -> None:
        """End the run that goes on, or the question that is open; returns at once."""
        if self._asking is not None:
            self._asking.cancel()
        self._door.notify("session/cancel", {"sessionId": self.session_id})

    async def accept(
        self, proposal: Proposal, hunks: tuple[str, ...]
    ) -> tuple[tuple[str, ...], str]:
        """Apply hunks; return those that are in the files now, and why others are not."""
        applied, reason = await verdicts.accept(self._door, proposal, hunks)
        self._show.applied(applied, reason)
        return applied, reason

    async def apply_all(self, outcome: Outcome) -> Outcome:
        """Apply what is still open of a proposal."""
        assert outcome.proposal is not None
        applied, refused = await self.accept(outcome.proposal, outcome.open_hunks)
        left = _without(outcome.open_hunks, applied)
        return Outcome(outcome.end, outcome.proposal, applied, left, refused)

    async def reject(self, proposal: Proposal, hunks: tuple[str, ...]) -> None:
        """Reject hunks."""
        await verdicts.reject(self._door, proposal, hunks)

    async def judge(self, outcome: Outcome) -> Outcome:
        """Let the user judge once more what is still open of a proposal."""
        proposal = await self.fresh(outcome)
        if proposal is None or self._terminal is None:
            return outcome
        settled = await self._review(self._terminal, outcome.end, proposal)
        self._show.finished(settled)
        return settled

    async def fresh(self, outcome: Outcome) -> Proposal | None:
        """Return the proposal as it is now, None if nothing of it is open."""
        if outcome.end.run_id is None:
            return None
        proposal = await verdicts.proposal_of(self._door, outcome.end.run_id)
        return proposal if proposal is not None and proposal.open_hunks else None

    async def _run(self, prompt: str | Sequence[Json], output_schema: Json | None) -> TurnEnd:
        blocks = [{"type": "text", "text": prompt}] if isinstance(prompt, str) else list(prompt)
        params: dict[str, Any] = {"sessionId": self.session_id, "prompt": blocks}
        if output_schema is not None:
            params["_meta"] = {"arriero": {"outputSchema": output_schema}}
        try:
            answer = await self._door.request("session/prompt", params, timeout=None)
        except RemoteError as error:
            data = error.data if isinstance(error.data, Mapping) else {}
            return TurnEnd(self.session_id, data.get("runId"), "error", str(error))
        meta = (answer.get("_meta") or {}).get("arriero") or {}
        return TurnEnd(
            self.session_id,
            meta.get("runId"),
            answer["stopReason"],
            str(meta.get("message", "")),
            str(meta.get("context", "")),
        )

    async def _settle(self, end: TurnEnd, proposal: Proposal) -> Outcome:
        complete = end.stop_reason in ("end_turn", "max_tokens", "max_turn_requests")
        if self._apply == "review" and self._terminal is not None and complete:
            return await self._review(self._terminal, end, proposal)
        self._show.proposal(proposal)
        outcome = Outcome(end, proposal, open_hunks=proposal.open_hunks)
        return await self.apply_all(outcome) if self._apply == "auto" and complete else outcome

    async def _review(self, terminal: Terminal, end: TurnEnd, proposal: Proposal) -> Outcome:
        decision = await review(terminal, proposal)
        applied: tuple[str, ...] = ()
        refused = ""
        if decision.accepted:
            applied, refused = await self.accept(proposal, decision.accepted)
        if decision.rejected:
            await self.reject(proposal, decision.rejected)
        left = _without(proposal.open_hunks, (*applied, *decision.rejected))
        return Outcome(end, proposal, applied, left, refused)

    def _update(self, params: Json) -> None:
        if params.get("sessionId") != self.session_id:
            return
        update = from_acp(params["update"])
        if update is None or self._unwritten is not None:
            return
        try:
            self._show.update(update)
        except OSError as error:  # nobody reads any more, or the disk is full
            self._unwritten = error
            self.cancel()

    async def _permission(self, params: Json) -> Json:
        question = question_from_acp(params)
        self._show.asking(question)
        answer = await self._answer(question)
        self._show.answered(question, answer)
        option = question.options.get(answer)
        if option is None:
            return {"outcome": {"outcome": "cancelled"}}
        return {"outcome": {"outcome": "selected", "optionId": option}}

    async def _answer(self, question: Question) -> str:
        if self._terminal is None:
            return "reject_once"
        offered = {key: one for key, one in _KEYS.items() if one[0] in question.options}
        words = ", ".join(word for _, word in offered.values())
        while True:
            asking = self._terminal.ask(f"Allow it? {words}: ")
            self._asking = asyncio.ensure_future(asking)
            try:
                key = one_key(await self._asking, _WORDS)
            except EOFError:
                return "reject_once"
            except asyncio.CancelledError:
                return "cancelled"
            finally:
                self._asking = None
            if key in offered:
                return offered[key][0]


def _without(hunks: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(hunk for hunk in hunks if hunk not in others)
