"""What a client sends for a session that is kept here, and what was kept, as one conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.models.types import Chunk, Message, TextChunk, ThinkingChunk, ToolCallChunk

_NO_RESULT = "This call was not executed."


def joined(kept: Sequence[Message], sent: Sequence[Message]) -> tuple[Message, ...]:
    """Return the conversation that a model is to go on with.

    A client may send only what is new, or all that it knows: what begins as the conversation began
    and has an answer in it is all, and taken as it is. System messages of the client replace those
    that were kept. Each call has a result: one that the client left out gets a sentence. A result
    has the name of its tool where its call is known.
    """
    old_system, old = _parted(kept)
    new_system, new = _parted(_named(kept, sent))
    whole = _is_whole(old, new)
    told = new_system or old_system
    return (*told, *_with_results(new if whole else (*old, *new)))


def going_on(kept: Sequence[Message], sent: Sequence[Message]) -> tuple[Message, ...]:
    """Return the conversation that goes on from an answer of before; only what is new is sent.

    System messages are the request's own. Raises `Refused` for the result of a call that was not
    made.
    """
    system, said = _parted(_named(kept, sent))
    for message in said:
        if message.role == "tool" and message.tool_name is None:
            told = f"There is no call {message.tool_call_id} in the response before this one."
            raise Refused("invalid", told, parameter="input")
    return (*system, *_with_results([*_parted(kept)[1], *said]))


def refuse_unknown_call(asked: Asked) -> None:
    """Raise `Refused` for a result whose call is neither in the request nor in what was kept."""
    if asked.unknown_call and any(
        message.role == "tool" and message.tool_name is None for message in asked.messages
    ):
        where = asked.unknown_call
        raise Refused("invalid", f"{where} must be the id of a call before it.", parameter=where)


def answer_of(chunks: Iterable[Chunk]) -> Message:
    """Return an answer's pieces as the message to keep of it."""
    text: list[str] = []
    thinking: list[str] = []
    calls = []
    for chunk in chunks:
        if isinstance(chunk, TextChunk):
            text.append(chunk.text)
        elif isinstance(chunk, ThinkingChunk):
            thinking.append(chunk.text)
        elif isinstance(chunk, ToolCallChunk):
            calls.append(chunk.call)
    return Message("assistant", "".join(text), "".join(thinking), tuple(calls))


def _named(kept: Sequence[Message], sent: Sequence[Message]) -> list[Message]:
    """Return what is sent, results with the names of their calls' tools."""
    names = {call.id: call.name for message in kept for call in message.tool_calls}
    found = []
    for message in sent:
        names |= {call.id: call.name for call in message.tool_calls}
        name = names.get(message.tool_call_id or "") if message.role == "tool" else None
        found.append(replace(message, tool_name=message.tool_name or name) if name else message)
    return found


def _parted(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    first = next((at for at, m in enumerate(messages) if m.role != "system"), len(messages))
    return messages[:first], messages[first:]


def _is_whole(old: Sequence[Message], new: Sequence[Message]) -> bool:
    if not old or not new or _same(old[0]) != _same(new[0]):
        return False
    return any(message.role == "assistant" for message in new)


def _same(message: Message) -> tuple[Any, ...]:
    """What must not differ. Clients trim texts, drop thinking, and give calls other ids."""
    calls = [(call.name, dict(call.arguments)) for call in message.tool_calls]
    return message.role, message.content.strip(), calls


def _with_results(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield the messages, and after each answer a result for calls that nobody answers."""
    for at, message in enumerate(messages):
        yield message
        following = messages[at + 1 :]
        answered = next(
            (n for n, later in enumerate(following) if later.role != "tool"), len(following)
        )
        given = {later.tool_call_id for later in following[:answered]}
        # Results without ids belong to calls in their order.
        nameless = sum(later.tool_call_id is None for later in following[:answered])
        missing = [call for call in message.tool_calls if call.id not in given][nameless:]
        for call in missing:
            yield Message("tool", _NO_RESULT, tool_name=call.name, tool_call_id=call.id)
