"""Settings that change while a gateway serves.

Every process looks at the user's file by itself: of several workers only one takes a form of the
dashboard, and nobody is told of an edit by hand. A request waits for none of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from arriero.settings.errors import SettingsError
from arriero.settings.layers import LoadedSettings, user_file
from arriero.settings.model import Settings

LOOK = 1.0  # seconds between two looks at the file

log = logging.getLogger(__name__)

_Stamp = tuple[int, ...]


class Reloading:
    """Has a gateway `use` what `load` reads once the user's file is another than before.

    `current` are the settings in force. Begins with `begin`, which needs a running event loop.
    """

    def __init__(
        self,
        load: Callable[[], LoadedSettings],
        current: Callable[[], Settings],
        use: Callable[[Settings], None],
    ) -> None:
        self._load = load
        self._current = current
        self._use = use
        # Not known yet, so that the first look reads: the file may have changed since the start.
        self._stamp: _Stamp | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look from time to time, until `aclose`."""
        self._task = asyncio.create_task(self._run(), name="settings-reloading")

    async def look(self) -> None:
        """Take up the settings if the file has changed; a mistake leaves those in force."""
        # Before the file is read: what is written meanwhile is seen at the next look.
        stamp = await asyncio.to_thread(_stamp_now)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            loaded = await asyncio.to_thread(self._load)
        except SettingsError as error:
            log.warning("the settings stay as they were: %s", error)
            return
        if loaded.settings != self._current():
            self._use(loaded.settings)
            log.info("the settings have changed and count for what begins from now on")

    async def aclose(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.look()
            except Exception:  # the next look may do better
                log.exception("the settings cannot be looked at")


def _stamp_now() -> _Stamp:
    try:
        facts = user_file().stat()
    except OSError:
        return ()
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
