"""Forgetting, now and then, what runs of long ago changed: `undo.days`, `undo.megabytes`."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from arriero.sessions.failure import StoreFailed

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.daemon.hub import Hub
    from arriero.settings.undo import UndoSettings

log = logging.getLogger(__name__)

_PAUSE = 6 * 3600.0  # seconds between two times
_IN_USE = 24 * 3600.0  # seconds since a session was last used, for which its newest run stays


class Keeping:
    """Looks after the checkpoints while editors come; one at a time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._last: float | None = None
        self._task: asyncio.Task[None] | None = None

    def look(self, attachment: Attachment) -> None:
        """Begin to forget what is too old, or too much, by the settings of who has come."""
        now = time.monotonic()
        if self._last is not None and now - self._last < _PAUSE:
            return
        self._last = now
        self._task = asyncio.ensure_future(self._collect(attachment.settings.undo))

    async def done(self) -> None:
        """Wait until nothing is being forgotten."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def aclose(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _collect(self, settings: UndoSettings) -> None:
        try:
            spared = await self._in_use()
            count = await self._hub.proposals.collect(settings.days, settings.megabytes, spared)
        except (OSError, StoreFailed):
            log.exception("old checkpoints could not be forgotten")
            return
        if count:
            log.info("%d runs of long ago can not be taken back any more", count)

    async def _in_use(self) -> set[str]:
        """Return the newest run of each session that is in use, and all that go on."""
        since = time.time() - _IN_USE
        roots = {root for attachment in self._hub.attachments for root in attachment.roots}
        spared = {run.run_id for run in self._hub.runs.all}
        for number, session in enumerate(await self._hub.store.sessions(tuple(roots))):
            if session.runs and (number == 0 or session.updated_at > since):
                spared.add(session.runs[-1].run_id)
        return spared
