"""`HeadlessEditor`: a run's user who has no editor open. Accepted edits go to the files on disk."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

from arriero.agent.editor import Answer, ApplyOutcome, PermissionQuestion, ShownProgress
from arriero.headless.writing import write
from arriero.sessions.events import Event
from arriero.workspace.buffers import Buffers, NoBuffers
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.disk import Disk, DiskRefused
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.problem import Problem

log = logging.getLogger(__name__)

Ask = Callable[[PermissionQuestion], Awaitable[Answer]]
See = Callable[[Event], Awaitable[None]]
Say = Callable[[Literal["info", "warning", "error"], str], None]


class HeadlessEditor:
    """Implements `agent.editor.Editor` for programs.

    `folders` (absolute, canonical) are those whose files may be changed. `ask` answers questions
    for a permission; without it every one is refused. `see` is given each event of the runs in
    these folders and must return soon. `say` takes sentences for the person. A proposal is never
    judged here: it is applied or left open as the run's request says.
    """

    def __init__(
        self,
        name: str,
        folders: Sequence[str],
        *,
        environment: Mapping[str, str] = os.environ,
        ask: Ask | None = None,
        see: See | None = None,
        say: Say | None = None,
    ) -> None:
        self._name = name
        self._disk = Disk(folders)
        self._environment = dict(environment)
        self._ask = ask
        self._see = see
        self._say = say
        self._buffers = NoBuffers()

    @property
    def name(self) -> str:
        """The name that it was made with."""
        return self._name

    @property
    def buffers(self) -> Buffers:
        """None: there are no open documents."""
        return self._buffers

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the program."""
        return self._environment

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:  # noqa: ARG002
        """Write a change to the files, as a whole or not at all."""
        try:
            await asyncio.to_thread(write, self._disk, change)
        except (DiskRefused, WorkspaceError) as error:
            return ApplyOutcome(False, str(error))
        return ApplyOutcome(True)

    async def review(self, change: WorkspaceChange, run_id: str) -> bool | None:  # noqa: ARG002
        """Leave the proposal open."""
        return None

    async def ask(self, question: PermissionQuestion) -> Answer:
        """Ask for a permission; a fault of what answers it refuses."""
        if self._ask is None:
            return "reject_once"
        try:
            return await self._ask(question)
        except Exception:
            log.exception("%s: a permission could not be asked for", self._name)
            return "reject_once"

    async def show(self, title: str, markdown: str) -> None:
        """Say a text."""
        await self.message("info", f"{title}\n{markdown}")

    async def message(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Say one sentence."""
        if self._say is not None:
            self._say(level, text)
        else:
            log.log(_LEVELS[level], "%s: %s", self._name, text)

    def progress(self, title: str, cancel: Callable[[], object] | None) -> ShownProgress:  # noqa: ARG002
        """Show nothing."""
        return _Unseen()

    def problems(self, path: str | None = None) -> Sequence[Problem]:  # noqa: ARG002
        """Return none: nobody tells of diagnostics."""
        return ()

    @property
    def tells_problems(self) -> bool:
        """Nobody does."""
        return False

    async def event(self, event: Event) -> None:
        """See an event."""
        if self._see is not None:
            await self._see(event)


_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _Unseen:
    def report(self, words: str, percentage: int | None = None) -> None:
        """Nobody looks."""

    def end(self) -> None:
        """Nobody looks."""
