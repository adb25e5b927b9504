"""One connection to the daemon for each folder in which the client has a session."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from arriero.cli.acp.wire import INTERNAL_ERROR, INVALID_PARAMS, WireError
from arriero.cli.door import Door, open_door
from arriero.cli.failure import Failure
from arriero.daemon.launch import LaunchFailed
from arriero.settings.errors import SettingsError
from arriero.settings.layers import load_settings
from arriero.settings.model import Settings
from arriero.workspace.naming import visible
from arriero.workspace.realpath import real_path

log = logging.getLogger(__name__)

Prepare = Callable[[Door], None]


class Folders:
    """The doors of a client; `prepare` is called with each that is new."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._opening: dict[str, asyncio.Future[Door]] = {}
        self._stack = AsyncExitStack()

    async def door(self, folder: str) -> Door:
        """Return the connection of a canonical folder, made anew where it was lost.

        Callers go on in the order in which they came, so that a cancel stays behind its prompt.
        Raises WireError.
        """
        opening = self._opening.get(folder)
        if opening is None or _is_lost(opening):
            opening = self._opening[folder] = asyncio.ensure_future(self._open(folder))
        try:
            return await asyncio.shield(opening)
        except (Failure, LaunchFailed, SettingsError) as error:
            raise WireError(INTERNAL_ERROR, str(error)) from error

    async def asks(self, folder: str) -> bool:
        """Tell whether the user wants to be asked before a proposal is applied there."""
        return (await asyncio.to_thread(_settings, folder)).apply == "review"

    async def close(self) -> None:
        """Leave the daemon. What runs goes on, and its proposals wait for the next editor."""
        for opening in self._opening.values():
            opening.cancel()
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        await self._stack.aclose()

    async def _open(self, folder: str) -> Door:
        allowed = (await asyncio.to_thread(_settings, folder)).allowed_dirs
        # We apply what the user allowed; the daemon shall not do so by itself.
        door = await self._stack.enter_async_context(
            open_door(folder, _quiet, settings={"apply": "review"}, folders=allowed)
        )
        self._prepare(door)
        return door


async def canonical(folder: str) -> str:
    """Return the canonical path of a folder that the client names; raises WireError."""
    return await asyncio.to_thread(_canonical, folder)


def _settings(folder: str) -> Settings:
    return load_settings(workspace=Path(folder), environment=os.environ).settings


def _is_lost(opening: asyncio.Future[Door]) -> bool:
    if not opening.done():
        return False
    return opening.cancelled() or opening.exception() is not None or opening.result().gone


def _canonical(folder: str) -> str:
    path = real_path(folder)
    if path is None or not Path(folder).is_absolute() or not Path(path).is_dir():
        shown = visible(folder[:200])
        raise WireError(INVALID_PARAMS, f"`cwd`: {shown} is no absolute path of a folder.")
    return path


def _quiet(level: str, text: str) -> None:
    log.info("%s: %s", level, text)
