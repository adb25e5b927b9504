"""What all connections share: workspaces, sessions, runs, proposals, providers, shadows."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from arriero import __version__
from arriero.agent.editor import Editor
from arriero.agent.model_profile import ModelProfiles
from arriero.agent.permissions import Permissions
from arriero.agent.permissions.remembered import Remembered
from arriero.agent.probe import probe
from arriero.agent.proposals import Proposals
from arriero.agent.request import RunResult
from arriero.agent.token_profile import TokenProfiles
from arriero.agent.window import choose_window
from arriero.daemon.activity import Sleep
from arriero.daemon.announcements import Announcements
from arriero.daemon.attachment import Attachment
from arriero.daemon.auditing import Auditor
from arriero.daemon.heap import Heap
from arriero.daemon.indexes import Indexes
from arriero.daemon.keeping import Keeping
from arriero.daemon.meaning_model import Models
from arriero.daemon.providers import ProviderPool
from arriero.daemon.residency import Residency
from arriero.daemon.runs import RunHandle, Runs
from arriero.daemon.shadows import Shadows
from arriero.daemon.status import memory, run_status
from arriero.daemon.stopping import FILE_NAME, Stops
from arriero.daemon.waiting import Waiting
from arriero.daemon.workspaces import Workspaces
from arriero.models.fitting import FittingWindows
from arriero.models.residency import Plans
from arriero.observe.audit import AuditTrail
from arriero.sessions.events import Event, EventBody, RunStarted
from arriero.sessions.failure import StoreFailed
from arriero.sessions.session import Session
from arriero.sessions.store import SessionStore
from arriero.settings.model import Settings
from arriero.settings.permissions import PermissionSettings
from arriero.workspace.confine import is_beneath
from arriero.workspace.folders import open_folders

log = logging.getLogger(__name__)


class Hub:
    """One for a daemon. Made with the folders for state and for what can be made again.

    `sleep` (seconds) is that of the work that waits for a quiet moment.
    """

    def __init__(self, state: Path, cache: Path, *, sleep: Sleep = asyncio.sleep) -> None:
        self._attachments: list[Attachment] = []
        self.announcements = Announcements(lambda: [a.editor for a in self._attachments])
        self.store = SessionStore(state / "sessions.db", self.announcements.say)
        self.proposals = Proposals(state / "checkpoints")
        self.remembered = Remembered(state / "permissions.db")
        self.auditor = Auditor(AuditTrail(state / "audit"))
        self.shadows = Shadows(
            cache / "shadows",
            [str(state), str(cache)],
            lambda session_id: self.runs.of_session(session_id) is not None,
        )
        self.providers = ProviderPool()
        self.profiles = TokenProfiles(cache / "profiles")
        self.model_profiles = ModelProfiles(cache / "profiles")
        self.fitting = FittingWindows(cache / "windows.json")
        self.plans = Plans(choose_window, self.fitting)
        self.residency = Residency(
            lambda: self.providers, self.plans, self.model_profiles, probe, sleep
        )
        models = Models(lambda: self.providers, self.plans, self.residency.activity)
        self.indexes = Indexes(cache, sleep, models=models)
        self.told: set[str] = set()  # sentences on models, which are said once
        self.workspaces = Workspaces()
        self.heap = Heap()
        self.runs = Runs(self._run_changed)
        self.waiting = Waiting(self.store, self.proposals)
        self.stops = Stops(state / FILE_NAME, self.runs, self._stop_others)
        self.keeping = Keeping(self)
        self.stopping = asyncio.Event()
        self._permissions: dict[str, tuple[tuple[str, ...], Permissions]] = {}
        self._started = time.monotonic()

    async def open(self) -> None:
        """Open what is on disk, and settle what a dead daemon left in the middle."""
        await self.store.open()
        await self.fitting.open()
        await self.proposals.reconcile()

    async def close(self) -> None:
        """Cancel the runs, store their ends, and leave everything tidy."""
        await self.runs.cancel_all(timeout=10)
        await self.heap.aclose()
        await self.keeping.aclose()
        await self.residency.aclose()
        await self.indexes.aclose()
        for attachment in list(self._attachments):
            await attachment.detach()
        await self.shadows.close()
        await self.providers.aclose()
        await self.store.close()
        await self.announcements.aclose()
        await self.auditor.aclose()

    async def attach(self, folders: Sequence[str], editor: Editor) -> Attachment:
        """Join a connection to its folders; those that cannot be opened are said to it."""
        attachment = Attachment(self, editor)
        self._attachments.append(attachment)
        try:
            await attachment.set_folders(folders)
        except BaseException:  # nobody has it, so nobody else would end it
            await attachment.detach()
            raise
        self.announcements.flush()
        return attachment

    def forget(self, attachment: Attachment) -> None:
        """A connection has left."""
        self.residency.leave(attachment)
        self.indexes.forget(attachment)
        if attachment in self._attachments:
            self._attachments.remove(attachment)
        self._drop_permissions()

    def attached(self, roots: Sequence[str]) -> list[Attachment]:
        """Return the connections that have one of these folders open."""
        wanted = set(roots)
        return [a for a in self._attachments if wanted & set(a.roots)]

    def containing(self, paths: Sequence[str]) -> list[Attachment]:
        """Return the connections in whose folders all of these (canonical) lie."""
        return [
            a
            for a in self._attachments
            if all(any(is_beneath(path, root) for root in a.roots) for path in paths)
        ]

    @property
    def attachments(self) -> Sequence[Attachment]:
        """All connections."""
        return tuple(self._attachments)

    @property
    def connections(self) -> int:
        return len(self._attachments)

    def permissions(self, session: Session, settings: PermissionSettings) -> Permissions:
        """Return the session's decisions, under the settings as they are now.

        They last while its folders are open somewhere or it has a run.
        """
        _, known = self._permissions.setdefault(
            session.session_id,
            (session.folders, Permissions(settings, session.folders, self.remembered)),
        )
        known.settings = settings
        return known

    def forget_permissions(self, session_id: str) -> None:
        """A session is deleted: what the user allowed in it is forgotten."""
        self._permissions.pop(session_id, None)

    def _drop_permissions(self) -> None:
        for session_id, (folders, _) in list(self._permissions.items()):
            if not self.attached(folders) and self.runs.of_session(session_id) is None:
                del self._permissions[session_id]

    async def tidied(
        self,
        run: RunHandle,
        work: Coroutine[Any, Any, RunResult],
        settings: Settings,
        provider: str,
    ) -> RunResult:
        """Do a run; if every editor has left meanwhile, what was kept warm for it is closed."""
        try:
            with (
                self.stops.watching(),
                self.residency.run(settings, provider),
                self.indexes.processor.run(run.run_id),
            ):
                return await work
        finally:
            attached = self.attached(run.roots)
            if not attached:
                await self.shadows.close(run.session_id)
            _, known = self._permissions.get(run.session_id, ((), None))
            if known is None or not attached or not known.always:
                # There is one for each session, and weeks have many.
                self._permissions.pop(run.session_id, None)

    async def record(
        self,
        roots: Sequence[str],
        session_id: str,
        run_id: str,
        body: EventBody,
        *,
        asker: Attachment,
    ) -> Event:
        """Store an event, then show it to every connection in the workspace and to the asker.

        Cancelling the caller does not come between the two: what is stored is shown.
        """
        return await asyncio.shield(self._record(roots, session_id, run_id, body, asker))

    async def record_fact(
        self,
        roots: Sequence[str],
        session_id: str,
        run_id: str,
        body: EventBody,
        *,
        asker: Attachment,
    ) -> None:
        """Record what has happened to files; where that fails, the store keeps it until it can."""
        try:
            await self.record(roots, session_id, run_id, body, asker=asker)
        except StoreFailed as error:
            log.warning("run %s: '%s' is not stored yet: %s", run_id, body.kind, error)

    async def _record(
        self,
        roots: Sequence[str],
        session_id: str,
        run_id: str,
        body: EventBody,
        asker: Attachment,
    ) -> Event:
        (event,) = await self.store.append(session_id, run_id, [body])
        run = self.runs.get(run_id)
        if run is not None:
            run.saw(event)
        self.indexes.processor.saw(event)
        shadow = self.shadows.made(session_id)
        self.auditor.saw(event, asker.editor.name, shadow.boundary if shadow else "")
        if isinstance(event.body, RunStarted) and event.body.model:
            self.residency.used(asker, event.body.provider, event.body.model)
        await self.waiting.follow(event, roots)
        await self._show(roots, event, asker)
        return event

    async def _show(self, roots: Sequence[str], event: Event, asker: Attachment) -> None:
        """Show a stored event; a connection that fails does not disturb the others."""
        shown = self.attached(roots)
        if asker not in shown and asker in self._attachments:  # one without any folder
            shown.append(asker)
        for attachment in shown:
            try:
                await attachment.editor.event(event)
            except Exception:
                log.exception("%s could not show an event", attachment.editor.name)

    async def folders(self, paths: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return canonical folders and sentences on those that are unusual."""
        opened = await asyncio.to_thread(open_folders, list(paths))
        return list(opened.roots), list(opened.notices)

    def status(self) -> dict[str, Any]:
        """Return what `arriero daemon status` shows, JSON-able."""
        return {
            "version": __version__,
            "pid": os.getpid(),
            "uptime": round(time.monotonic() - self._started, 1),
            "memory": memory(),
            "connections": [
                {"name": a.editor.name, "folders": list(a.roots)} for a in self._attachments
            ],
            "workspaces": [
                {
                    "folder": w.root,
                    "connections": w.connections,
                    "watching": w.watcher.status.folders,
                    "problem": w.watcher.status.problem,
                }
                for w in self.workspaces.all
            ],
            "runs": [run_status(run) for run in self.runs.all],
            "tasks": len(asyncio.all_tasks()),
        }

    def _stop_others(self) -> None:
        self.providers.stop()
        self.shadows.stop_jobs()

    def _run_changed(self, run: RunHandle) -> None:
        self.heap.weigh(busy=bool(self.runs.all))
        for attachment in self.attached(run.roots):
            attachment.changed()
