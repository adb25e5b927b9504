"""From a decoded request to a sent answer: what `/api/chat` and `/api/generate` have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arriero.models.rehearsal import decode, gojson
from arriero.models.rehearsal.catalog import Path, SimulatedModel
from arriero.models.rehearsal.decode import Options, Refused
from arriero.models.rehearsal.deliver import Delivery, Shape
from arriero.models.rehearsal.http import Responder
from arriero.models.rehearsal.plan import Limits, plan
from arriero.models.rehearsal.residency import Loaded, RunnerOptions
from arriero.models.rehearsal.script import Asked
from arriero.models.rehearsal.state import State, metrics
from arriero.models.rehearsal.tokens import Prompt, PromptTooLong


@dataclass(frozen=True)
class Question:
    """What an endpoint asks of a model.

    `fit` renders the prompt for a path and a runner's window, and may raise `PromptTooLong`;
    `context` makes the numbers that end an answer of `/api/generate` from prompt and text. Without
    messages the model is only loaded, or unloaded.
    """

    body: Mapping[str, Any]
    shape: Shape
    messages: Sequence[Mapping[str, Any]]
    fit: Callable[[Path, RunnerOptions], Prompt]
    tools: tuple[str, ...] = ()
    insert: bool = False
    context: Callable[[Prompt, Sequence[str]], list[int]] | None = None

    @property
    def stream(self) -> bool:
        """Whether the answer is a stream: it is unless the request says no."""
        return self.body.get("stream") is not False


async def answer(state: State, question: Question, respond: Responder) -> None:
    """Check a request, wait for its model, and send what the script says within the limits."""
    body = question.body
    model = _require(state, body)
    keep_alive = decode.keep_alive(body)
    if not question.messages and keep_alive == 0:
        state.residency.unload(model)
        await respond.json(200, _idle(state, question, "unload"))
        return
    _check_capabilities(model, question)
    options = decode.options(body)
    runner = state.residency.runner_options(model, options, body.get("shift"))
    async with state.residency.use(model, runner, keep_alive) as loaded:
        if question.messages:
            await _say(state, question, loaded, options).send(respond)
        else:
            await respond.json(200, _idle(state, question, "load"))


def _say(state: State, question: Question, loaded: Loaded, options: Options) -> Delivery:
    body, model = question.body, loaded.model
    json_wanted = decode.check_format(body)
    try:
        prompt = question.fit(model.path, loaded.runner)
    except PromptTooLong as error:
        raise Refused(400, str(error), late=question.stream) from error
    turn = state.script.next(Asked(body["model"], question.messages, question.tools, body))
    limits = Limits(
        path=model.path,
        tools=frozenset(question.tools) if question.tools else None,
        thinking=model.can("thinking") and body.get("think") is not False,
        json=json_wanted,
        stop=options.stop,
        length=_answer_length(options, loaded, prompt),
    )
    planned = plan(turn, limits)
    context = question.context(prompt, planned.text) if question.context else None
    return Delivery(
        name=body["model"],
        path=model.path,
        shape=question.shape,
        plan=planned,
        turn=turn,
        metrics={"context": context, **metrics(state, loaded, prompt, planned.count)},
        time_ns=state.time_ns,
        delay=state.pace if turn.delay is None else turn.delay,
        crashed=lambda: state.residency.unload(model),
        stream=question.stream,
    )


def _require(state: State, body: Mapping[str, Any]) -> SimulatedModel:
    name = body.get("model") or ""
    if not name:
        raise Refused(400, "model is required")
    model = state.find(name)
    if model is None:
        raise Refused(404, f"model '{name}' not found")
    return model


def _check_capabilities(model: SimulatedModel, question: Question) -> None:
    name = question.body["model"]
    if not model.can("completion"):
        raise Refused(400, f'"{name}" does not support {question.shape.verb}')
    for wanted, capability in ((question.tools, "tools"), (question.insert, "insert")):
        if wanted and not model.can(capability):
            raise Refused(400, f"{model.registry_name} does not support {capability}")
    if question.body.get("think") and not model.can("thinking"):
        raise Refused(400, f'"{name}" does not support thinking')


def _answer_length(options: Options, loaded: Loaded, prompt: Prompt) -> int:
    """Return the longest answer in tokens, 0 for no limit; without shift the window is one."""
    limits = [options.num_predict] if options.num_predict > 0 else []
    if not loaded.runner.shift:
        limits.append(max(1, loaded.runner.window - prompt.count))
    return min(limits, default=0)


def _idle(state: State, question: Question, reason: str) -> dict[str, Any]:
    """Return the answer to a request that says nothing."""
    return {
        "model": question.body["model"],
        "created_at": gojson.timestamp(state.time_ns()),
        **question.shape.part(),
        "done": True,
        "done_reason": reason,
    }
