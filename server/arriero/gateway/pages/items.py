"""A run's events as the parts of a page: words in one piece, a tool's call with its result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from arriero.sessions.events import (
    Applied,
    Compacted,
    Event,
    EventBody,
    FileDiff,
    Notice,
    Nudged,
    PermissionAnswered,
    PermissionAsked,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    StepEnded,
    StepRetried,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
    Undone,
)
from arriero.workspace.unified import unified_diff

_MOST_CHARACTERS = 12_000
_MOST_DIFF = 400_000  # characters of a file that is compared here


@dataclass(frozen=True)
class Item:
    """One part. `kind` chooses its looks, `state` is a tool's, `parts` are named texts inside."""

    id: str
    kind: str
    at: float
    title: str
    text: str = ""
    state: str = ""
    parts: tuple[tuple[str, str], ...] = field(default=())


def items(events: Sequence[Event]) -> list[Item]:
    """Return what a run's events come to, in their order."""
    found: list[Item] = []
    calls: dict[str, int] = {}
    for event in events:
        body, last = event.body, found[-1] if found else None
        if isinstance(body, (Text, Thought)):
            kind = body.kind
            if last is not None and last.kind == kind and last.state == str(body.step):
                found[-1] = replace(last, text=last.text + body.text)
            else:
                title = "Answer" if kind == "text" else "Thoughts"
                found.append(_item(event, title, body.text, str(body.step)))
        elif isinstance(body, ToolStarted):
            calls[body.call_id] = len(found)
            found.append(_started(event, body))
        elif isinstance(body, ToolEnded):
            at = calls.get(body.call_id)
            if at is None:
                found.append(_ended(_item(event, body.name), body))
            else:
                found[at] = _ended(found[at], body)
        elif words := _words(body):
            found.append(_item(event, *words))
    return [_clipped(item) for item in found if item.text or item.title]


def _item(event: Event, title: str, text: str = "", state: str = "") -> Item:
    kind = "tool" if isinstance(event.body, (ToolStarted, ToolEnded)) else event.body.kind
    return Item(f"event-{event.seq}", kind, event.at, title, text, state)


def _started(event: Event, body: ToolStarted) -> Item:
    arguments = json.dumps(body.arguments, indent=2, ensure_ascii=False)
    return replace(
        _item(event, body.title or body.name, body.name, "running"),
        parts=(("Arguments", arguments),),
    )


def _ended(item: Item, body: ToolEnded) -> Item:
    diffs = tuple((f"Change of {diff.path}", _diff(diff)) for diff in body.diffs)
    took = f"{body.status}, {body.duration_ms} ms"
    return replace(
        item,
        text=body.name,
        state=took,
        parts=(*item.parts, *diffs, ("Result", body.result)),
    )


def _diff(diff: FileDiff) -> str:
    if len(diff.old_text or "") + len(diff.new_text or "") > _MOST_DIFF:
        return "The file is too large to compare here."
    name = diff.path.lstrip("/")
    return unified_diff(diff.old_text, diff.new_text, name, name)


def _words(body: EventBody) -> tuple[str, str] | None:
    """Return title and text of an event that stands for itself."""
    if isinstance(body, StepEnded):
        return _step(body), ""
    if isinstance(body, RunEnded):
        return f"Ended: {body.stop_reason}", body.message if body.stop_reason == "error" else ""
    simple: dict[type[EventBody], tuple[str, str]] = {
        RunStarted: ("Asked", "prompt"),
        StepRetried: ("Asked again", "reason"),
        Nudged: ("Reminded", "message"),
        PermissionAsked: ("Permission asked", "question"),
        PermissionAnswered: ("Permission answered", "answer"),
        Notice: ("Notice", "text"),
    }
    if type(body) in simple:
        title, name = simple[type(body)]
        return title, str(getattr(body, name))
    if isinstance(body, Compacted):
        return "Shortened the conversation", "\n".join(body.left_out)
    if isinstance(body, ProposalChanged):
        return f"Proposal: {_changes(body.open_hunks)} open", "\n".join(body.paths)
    if isinstance(body, Applied):
        return f"Applied: {_changes(len(body.hunks))}", "\n".join(body.paths)
    if isinstance(body, Rejected):
        return f"Rejected: {_changes(len(body.hunks))}", ""
    if isinstance(body, Undone):
        return "Undone", "\n".join(body.paths)
    return None


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


def _step(body: StepEnded) -> str:
    cached = ""
    if body.cached_tokens is not None and body.prompt_tokens:
        cached = f" ({100 * body.cached_tokens // body.prompt_tokens} % cached)"
    loaded = f", loaded in {body.load_ms / 1000:.1f} s" if body.load_ms else ""
    seconds = (body.prompt_ms + body.answer_ms) / 1000
    window = f", window {body.window}" if body.window else ""
    return (
        f"Step {body.step}: {body.prompt_tokens} tokens read{cached}, "
        f"{body.answer_tokens} written in {seconds:.1f} s{loaded}{window}"
    )


def _clipped(item: Item) -> Item:
    return replace(
        item,
        text=_clip(item.text),
        parts=tuple((name, _clip(text)) for name, text in item.parts),
    )


def _clip(text: str) -> str:
    if len(text) <= _MOST_CHARACTERS:
        return text
    half = _MOST_CHARACTERS // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters …\n{text[-half:]}"
