"""From a request to all that the loop needs: the model, its form of tools, the first prompt."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from arriero.agent import editing
from arriero.agent.advice import Advisor
from arriero.agent.answer import AnswerReader
from arriero.agent.calls import Caller
from arriero.agent.editing import EditFormat, EditStrategy
from arriero.agent.falling_back import FallingBack
from arriero.agent.gathering import Budget
from arriero.agent.history import Conversation, rebuild
from arriero.agent.privacy import shown_items
from arriero.agent.prompt import user_message
from arriero.agent.request import ContextItem, RunRequest, Sampling
from arriero.agent.shaping import asked_for
from arriero.daemon.asking import asking, may_see
from arriero.daemon.beside import beside
from arriero.daemon.calling import make_caller
from arriero.daemon.found_model import FoundModel, find_model
from arriero.daemon.opening import Opening, find_opening
from arriero.daemon.room import room_beside
from arriero.daemon.surroundings import Emit, Surroundings
from arriero.models.types import ChatRequest, ToolSpec
from arriero.sessions.events import Notice, RunStarted
from arriero.settings.model import AgentSettings
from arriero.tools.base import Tool
from arriero.tools.registry import offered
from arriero.workspace.errors import WorkspaceError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """What the loop is given."""

    steps: FallingBack
    request: ChatRequest
    caller: Caller
    advisor: Advisor
    edit_format: EditFormat


async def prepare(around: Surroundings, propose: Emit) -> Prepared:
    """Store the beginning of the run, and make ready what it needs.

    `propose` is where the events of tool calls go. Raises ModelError; what the user asked is stored
    also then, and when this is cancelled: to find and load a model takes a while.
    """
    request = around.request
    events = await around.parts.store.events(around.session.session_id)
    history = await asyncio.to_thread(rebuild, events)  # a long session takes a while
    earlier = await _earlier(around, history)
    started = RunStarted(
        prompt=request.prompt,
        message=user_message(
            _words(request), request.mode, await _shown(around, [*earlier, *request.attachments])
        ),
        mode=request.mode,
        model=request.model or "",
        provider=request.provider or "",
    )
    try:
        model = await find_model(around, begins=history.system is None)
        count = model.estimate.snapshot().text
        opening = await find_opening(around, history, model.profile, model.window, count)
        budget = await _budget(around, model, opening, history)
        gathered = await beside(around, events, history, model.estimate, budget)
        given = await _shown(around, [*earlier, *gathered.items])
        images = await _images(around, model)
    except BaseException:
        await around.emit(started)
        raise
    started = replace(
        started,
        message=user_message(_words(request), request.mode, given),
        images=images,
        model=model.details.name,
        provider=model.provider.name,
        given=gathered.given,
        not_given=gathered.left_out,
    )
    if history.system is None:
        started = replace(
            started,
            system=opening.system,
            system_left_out=opening.left_out,
            tier=opening.tier,
            edit_format=opening.edit_format,
        )
    await around.emit(started)
    for sentence in model.notices:
        await around.emit(Notice("warning", sentence))
    for sentence in gathered.notices:
        await around.emit(Notice("info", sentence))
    return await _put_together(around, model, opening, propose)


async def _put_together(
    around: Surroundings, model: FoundModel, opening: Opening, propose: Emit
) -> Prepared:
    settings, session_id = around.settings, around.session.session_id
    tools = _tools(around, opening)
    may_edit = any(tool.kind == "edit" for tool in tools)
    # What is sent is what is stored: a later run rebuilds the same bytes.
    events = await around.parts.store.events(session_id)
    request = ChatRequest(
        model.details.name,
        tuple((await asyncio.to_thread(rebuild, events)).messages),
        _specs(opening, tools),
        model.plan.runner,
        think=settings.agent.think,
        affinity=session_id,
    )
    request = _drawn(request, around.request.sampling, settings.agent)

    advisor = Advisor(EditStrategy(opening.edit_format, can_read_text=True))
    caller = await make_caller(around, tools, model.window, propose, advisor)
    edits = _edits(around, opening.edit_format) if may_edit else None
    steps = await asking(around, model, caller.offered, edits)
    return Prepared(steps, request, caller, advisor, opening.edit_format)


async def _budget(
    around: Surroundings, model: FoundModel, opening: Opening, history: Conversation
) -> Budget:
    """Return what may stand beside the prompt; in a small window the tools leave little room."""
    if not model.window.size:
        return Budget.of(opening.tier)
    room = await asyncio.to_thread(
        room_beside,
        model.window,
        around.settings.agent.max_answer_tokens,
        opening.system,
        _specs(opening, _tools(around, opening)),
        history,
        user_message(_words(around.request), around.request.mode, ()),
        model.estimate.snapshot(),
    )
    return Budget.of(opening.tier, model.window.size, room)


def _specs(opening: Opening, tools: Sequence[Tool]) -> tuple[ToolSpec, ...]:
    """Return the tools as the model is told of them."""
    return tuple(
        ToolSpec(tool.name, *tool.told(brief=opening.tier == "small"))
        for tool in editing.tools_for(opening.edit_format, tools)
    )


def _tools(around: Surroundings, opening: Opening) -> tuple[Tool, ...]:
    """Return what the model is offered, sorted by name: the order is part of the prompt."""
    request, roots = around.request, around.run.roots
    ours: tuple[Tool, ...] = ()
    if roots:
        indexed = around.parts.indexes.indexed(roots)
        ours = offered(
            request.mode,
            opening.tier,
            indexed=indexed,
            problems=around.editor.tells_problems,
            fetches=bool(around.settings.fetch.hosts),
        )
    if request.tools is not None:
        ours = tuple(tool for tool in ours if tool.name in request.tools)
    ours = tuple(tool for tool in ours if around.parts.permissions.offers(tool.name, tool.kind))
    # A tool of the door's own hides one of ours that has its name.
    by_name = {tool.name: tool for tool in (*ours, *request.own_tools)}
    return tuple(by_name[name] for name in sorted(by_name))


def _words(request: RunRequest) -> str:
    """Return the user's words, and in which shape the last answer is to be."""
    schema = request.output_schema
    return request.prompt if schema is None else f"{request.prompt}\n\n{asked_for(schema)}"


async def _shown(around: Surroundings, items: Sequence[ContextItem]) -> Sequence[ContextItem]:
    """Return what stands beside the prompt without secrets; the prompt is the user's own word."""
    return await shown_items(items) if around.settings.privacy.mask_secrets else items


async def _images(around: Surroundings, model: FoundModel) -> tuple[str, ...]:
    """Return the pictures of the request in base64, unless the model is known to be blind."""
    images = around.request.images
    if not images:
        return ()
    if not may_see(around, model):
        pictures = "the picture is" if len(images) == 1 else f"{len(images)} pictures are"
        await around.emit(
            Notice(
                "warning",
                f"{model.details.name} cannot see: {pictures} left out. Choose a model that can.",
            )
        )
        return ()
    return await asyncio.to_thread(
        lambda: tuple(base64.b64encode(image).decode("ascii") for image in images)
    )


def _drawn(request: ChatRequest, asked: Sampling, own: AgentSettings) -> ChatRequest:
    """Have answers drawn as the user's request says, else as the settings do."""
    limit = own.max_answer_tokens
    return replace(
        request,
        max_tokens=min(asked.max_tokens or limit, limit),
        temperature=own.temperature if asked.temperature is None else asked.temperature,
        seed=own.seed if asked.seed is None else asked.seed,
        stop=asked.stop,
        sampling=asked.options,
    )


def _edits(around: Surroundings, form: EditFormat) -> Callable[[], AnswerReader]:
    """Return what makes readers of the edits that a model writes into its text.

    Blocks are always read: after edits that failed the model is asked for them.
    """

    def known(path: str) -> bool:
        try:
            return around.view.exists(path)
        except WorkspaceError:
            return False

    def reader() -> AnswerReader:
        return editing.reader(form, known)

    return reader


async def _earlier(around: Surroundings, history: Conversation) -> list[ContextItem]:
    """Tell the model what became of the edits that it believes to be in the files.

    What it was told before stands in the history and is not said again.
    """
    said = "\n".join(message.content for message in history.messages if message.role == "user")
    outcomes = [
        await asyncio.to_thread(around.parts.proposals.outcome, summary.run_id)
        for summary in around.session.runs
        if summary.stop_reason is not None
    ]
    new = [outcome for outcome in outcomes if outcome and outcome not in said]
    return [ContextItem("What became of your earlier edits:", "\n".join(new))] if new else []
