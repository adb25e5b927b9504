"""The folders that are open: one watcher each, however many connections share it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from arriero.workspace.watcher import Watcher

log = logging.getLogger(__name__)


@dataclass
class OpenWorkspace:
    """One real folder that at least one connection has open."""

    root: str
    watcher: Watcher
    connections: int = 0


@dataclass
class Workspaces:
    """Opens a folder for its first connection and closes it after its last."""

    _open: dict[str, OpenWorkspace] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def all(self) -> list[OpenWorkspace]:
        return list(self._open.values())

    async def join(self, root: str) -> OpenWorkspace:
        """Return the workspace of a canonical folder, and count one more connection."""
        async with self._lock:
            workspace = self._open.get(root)
            if workspace is None:
                watcher = Watcher([root])
                watcher.start()
                workspace = self._open[root] = OpenWorkspace(root, watcher)
                log.info("workspace opened: %r", root)
            workspace.connections += 1
            return workspace

    async def leave(self, workspace: OpenWorkspace) -> None:
        """Count one connection less, and close the workspace when it was the last."""
        async with self._lock:
            workspace.connections -= 1
            if workspace.connections == 0 and self._open.get(workspace.root) is workspace:
                del self._open[workspace.root]
                await workspace.watcher.close()
                log.info("workspace closed: %r", workspace.root)
