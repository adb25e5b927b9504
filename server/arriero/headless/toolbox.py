"""Tools that a program calls itself, without a model: what they edit can be taken back as a run's.

Each call that edits is a run of its own in a session of the toolbox: stored, shown to every editor
in these folders, and undone by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from arriero.agent.advice import Advisor
from arriero.agent.calls import Caller, Emit
from arriero.agent.editing.strategy import EditStrategy
from arriero.agent.run_limits import RunLimits
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.daemon.shadows import NoShadow, limits
from arriero.models.types import ToolCall
from arriero.sessions.events import (
    Applied,
    EventBody,
    Location,
    ProposalChanged,
    RunEnded,
    RunStarted,
    ToolEnded,
    ToolStatus,
)
from arriero.sessions.session import Session, new_id
from arriero.shadow.types import Shadow, ShadowError
from arriero.tools.base import Tool, ToolContext
from arriero.tools.registry import TOOLS, Mode, find, offered
from arriero.workspace.view import WorkspaceView

_STOPPED = "Error: Everything was stopped while this call was at work; ask whether to go on."

ApplyEdits = Literal["auto", "never"]


@dataclass(frozen=True)
class ToolOutcome:
    """What a call brought. `text` is for a model; one that failed begins with `Error:`.

    `run_id` names what was edited, empty where nothing was; `applied`: it is in the files.
    """

    text: str
    status: ToolStatus
    locations: tuple[Location, ...] = ()
    run_id: str = ""
    applied: bool = False


@dataclass
class _Work:
    """What a call works in; `label` is empty until something was edited."""

    run_id: str
    view: WorkspaceView
    label: str = ""


class ToolBox:
    """The tools of a mode over the folders of an attachment; calls take their turn.

    With `names` only these of them, and `own` beside them. `apply` says what becomes of edits:
    `auto` writes them to the files; `never` leaves them as one proposal, which grows until all of
    it is judged, and later calls see the files as it would leave them.
    """

    def __init__(
        self,
        hub: Hub,
        attachment: Attachment,
        *,
        mode: Mode = "agent",
        names: Iterable[str] | None = None,
        own: Iterable[Tool] = (),
        apply: ApplyEdits = "auto",
    ) -> None:
        wanted = frozenset(TOOLS if names is None else names)
        indexed = hub.indexes.indexed(attachment.roots)
        fetches = bool(attachment.settings.fetch.hosts)
        possible = offered(mode, indexed=indexed, fetches=fetches)
        ours = [tool for tool in possible if tool.name in wanted]
        self.tools: tuple[Tool, ...] = (*ours, *own)
        self._hub = hub
        self._attachment = attachment
        self._mode = mode
        self._apply = apply
        self._session: Session | None = None
        self._proposing: _Work | None = None
        self._turn = asyncio.Lock()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Execute a call and return what came of it; never raises for what the tool does."""
        async with self._turn:
            session = await self._open_session()
            call = ToolCall(new_id("call"), name, dict(arguments))
            with self._hub.shadows.kept(session.session_id):
                return await self._until_stopped(self._called(session, call))

    async def close(self) -> None:
        """Remove the shadow in which its commands ran."""
        if self._session is not None:
            await self._hub.shadows.close(self._session.session_id)

    async def _until_stopped(self, work: Coroutine[Any, Any, ToolOutcome]) -> ToolOutcome:
        """Do the work of a call, which `arriero stop` ends as it ends runs."""
        stops = self._hub.stops
        task, before = asyncio.ensure_future(work), stops.count
        with stops.ending(task.cancel):
            try:
                return await task
            except asyncio.CancelledError:
                if stops.count == before:
                    raise
        return ToolOutcome(_STOPPED, "error")

    async def _called(self, session: Session, call: ToolCall) -> ToolOutcome:
        work = await self._work()
        events: list[EventBody] = []
        caller = Caller(
            self.tools,
            await self._context(session, work.view, call.name),
            self._hub.permissions(session, self._attachment.settings.permissions),
            self._attachment.editor,
            _collect(events),
            Advisor(EditStrategy("replace", can_read_text=False)),
            session_id=session.session_id,
            run_id=work.run_id,
            result_chars=self._attachment.settings.agent.result_chars,
            limits=RunLimits(self._attachment.settings.limits),
            mask_secrets=self._attachment.settings.privacy.mask_secrets,
        )
        await caller.call(call, 1)
        ended = next(body for body in events if isinstance(body, ToolEnded))
        if not ended.diffs:
            return ToolOutcome(ended.result, ended.status, ended.locations)
        return await self._edited(session, work, events, ended)

    async def _edited(
        self,
        session: Session,
        work: _Work,
        events: list[EventBody],
        ended: ToolEnded,
    ) -> ToolOutcome:
        """Keep what a call edited, so that it can be taken back, and apply it."""
        hub, run_id, first = self._hub, work.run_id, not work.label
        bodies = list(events)
        if first:
            work.label = ended.name
            await hub.store.start_run(session.session_id, run_id, work.label)
            bodies.insert(0, RunStarted(work.label, "", self._mode, "", ""))
        proposal = await hub.proposals.propose(run_id, session.session_id, work.label, work.view)
        if proposal is not None:
            bodies.append(ProposalChanged(tuple(proposal.paths), len(proposal.open_hunks)))
        if first:
            bodies.append(RunEnded("end_turn", ""))
        for body in bodies:
            await self._record(session, run_id, body)
        if proposal is None or not proposal.open_hunks:
            return ToolOutcome(ended.result, ended.status, ended.locations)
        if self._apply == "never":
            return ToolOutcome(ended.result, ended.status, ended.locations, run_id)
        outcome = await hub.proposals.accept(run_id, self._attachment.editor)
        if outcome.hunks:
            applied = Applied(tuple(outcome.paths), tuple(outcome.hunks))
            await self._record(session, run_id, applied)
        if not outcome.applied:
            text = f"Error: {outcome.reason} Look at the file again."
            return ToolOutcome(text, "error", ended.locations, run_id)
        return ToolOutcome(ended.result, ended.status, ended.locations, run_id, applied=True)

    async def _record(self, session: Session, run_id: str, body: EventBody) -> None:
        attachment = self._attachment
        await self._hub.record(attachment.roots, session.session_id, run_id, body, asker=attachment)

    async def _open_session(self) -> Session:
        if self._session is None:
            self._session = await self._attachment.new_session(self._mode)
        return self._session

    async def _work(self) -> _Work:
        """Return a view of its own for a call, or that of the proposal that still waits."""
        kept = self._proposing
        if kept is not None and kept.label:
            waits = await self._hub.proposals.waiting(kept.run_id)
            kept = kept if waits is not None else None
        if kept is None:
            kept = _Work(new_id("run"), self._view())
        if self._apply == "never":
            self._proposing = kept
        return kept

    def _view(self) -> WorkspaceView:
        settings = self._attachment.settings
        return WorkspaceView(
            self._attachment.roots,
            self._attachment.editor.buffers,
            allowed_dirs=settings.allowed_dirs,
            exclude=settings.left_out,
            unseen=settings.permissions.hidden,
            unchanged=settings.permissions.unchanged,
        )

    async def _context(self, session: Session, view: WorkspaceView, name: str) -> ToolContext:
        attachment = self._attachment
        tool = find(name, self.tools)
        runs = tool is not None and tool.kind == "execute"
        return ToolContext(
            view,
            await self._shadow(session) if runs else NoShadow("Commands do not run here."),
            attachment.roots[0],
            attachment.editor.environment,
            limits(attachment.settings.shadow),
            self._hub.indexes.searcher(attachment.roots, attachment.editor.buffers),
            fetch_hosts=attachment.settings.fetch.hosts,
        )

    async def _shadow(self, session: Session) -> Shadow:
        try:
            return await self._hub.shadows.get(
                session.session_id, self._attachment.roots, self._attachment.settings.shadow
            )
        except ShadowError as error:
            return NoShadow(str(error))


def _collect(events: list[EventBody]) -> Emit:
    async def emit(body: EventBody) -> None:
        events.append(body)

    return emit
