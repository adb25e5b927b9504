"""An editor with real files under it, and a view that proposes what a test says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from arriero.agent.editor import Answer, ApplyOutcome, PermissionQuestion, ShownProgress
from arriero.sessions.events import Event
from arriero.workspace.buffers import Buffer
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    RenameFile,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.diff import apply
from arriero.workspace.problem import Problem
from arriero.workspace.proposal import Draft, Proposal


def nothing() -> None:
    """A user who does nothing."""


class OpenDocuments:
    """The editor's buffers; the user may type whenever somebody looks at them."""

    def __init__(self) -> None:
        self.open: dict[str, Buffer] = {}
        self.user: Callable[[], None] = nothing

    def get(self, path: str) -> Buffer | None:
        self.user()
        return self.open.get(path)

    def all(self) -> Iterable[Buffer]:
        return self.open.values()

    def type(self, path: str, text: str) -> None:
        """Give an open document another text and the next version."""
        version = self.open[path].version if path in self.open else 0
        self.open[path] = Buffer(path, text, (version or 0) + 1)


class Quiet:
    """A progress that nobody sees."""

    def report(self, words: str, percentage: int | None = None) -> None:
        """Nobody looks."""

    def end(self) -> None:
        """Nobody looks."""


@dataclass
class FakeEditor:
    """Applies a change as a whole, and only to the very texts that it is for."""

    buffers: OpenDocuments = field(default_factory=OpenDocuments)
    refusals: list[str] = field(default_factory=list)  # answers that it gives without applying
    denials: int = 0  # how often it applies and says that it did not
    changes: list[WorkspaceChange] = field(default_factory=list)
    confirmed: list[bool] = field(default_factory=list)
    left_out: Collection[str] = ()  # replacements by their texts that the person takes out
    name: str = "fake"
    environment: Mapping[str, str] = field(default_factory=dict)

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        self.buffers.user()
        self.changes.append(change)
        self.confirmed.append(confirm)
        if self.refusals:
            return ApplyOutcome(False, self.refusals.pop(0))
        if not self._fits(change):
            return ApplyOutcome(False, "The document has changed.")
        for one in change.changes:
            self._apply(one)
        if self.denials:
            self.denials -= 1
            return ApplyOutcome(False, "No answer.")
        return ApplyOutcome(True)

    def text(self, path: str) -> str | None:
        if path in self.buffers.open:
            return self.buffers.open[path].text
        file = Path(path)
        return file.read_bytes().decode() if file.exists() else None

    def save(self) -> None:
        for buffer in list(self.buffers.open.values()):
            write(buffer.path, buffer.text)

    def _fits(self, change: WorkspaceChange) -> bool:
        there = {path: self.text(path) for one in change.changes for path in _paths(one)}
        for one in change.changes:
            buffer = self.buffers.open.get(one.path)
            if isinstance(one, TextChange):
                if there[one.path] != one.base or (buffer and buffer.version != one.version):
                    return False
                there[one.path] = apply(one.base, one.replacements)
            elif isinstance(one, CreateFile):
                if there[one.path] is not None:
                    return False
                there[one.path] = one.text
            elif isinstance(one, DeleteFile):
                if there[one.path] != one.base:
                    return False
                there[one.path] = None
            else:
                if there[one.path] is None or there[one.new_path] is not None:
                    return False
                there[one.path], there[one.new_path] = None, there[one.path]
        return True

    def _apply(self, change: TextChange | CreateFile | RenameFile | DeleteFile) -> None:
        buffer = self.buffers.open.pop(change.path, None)
        text = buffer.text if buffer else self.text(change.path)
        if isinstance(change, TextChange):
            assert text is not None
            taken = [one for one in change.replacements if one.text.strip() not in self.left_out]
            text = apply(text, taken)
            if buffer:
                self.buffers.open[change.path] = Buffer(
                    change.path, text, (buffer.version or 0) + 1
                )
            else:
                write(change.path, text)
        elif isinstance(change, CreateFile):
            write(change.path, change.text)
        else:
            Path(change.path).unlink(missing_ok=True)
            if isinstance(change, RenameFile):
                assert text is not None
                write(change.new_path, text)
                if buffer:
                    self.buffers.open[change.new_path] = Buffer(change.new_path, text, 1)

    async def review(self, change: WorkspaceChange, run_id: str) -> bool | None:
        return None

    async def ask(self, question: PermissionQuestion) -> Answer:
        return "cancelled"

    async def show(self, title: str, markdown: str) -> None:
        """Nobody looks."""

    async def message(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Nobody looks."""

    def progress(self, title: str, cancel: Callable[[], object] | None) -> ShownProgress:
        return Quiet()

    def problems(self, path: str | None = None) -> Sequence[Problem]:
        return ()

    @property
    def tells_problems(self) -> bool:
        return False

    async def event(self, event: Event) -> None:
        """Nobody looks."""


@dataclass
class FakeView:
    """Proposes its drafts."""

    roots: tuple[str, ...]
    drafts: list[Draft]

    def proposal(self, run_id: str, session_id: str, label: str) -> Proposal:
        return Proposal.of(run_id, session_id, label, self.drafts)


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(text.encode())


def _paths(change: TextChange | CreateFile | RenameFile | DeleteFile) -> tuple[str, ...]:
    return (change.path, change.new_path) if isinstance(change, RenameFile) else (change.path,)
