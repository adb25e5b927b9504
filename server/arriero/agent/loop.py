"""The loop of a run: ask the model, show its answer, execute its calls, ask again.

The loop knows nothing of doors, disks or processes: it is given a provider, a caller for tools, a
hold on the window and a place to put events. Every event is stored before the next thing happens,
because `emit` returns only then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from arriero.agent.answer import Answer, Call, ask
from arriero.agent.calls import Caller
from arriero.agent.context import Context
from arriero.agent.history import tool_result
from arriero.agent.toolcalls import BrokenCall
from arriero.models.types import ChatRequest, Message, Provider, ToolCall
from arriero.sessions.events import EventBody, StopReason

Emit = Callable[[EventBody], Awaitable[None]]


@dataclass(frozen=True)
class Ending:
    """How the loop ended, with the model's last words."""

    stop_reason: StopReason
    message: str


async def run_loop(
    provider: Provider,
    request: ChatRequest,
    caller: Caller,
    context: Context,
    emit: Emit,
    *,
    max_steps: int,
) -> Ending:
    """Run until the model stops or `max_steps` answers were given.

    `request` holds the messages so far; each step adds to what was said before and never changes
    it. What is sent of that is for `context` to decide. Raises ModelError; cancelling closes the
    model's stream.
    """
    messages = list(request.messages)
    used_ids = {call.id for message in messages for call in message.tool_calls}
    for step in range(1, max_steps + 1):
        wanted = replace(request, messages=tuple(messages))

        async def send(fitted: ChatRequest, step: int = step) -> Answer:
            return await ask(provider, fitted, caller.offered, emit, step)

        answer = await context.ask(wanted, step, send)
        calls = _unique(answer.calls, used_ids)
        messages.append(
            Message("assistant", answer.text, answer.thinking, tuple(call for call, _ in calls))
        )
        if not calls:
            return _ending(answer)
        for call, unreadable in calls:
            result = await caller.call(call, step, unreadable)
            messages.append(tool_result(call.id, call.name, result))
    return Ending(
        "max_turn_requests",
        f"Stopped after {max_steps} steps (agent.max_steps). Ask to go on, or raise the limit.",
    )


def _ending(answer: Answer) -> Ending:
    if answer.reason == "length":
        return Ending("max_tokens", answer.text)
    if not answer.text.strip():
        return Ending(
            "end_turn", "The model gave an empty answer. Ask again, or choose another model."
        )
    return Ending("end_turn", answer.text)


def _unique(calls: Sequence[Call], used: set[str]) -> list[tuple[ToolCall, str]]:
    """Return each call with an id that is new in the session, and why it cannot be read, if so."""
    unique = []
    for number, said in enumerate(calls):
        call, unreadable = (
            (ToolCall("", said.name, {}), said.reason)
            if isinstance(said, BrokenCall)
            else (said, "")
        )
        call_id = call.id or "call"
        while call_id in used:
            call_id = f"{call.id or 'call'}.{len(used)}.{number}"
        used.add(call_id)
        unique.append((replace(call, id=call_id), unreadable))
    return unique
