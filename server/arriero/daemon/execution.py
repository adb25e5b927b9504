"""One run from request to result: the parts are put together here, and its end is made certain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from arriero.agent.budget import CannotFit
from arriero.agent.editing import EditFormat
from arriero.agent.editor import Editor
from arriero.agent.history import rebuild
from arriero.agent.loop import Ending, run_loop
from arriero.agent.request import RunRequest, RunResult
from arriero.agent.run_limits import RunLimits
from arriero.agent.shaping import shape
from arriero.daemon.preparation import Prepared, prepare
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.daemon.surroundings import Emit, Parts, Surroundings
from arriero.models.errors import ModelError
from arriero.sessions.events import (
    Applied,
    EventBody,
    Notice,
    ProposalChanged,
    Rejected,
    RunEnded,
    ToolEnded,
)
from arriero.sessions.failure import StoreFailed
from arriero.sessions.session import Session
from arriero.settings.model import Settings
from arriero.shadow.types import ShadowError
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import Proposal
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

_FAILED = "The run failed inside Arriero; `arriero daemon logs` has more."
# What a model is asked for in its next session when its edits of one form do not land.
_OTHER_FORMAT: Mapping[EditFormat, EditFormat] = {
    "replace": "blocks",
    "blocks": "whole",
    "whole": "udiff",
    "udiff": "replace",
}


async def execute(
    run: RunHandle,
    request: RunRequest,
    session: Session,
    settings: Settings,
    editor: Editor,
    emit: Emit,
    parts: Parts,
) -> RunResult:
    """Do a run; every way out stores exactly one RunEnded, then the proposal is settled.

    Raises RunRefused if not even its beginning can be stored.
    """
    try:
        await parts.store.start_run(session.session_id, run.run_id, request.label)
    except StoreFailed as error:
        raise RunRefused(str(error)) from error
    view = WorkspaceView(
        run.roots,
        editor.buffers,
        allowed_dirs=settings.allowed_dirs,
        exclude=settings.left_out,
        unseen=settings.permissions.hidden,
        unchanged=settings.permissions.unchanged,
    )
    limits = RunLimits(settings.limits)

    async def counted(body: EventBody) -> None:
        limits.saw(body)
        await emit(body)

    around = Surroundings(run, request, session, settings, editor, counted, parts, view, limits)
    try:
        ended: Ending | str = await run.cancellable(limits.within(lambda: _work(around)))
        ending = Ending("max_turn_requests", ended) if isinstance(ended, str) else ended
    except asyncio.CancelledError:
        ending = Ending("cancelled", "Cancelled.")
    except (ModelError, WorkspaceError, ShadowError, StoreFailed) as error:
        log.warning("run %s: %s (%s)", run.run_id, error, getattr(error, "cause", ""))
        ending = Ending("error", str(error), withdrawn=isinstance(error, CannotFit))
    except Exception:
        log.exception("run %s failed", run.run_id)
        ending = Ending("error", _FAILED)
    try:
        proposal = await _proposed(around)
    except StoreFailed as error:
        log.warning("run %s: that it proposes something is not stored: %s", run.run_id, error)
        proposal, ending = None, Ending("error", str(error))
    except Exception:
        log.exception("run %s: what it proposes is not known", run.run_id)
        proposal, ending = None, Ending("error", _FAILED)
    try:
        await emit(RunEnded(ending.stop_reason, ending.message, ending.withdrawn))
    except StoreFailed as error:  # the store keeps it until it can
        log.warning("run %s: its end is not stored yet: %s", run.run_id, error)
        ending = Ending("error", str(error))
    return await _settle(around, ending, proposal)


async def _work(around: Surroundings) -> Ending:
    prepared = await prepare(around, _also_proposing(around))
    around.parts.indexes.processor.prompted(around.run.run_id)
    try:
        ending = await run_loop(
            prepared.steps,
            prepared.request,
            prepared.caller,
            around.emit,
            max_steps=around.settings.agent.max_steps,
        )
        return await _shaped(around, prepared, ending)
    finally:
        await asyncio.shield(_learn(around, prepared))


async def _shaped(around: Surroundings, prepared: Prepared, ending: Ending) -> Ending:
    """Return the ending in the shape that was asked for, if any was."""
    schema = around.request.output_schema
    if schema is None or ending.stop_reason != "end_turn":
        return ending
    events = await around.parts.store.events(around.session.session_id)
    steps = (
        getattr(event.body, "step", 0) for event in events if event.run_id == around.run.run_id
    )
    history = await asyncio.to_thread(rebuild, events)
    request = replace(prepared.request, messages=tuple(history.messages))
    return await shape(
        prepared.steps, request, ending, schema, around.emit, first_step=max(steps, default=0) + 1
    )


async def _learn(around: Surroundings, prepared: Prepared) -> None:
    """Keep what the run has shown of its model for the next session."""
    for stand in prepared.steps.stands:
        profile = stand.steps.ladder.profile
        if prepared.advisor.strategy.format_failed and stand is prepared.steps.stands[-1]:
            profile = replace(profile, edit_format=_OTHER_FORMAT[prepared.edit_format])
        if profile != stand.profile:
            await around.parts.model_profiles.save(profile)


def _also_proposing(around: Surroundings) -> Emit:
    """Keep the proposal on disk up to date with every edit, so that a crash loses none."""

    async def emit(body: EventBody) -> None:
        await around.emit(body)
        if isinstance(body, ToolEnded) and body.diffs:
            await _proposed(around)

    return emit


_UNSTORED = (
    "The proposal could not be stored, so that it cannot be applied; "
    "see `arriero doctor` and the log, then ask again."
)


async def _proposed(around: Surroundings) -> Proposal | None:
    run, request = around.run, around.request
    try:
        proposal = await around.parts.proposals.propose(
            run.run_id, run.session_id, request.label, around.view
        )
    except (OSError, WorkspaceError) as error:
        if not await _proposes(around):
            # Nobody is told of the place where nothing is to be kept.
            log.info("run %s proposes nothing, and could not store it: %r", run.run_id, error)
            return None
        log.exception("run %s: the proposal could not be stored", run.run_id)
        if not around.unstored:  # each edit tries it anew, and is not told again
            around.unstored = True
            await around.emit(Notice("error", _UNSTORED))
        return None
    around.unstored = False
    if proposal is not None and proposal != around.proposed:
        around.proposed = proposal
        around.limits.proposes(proposal)
        await around.emit(ProposalChanged(tuple(proposal.paths), len(proposal.open_hunks)))
    return proposal


async def _proposes(around: Surroundings) -> bool:
    """Tell whether there is a proposal, or was one, as far as that can be known without a disk."""
    if around.proposed is not None or around.unstored:
        return True
    run, label = around.run, around.request.label
    try:
        proposal = await asyncio.to_thread(around.view.proposal, run.run_id, run.session_id, label)
    except WorkspaceError:
        return True
    return bool(proposal.hunks)


async def _settle(around: Surroundings, ending: Ending, proposal: Proposal | None) -> RunResult:
    """Let the user judge the proposal, or apply it, as the request or the settings say."""
    run = around.run
    if proposal is None or not proposal.open_hunks:
        return RunResult(run.session_id, run.run_id, ending.stop_reason, ending.message)
    change = await around.parts.proposals.change(run.run_id, around.editor)
    applied = False
    try:
        if ending.stop_reason in ("end_turn", "max_tokens", "max_turn_requests"):
            around.parts.runs.set_state(run, "review")
            applied = await run.cancellable(_judged(around))
    except asyncio.CancelledError:
        log.info("run %s: cancelled in review; the proposal stays open", run.run_id)
    except Exception:
        log.exception("run %s: the review failed; the proposal stays open", run.run_id)
    now = await around.parts.proposals.get(run.run_id)
    if not applied and now.open_hunks and len(now.open_hunks) < len(proposal.open_hunks):
        # The user has judged some of it.
        change = await around.parts.proposals.change(run.run_id, around.editor)
    if not now.open_hunks:
        applied = any(hunk.state == "accepted" for hunk in now.hunks)
    return RunResult(
        run.session_id, run.run_id, ending.stop_reason, ending.message, applied, change
    )


async def _judged(around: Surroundings) -> bool:
    run, proposals, editor = around.run, around.parts.proposals, around.editor
    policy = around.request.apply or around.settings.apply
    if policy == "never":
        return False
    if policy == "review":
        verdict = await editor.review(await proposals.change(run.run_id, editor), run.run_id)
        if verdict is None:
            return False
        if verdict is False:
            rejected = await proposals.reject(run.run_id)
            await around.emit(Rejected(tuple(rejected)))
            return False
    outcome = await proposals.accept(run.run_id, editor, confirm=policy == "review")
    if outcome.hunks:
        await around.emit(Applied(tuple(outcome.paths), tuple(outcome.hunks)))
    if not outcome.applied:
        await editor.message("warning", outcome.reason)
    return outcome.applied
