"""Everything that is asked of the indexes of one workspace, whose folders may be several."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from arriero.index import naming, symbols
from arriero.index.buffers import LaidBuffers
from arriero.index.grep import Pattern, candidates
from arriero.index.map import Focus, repo_map
from arriero.index.overlay import LaidText, Overlay
from arriero.index.paths import absolute, relative
from arriero.index.reader import NoIndex, Snapshot
from arriero.index.search import Kind, SearchHit, SearchResult, search
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.buffers import Buffer
from arriero.workspace.confine import is_beneath
from arriero.workspace.files import MOST_FILES, Listing

LEAST_FILES = 2_000
"""Below so many files the disk is as quick as the index, and it is never late."""


@dataclass(frozen=True)
class Searched:
    """The index of one folder with what lays buffers over it; `note` says if nothing keeps it."""

    index: WorkspaceIndex
    laid: LaidBuffers
    note: str = ""


class Searcher:
    """Searches the folders of one connection or run. Every method blocks and belongs to threads."""

    def __init__(
        self,
        indexes: Callable[[], Sequence[Searched]],
        buffers: Callable[[], Iterable[Buffer]],
        *,
        least_files: int = LEAST_FILES,
    ) -> None:
        """`indexes` and `buffers` are asked before each search; of two buffers the last counts."""
        self._indexes = indexes
        self._buffers = buffers
        self._least_files = least_files

    def search(
        self,
        query: str,
        kind: Kind = "auto",
        limit: int = 10,
        staged: Mapping[str, str | None] | None = None,
    ) -> SearchResult:
        """Search all folders; `staged` are texts that stand for files', None for no file.

        Raises `workspace.matcher.BadPattern`.
        """
        hits: list[SearchHit] = []
        notes: dict[str, None] = {}
        complete = True
        gone = {path for path, text in (staged or {}).items() if text is None}
        for searched in self._synced():
            index = _with(searched.index, staged or {})
            found = search(index, query, kind, limit + len(gone))
            hits += [hit for hit in found.hits if hit.path not in gone]
            complete = complete and found.complete and not searched.note
            notes.update(dict.fromkeys(note for note in (searched.note, found.note) if note))
        if kind in ("auto", "semantic"):
            hits.sort(key=lambda hit: -hit.score)
        return SearchResult(tuple(hits[:limit]), complete, " ".join(notes))

    def definitions(self, asked: symbols.Asked) -> list[symbols.Definition]:
        """Return what the indexes know to be defined under a name, as of when they read it."""
        found: list[symbols.Definition] = []
        for searched in self._synced():
            try:
                with searched.index.reader.read() as snapshot:
                    found += symbols.definitions(snapshot, asked)
            except NoIndex:
                continue
        if asked.container:
            found.sort(key=lambda one: not one.is_in(asked.container))
        return found

    def named(
        self,
        typed: naming.Typed,
        limit: int,
        left_out: Sequence[str] = (),
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[naming.Placed]:
        """Return what is defined in all folders under names like that, as `naming.named` does.

        An index that nothing keeps is not asked.
        """
        found = []
        for searched in self._synced():
            if not searched.note:
                found += naming.named(searched.index, typed, limit, left_out, stopped)
        found.sort(key=lambda one: one[0])
        distinct: dict[tuple[str, int, int], naming.Placed] = {}  # a folder may lie in another one
        for _, one in found:
            distinct.setdefault((one.definition.path, one.line, one.start), one)
        return list(distinct.values())[:limit]

    def outline(self, tokens: int, estimate: Callable[[str], int], focus: Focus) -> str:
        """Return a map of all folders that is no longer than so many tokens, as `estimate` says."""
        indexes = self._indexes()
        texts = []
        for searched in indexes:
            head = f"{searched.index.root}:\n" if len(indexes) > 1 else ""
            room = tokens // len(indexes) - (estimate(head) if head else 0)
            text = repo_map(searched.index, room, estimate, focus).text
            if text:
                texts.append(head + text)
        return "\n".join(texts)

    def note(self) -> str:
        """Return a sentence where the indexes do not know all files yet, else ""."""
        for searched in self._indexes():
            status = searched.index.status
            if searched.note or status.problem:
                return searched.note or status.problem
            if status.phase != "ready":
                return "The index is still being built, so there may be more."
        return ""

    def listing(self, folders: Sequence[str]) -> Listing | None:
        """Return what `workspace.files.list_files` would list in some folders.

        None where that is for the disk to say, since the index may not know it.
        """
        return self._fresh(folders, lambda _, snapshot, folder: _listed(snapshot, folder))

    def may_match(
        self, folders: Sequence[str], pattern: str, *, ignore_case: bool
    ) -> Listing | None:
        """Return the part of `listing` that may have lines which match a regular expression."""
        wanted = Pattern(pattern, ignore_case=ignore_case)

        def found(searched: Searched, snapshot: Snapshot, folder: str) -> list[str]:
            also = [
                path
                for path in searched.index.overlay.texts()
                if snapshot.file(relative(snapshot.root, path) or b"") is not None
            ]
            paths = candidates(snapshot, wanted, also)
            return [path for path in paths if is_beneath(path, folder)]

        return self._fresh(folders, found)

    def listed_in(self, folder: str) -> frozenset[str]:
        """Return names in a folder of which it is certain that they are not ignored: not all."""
        searched = next(self._keeping(folder), None)
        if searched is None:
            return frozenset()
        try:
            with searched.index.reader.read() as snapshot:
                start = len(folder.rstrip("/")) + 1
                return frozenset(
                    path[start:].partition("/")[0] for path in _listed(snapshot, folder)
                )
        except NoIndex:
            return frozenset()

    def _fresh(
        self, folders: Sequence[str], find: Callable[[Searched, Snapshot, str], list[str]]
    ) -> Listing | None:
        """Return what is found in each folder, None unless the index is certain of all of them."""
        paths: list[str] = []
        self._synced()
        for folder in folders:
            searched = next(self._keeping(folder), None)
            if searched is None:
                return None
            try:
                with searched.index.known() as (snapshot, unsure):
                    if unsure:
                        return None
                    if folder != snapshot.root and not _has_any(snapshot, folder):
                        return None  # nothing there, or an ignored folder
                    paths += find(searched, snapshot, folder)
            except NoIndex:
                return None
            if searched.index.unsure() != ():  # changed since
                return None
        return Listing(tuple(sorted(set(paths))))

    def _keeping(self, folder: str) -> Iterator[Searched]:
        """Yield the index that knows all files of a folder as they are now, if it does."""
        for searched in self._indexes():
            index = searched.index
            status = index.status
            if (
                is_beneath(folder, index.root)
                and self._least_files <= status.files <= MOST_FILES
                and not (searched.note or status.notice or status.problem)
                and index.unsure() == ()
            ):
                yield searched

    def _synced(self) -> Sequence[Searched]:
        indexes, buffers = self._indexes(), tuple(self._buffers())
        for searched in indexes:
            searched.laid.sync(buffers)
        return indexes


class _Layered(Overlay):
    """An overlay with further texts over it, for one search."""

    def __init__(self, below: Overlay, over: Mapping[str, LaidText]) -> None:
        super().__init__()
        self._below = below
        self._over = over

    def texts(self) -> dict[str, LaidText]:
        return {**self._below.texts(), **self._over}


def _with(index: WorkspaceIndex, staged: Mapping[str, str | None]) -> WorkspaceIndex:
    """Return an index with these texts laid over it, for one search; the given one stays."""
    over = {
        path: LaidText(path, os.fsdecode(name), text or "")
        for path, text in staged.items()
        if (name := relative(index.root, path)) is not None
    }
    if not over:
        return index
    layered = copy.copy(index)
    layered.overlay = _Layered(index.overlay, over)
    return layered


def _listed(snapshot: Snapshot, folder: str) -> list[str]:
    root = snapshot.root
    if folder == root:
        rows = snapshot.db.execute("SELECT path FROM files")
    else:
        head, end = _range(snapshot, folder)
        rows = snapshot.db.execute(
            "SELECT path FROM files WHERE path >= ? AND path < ?", (head, end)
        )
    return [absolute(root, name) for (name,) in rows]


def _has_any(snapshot: Snapshot, folder: str) -> bool:
    query = "SELECT 1 FROM files WHERE path >= ? AND path < ? LIMIT 1"
    return snapshot.db.execute(query, _range(snapshot, folder)).fetchone() is not None


def _range(snapshot: Snapshot, folder: str) -> tuple[bytes, bytes]:
    """Return the first stored name that may be beneath a folder, and the first one after them."""
    name = relative(snapshot.root, folder) or b""
    return name + b"/", name + b"0"  # "0" is what follows "/"
