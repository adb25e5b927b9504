"""What the daemon tells of a run, read from ACP's `session/update` (protocol version 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class TextPiece:
    """A piece of the model's answer."""

    text: str


@dataclass(frozen=True)
class ThoughtPiece:
    """A piece of its thinking."""

    text: str


@dataclass(frozen=True)
class NoticePiece:
    """Something that Arriero says, not the model."""

    level: str
    text: str


@dataclass(frozen=True)
class Place:
    """A place in a file; `line` from 1, where it is known."""

    path: str
    line: int | None = None


@dataclass(frozen=True)
class ShownDiff:
    """What a tool call changed in a file; `None` stands for no file."""

    path: str
    old_text: str | None
    new_text: str | None


@dataclass(frozen=True)
class CallStarted:
    """A tool call begins."""

    call_id: str
    title: str
    kind: str
    arguments: Any = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class CallEnded:
    """A tool call has ended; `status` is ok, error, refused or cancelled."""

    call_id: str
    status: str
    result: str
    duration_ms: int
    diffs: tuple[ShownDiff, ...] = ()


@dataclass(frozen=True)
class PlanStep:
    """One line of a plan; `status` is pending, in_progress or completed."""

    text: str
    status: str


@dataclass(frozen=True)
class PlanShown:
    """The model's plan as it is now."""

    steps: tuple[PlanStep, ...]


@dataclass(frozen=True)
class StepShown:
    """What one answer of the model took: tokens, and milliseconds.

    `cached_tokens` of the prompt were not read again (None: not told); `window` is the model's.
    """

    step: int
    prompt_tokens: int
    answer_tokens: int
    load_ms: int
    prompt_ms: int
    answer_ms: int
    cached_tokens: int | None
    window: int
    rung: str


@dataclass(frozen=True)
class RetryShown:
    """What the model said in this step does not count: it is asked again."""

    step: int
    reason: str


Update = (
    TextPiece
    | ThoughtPiece
    | NoticePiece
    | CallStarted
    | CallEnded
    | PlanShown
    | StepShown
    | RetryShown
)


def from_acp(update: Json) -> Update | None:
    """Read one update; None for what a terminal does not show."""
    kind = update.get("sessionUpdate")
    if kind == "agent_message_chunk":
        return _message(update)
    if kind == "agent_thought_chunk":
        return ThoughtPiece(_text(update.get("content")))
    if kind == "tool_call":
        return CallStarted(
            update["toolCallId"],
            update["title"],
            update.get("kind") or "other",
            update.get("rawInput"),
            tuple(Place(p["path"], p.get("line")) for p in update.get("locations") or ()),
        )
    if kind == "tool_call_update" and update.get("status") in ("completed", "failed"):
        return _ended(update)
    if kind == "usage_update":
        return _step(update, _meta(update).get("step"))
    if kind == "plan":
        return PlanShown(tuple(PlanStep(e["content"], e["status"]) for e in update["entries"]))
    return None


def _message(update: Json) -> TextPiece | NoticePiece | RetryShown:
    text = _text(update.get("content"))
    retried = _meta(update).get("retried")
    if isinstance(retried, Mapping):
        return RetryShown(int(retried["step"]), str(retried["reason"]))
    level = _meta(update).get("notice")
    if level is None:
        return TextPiece(text)
    # A notice comes as a quotation, for clients that do not know the mark.
    words = " ".join(line.removeprefix(">").strip() for line in text.strip().splitlines())
    return NoticePiece(str(level), words)


def _step(update: Json, step: object) -> StepShown | None:
    if not isinstance(step, Mapping):  # of an agent that tells no more than ACP asks for
        return None
    cached = step.get("cachedTokens")
    return StepShown(
        step=int(step["step"]),
        prompt_tokens=int(step["promptTokens"]),
        answer_tokens=int(step["answerTokens"]),
        load_ms=int(step["loadMs"]),
        prompt_ms=int(step["promptMs"]),
        answer_ms=int(step["answerMs"]),
        cached_tokens=None if cached is None else int(cached),
        window=int(update["size"]),
        rung=str(step["rung"]),
    )


def _ended(update: Json) -> CallEnded:
    meta = _meta(update)
    content: Sequence[Json] = update.get("content") or ()
    fallback = "ok" if update["status"] == "completed" else "error"
    return CallEnded(
        update["toolCallId"],
        str(meta.get("status", fallback)),
        "\n".join(_text(c.get("content")) for c in content if c.get("type") == "content"),
        int(meta.get("durationMs", 0)),
        tuple(_diff(c) for c in content if c.get("type") == "diff"),
    )


def _diff(content: Json) -> ShownDiff:
    new = None if _meta(content).get("deleted") else content["newText"]
    return ShownDiff(content["path"], content.get("oldText"), new)


def _meta(update: Json) -> Json:
    meta = (update.get("_meta") or {}).get("arriero")
    return meta if isinstance(meta, Mapping) else {}


def _text(content: object) -> str:
    return str(content.get("text", "")) if isinstance(content, Mapping) else ""
