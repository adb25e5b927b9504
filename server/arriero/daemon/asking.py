"""Who gives the answers of a run: the model that was found, or the next of the chain after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from arriero.agent.answer import AnswerReader
from arriero.agent.context import Context, last_compaction
from arriero.agent.falling_back import FallingBack, Stand
from arriero.agent.ladder import Ladder
from arriero.agent.prompt_budget import PromptBudget
from arriero.agent.step import Steps
from arriero.agent.summary import summarise, worth_a_summary
from arriero.agent.window import Window
from arriero.daemon.found_model import FoundModel, following_model
from arriero.daemon.surroundings import Surroundings
from arriero.models.types import ChatRequest, Message, Think
from arriero.sessions.events import Notice

Edits = Callable[[], AnswerReader]


async def asking(
    around: Surroundings,
    model: FoundModel,
    offered: Mapping[str, Sequence[str]],
    edits: Edits | None,
) -> FallingBack:
    """Return what gets the answers of a run. `offered` and `edits` are as in `Steps`."""
    found = model

    async def following() -> Stand | None:
        nonlocal found
        another = await following_model(around, found)
        if another is None:
            return None
        found = another
        for sentence in another.notices:
            await around.emit(Notice("warning", sentence))
        return await _stand(around, another, offered, edits)

    return FallingBack(await _stand(around, model, offered, edits), following, around.emit)


async def _stand(
    around: Surroundings,
    model: FoundModel,
    offered: Mapping[str, Sequence[str]],
    edits: Edits | None,
) -> Stand:
    settings, name = around.settings, model.details.name
    ladder = Ladder(
        settings.providers[model.provider.name].tools,
        model.profile,
        can_use_tools="tools" in model.details.capabilities,
    )
    think, sees = await _think(around, model), may_see(around, model)

    def adapted(request: ChatRequest) -> ChatRequest:
        messages = request.messages
        if not sees and any(message.images for message in messages):
            messages = tuple(replace(message, images=()) for message in messages)
        return replace(
            request,
            model=name,
            messages=messages,
            runner=model.plan.runner,
            think=False if request.think is False else think,
        )

    budget = await _budget(around, model)
    steps = Steps(model.provider, Context(budget, around.emit), ladder, offered, around.emit, edits)
    return Stand(name, model.provider.name, steps, adapted, model.profile)


async def _budget(around: Surroundings, model: FoundModel) -> PromptBudget:
    events = await around.parts.store.events(around.session.session_id)

    async def summed_up(dropped: Sequence[Message], previous: str, window: Window) -> str:
        if not worth_a_summary(sum(map(model.estimate.weigh, dropped)), window.size):
            return ""
        return await summarise(
            model.provider,
            model.details.name,
            model.plan.runner,
            dropped,
            previous,
            window=window.size,
            estimate=model.estimate,
            seed=around.settings.agent.seed,
            affinity=around.session.session_id,
        )

    return PromptBudget(
        model.provider,
        model.window,
        model.estimate,
        around.parts.token_profiles,
        lambda sentence: around.emit(Notice("warning", sentence)),
        await asyncio.to_thread(last_compaction, events),
        around.parts.told,
        summed_up,
        model.learn,
    )


def may_see(around: Surroundings, model: FoundModel) -> bool:
    """Tell whether a model sees pictures, or nobody tells that it is blind."""
    kind = around.settings.providers[model.provider.name].kind
    # Of OpenAI's servers only one tells, beside the template: the others are just tried.
    told = kind == "ollama" or bool(model.details.template)
    return not told or "vision" in model.details.capabilities


async def _think(around: Surroundings, model: FoundModel) -> Think:
    """Return the setting, unless Ollama would refuse it for this model."""
    think = around.settings.agent.think
    kind = around.settings.providers[model.provider.name].kind
    if not think or kind != "ollama" or "thinking" in model.details.capabilities:
        return think
    told = f"{model.details.name} cannot think: agent.think is left out for it."
    await around.emit(Notice("info", told))
    return None
