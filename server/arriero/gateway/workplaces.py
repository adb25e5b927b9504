"""The folders that requests work in: an attachment to the hub for each, kept while it is in use."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from arriero.agent.editor import Answer, ApplyOutcome, Editor, PermissionQuestion
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.gateway import allowlist
from arriero.gateway.metrics import FOLDER_VARIABLE, Metrics
from arriero.headless.attached_editor import AttachedEditor
from arriero.headless.daemon_link import DaemonLink
from arriero.sessions.events import Event, ToolStarted
from arriero.settings.gateway import GatewaySettings
from arriero.workspace.buffers import Buffers
from arriero.workspace.changes import WorkspaceChange

if TYPE_CHECKING:
    from arriero.gateway.gateway import Start

_MOST_OPEN = 16
NAME = "gateway"

log = logging.getLogger(__name__)


class Workplace:
    """One folder. The events of a run go to whoever follows it."""

    def __init__(
        self,
        hub: Hub,
        folder: str,
        metrics: Metrics,
        programs: Collection[str],
        link: DaemonLink | None,
    ) -> None:
        self.folder = folder
        self.users = 0
        self.editor = GatewayEditor(hub, folder, self, link)
        self.attachment: Attachment
        self._metrics = metrics
        self._programs = programs
        self._followers: dict[str, asyncio.Queue[Event]] = {}
        self._calls: dict[tuple[str, str], ToolStarted] = {}

    def follow(self, run_id: str) -> asyncio.Queue[Event]:
        """Return where the events of a run come, until `leave`."""
        return self._followers.setdefault(run_id, asyncio.Queue())

    def leave(self, run_id: str) -> None:
        """Nobody follows the run any more."""
        self._followers.pop(run_id, None)
        for key in [key for key in self._calls if key[0] == run_id]:
            del self._calls[key]

    async def see(self, event: Event) -> None:
        """Take in an event of a run in this folder, whoever started it."""
        self._metrics.saw(event)
        follower = self._followers.get(event.run_id)
        if follower is None:
            return
        if self._programs and isinstance(event.body, ToolStarted):
            self._calls[event.run_id, event.body.call_id] = event.body
        follower.put_nowait(event)

    async def permit(self, question: PermissionQuestion) -> Answer:
        """Answer for the person who wrote the settings: what they name may run."""
        call = self._calls.get((question.run_id, question.call_id))
        if call is None or not allowlist.allowed(call.name, call.arguments, self._programs):
            return "reject_once"
        return "allow_once"


class GatewayEditor(AttachedEditor):
    """An editor that has the same folder open takes the edits; without one they go to the disk.

    It is open in this process, or with a link in the daemon's.
    """

    def __init__(self, hub: Hub, folder: str, place: Workplace, link: DaemonLink | None) -> None:
        # A command of the model that counts for Prometheus too must not write into our counts.
        own = {k: v for k, v in os.environ.items() if k != FOLDER_VARIABLE}
        super().__init__(
            NAME, [folder], at=[folder], link=link,
            ask=place.permit, see=place.see, environment=own,
        )  # fmt: skip
        self._hub = hub
        self._folder = folder

    @property
    def buffers(self) -> Buffers:
        """What the open editor has, unsaved texts among it."""
        editor = self._open_editor()
        return super().buffers if editor is None else editor.buffers

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        """Apply a change as a whole or not at all."""
        editor = self._open_editor()
        if editor is None:
            return await super().apply(change, confirm=confirm)
        return await editor.apply(change, confirm=False)

    def _open_editor(self) -> Editor | None:
        others = (a.editor for a in self._hub.containing([self._folder]))
        return next((one for one in others if not isinstance(one, GatewayEditor)), None)


class Workplaces:
    """Opens folders, `_MOST_OPEN` of them at once but for those that are in use."""

    def __init__(self, hub: Hub, metrics: Metrics, start: Start) -> None:
        self._hub = hub
        self._metrics = metrics
        self._start = start
        self._open: OrderedDict[str, Workplace] = OrderedDict()
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def use(self, folder: str) -> AsyncIterator[Workplace]:
        """Have a folder (absolute, canonical) open while inside."""
        place = await self._joined(folder)
        place.users += 1
        try:
            async with place.editor.looking():
                yield place
        finally:
            place.users -= 1

    async def aclose(self) -> None:
        """Leave all folders."""
        places = list(self._open.values())
        self._open.clear()
        for place in places:
            await place.attachment.detach()

    async def _joined(self, folder: str) -> Workplace:
        async with self._opening:
            place = self._open.get(folder)
            if place is None:
                place = await self._join(folder)
                self._open[folder] = place
                await self._leave_some()
            self._open.move_to_end(folder)
            return place

    async def _join(self, folder: str) -> Workplace:
        own = self._start.settings.gateway
        link = DaemonLink() if self._start.apart else None
        programs = frozenset(own.command_allowlist)
        place = Workplace(self._hub, folder, self._metrics, programs, link)
        place.attachment = await self._hub.attach([folder], place.editor)
        await place.attachment.set_editor_settings(
            run_settings(self._start.given, own), trusted=False
        )
        return place

    async def _leave_some(self) -> None:
        idle: Sequence[Workplace] = [one for one in self._open.values() if not one.users]
        for place in idle[: max(0, len(self._open) - _MOST_OPEN)]:
            del self._open[place.folder]
            await place.attachment.detach()


def run_settings(given: Mapping[str, Any], own: GatewaySettings) -> dict[str, Any]:
    """Return the settings of runs: what the command line gave, and what the gateway narrows."""
    settings: dict[str, Any] = {name: value for name, value in given.items() if name != "gateway"}
    if own.max_iterations is not None:
        settings["agent"] = {**settings.get("agent", {}), "max_steps": own.max_iterations}
    permissions: Mapping[str, Any] = settings.get("permissions", {})
    if not own.commands:
        settings["permissions"] = {**permissions, "commands": "deny"}
    elif own.command_allowlist:
        # Asked about each time, whatever was allowed before: the list answers.
        ask = [*permissions.get("ask", ()), "run"]
        settings["permissions"] = {**permissions, "commands": "ask", "ask": ask}
    return settings
