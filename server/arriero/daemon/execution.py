"""One run from request to result: the parts are put together here, and its end is made certain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from arriero.agent.calls import Caller
from arriero.agent.context import Context, last_compaction
from arriero.agent.editor import Editor
from arriero.agent.history import Conversation, rebuild
from arriero.agent.loop import Ending, run_loop
from arriero.agent.permissions import Permissions
from arriero.agent.prompt import system_message, user_message
from arriero.agent.prompt_budget import PromptBudget
from arriero.agent.proposals import Proposals
from arriero.agent.request import ContextItem, RunRequest, RunResult
from arriero.agent.token_profile import TokenProfiles, model_key
from arriero.agent.window import Window, choose_window, planned_window
from arriero.daemon.runs import RunHandle, Runs
from arriero.daemon.shadows import NoShadow, Shadows, limits
from arriero.models.choice import choose_model
from arriero.models.errors import ModelError
from arriero.models.types import ChatRequest, ModelDetails, Provider, RunnerOptions, ToolSpec
from arriero.sessions.events import (
    Applied,
    EventBody,
    Notice,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    ToolEnded,
)
from arriero.sessions.session import Session
from arriero.sessions.store import SessionStore
from arriero.settings.model import Settings
from arriero.shadow.types import Shadow, ShadowError
from arriero.tools.base import Tool, ToolContext
from arriero.tools.registry import offered
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import Proposal
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

Emit = Callable[[EventBody], Awaitable[None]]

_LEAST_RESULT_CHARS = 2000


@dataclass(frozen=True)
class Parts:
    """What a run is put together from; `told` is what the user was told of the models already."""

    store: SessionStore
    proposals: Proposals
    shadows: Shadows
    runs: Runs
    permissions: Permissions
    profiles: TokenProfiles
    told: set[str]
    provider: Callable[[], Provider]


@dataclass
class _Setting:
    """One run's surroundings, the same from its start to its end; `proposed` was shown last."""

    run: RunHandle
    request: RunRequest
    session: Session
    settings: Settings
    editor: Editor
    emit: Emit
    parts: Parts
    view: WorkspaceView
    proposed: Proposal | None = None


async def execute(
    run: RunHandle,
    request: RunRequest,
    session: Session,
    settings: Settings,
    editor: Editor,
    emit: Emit,
    parts: Parts,
) -> RunResult:
    """Do a run; every way out stores exactly one RunEnded, then the proposal is settled."""
    await parts.store.start_run(session.session_id, run.run_id, request.label)
    view = WorkspaceView(run.roots, editor.buffers, allowed_dirs=settings.allowed_dirs)
    setting = _Setting(run, request, session, settings, editor, emit, parts, view)
    try:
        ending: Ending = await run.cancellable(_work(setting))
    except asyncio.CancelledError:
        ending = Ending("cancelled", "Cancelled.")
    except (ModelError, WorkspaceError, ShadowError) as error:
        log.warning("run %s: %s (%s)", run.run_id, error, getattr(error, "cause", ""))
        ending = Ending("error", str(error))
    except Exception:
        log.exception("run %s failed", run.run_id)
        ending = Ending("error", "The run failed inside Arriero; `arriero daemon logs` has more.")
    proposal = await _proposed(setting)
    await emit(RunEnded(ending.stop_reason, ending.message))
    return await _settle(setting, ending, proposal)


async def _work(setting: _Setting) -> Ending:
    request, settings, parts = setting.request, setting.settings, setting.parts
    history = rebuild(await parts.store.events(setting.session.session_id))
    earlier = await _earlier(setting, history)
    started = RunStarted(
        prompt=request.prompt,
        message=user_message(request.prompt, request.mode, [*earlier, *request.attachments]),
        mode=request.mode,
        model=request.model or "",
        provider=request.provider or "",
        system="" if history.system else system_message(setting.run.roots),
    )
    tools = offered(request.mode) if setting.run.roots else ()
    try:
        provider = parts.provider()
        details, tools = await _model(setting, provider, tools)
    except ModelError:
        await setting.emit(started)  # what the user asked is kept, also when nobody could answer
        raise
    await setting.emit(replace(started, model=details.name, provider=provider.name))
    # What is sent is what is stored: a later run rebuilds the same bytes.
    events = await parts.store.events(setting.session.session_id)
    conversation = rebuild(events)
    chat = ChatRequest(
        details.name,
        tuple(conversation.messages),
        tuple(ToolSpec(tool.name, tool.description, tool.schema) for tool in tools),
        RunnerOptions(choose_window(settings.window.num_ctx, details), settings.window.keep_alive),
        max_tokens=settings.agent.max_answer_tokens,
        temperature=settings.agent.temperature,
        seed=settings.agent.seed,
        think=settings.agent.think,
    )
    budget = PromptBudget(
        provider,
        planned_window(settings.window.num_ctx, details),
        await parts.profiles.estimate(model_key(provider.name, details.name)),
        parts.profiles,
        lambda sentence: setting.emit(Notice("warning", sentence)),
        last_compaction(events),
        parts.told,
    )
    context = Context(budget, setting.emit)
    caller = await _caller(setting, tools, budget.window)
    return await run_loop(
        provider, chat, caller, context, setting.emit, max_steps=settings.agent.max_steps
    )


async def _model(
    setting: _Setting, provider: Provider, tools: tuple[Tool, ...]
) -> tuple[ModelDetails, tuple[Tool, ...]]:
    """Choose the model, and drop the tools of a question when the model cannot use any."""
    entry = setting.settings.providers[provider.name]
    wanted = setting.request.model or setting.session.model or setting.settings.model
    model = await choose_model(provider, wanted or entry.default_model)
    details = await provider.show(model)
    if not tools or "tools" in details.capabilities:
        return details, tools
    if setting.request.mode in ("ask", "plan"):
        await setting.emit(
            Notice("warning", f"{model} cannot use tools: it answers without reading your files.")
        )
        return details, ()
    raise ModelError(
        f"The model {model} cannot use tools, which {setting.request.mode} mode needs; "
        "choose another with `arriero models`, or ask in ask mode."
    )


async def _caller(setting: _Setting, tools: tuple[Tool, ...], window: Window) -> Caller:
    shadow = await _shadow(setting, tools)
    return Caller(
        tools,
        ToolContext(
            setting.view,
            shadow,
            setting.run.roots[0] if setting.run.roots else "/",
            setting.editor.environment,
            limits(setting.settings.shadow),
        ),
        setting.parts.permissions,
        setting.editor,
        _also_proposing(setting),
        session_id=setting.session.session_id,
        run_id=setting.run.run_id,
        # At about four characters a token, one result takes an eighth of the window at most.
        result_chars=min(
            setting.settings.agent.result_chars, max(_LEAST_RESULT_CHARS, window.size // 2)
        ),
    )


async def _shadow(setting: _Setting, tools: tuple[Tool, ...]) -> Shadow:
    if not any(tool.kind == "execute" for tool in tools):
        return NoShadow("Commands do not run in this mode.")
    try:
        return await setting.parts.shadows.get(
            setting.session.session_id, setting.run.roots, setting.settings.shadow
        )
    except ShadowError as error:
        await setting.emit(Notice("warning", str(error)))
        return NoShadow(str(error))


async def _earlier(setting: _Setting, history: Conversation) -> list[ContextItem]:
    """Tell the model what became of the edits that it believes to be in the files.

    What it was told before stands in the history and is not said again.
    """
    said = "\n".join(message.content for message in history.messages if message.role == "user")
    outcomes = [
        await asyncio.to_thread(setting.parts.proposals.outcome, summary.run_id)
        for summary in setting.session.runs
        if summary.stop_reason is not None
    ]
    new = [outcome for outcome in outcomes if outcome and outcome not in said]
    return [ContextItem("What became of your earlier edits:", "\n".join(new))] if new else []


def _also_proposing(setting: _Setting) -> Emit:
    """Keep the proposal on disk up to date with every edit, so that a crash loses none."""

    async def emit(body: EventBody) -> None:
        await setting.emit(body)
        if isinstance(body, ToolEnded) and body.diffs:
            await _proposed(setting)

    return emit


async def _proposed(setting: _Setting) -> Proposal | None:
    run, request = setting.run, setting.request
    try:
        proposal = await setting.parts.proposals.propose(
            run.run_id, run.session_id, request.label, setting.view
        )
    except (OSError, WorkspaceError) as error:
        log.exception("run %s: the proposal could not be stored", run.run_id)
        await setting.emit(Notice("error", f"The proposal could not be stored: {error}."))
        return None
    if proposal is not None and proposal != setting.proposed:
        setting.proposed = proposal
        await setting.emit(ProposalChanged(tuple(proposal.paths), len(proposal.open_hunks)))
    return proposal


async def _settle(setting: _Setting, ending: Ending, proposal: Proposal | None) -> RunResult:
    """Let the user judge the proposal, or apply it, as the request or the settings say."""
    run = setting.run
    if proposal is None or not proposal.open_hunks:
        return RunResult(run.session_id, run.run_id, ending.stop_reason, ending.message)
    change = await setting.parts.proposals.change(run.run_id, setting.editor)
    applied = False
    try:
        if ending.stop_reason in ("end_turn", "max_tokens", "max_turn_requests"):
            setting.parts.runs.set_state(run, "review")
            applied = await run.cancellable(_judged(setting))
    except asyncio.CancelledError:
        log.info("run %s: cancelled in review; the proposal stays open", run.run_id)
    except Exception:
        log.exception("run %s: the review failed; the proposal stays open", run.run_id)
    return RunResult(
        run.session_id, run.run_id, ending.stop_reason, ending.message, applied, change
    )


async def _judged(setting: _Setting) -> bool:
    run, proposals, editor = setting.run, setting.parts.proposals, setting.editor
    policy = setting.request.apply or setting.settings.apply
    if policy == "never":
        return False
    if policy == "review":
        verdict = await editor.review(await proposals.change(run.run_id, editor), run.run_id)
        if verdict is None:
            return False
        if verdict is False:
            rejected = await proposals.reject(run.run_id)
            await setting.emit(Rejected(tuple(rejected)))
            return False
    outcome = await proposals.accept(run.run_id, editor, confirm=policy == "review")
    if outcome.hunks:
        await setting.emit(Applied(tuple(outcome.paths), tuple(outcome.hunks)))
    if not outcome.applied:
        await editor.message("warning", outcome.reason)
    return outcome.applied
