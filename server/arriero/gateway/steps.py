"""A run's events as the chunks of one answer: its steps as thinking, its last words as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from arriero.gateway.dialect import Refused
from arriero.models.types import Chunk, TextChunk, ThinkingChunk, ToolCall, ToolCallChunk, Usage
from arriero.sessions.events import (
    EventBody,
    Notice,
    Nudged,
    RunEnded,
    StepEnded,
    StepRetried,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)

# Words before a call are few. When so many characters have come, they are taken for the answer
# and shown as they come.
_FEW = 600


class Steps:
    """Folds the events of one run; `show` also gives its steps.

    Calls of the tools in `foreign` are the client's: they come as calls, at the end of the answer.
    """

    def __init__(self, *, show: bool, foreign: Collection[str] = ()) -> None:
        self.calls: list[ToolCall] = []
        self.reason: Literal["stop", "length"] = "stop"
        self.over = False
        self._show = show
        self._foreign = foreign
        self._held = ""
        self._said = ""
        self._shown = ""  # of the newest answer of the model
        self._separate = False
        self._prompt = self._answer = self._cached = self._load = 0
        self._cache_told = False

    @property
    def usage(self) -> Usage:
        """The tokens of all steps together."""
        cached = self._cached if self._cache_told else None
        return Usage(self._prompt, self._answer, load_ms=self._load, cached_tokens=cached)

    @property
    def said(self) -> str:
        """The text of the answer so far."""
        return self._said

    def take(self, body: EventBody) -> Iterator[Chunk]:
        """Yield what an event adds to the answer; raises `Refused` for a run that failed."""
        match body:
            case Text(text=text):
                yield from self._words(text)
            case Thought(text=text) if self._show:
                yield ThinkingChunk(text)
            case ToolStarted(name=name) as call if name in self._foreign:
                yield from self._handed_on(call)
            case ToolStarted(title=title):
                yield from self._were_a_step()
                yield from self._step(f"\n→ {title}\n")
            case ToolEnded(status=status, result=result) if status != "ok":
                yield from self._step(f"  {status}: {_first_line(result)}\n")
            case Nudged():
                yield from self._were_a_step()
            case StepRetried(reason=reason):
                self._forget_step()
                yield from self._step(f"\n({reason}: the model is asked again)\n")
            case Notice(text=text):
                yield from self._step(f"\n({text})\n")
            case StepEnded():
                self._count(body)
            case RunEnded():
                yield from self._ended(body)

    def _words(self, text: str) -> Iterator[Chunk]:
        self._held += text
        if self._shown or len(self._held) > _FEW:
            yield from self._released()

    def _released(self) -> Iterator[Chunk]:
        """Show what was held back: it belongs to the answer."""
        if not self._held:
            return
        before = "\n\n" if self._said and not self._shown else ""
        text, self._held = before + self._held, ""
        self._shown += text.removeprefix(before)
        self._said += text
        yield TextChunk(text)

    def _were_a_step(self) -> Iterator[Chunk]:
        """What was said belongs to a step: the model goes on."""
        words = self._held
        self._forget_step()
        if words.strip():
            yield from self._step(words)

    def _forget_step(self) -> None:
        self._held = self._shown = ""

    def _step(self, text: str) -> Iterator[Chunk]:
        if self._show:
            yield ThinkingChunk(text)

    def _handed_on(self, call: ToolStarted) -> Iterator[Chunk]:
        yield from self._released()
        self.calls.append(ToolCall(call.call_id, call.name, call.arguments))
        yield ToolCallChunk(self.calls[-1])

    def _ended(self, end: RunEnded) -> Iterator[Chunk]:
        self.over = True
        if end.stop_reason == "error" and not self._said:
            raise Refused("upstream", end.message)
        if end.stop_reason != "end_turn":
            self.reason = "length"
        yield from self._released()
        if self.calls:
            return
        # What the run has to say beside the model's words: all of it where the model said nothing.
        if end.message.startswith(self._shown):
            self._held = end.message[len(self._shown) :]
            yield from self._released()

    def _count(self, step: StepEnded) -> None:
        self._prompt += step.prompt_tokens
        self._answer += step.answer_tokens
        self._load += step.load_ms
        if step.cached_tokens is not None:
            self._cache_told = True
            self._cached += step.cached_tokens


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 200 else f"{line[:199]}…"
