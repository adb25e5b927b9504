"""The index of one open folder, and who has the folder open."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from arriero.daemon.index_progress import IndexProgress, IndexState
from arriero.daemon.meaning_state import MeaningState
from arriero.index.buffers import LaidBuffers
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.confine import is_beneath
from arriero.workspace.folders import is_too_wide

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.daemon.workspaces import OpenWorkspace

OFF = "This folder is not indexed, as the setting index.enabled is false."
FAILED = (
    "The index of this folder ended with a failure; open the folder again, or see "
    "`arriero daemon logs`."
)
_SPECIAL = re.compile(r"([\\*?\[\]])")  # in a pattern of an ignore file
_QUOTED = r"\\\1"
_WIDE = (
    "This folder is not indexed, as it holds more than one project; open the project's own "
    "folder, or have this one indexed with `arriero index rebuild`."
)


@dataclass
class KeptIndex:
    """The index of one open folder; `note` says why nothing keeps it up to date, if so.

    `opened` once the indexer knows it; before, `index` is what was left of it last time. `begun`
    is set then, or when it is clear that it will not be kept; `hurried` when it is to be soon.
    `unwatched` says which changes on disk are noticed late, if so.
    `ours` are patterns of what is left out in any case.
    """

    root: str
    index: WorkspaceIndex
    laid: LaidBuffers
    progress: IndexProgress
    users: dict[Attachment, OpenWorkspace] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    note: str = ""
    asked: bool = False
    opened: bool = False
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    preferred: set[str] = field(default_factory=set)
    unwatched: str = ""
    told: tuple[str, str] = ("", "")

    @property
    def exclude(self) -> tuple[str, ...]:
        """What the settings of its editors leave out, together, and what is ours."""
        patterns = (one for user in self.users for one in user.settings.left_out)
        return tuple(dict.fromkeys((*patterns, *self.ours)))

    @property
    def enabled(self) -> bool:
        """Whether the settings of any of its editors want it."""
        return any(user.settings.index.enabled for user in self.users)

    @property
    def unwanted(self) -> str:
        """Why it is not to be kept, a sentence; empty if it is."""
        if not self.enabled:
            return OFF
        return _WIDE if is_too_wide(self.root) and not self.asked else ""

    def changed(self) -> None:
        """Tell its editors that their status may show something else now."""
        for user in self.users:
            user.changed()

    def state(self, meaning: MeaningState | None, *, busy: bool) -> IndexState:
        """Return how far it is, with how far its vectors are; `busy`: runs need the processor."""
        if self.note:
            return IndexState(self.root, "off", message=self.note)
        status = self.index.status
        done = max(status.files - status.pending, 0)
        phase = "waiting" if not self.opened or status.phase == "stopped" else status.phase
        paused = phase == "building" and busy
        return IndexState(
            self.root,
            "paused" if paused else phase,
            status.files,
            done,
            status.message or self.unwatched,
            meaning,
            failing=bool(status.problem),
        )


def ours(root: str, cache: Path) -> tuple[str, ...]:
    """Return patterns that leave our own files out: to index them would change them, for ever."""
    folder = os.path.realpath(cache)
    if is_beneath(root, folder):
        return ("*",)
    if not is_beneath(folder, root):
        return ()
    return (f"/{_SPECIAL.sub(_QUOTED, os.path.relpath(folder, root))}/",)
