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
from arriero.workspace.files import ignored_among, list_files

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
        self._lock = asyncio.Lock()

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
        async with self._lock:
            shadow = self._shadows.pop(key, None)
            if shadow is None:
                await self._drop(session_id)
                shadow = await make_shadow(
                    settings.kind,
                    tuple(roots),
                    self._folder,
                    ignored=_ignored,
                    listing=_listing,
                    network=settings.network,
                    hidden=self._hidden,
                    hosts=settings.hosts,
                    container=container(settings),
                )
            self._shadows[key] = shadow  # behind those that were used before
            await self._drop_oldest(session_id)
            return shadow

    async def close(self, session_id: str | None = None) -> None:
        """Close one session's shadow, or all."""
        async with self._lock:
            await self._drop(session_id)

    async def close_folder(self, root: str) -> None:
        """Close the shadows over a folder that no connection has open any more."""
        async with self._lock:
            for key in [key for key in self._shadows if root in key.roots]:
                await self._drop(key.session_id)

    def stop_jobs(self) -> None:
        """End all commands that run in the background; what they changed is not taken."""
        for shadow in self._shadows.values():
            if (jobs := _jobs(shadow)) is not None:
                jobs.stop()

    async def _drop_oldest(self, current: str) -> None:
        idle = [
            key.session_id
            for key, shadow in self._shadows.items()
            if key.session_id != current and not self._in_use(key.session_id, shadow)
        ]
        for session_id in idle[: max(0, len(self._shadows) - _MOST_WARM)]:
            await self._drop(session_id)

    def _in_use(self, session_id: str, shadow: Shadow) -> bool:
        return self._busy(session_id) or session_id in self._kept or _works(shadow)

    async def _drop(self, session_id: str | None) -> None:
        for key in list(self._shadows):
            if session_id in (None, key.session_id):
                try:
                    await self._shadows.pop(key).close()
                except (ShadowError, OSError):
                    log.exception("closing the shadow of %s failed", key.session_id)


def _jobs(shadow: Shadow) -> Jobs | None:
    jobs = getattr(shadow, "jobs", None)
    return jobs if isinstance(jobs, Jobs) else None


def _works(shadow: Shadow) -> bool:
    jobs = _jobs(shadow)
    return jobs is not None and bool(jobs.running)


def _listing(root: str) -> tuple[str, ...]:
    # What is only left out of searches is there for commands.
    return list_files(root, only_git=True).paths


def _ignored(root: str, paths: Iterable[str]) -> frozenset[str]:
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
