"""One connection's place in its workspaces: everything a door asks of the daemon."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arriero.agent.editor import Editor
from arriero.agent.prompt import sendable
from arriero.agent.request import RunRequest
from arriero.daemon.choosing import look_for
from arriero.daemon.configuration import Configuration
from arriero.daemon.execution import execute
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.daemon.surroundings import Parts
from arriero.daemon.verdicts import Verdicts
from arriero.daemon.waiting import WaitingRun
from arriero.models.errors import ModelError
from arriero.models.types import ModelInfo, Provider
from arriero.sessions.events import Event, EventBody
from arriero.sessions.failure import StoreFailed
from arriero.sessions.session import Session, new_id
from arriero.settings.model import Settings
from arriero.shadow.unbroken import unbroken

if TYPE_CHECKING:
    from arriero.daemon.hub import Hub
    from arriero.daemon.workspaces import OpenWorkspace

log = logging.getLogger(__name__)


class Attachment(Verdicts):
    """Made by `Hub.attach`. `on_change` is called when what `status` shows may have changed."""

    def __init__(self, hub: Hub, editor: Editor) -> None:
        self._hub = hub
        self.editor = editor
        self.on_change: Callable[[], None] = lambda: None
        self._configuration = Configuration(editor)
        self._workspaces: list[OpenWorkspace] = []
        self._joining = asyncio.Lock()
        self._model: tuple[str, str] | None = None

    @property
    def roots(self) -> tuple[str, ...]:
        """The canonical folders of this connection, in the client's order."""
        return tuple(workspace.root for workspace in self._workspaces)

    @property
    def workspaces(self) -> tuple[OpenWorkspace, ...]:
        return tuple(self._workspaces)

    async def set_folders(self, folders: Sequence[str]) -> None:
        """Have exactly these folders open; what cannot be opened is said to the editor."""
        roots, problems = await self._hub.folders(folders)
        # To its end also if who asks is cancelled: a folder that is half joined is never closed.
        await unbroken(self._join(roots))
        await self._hub.waiting.look(roots)
        for problem in problems:
            await self.editor.message("warning", problem)
        await self.reload_settings()
        self._hub.residency.look(self)
        self._hub.indexes.look(self)
        self._hub.keeping.look(self)

    async def detach(self) -> None:
        """Leave: the runs go on, their proposals are kept for the next editor."""
        self._hub.forget(self)
        await unbroken(self._join(()))

    async def _join(self, roots: Sequence[str]) -> None:
        async with self._joining:
            old = self._workspaces
            self._workspaces = [await self._hub.workspaces.join(root) for root in roots]
            for workspace in old:
                await self._leave(workspace)

    async def _leave(self, workspace: OpenWorkspace) -> None:
        await self._hub.workspaces.leave(workspace)
        busy = any(workspace.root in run.roots for run in self._hub.runs.all)
        if workspace.connections == 0 and not busy:
            await self._hub.shadows.close_folder(workspace.root)

    def changed(self) -> None:
        """Tell the door that `status` would answer something else now."""
        self.on_change()

    # -- settings

    @property
    def settings(self) -> Settings:
        """The settings as they were last read without a mistake."""
        return self._configuration.settings

    @property
    def settings_problem(self) -> str:
        """What is wrong with the settings as they are now, a sentence."""
        return self._configuration.problem

    async def set_editor_settings(self, values: Mapping[str, Any], *, trusted: bool) -> None:
        """Take the settings of the editor, and whether its user trusts the workspace."""
        self._configuration.take(values, trusted=trusted)
        await self.reload_settings()
        self._hub.residency.look(self)
        self._hub.indexes.look(self)

    async def reload_settings(self) -> None:
        """Read all layers again; on a mistake the last good settings stay and it is said."""
        await self._configuration.reload(Path(self.roots[0]) if self.roots else None)

    # -- runs

    async def start(self, request: RunRequest) -> RunHandle:
        """Start a run; raises RunRefused, UnknownSession."""
        stops = self._hub.stops.count
        await self.reload_settings()
        if self.settings_problem:
            raise RunRefused(self.settings_problem)
        # What the client sent may hold what neither the store nor a model's server can take.
        request = replace(request, prompt=sendable(request.prompt), label=sendable(request.label))
        try:
            session = await self._session_for(request)
        except StoreFailed as error:
            raise RunRefused(str(error)) from error
        self._hub.runs.must_be_free(session.session_id)
        if self._hub.stops.count != stops:
            raise RunRefused("Everything was stopped before this began; ask again if you want it.")
        self._hub.runs.admit(self.settings.limits.concurrent_runs)
        run = RunHandle(new_id("run"), session.session_id, request.label, self.roots)
        settings = self.settings
        provider = request.provider or session.provider or self.provider_name

        def find_provider(name: str | None) -> Provider:
            return self._hub.providers.get(name or provider, settings)

        parts = Parts(
            self._hub.store,
            self._hub.proposals,
            self._hub.shadows,
            self._hub.runs,
            self._hub.permissions(session, settings.permissions),
            self._hub.profiles,
            self._hub.model_profiles,
            self._hub.plans,
            self._hub.told,
            self._hub.indexes,
            find_provider,
        )
        emit = self._emitter(run.session_id, run.run_id)
        if request.model is None and session.model is None and self._model is not None:
            request = replace(request, model=self._model[1])
        # No await since the session was found to be free: it is taken now.
        work = execute(run, request, session, settings, self.editor, emit, parts)
        self._hub.runs.begin(run, self._hub.tidied(run, work, settings, provider))
        return run

    def run(self, run_id: str) -> RunHandle | None:
        """Return a run that goes on."""
        return self._hub.runs.get(run_id)

    @property
    def runs(self) -> list[RunHandle]:
        """The runs that go on in this connection's folders."""
        return [run for run in self._hub.runs.all if set(run.roots) & set(self.roots)]

    @property
    def waiting(self) -> list[WaitingRun]:
        """The ended runs in these folders whose proposals still wait for a verdict."""
        return [run for run in self._hub.waiting.among(self.roots) if self.run(run.run_id) is None]

    async def cancel(self, run_id: str) -> bool:
        """Cancel a run; False when none of that id goes on."""
        run = self._hub.runs.get(run_id)
        return run is not None and run.cancel()

    # -- sessions

    async def new_session(self, mode: str | None = None) -> Session:
        return await self._hub.store.create(self.roots, mode or self.settings.mode)

    async def sessions(self) -> list[Session]:
        """Return the sessions of these folders, newest first."""
        return await self._hub.store.sessions(self.roots)

    async def newest_session(self) -> Session | None:
        """Return the one in which the last run began, None where there was none."""
        found = await self._hub.store.sessions(self.roots, most=1, used=True)
        return found[0] if found else None

    async def session(self, session_id: str) -> Session:
        """Return one session; raises UnknownSession, as all that follow."""
        return await self._hub.store.get(session_id)

    async def events(self, session_id: str) -> list[Event]:
        """Return all events of a session, oldest first."""
        return await self._hub.store.events(session_id)

    async def set_mode(self, session_id: str, mode: str) -> None:
        """Change the mode of the session's next run."""
        await self._hub.store.get(session_id)
        await self._hub.store.update(session_id, mode=mode)

    async def set_model(self, session_id: str, model: str) -> str:
        """Change the model of the session's next run.

        Returns what is to be said of it (`choosing`); raises `ModelNotFound`, and nothing changes.
        """
        await self._hub.store.get(session_id)
        told = await self._look_for(model := sendable(model))
        provider = self.provider_name
        await self._hub.store.update(session_id, model=model, provider=provider)
        return told

    async def fork_session(self, session_id: str, before: str | None = None) -> Session:
        """Copy a session, to go on in two directions; with `before` only what precedes that run."""
        return await self._hub.store.fork(session_id, before)

    async def rename_session(self, session_id: str, title: str) -> Session:
        """Give a session another title, and return it."""
        await self._hub.store.get(session_id)
        await self._hub.store.update(session_id, title=sendable(title))
        return await self._hub.store.get(session_id)

    async def delete_session(self, session_id: str) -> None:
        """Remove a session; raises RunRefused while it is busy."""
        await self._hub.store.get(session_id)
        with self._hub.runs.deleting(session_id):
            await self._hub.shadows.close(session_id)
            await self._hub.store.delete(session_id)
            self._hub.forget_permissions(session_id)

    # -- models

    @property
    def provider_name(self) -> str:
        return self._model[0] if self._model else self.settings.provider

    @property
    def provider(self) -> Provider:
        """The provider in use; raises ModelError."""
        return self._hub.providers.get(self.provider_name, self.settings)

    @property
    def selected_model(self) -> str | None:
        """The model that the user chose, None when Arriero chooses."""
        if self._model:
            return self._model[1]
        return self.settings.model or self.settings.selected.default_model

    async def models(self) -> list[ModelInfo]:
        """Return the models of the provider in use; raises ModelError."""
        return await self.provider.models()

    async def select_model(self, name: str) -> str:
        """Use a model from now on in this connection; returns and raises as `set_model`."""
        told = await self._look_for(name)
        self._model = (self.provider_name, name)
        self._hub.residency.look(self)
        self.changed()
        return told

    async def provider_state(self) -> tuple[str, str]:
        """Return ("ready" | "unavailable", a sentence); asks the provider."""
        try:
            return "ready", await self.provider.version()
        except ModelError as error:
            return "unavailable", str(error)

    async def _look_for(self, model: str) -> str:
        def provider(name: str | None) -> Provider:
            return self._hub.providers.get(name or self.provider_name, self.settings)

        return await look_for(model, provider, self.settings.providers)

    async def _session_for(self, request: RunRequest) -> Session:
        if request.session_id is None:
            return await self._hub.store.create(self.roots, request.mode)
        return await self._hub.store.get(request.session_id)

    def _emitter(self, session_id: str, run_id: str) -> Callable[[EventBody], Awaitable[None]]:
        roots = self.roots

        async def emit(body: EventBody) -> None:
            await self._hub.record(roots, session_id, run_id, body, asker=self)

        return emit

    async def _record(self, run_id: str, body: EventBody) -> None:
        session_id = await self._hub.store.run_session(run_id)
        if session_id is None:
            log.warning("no session for %s: the event is only in the proposal", run_id)
            return
        await self._hub.record_fact(self.roots, session_id, run_id, body, asker=self)
