"""Small fakes of what a run is given: a provider that plays chunks, an editor that answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from arriero.agent.editor import Answer, ApplyOutcome, PermissionQuestion, ShownProgress
from arriero.models.errors import ModelError
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    PullProgress,
    TextChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from arriero.sessions.events import Event
from arriero.workspace.buffers import Buffers, NoBuffers
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.problem import Problem

Turn = Sequence[Chunk | ModelError | asyncio.Event]


def say(text: str) -> list[Chunk]:
    return [TextChunk(text), Finished("stop", Usage(10, 5))]


def call(name: str, call_id: str = "", **arguments: object) -> ToolCallChunk:
    return ToolCallChunk(ToolCall(call_id, name, arguments))


def calls(*chunks: ToolCallChunk) -> list[Chunk]:
    return [*chunks, Finished("stop", Usage(10, 5))]


@dataclass
class ScriptedProvider:
    """Plays one turn for each request. An Event in a turn is waited for, an error is raised."""

    turns: list[Turn]
    name: str = "ollama"
    trained_window: int = 32_768
    requests: list[ChatRequest] = field(default_factory=list)
    closed_early: int = 0

    async def chat(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        self.requests.append(request)
        finished = False
        try:
            for item in self.turns[len(self.requests) - 1]:
                if isinstance(item, asyncio.Event):
                    await item.wait()
                elif isinstance(item, ModelError):
                    raise item
                else:
                    finished = isinstance(item, Finished)
                    yield item
        finally:
            self.closed_early += not finished

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo("m")]

    async def show(self, model: str) -> ModelDetails:
        return ModelDetails(
            model, frozenset({"completion", "tools"}), trained_window=self.trained_window
        )

    async def loaded(self) -> list[LoadedModel]:
        return []

    async def count_tokens(self, request: ChatRequest) -> int | None:
        return None

    async def version(self) -> str:
        return "1"

    async def pull(self, model: str) -> AsyncIterator[PullProgress]:
        yield PullProgress("success")

    async def aclose(self) -> None:
        return None


@dataclass
class FakeProgress:
    """Remembers what it was told."""

    title: str
    cancel: Callable[[], object] | None
    words: list[str] = field(default_factory=list)
    ended: bool = False

    def report(self, words: str, percentage: int | None = None) -> None:
        self.words.append(words)

    def end(self) -> None:
        self.ended = True


@dataclass
class FakeEditor:
    """Answers as told and remembers what it was shown."""

    name: str = "fake"
    buffers: Buffers = field(default_factory=NoBuffers)
    environment: Mapping[str, str] = field(default_factory=dict)
    answer: Answer = "allow_once"
    verdict: bool | None = None
    outcome: ApplyOutcome = field(default_factory=lambda: ApplyOutcome(True))
    events: list[Event] = field(default_factory=list)
    questions: list[PermissionQuestion] = field(default_factory=list)
    applied: list[WorkspaceChange] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    progresses: list[FakeProgress] = field(default_factory=list)
    known_problems: list[Problem] = field(default_factory=list)
    tells_problems: bool = False

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        if self.outcome.applied:
            self.applied.append(change)
        return self.outcome

    async def review(self, change: WorkspaceChange, run_id: str) -> bool | None:
        return self.verdict

    async def ask(self, question: PermissionQuestion) -> Answer:
        self.questions.append(question)
        return self.answer

    async def show(self, title: str, markdown: str) -> None:
        self.messages.append(markdown)

    async def message(self, level: Literal["info", "warning", "error"], text: str) -> None:
        self.messages.append(text)

    def progress(self, title: str, cancel: Callable[[], object] | None) -> ShownProgress:
        shown = FakeProgress(title, cancel)
        self.progresses.append(shown)
        return shown

    def problems(self, path: str | None = None) -> Sequence[Problem]:
        return [one for one in self.known_problems if path in (None, one.path)]

    async def event(self, event: Event) -> None:
        self.events.append(event)
