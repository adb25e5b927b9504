"""From the events of a run to ACP's session updates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from acp import schema
from pydantic import BaseModel

from arriero.acp.last_words import LastWords
from arriero.sessions.events import (
    Event,
    FileDiff,
    Location,
    Notice,
    RunStarted,
    StepEnded,
    StepRetried,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)

Update = (
    schema.UserMessageChunk
    | schema.AgentMessageChunk
    | schema.AgentThoughtChunk
    | schema.ToolCallStart
    | schema.ToolCallProgress
    | schema.CurrentModeUpdate
    | schema.AvailableCommandsUpdate
    | schema.UsageUpdate
)
Content = (
    schema.ContentToolCallContent | schema.FileEditToolCallContent | schema.TerminalToolCallContent
)


def live(event: Event, *, window: int | None = None) -> Update | None:
    """Return the update for an event as it happens, None for one that ACP has no word for.

    The user's own words are not repeated to the client, and the end of a run is the answer to
    `session/prompt`. `window`: tokens of the model's window where a step does not tell them.
    """
    body = event.body
    if isinstance(body, Text):
        return schema.AgentMessageChunk(
            session_update="agent_message_chunk",
            content=_text(body.text),
            message_id=f"{event.run_id}-{body.step}",
        )
    if isinstance(body, Thought):
        return schema.AgentThoughtChunk(
            session_update="agent_thought_chunk",
            content=_text(body.text),
            message_id=f"{event.run_id}-{body.step}-thought",
        )
    if isinstance(body, ToolStarted):
        return _started(body, event.run_id)
    if isinstance(body, ToolEnded):
        return _ended(body)
    if isinstance(body, Notice):
        return notice(body)
    if isinstance(body, StepRetried):
        return _retried(body)
    if isinstance(body, StepEnded) and (body.window or window):
        return _usage(body, body.window or window or 0)
    return None


def replay(events: Iterable[Event]) -> Iterator[Update]:
    """Return a session's whole history as updates, pieces of one message joined.

    Of what its steps took of the window only the newest is told, at the end.
    """
    usage: Update | None = None
    last_words = LastWords()
    for event in _joined(events):
        body = event.body
        end = last_words.follow(body)
        if isinstance(body, StepEnded):
            usage = live(event) or usage
        elif isinstance(body, RunStarted):
            yield user_message(body.prompt, event.run_id)
        elif end is not None:
            yield notice(end)
        elif (update := live(event)) is not None:
            yield update
    if usage is not None:
        yield usage


def user_message(prompt: str, run_id: str) -> schema.UserMessageChunk:
    """Return the user's words, for a client that did not send them itself."""
    return schema.UserMessageChunk(
        session_update="user_message_chunk", content=_text(prompt), message_id=run_id
    )


def notifications(session_id: str, updates: Iterable[Update]) -> Iterator[dict[str, Any]]:
    """Return the JSON params of `session/update` for each of some updates."""
    return (notification(session_id, update) for update in updates)


def notification(session_id: str, update: Update) -> dict[str, Any]:
    """Return the JSON params of `session/update`."""
    return to_json(schema.SessionNotification(session_id=session_id, update=update))


def to_json(model: BaseModel) -> dict[str, Any]:
    """Return a model under ACP's own names, without what is not set."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def printable(text: str) -> str:
    """Return a text that JSON can carry: a lone surrogate becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # By way of UTF-16, in which two surrogates that belong together become a character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _joined(events: Iterable[Event]) -> Iterator[Event]:
    """Join neighbouring pieces of the same message; they were stored as they arrived."""
    held: Event | None = None
    for event in events:
        if held is not None and (joined := _join(held, event)) is not None:
            held = joined
            continue
        if held is not None:
            yield held
        held = event
    if held is not None:
        yield held


def _join(first: Event, second: Event) -> Event | None:
    one, two = first.body, second.body
    if first.run_id != second.run_id:
        return None
    for kind in (Text, Thought):
        if isinstance(one, kind) and isinstance(two, kind) and one.step == two.step:
            return replace(first, body=replace(one, text=one.text + two.text))
    return None


def _started(body: ToolStarted, run_id: str) -> schema.ToolCallStart:
    return schema.ToolCallStart(
        session_update="tool_call",
        tool_call_id=body.call_id,
        title=printable(body.title),
        kind=body.tool_kind,
        status="in_progress",
        locations=_locations(body.locations),
        raw_input=_printable(body.arguments),
        field_meta={"arriero": {"name": printable(body.name), "runId": run_id}},
    )


def _ended(body: ToolEnded) -> schema.ToolCallProgress:
    content: list[Content] = [_diff(one) for one in body.diffs]
    if body.result:
        content.append(schema.ContentToolCallContent(type="content", content=_text(body.result)))
    return schema.ToolCallProgress(
        session_update="tool_call_update",
        tool_call_id=body.call_id,
        status="completed" if body.status == "ok" else "failed",
        content=content,
        locations=_locations(body.locations) or None,
        field_meta={"arriero": {"status": body.status, "durationMs": body.duration_ms}},
    )


def _diff(diff: FileDiff) -> schema.FileEditToolCallContent:
    deleted = {"arriero": {"deleted": True}} if diff.new_text is None else None
    return schema.FileEditToolCallContent(
        type="diff",
        path=printable(diff.path),
        old_text=None if diff.old_text is None else printable(diff.old_text),
        new_text=printable(diff.new_text or ""),
        field_meta=deleted,
    )


def notice(body: Notice) -> schema.AgentMessageChunk:
    """Return words that are not the model's.

    ACP has none of its own for them: they are quoted lines, marked in `_meta` for who looks.
    """
    return _quoted(body.text, {"notice": body.level})


def words(text: str) -> schema.AgentMessageChunk:
    """Return an answer that is not the model's, as it is."""
    return schema.AgentMessageChunk(session_update="agent_message_chunk", content=_text(text))


def _quoted(text: str, told: Mapping[str, Any]) -> schema.AgentMessageChunk:
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    return schema.AgentMessageChunk(
        session_update="agent_message_chunk",
        content=_text(f"\n{quoted}\n\n"),
        field_meta={"arriero": dict(told)},
    )


def _retried(body: StepRetried) -> schema.AgentMessageChunk:
    told = {"step": body.step, "reason": printable(body.reason)}
    return _quoted(f"Asking again: {body.reason}", {"notice": "info", "retried": told})


def _usage(body: StepEnded, window: int) -> schema.UsageUpdate:
    step = {
        "step": body.step,
        "promptTokens": body.prompt_tokens,
        "answerTokens": body.answer_tokens,
        "loadMs": body.load_ms,
        "promptMs": body.prompt_ms,
        "answerMs": body.answer_ms,
        "cachedTokens": body.cached_tokens,
        "window": window,
        "rung": body.rung,
    }
    return schema.UsageUpdate(
        session_update="usage_update",
        used=body.prompt_tokens + body.answer_tokens,
        size=window,
        field_meta={"arriero": {"step": step}},
    )


def _locations(locations: Sequence[Location]) -> list[schema.ToolCallLocation]:
    return [schema.ToolCallLocation(path=printable(at.path), line=at.line) for at in locations]


def _printable(value: Any) -> Any:
    """Return a JSON value with all its texts made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(key): _printable(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_printable(one) for one in value]
    return value


def _text(text: str) -> schema.TextContentBlock:
    return schema.TextContentBlock(type="text", text=printable(text))
