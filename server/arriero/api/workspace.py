"""`Workspace`: folders with all that Arriero knows of them, for a program."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from arriero.agent.changed_runs import ChangedRun
from arriero.agent.proposals import AcceptOutcome, UndoOutcome
from arriero.agent.request import RunRequest
from arriero.api.closing import Closing
from arriero.api.engine import Engine
from arriero.api.opening import End, opened
from arriero.api.permission import Permission, asking
from arriero.api.result import Result, result_of
from arriero.headless.editor import HeadlessEditor, See
from arriero.headless.toolbox import ApplyEdits, ToolBox
from arriero.index.search import Kind, SearchResult
from arriero.sessions.events import Event, EventBody
from arriero.sessions.session import Session
from arriero.settings.model import Settings
from arriero.tools.base import Tool
from arriero.tools.registry import Mode
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import Proposal
from arriero.workspace.takeback import Selection

Follow = Callable[[EventBody], None]


class Workspace(Closing):
    """Some folders, open until `close` or the end of a `with` block.

    `settings` are laid over all others, as an editor's are. `permission` answers the questions of
    tools that need one; without it they are refused. Sessions, checkpoints and the index are those
    that the editors on this machine use, or those below `state`, a folder. Every method has a form
    for asynchronous programs, whose name begins with `a`. Raises WorkspaceError for a folder that
    is none.
    """

    def __init__(
        self,
        *folders: str | os.PathLike[str],
        settings: Mapping[str, Any] | None = None,
        permission: Permission | None = None,
        state: str | os.PathLike[str] | None = None,
    ) -> None:
        self.folders = tuple(_folder(folder) for folder in folders or (os.curdir,))
        self._followed: dict[str, Follow] = {}
        self._editor = HeadlessEditor(
            "Python",
            self.folders,
            ask=asking(permission) if permission is not None else None,
            see=_following(self._followed),
        )
        self._engine = Engine()
        end = End(self._engine)
        self._close = weakref.finalize(self, end)
        # Then Python's thread pools are gone. As after a death, the next one to open tidies up.
        self._close.atexit = False
        try:
            self._hub, self._attachment = self._engine.call(
                opened(state, self.folders, self._editor, dict(settings or {}))
            )
        except BaseException:
            self._close()
            raise
        end.hub = self._hub

    def close(self) -> None:
        """Cancel what runs, and end. Nothing can be done with it afterwards."""
        self._close()

    @property
    def engine(self) -> Engine:
        """Where the work is done; raises RuntimeError once it is closed."""
        if not self._close.alive:
            raise RuntimeError("This workspace is closed; make another one.")
        return self._engine

    @property
    def settings(self) -> Settings:
        """The settings as they hold here."""
        return self._attachment.settings

    # -- what a run wants to change; all raise agent.proposals.UnknownRun

    def proposal(self, run_id: str) -> Proposal:
        """Return what a run proposes."""
        return self.engine.call(self._attachment.proposal(run_id))

    async def aproposal(self, run_id: str) -> Proposal:
        """As `proposal`."""
        return await self.engine.acall(self._attachment.proposal(run_id))

    def accept(self, run_id: str, hunks: Sequence[str] | None = None) -> AcceptOutcome:
        """Write hunks of a proposal, by id, to the files; None: all that are open."""
        return self.engine.call(self._attachment.accept(run_id, hunks))

    async def aaccept(self, run_id: str, hunks: Sequence[str] | None = None) -> AcceptOutcome:
        """As `accept`."""
        return await self.engine.acall(self._attachment.accept(run_id, hunks))

    def reject(self, run_id: str, hunks: Sequence[str] | None = None) -> list[str]:
        """Reject hunks of a proposal, by id; return those that were open."""
        return self.engine.call(self._attachment.reject(run_id, hunks))

    async def areject(self, run_id: str, hunks: Sequence[str] | None = None) -> list[str]:
        """As `reject`."""
        return await self.engine.acall(self._attachment.reject(run_id, hunks))

    def undo(
        self,
        run_id: str | Sequence[str],
        *,
        hunks: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
    ) -> UndoOutcome:
        """Take back what was applied of a run, and nothing else.

        `hunks` (ids) and `files` (paths) limit it to these. Several runs are taken back as one
        change: name the last one first. What was changed in the same places since is kept, and is
        among the outcome's `conflicts`.
        """
        return self.engine.call(self.aundo(run_id, hunks=hunks, files=files))

    async def aundo(
        self,
        run_id: str | Sequence[str],
        *,
        hunks: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
    ) -> UndoOutcome:
        """As `undo`."""
        meant = self._meant(hunks, files)
        return await self.engine.acall(self._attachment.undo(run_id, meant))

    def redo(
        self,
        run_id: str | Sequence[str],
        *,
        hunks: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
    ) -> UndoOutcome:
        """Do again what `undo` took back; of several runs name the first one first."""
        return self.engine.call(self.aredo(run_id, hunks=hunks, files=files))

    async def aredo(
        self,
        run_id: str | Sequence[str],
        *,
        hunks: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
    ) -> UndoOutcome:
        """As `redo`."""
        meant = self._meant(hunks, files)
        return await self.engine.acall(self._attachment.redo(run_id, meant))

    def changed_runs(self, session_id: str | None = None) -> list[ChangedRun]:
        """Return the runs, of a session or all, that changed files here: the last one first."""
        return self.engine.call(self.achanged_runs(session_id))

    async def achanged_runs(self, session_id: str | None = None) -> list[ChangedRun]:
        """As `changed_runs`."""
        return await self.engine.acall(self._attachment.changed_runs(session_id))

    def _meant(self, hunks: Sequence[str] | None, files: Sequence[str] | None) -> Selection:
        paths = (os.path.realpath(Path(self.folders[0]) / file) for file in files or ())
        return Selection.of(hunks, None if files is None else paths)

    # -- what is known of the files

    def search(
        self, query: str, kind: Kind = "auto", *, limit: int = 10, wait: float = 30.0
    ) -> SearchResult:
        """Search the index, waiting for it so many seconds at most; the result says if it is whole.

        Raises workspace.matcher.BadPattern.
        """
        return self.engine.call(self._search(query, kind, limit, wait))

    async def asearch(
        self, query: str, kind: Kind = "auto", *, limit: int = 10, wait: float = 30.0
    ) -> SearchResult:
        """As `search`."""
        return await self.engine.acall(self._search(query, kind, limit, wait))

    def sessions(self) -> list[Session]:
        """Return the sessions of these folders, newest first."""
        return self.engine.call(self._attachment.sessions())

    async def asessions(self) -> list[Session]:
        """As `sessions`."""
        return await self.engine.acall(self._attachment.sessions())

    # -- for `Agent` and `ToolExecutor`

    async def work(self, request: RunRequest, follow: Follow) -> Result:
        """Do a run in the engine's loop, showing its events; cancelling cancels the run.

        Raises daemon.runs.RunRefused and sessions.store.UnknownSession.
        """
        run = await self._attachment.start(request)
        # No await since it began: nothing has happened in it yet.
        events: list[EventBody] = []

        def seen(body: EventBody) -> None:
            events.append(body)
            follow(body)

        self._followed[run.run_id] = seen
        try:
            ended = await run.wait()
        except asyncio.CancelledError:
            run.cancel()
            await run.wait()
            raise
        finally:
            del self._followed[run.run_id]
        proposal = await self._attachment.proposal(run.run_id) if ended.change else None
        return result_of(ended, events, proposal, Confinement(self.folders).display)

    def toolbox(
        self, *, mode: Mode, names: Iterable[str] | None, own: Iterable[Tool], apply: ApplyEdits
    ) -> ToolBox:
        """Return tools over these folders, to be used in the engine's loop."""
        return ToolBox(self._hub, self._attachment, mode=mode, names=names, own=own, apply=apply)

    async def _search(self, query: str, kind: Kind, limit: int, wait: float) -> SearchResult:
        await self._hub.indexes.settle(self._attachment, wait)
        searcher = self._hub.indexes.searcher(self._attachment.roots, self._editor.buffers)
        return await asyncio.to_thread(searcher.search, query, kind, limit)


def _following(followed: Mapping[str, Follow]) -> See:
    """Return what shows a run's events to who follows it; it must not keep the workspace alive."""

    async def see(event: Event) -> None:
        if follow := followed.get(event.run_id):
            follow(event.body)

    return see


def _folder(folder: str | os.PathLike[str]) -> str:
    try:
        path = Path(folder).expanduser().resolve()
        if path.is_dir():
            return str(path)
    except (OSError, RuntimeError, ValueError):  # no name of a file, or nobody's home
        path = Path(folder)
    named = str(path) if str(path).isprintable() else repr(str(path))
    raise WorkspaceError(f"{named} is not a folder; give the folder to work in.")
