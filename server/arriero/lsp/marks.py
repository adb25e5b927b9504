"""The changes that wait for a verdict, as an editor with plain LSP is shown them: marked lines.

Each open hunk is a diagnostic of the lines that it would replace, so that the editor lists it and
moves to it; code actions there accept or reject it. A client that reviews by itself gets none.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.agent.proposals import UnknownRun
from arriero.lsp.wording import shortened
from arriero.sessions.events import Applied, Event, Rejected, RunEnded, RunStarted, Undone
from arriero.workspace.proposal import FileProposal, Hunk
from arriero.workspace.rebase import rebase
from arriero.workspace.text import LineIndex, PositionEncoding

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

SOURCE = "arriero"
_LONGEST = 400  # characters of a hunk in its mark
_WORTH_CARRYING = 300_000  # characters; above, marks stay on their lines while the user types


@dataclass(frozen=True)
class Mark:
    """One open hunk; lines from 0 of the text as it is now, the last one included.

    `width` is the length of the last line in the client's encoding, without its line end.
    """

    run_id: str
    hunk: Hunk
    first: int
    last: int
    width: int


class Marks:
    """What waits in each file, and what else of the runs the code actions speak of."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._files: dict[str, dict[str, FileProposal]] = {}
        self._published: set[str] = set()
        self._refreshing = asyncio.Lock()
        self.running: set[str] = set()
        self.applied_run: str | None = None
        self.undone_run: str | None = None

    @property
    def wanted(self) -> bool:
        """Whether this client is shown proposals in this way."""
        return not self._connection.options.reviews

    def saw(self, event: Event) -> None:
        """Follow an event of a run; returns at once."""
        body, run_id = event.body, event.run_id
        if isinstance(body, RunStarted):
            self.running.add(run_id)
        elif isinstance(body, RunEnded):
            self.running.discard(run_id)
        elif isinstance(body, Applied):
            self.applied_run = run_id
            self.undone_run = None if self.undone_run == run_id else self.undone_run
        elif isinstance(body, Undone):
            self.applied_run = None if self.applied_run == run_id else self.applied_run
            self.undone_run = run_id if body.paths else self.undone_run
        if self.wanted and isinstance(body, (RunEnded, Applied, Rejected, Undone)):
            self._connection.spawn(self.refresh(run_id))

    async def look(self) -> None:
        """Mark what waits from before this connection."""
        if not self.wanted:
            return
        attachment = await self._connection.attached()
        for run in attachment.waiting:
            await self.refresh(run.run_id)

    async def refresh(self, run_id: str) -> bool:
        """Read a run's proposal again and mark what is open of it; return whether anything is."""
        async with self._refreshing:  # what was read last is what stays
            files = await self._open_files(run_id)
            before = self._files.pop(run_id, {})
            if files:
                self._files[run_id] = files
            for path in {**before, **files}:
                await self.publish(path)
        return bool(files)

    async def _open_files(self, run_id: str) -> dict[str, FileProposal]:
        try:
            proposal = await self._connection.hub.proposals.get(run_id)
        except UnknownRun:
            return {}  # it proposed nothing, or was removed with its session
        return {file.path: file for file in proposal.files if file.open_hunks}

    async def publish(self, path: str) -> None:
        """Send the marks of a file, where there are or were any."""
        marks = await self.of(path)
        uri = self._connection.documents.uri_of(path)
        if not marks and uri not in self._published:
            return
        (self._published.add if marks else self._published.discard)(uri)
        if self._connection.client.diagnostics:
            self._connection.notify(
                types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
                types.PublishDiagnosticsParams(uri, [diagnostic(mark) for mark in marks]),
            )

    def waits_in(self, path: str) -> bool:
        """Whether anything waits in a file."""
        return any(path in files for files in self._files.values())

    def runs_of(self, path: str) -> list[tuple[str, int]]:
        """Return the runs to decide on as a whole in a file, and how many hunks each has in all.

        Those with several hunks, one of them here; and those with nothing in any open document,
        such as a new file, which would be offered nowhere else.
        """
        documents, found = self._connection.documents, []
        for run_id, files in self._files.items():
            count = sum(len(file.open_hunks) for file in files.values())
            unseen = all(documents.get(one) is None for one in files)
            if unseen or (path in files and count > 1):
                found.append((run_id, count))
        return found

    async def of(self, path: str) -> list[Mark]:
        """Return the marks of a file in the order of its lines, carried over to its text as it is.

        A hunk whose lines the user has changed meanwhile has none.
        """
        found: list[Mark] = []
        for run_id, files in list(self._files.items()):
            file = files.get(path)
            if file is not None:
                buffer = self._connection.documents.get(path)
                text = file.base if buffer is None else buffer.text
                encoding = self._connection.client.encoding
                found += await asyncio.to_thread(_marks, run_id, file, text or "", encoding)
        return sorted(found, key=lambda mark: (mark.first, mark.hunk.id))


def diagnostic(mark: Mark) -> types.Diagnostic:
    """Return a mark in LSP's words."""
    return types.Diagnostic(
        types.Range(types.Position(mark.first, 0), types.Position(mark.last, mark.width)),
        f"Arriero proposes {in_words(mark.hunk)}",
        severity=types.DiagnosticSeverity.Information,
        source=SOURCE,
        data={"runId": mark.run_id, "hunks": [mark.hunk.id]},
    )


def in_words(hunk: Hunk, limit: int = _LONGEST) -> str:
    """Say what a hunk does, an edit as its lines."""
    if hunk.kind != "edit":
        return f"to {hunk.kind} this file"
    lines = [f"- {line}" for line in hunk.old_lines] + [f"+ {line}" for line in hunk.new_lines]
    return shortened("this:\n" + "\n".join(line.rstrip("\r\n") for line in lines), limit)


def _marks(run_id: str, file: FileProposal, text: str, encoding: PositionEncoding) -> list[Mark]:
    index = LineIndex(text)
    found = []
    for hunk, line in _places(file, index):
        height = len(hunk.old_lines) if hunk.kind == "edit" else 1
        first = min(line, index.line_count - 1)
        last = min(line + max(height, 1), index.line_count) - 1
        end = index.line_start(last) + len(index.text[_slice_of(index, last)].rstrip("\r\n"))
        found.append(Mark(run_id, hunk, first, last, index.position_at(end, encoding)[1]))
    return found


def _slice_of(index: LineIndex, line: int) -> slice:
    return slice(index.line_start(line), index.line_end(line))


def _places(file: FileProposal, index: LineIndex) -> list[tuple[Hunk, int]]:
    """Return the open hunks with the lines where they begin now."""
    if index.text == file.base or len(index.text) > _WORTH_CARRYING:
        return [(hunk, hunk.line - 1) for hunk in file.open_hunks]
    places = [(hunk, 0) for hunk in file.open_hunks if hunk.kind != "edit"]
    edits = file.replacements()
    fates = rebase(file.base or "", [part for _, part in edits], index.text).fates
    line = 0
    for (hunk, _), fate in zip(edits, fates, strict=True):
        if fate.replacement is not None:  # hunks that share a line are placed with the first
            line = index.line_at(fate.replacement.start)
        if fate.kind == "placed":
            places.append((hunk, line))
    return places
