"""The one seam through which a run knows its user: each door implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from arriero.sessions.events import Event
from arriero.workspace.buffers import Buffers
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.problem import Problem

Answer = Literal[
    "allow_once", "allow_always", "allow_here", "reject_once", "reject_here", "cancelled"
]
"""An answer to a question for a permission.

`allow_always` holds for the session, `allow_here` and `reject_here` for good in this workspace.
"""


@dataclass(frozen=True)
class PermissionQuestion:
    """What the user is asked before a tool call.

    `detail` is exactly what will run, then, after an empty line, why it is asked and what confines
    it; both are safe to show as they are. `offers` are the answers that count. `form` says by which
    rules `allow_here` and `reject_here` would be remembered: a door that offers these shows it.
    """

    session_id: str
    run_id: str
    call_id: str
    title: str
    detail: str
    offers: tuple[Answer, ...] = ("allow_once", "allow_always", "reject_once")
    form: str = ""


@dataclass(frozen=True)
class ApplyOutcome:
    """Whether an editor took a change; `reason` in its words when it did not."""

    applied: bool
    reason: str = ""


class ShownProgress(Protocol):
    """Something that takes its time, as the person sees it until it ends."""

    def report(self, words: str, percentage: int | None = None) -> None:
        """Say what goes on now."""

    def end(self) -> None:
        """Take it away."""


class Editor(Protocol):
    """What a run can ask of the person's side. Methods never raise for a client that is gone."""

    @property
    def name(self) -> str:
        """The client's name for logs and `status`."""

    @property
    def buffers(self) -> Buffers:
        """The open documents, live."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment that the editor was started in."""

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        """Apply a change as a whole or not at all; `confirm` lets the user look first."""

    async def review(self, change: WorkspaceChange, run_id: str) -> bool | None:
        """Let the user judge a finished proposal where the door has a way to do it at once.

        True: apply all; False: reject all; None: undecided, the proposal stays open.
        An editor that reviews by itself (through `arriero/proposal`) answers None at once.
        """

    async def ask(self, question: PermissionQuestion) -> Answer:
        """Ask for a permission."""

    async def show(self, title: str, markdown: str) -> None:
        """Show a text to read."""

    async def message(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Show one sentence."""

    def progress(self, title: str, cancel: Callable[[], object] | None) -> ShownProgress:
        """Show that something goes on, where the client can; `cancel` is called if it is to end.

        Without that it cannot be cancelled.
        """

    def problems(self, path: str | None = None) -> Sequence[Problem]:
        """Return the known diagnostics, of one file or of all; from any thread."""

    @property
    def tells_problems(self) -> bool:
        """Whether all diagnostics are told, so that where none are known there are none."""

    async def event(self, event: Event) -> None:
        """See an event of a run in this workspace; must return soon."""
