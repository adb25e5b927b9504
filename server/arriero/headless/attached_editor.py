"""`AttachedEditor`: a run's user in a process of its own, beside the daemon of the editors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from arriero.agent.editor import ApplyOutcome
from arriero.headless.daemon_link import DaemonLink, Unanswered
from arriero.headless.editor import HeadlessEditor
from arriero.sessions.events import Event, ToolStarted
from arriero.workspace.buffers import Buffer, Buffers
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.uris import path_to_uri, uri_to_path

_LOOK = 10.0  # seconds for the texts of an editor
_APPLY = 90.0  # seconds for an edit: longer than the daemon waits for its editor

log = logging.getLogger(__name__)


class AttachedEditor(HeadlessEditor):
    """Where an editor has the folders open in the user's daemon, it takes the edits.

    Its open documents are read as they are at the beginning and before each tool call. Without such
    an editor, edits go to the files. The options are those of `HeadlessEditor`; all folders in
    which the editor must be at home are `at`, and `link` None: no daemon is asked.
    """

    def __init__(
        self,
        name: str,
        folders: Sequence[str],
        *,
        at: Sequence[str],
        link: DaemonLink | None,
        **options: Any,
    ) -> None:
        super().__init__(name, folders, **options)
        self._at = [path_to_uri(folder) for folder in at]
        self._link = link
        self._open = Mirror()
        self._users = 0
        self._looking = asyncio.Lock()

    @property
    def buffers(self) -> Buffers:
        """The documents of the editor, as they were when it was last looked."""
        return self._open

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Follow the editor while inside; may be entered several times at once."""
        self._users += 1
        try:
            await self.look()
            yield
        finally:
            self._users -= 1
            await self._rest()

    async def look(self) -> None:
        """Read the open documents of the editor; without one there are none."""
        if self._link is None:
            return
        async with self._looking:
            asked = {"folders": self._at, "known": self._open.tags}
            try:
                told = await self._link.ask("arriero/texts", asked, timeout=_LOOK)
            except Unanswered as error:
                log.warning("%s: the editor's texts are not known: %s", self.name, error)
                told = None
            self._open.take(told["documents"] if told is not None else ())

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        """Apply a change as a whole or not at all, in the editor or else to the files."""
        if self._link is None:
            return await super().apply(change, confirm=confirm)
        try:
            told = await self._link.ask("arriero/applyChange", self._asked(change), timeout=_APPLY)
        except Unanswered as error:
            await self.look()
            return ApplyOutcome(False, str(error))
        if told is None or told["editor"] is None:
            async with self._looking:
                self._open.clear()  # whose texts these were has left
            return await super().apply(change, confirm=confirm)
        await self.look()
        return ApplyOutcome(told["applied"], told["reason"])

    async def event(self, event: Event) -> None:
        """See an event; a tool that begins sees what the user has now."""
        if self._users and isinstance(event.body, ToolStarted):
            await self.look()
        await super().event(event)

    async def _rest(self) -> None:
        """Leave the daemon, so that it can end when it has nothing to do."""
        async with self._looking:
            if not self._users and self._link is not None:
                self._open.clear()
                await self._link.close()

    def _asked(self, change: WorkspaceChange) -> dict[str, Any]:
        changes = [_message(one) for one in change.changes]
        return {"folders": self._at, "label": change.label, "changes": changes}


class Mirror:
    """Another process's open documents, as they were last told; safe to read from any thread."""

    def __init__(self) -> None:
        self._buffers: Mapping[str, Buffer] = {}
        self.tags: Mapping[str, str] = {}

    def get(self, path: str) -> Buffer | None:
        """Return the open document at an absolute canonical path."""
        return self._buffers.get(path)

    def all(self) -> Iterable[Buffer]:
        """Return all open documents."""
        return tuple(self._buffers.values())

    def take(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Have exactly these; a text that is not told again is the one that is known."""
        buffers, tags = {}, {}
        for one in documents:
            path = uri_to_path(one["uri"])
            text = one["text"] if one["text"] is not None else self._buffers[path].text
            buffers[path] = Buffer(path, text, one["version"], one["language"])
            tags[one["uri"]] = one["tag"]
        self._buffers, self.tags = buffers, tags

    def clear(self) -> None:
        """Have none."""
        self.take(())


def _message(change: FileChange) -> dict[str, Any]:
    message: dict[str, Any] = {"uri": path_to_uri(change.path)}
    match change:
        case TextChange(_, base, replacements, version):
            made = [{"start": r.start, "end": r.end, "text": r.text} for r in replacements]
            return {
                **message, "kind": "edit", "text": base, "version": version, "replacements": made
            }  # fmt: skip
        case CreateFile(_, text):
            return {**message, "kind": "create", "text": text}
        case DeleteFile(_, base):
            return {**message, "kind": "delete", "text": base}
        case RenameFile(_, new_path):
            return {**message, "kind": "rename", "newUri": path_to_uri(new_path)}
