"""Requests that are no conversation: a prompt that stands alone, a gap, or a model to load.

Completion plugins write the model's own marks into a prompt and want it sent as it is (`raw` of
Ollama's `/api/generate`). Ollama takes it there, with a template or the tokens of an answer of
before as well; other servers take a raw one at `/v1/completions`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.gateway.keeping import seconds
from arriero.gateway.relay import check_pictures, think_of
from arriero.gateway.served import Served
from arriero.models import residency
from arriero.models.batching import Batch
from arriero.models.filling import FillRequest, Prompted
from arriero.models.types import Finished, Usage
from arriero.settings.model import AgentSettings


def stands_alone(asked: Asked, served: Served, session: str) -> bool:
    """Tell whether a prompt is sent as such, and not as a conversation.

    Raises `Refused` for what can be sent in no other way, where the server or the session forbids.
    """
    form = asked.prompted
    if form is None or not asked.messages:
        return False
    special = form.raw or form.template or form.context
    if session:
        if special:
            told = "raw, template and context have no session: leave X-Arriero-Session out."
            raise Refused("invalid", told, parameter="X-Arriero-Session")
        return False
    if served.entry.kind == "ollama":
        return True
    for name, given in (("template", form.template), ("context", form.context)):
        if given:
            raise Refused(
                "invalid",
                f"{name} is not possible with the provider {served.provider.name}: only Ollama "
                "takes it; send raw and the whole prompt, or use /api/chat.",
                parameter=name,
            )
    if form.raw and form.images:
        raise Refused(
            "invalid",
            f"The provider {served.provider.name} takes no pictures in a raw prompt: use "
            "/api/chat for them.",
            parameter="images",
        )
    return form.raw


async def go_on(
    asked: Asked, served: Served, settings: AgentSettings
) -> AsyncGenerator[Batch, None]:
    """Stream what follows a prompt that stands alone, or belongs before a suffix."""
    check_pictures(asked, served)
    prompted = _form(asked, served, settings)
    # A prompt that the server makes a conversation of is asked as conversations are.
    is_talk = prompted is not None and not prompted.raw
    request = FillRequest(
        served.model,
        asked.messages[-1].content,
        asked.suffix or "",
        runner=served.runner_for(asked.keep_alive),
        max_tokens=asked.max_tokens or settings.max_answer_tokens,
        temperature=settings.temperature
        if is_talk and asked.temperature is None
        else asked.temperature,
        seed=settings.seed if is_talk and asked.seed is None else asked.seed,
        stop=asked.stop,
        sampling=asked.sampling,
        prompted=prompted,
    )
    async with aclosing(served.provider.fill(request)) as chunks:
        async for chunk in chunks:
            yield (chunk,)


async def keep(asked: Asked, served: Served) -> AsyncGenerator[Batch, None]:
    """Load a model, or let go of it, as a request without words wants it of Ollama."""
    unloads = asked.keep_alive is not None and seconds(asked.keep_alive) == 0
    plan = served.plan
    if asked.keep_alive is not None:
        plan = replace(plan, runner=replace(plan.runner, keep_alive=asked.keep_alive))
    if served.entry.kind == "ollama":
        await residency.load(served.provider, plan)
    elif unloads:
        raise Refused(
            "invalid",
            f"The provider {served.provider.name} cannot be told to unload a model: use its own "
            "program for that.",
            parameter="keep_alive",
        )
    yield (Finished("unload" if unloads else "load", Usage()),)


def _form(asked: Asked, served: Served, settings: AgentSettings) -> Prompted | None:
    """Return how the prompt is sent, None for a gap; nothing is read as thinking unless asked."""
    form = asked.prompted
    if form is None:
        return None
    think = (asked.think or False) if form.raw else think_of(asked, served, settings)
    return replace(form, think=think, format=asked.format, top_logprobs=asked.top_logprobs)
