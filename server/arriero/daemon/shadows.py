"""The shadows of the sessions: made at the first run, kept warm, removed with the last editor.

Each has a process of its own, and layers on disk. Of sessions without a run only those that were
used last are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from arriero.settings.shadow import ShadowSettings
from arriero.shadow.choose import make_shadow
from arriero.shadow.container import Container
from arriero.shadow.jobs import Jobs
from arriero.shadow.types import (
    Command,
    CommandResult,
    Limits,
    Shadow,
    ShadowError,
    ShadowKind,
)
from arriero.shadow.unbroken import unbroken
from arriero.workspace.files import ignored_among
from arriero.workspace.known_files import KnownFiles

log = logging.getLogger(__name__)

_MOST_WARM = 8


@dataclass(frozen=True)
class _Key:
    session_id: str
    roots: tuple[str, ...]
    settings: str


class NoShadow:
    """Stands where no command can run; says why to the model, and the run goes on."""

    kind: ShadowKind = "none"
    confines = True  # as nothing runs, there is nothing to ask

    def __init__(self, reason: str) -> None:
        self.boundary = reason

    async def run(self, command: Command) -> CommandResult:  # noqa: ARG002 - the seam's signature
        raise ShadowError(self.boundary)

    async def close(self) -> None:
        return None


class Shadows:
    """One shadow for each session, its folders and its settings; they live below `folder`.

    `hidden` are folders of ours that no command may see; `busy` tells whether a session has a run.
    """

    def __init__(
        self,
        folder: Path,
        hidden: Sequence[str],
        busy: Callable[[str], bool] = lambda session_id: False,  # noqa: ARG005 - who has no runs
    ) -> None:
        self._folder = folder
        self._hidden = tuple(hidden)
        self._busy = busy
        self._shadows: dict[_Key, Shadow] = {}
        self._kept: Counter[str] = Counter()
        # One for each session that is being served: what takes long in one delays no other.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._making: dict[str, tuple[str, ...]] = {}

    @property
    def count(self) -> int:
        """How many are kept warm."""
        return len(self._shadows)

    @contextlib.contextmanager
    def kept(self, session_id: str) -> Iterator[None]:
        """Keep a session's shadow meanwhile: a call is at work that belongs to no run."""
        self._kept[session_id] += 1
        try:
            yield
        finally:
            self._kept[session_id] -= 1
            if not self._kept[session_id]:
                del self._kept[session_id]

    def made(self, session_id: str | None) -> Shadow | None:
        """Return the shadow in which the session's commands run; None if none was made yet."""
        found = (shadow for key, shadow in self._shadows.items() if key.session_id == session_id)
        return next(found, None)

    async def get(self, session_id: str, roots: Sequence[str], settings: ShadowSettings) -> Shadow:
        """Return the session's shadow; raises ShadowError."""
        key = _Key(session_id, tuple(roots), settings.model_dump_json())
        async with self._turn(session_id):
            shadow = self._shadows.pop(key, None)
            if shadow is None:
                await self._drop(session_id)
                shadow = await self._make(key, settings)
            self._shadows[key] = shadow  # behind those that were used before
            await self._drop_oldest(session_id)
            return shadow

    async def close(self, session_id: str | None = None) -> None:
        """Close one session's shadow, or all; one that is being made is waited for."""
        known = {*self._turns, *(key.session_id for key in self._shadows)}
        await self._close(known if session_id is None else {session_id})

    async def close_folder(self, root: str) -> None:
        """Close the shadows over a folder that no connection has open any more."""
        made = {key.session_id for key in self._shadows if root in key.roots}
        await self._close(made | {name for name, roots in self._making.items() if root in roots})

    def stop_jobs(self) -> None:
        """End all commands that run in the background; what they changed is not taken."""
        for shadow in self._shadows.values():
            if (jobs := _jobs(shadow)) is not None:
                jobs.stop()

    def _turn(self, session_id: str) -> asyncio.Lock:
        return self._turns.setdefault(session_id, asyncio.Lock())

    async def _close(self, session_ids: Iterable[str]) -> None:
        await asyncio.gather(*(self._close_one(session_id) for session_id in session_ids))

    async def _close_one(self, session_id: str) -> None:
        async with self._turn(session_id):
            await self._drop(session_id)

    async def _make(self, key: _Key, settings: ShadowSettings) -> Shadow:
        self._making[key.session_id] = key.roots
        try:
            return await make_shadow(
                settings.kind,
                key.roots,
                self._folder,
                ignored=_ignored,
                listing=KnownFiles(),
                network=settings.network,
                hidden=self._hidden,
                hosts=settings.hosts,
                container=container(settings),
            )
        finally:
            del self._making[key.session_id]

    async def _drop_oldest(self, current: str) -> None:
        idle = [
            key.session_id
            for key, shadow in self._shadows.items()
            if key.session_id != current and not self._in_use(key.session_id, shadow)
        ]
        for session_id in idle[: max(0, len(self._shadows) - _MOST_WARM)]:
            await self._drop(session_id)

    def _in_use(self, session_id: str, shadow: Shadow) -> bool:
        served = session_id in self._turns
        return served or self._busy(session_id) or session_id in self._kept or _works(shadow)

    async def _drop(self, session_id: str) -> None:
        for key in [key for key in self._shadows if key.session_id == session_id]:
            if (shadow := self._shadows.pop(key, None)) is not None:
                try:
                    await unbroken(shadow.close())
                except (ShadowError, OSError):
                    log.exception("closing the shadow of %s failed", key.session_id)


def _jobs(shadow: Shadow) -> Jobs | None:
    jobs = getattr(shadow, "jobs", None)
    return jobs if isinstance(jobs, Jobs) else None


def _works(shadow: Shadow) -> bool:
    jobs = _jobs(shadow)
    return jobs is not None and bool(jobs.running)


def _ignored(root: str, paths: Iterable[str]) -> frozenset[str]:
    # What is only left out of searches is there for commands.
    return ignored_among(root, paths, only_git=True)


def container(settings: ShadowSettings) -> Container | None:
    """Return the container that the settings ask for, None without an image."""
    if not settings.container_image:
        return None
    return Container(
        settings.container_program, settings.container_image, settings.container_mounts
    )


def limits(settings: ShadowSettings) -> Limits:
    """Return the bounds of one command that the settings ask for."""
    return Limits(
        seconds=settings.timeout,
        output_bytes=settings.output_kb * 1000,
        memory_bytes=settings.memory_mb << 20,
        processes=settings.processes,
    )
