"""The loop of a run: ask the model, show its answer, execute its calls, ask again.

The loop knows nothing of doors, disks or processes: it is given somebody who gets answers, a caller
for tools and a place to put events. Every event is stored before the next thing happens, because
`emit` returns only then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from arriero.agent.answer import Answer, Call
from arriero.agent.calls import Caller
from arriero.agent.guard import ends_in_repetition
from arriero.agent.history import tool_result
from arriero.agent.step import Asking
from arriero.agent.toolcalls import BrokenCall
from arriero.agent.unfinished import what_to_say
from arriero.models.types import ChatRequest, Message, ToolCall
from arriero.sessions.events import EventBody, Notice, Nudged, StopReason

Emit = Callable[[EventBody], Awaitable[None]]

_NUDGES = 2  # in a row, in one form of giving tools


@dataclass(frozen=True)
class Ending:
    """How the loop ended, with the model's last words; see `RunEnded` for `withdrawn`."""

    stop_reason: StopReason
    message: str
    withdrawn: bool = False


async def run_loop(
    steps: Asking, request: ChatRequest, caller: Caller, emit: Emit, *, max_steps: int
) -> Ending:
    """Run until the model stops or `max_steps` answers were given.

    `request` holds the messages so far; each step adds to what was said before and never changes
    it. What is sent of that, and in which form, is for `steps` to decide. No step begins once
    `caller` says why the run must end. Raises ModelError;
    cancelling closes the model's stream.
    """
    messages = list(request.messages)
    used_ids = await asyncio.to_thread(_ids, request.messages)  # of a session without limit
    nudges = 0
    for step in range(1, max_steps + 1):
        if caller.stop:
            return Ending("max_turn_requests", caller.stop)
        answer = await steps.ask(replace(request, messages=tuple(messages)), step)
        calls = _unique(answer.calls, used_ids)
        messages.append(
            Message("assistant", answer.text, answer.thinking, tuple(call for call, _ in calls))
        )
        if not calls:
            words = what_to_say(answer.text, [tool.name for tool in request.tools])
            if not words or nudges == _NUDGES:
                return _ending(answer, request, messages)
            await emit(Nudged(step, words))
            messages.append(Message("user", words))
            moved = steps.ladder.answered("empty")  # words, but of no use
            nudges = 0 if moved is not None else nudges + 1
            if moved is not None:
                await emit(Notice("info", moved))
            continue
        understood = ends = False
        for call, unreadable in calls:
            result = await caller.call(call, step, unreadable)
            messages.append(tool_result(call.id, call.name, result.text))
            understood |= result.understood
            ends |= result.ends
        moved = steps.ladder.answered("call" if understood else "bad_call")
        nudges = 0 if understood else nudges
        if moved is not None:
            await emit(Notice("info", moved))
            caller.begin_anew()
        elif ends:
            return Ending("end_turn", answer.text)
    if caller.stop:
        return Ending("max_turn_requests", caller.stop)
    return Ending(
        "max_turn_requests",
        f"Stopped after {max_steps} steps (agent.max_steps). Ask to go on, or raise the limit.",
    )


def _ending(answer: Answer, request: ChatRequest, messages: Sequence[Message]) -> Ending:
    if not answer.empty and answer.reason == "length":
        if not ends_in_repetition(answer.text):
            return Ending("max_tokens", answer.text)
        return Ending(
            "max_tokens",
            f"{answer.text.rstrip()}\n\nThe model repeated itself until its answer reached its "
            "limit (agent.max_answer_tokens): ask again, or choose another model.",
        )
    if not answer.empty:
        return Ending("end_turn", answer.text)
    if answer.reason == "length":
        return Ending(
            "max_tokens",
            f"The model spent all {request.max_tokens:,} tokens of its answer on thinking: raise "
            "agent.max_answer_tokens, set agent.think to false, or choose another model.",
        )
    if messages[-2].role == "tool":
        return Ending("end_turn", "The model ended without a word: look at what it did.")
    return Ending("error", "The model gave an empty answer. Ask again, or choose another model.")


def _ids(messages: Sequence[Message]) -> set[str]:
    return {call.id for message in messages for call in message.tool_calls}


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
