"""The index of one workspace, as the daemon sees it: what is asked of it, and how fresh it is."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from arriero.index.grep import GrepResult, Pattern, candidates, grep
from arriero.index.meaning.asking import Meaning, NoMeaning
from arriero.index.overlay import Overlay
from arriero.index.paths import in_order, index_folder, relative
from arriero.index.reader import NoIndex, Reader, Snapshot
from arriero.index.status import IndexStatus
from arriero.index.text import TextHit, search_text
from arriero.within import within
from arriero.workspace.confine import Confinement, is_beneath
from arriero.workspace.files import list_files
from arriero.workspace.folderwatch import Changed
from arriero.workspace.globs import Glob

log = logging.getLogger(__name__)

_MOST_PENDING = 20_000
_CHECK_SECONDS = 60.0
_HOPELESS = 3.0  # seconds that something was wrong for: nobody waits for its end any longer
_FIRST_LINES = 2_000  # that match: who asks for more wants all of them
_openings = itertools.count(1)


class WorkspaceIndex:
    """Made by `IndexClient.open`. What changes it belongs to the event loop; searches block and
    belong to threads.
    """

    def __init__(
        self,
        root: str,
        cache: Path,
        send: Callable[[dict[str, Any]], None],
        exclude: Sequence[str] = (),
    ) -> None:
        """`send` gives an order to the indexer, or drops it where there is none now.

        `exclude` are patterns, as in an ignore file, of what is left out.
        """
        self.root = root
        self.exclude = tuple(exclude)
        self.folder = index_folder(cache, root)
        self.reader = Reader(root, self.folder)
        self.overlay = Overlay()
        self.meaning: Meaning = NoMeaning()
        self.status = IndexStatus(root)
        self.opening = 0
        self._send = send
        self._number = 0
        self._pending: dict[str, int] = {}
        self._rescan = 0
        self._news = asyncio.Event()
        self._check_at = 0.0

    def feed(self, changes: Iterable[Changed]) -> None:
        """Take in what the watcher tells."""
        own = [change for change in changes if is_beneath(change.path, self.root)]
        if not own:
            return
        self._number += 1
        for change in own:
            if change.kind == "rescan" or change.path == self.root:
                self._rescan = self._number
            else:
                self._pending[change.path] = self._number
        if len(self._pending) > _MOST_PENDING:
            self._rescan, self._pending = self._number, {}
        pairs = [(change.path, change.kind) for change in own]
        self._order("changed", number=self._number, changes=pairs)

    def check(self) -> None:
        """Have the indexer look whether the database is whole: it is gone, or makes no sense.

        Not more often than now and then: until it is mended, every search may ask for it. Before it
        was made there is nothing to look at.
        """
        if self.status.made and time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + _CHECK_SECONDS
            self._order("check")

    def prefer(self, paths: Iterable[str]) -> None:
        """Have those files read first that are of interest, such as open ones."""
        self._order("prefer", paths=list(paths))

    def lay(self, path: str, text: str) -> None:
        """Search a buffer's text in place of its file from now on."""
        name = relative(self.root, path)
        if name is not None:
            self.overlay.lay(path, name.decode("utf-8", "replace"), text)

    def lift(self, path: str) -> None:
        """Search the file again: its buffer was closed, or is as the file."""
        self.overlay.lift(path)

    async def settled(self, seconds: float) -> bool:
        """Wait until all that was fed so far is published; False where that takes too long.

        So it does where the index cannot be written, such as on a full disk.
        """
        number = self._number
        clock = time.monotonic
        end = clock() + seconds
        wrong_since = math.inf
        while self.status.acknowledged < number or self.status.phase != "ready":
            wrong_since = min(wrong_since, clock()) if self.status.problem else math.inf
            left = min(end, wrong_since + _HOPELESS) - clock()
            if left <= 0:
                return False
            self._news.clear()
            with suppress(asyncio.TimeoutError):
                await within(self._news.wait(), left)
        return True

    async def caught_up(self, seconds: float) -> None:
        """Wait until the few files that changed just now are known, for so long at most.

        It is not waited for what takes longer anyway: a look at everything, or a first build.
        """
        if self._pending and not self._rescan and self.status.phase == "ready":
            await self.settled(seconds)

    def unsure(self) -> tuple[str, ...] | None:
        """Return the paths of which the index may not know what they have now.

        None where it may know of none: it is read only here, or the disk is being looked at anew.
        """
        if not self.status.writes or self.status.phase in ("waiting", "scanning") or self._rescan:
            return None
        return tuple(self._pending)

    def search_text(self, query: str, limit: int = 20) -> tuple[TextHit, ...]:
        """Rank the files that are about some words, buffers included. Blocks."""
        laid = self.overlay.texts()
        try:
            with self.reader.read() as snapshot:
                return search_text(snapshot, query, limit, laid)
        except NoIndex:
            return search_text(None, query, limit, laid)

    def grep(
        self, pattern: Pattern, *, glob: str | None = None, most: int = 2_000, seconds: float = 10.0
    ) -> GrepResult:
        """Find the lines that match, buffers included, whether the index is fresh or not. Blocks.

        Raises `workspace.matcher.BadPattern`.
        """
        laid = self.overlay.texts()
        paths, complete = self._may_match(pattern, glob, laid, every=most > _FIRST_LINES)
        confinement = Confinement([self.root])
        found = grep(confinement, paths, pattern, laid=laid, most=most, seconds=seconds)
        return found if complete else GrepResult(found.files, found.read, complete=False)

    @contextmanager
    def known(self) -> Iterator[tuple[Snapshot, tuple[str, ...]]]:
        """Give a snapshot that knows every file but some, and the paths of those, for one thread.

        Raises `NoIndex` where there is none, or it may know of none.
        """
        made = self.status.made  # before the look at the rest of a status that may come now
        unsure = self.unsure()
        if unsure is None:
            raise NoIndex("The disk is being looked at.")
        with self.reader.read() as snapshot:
            if snapshot.meta["made"] != made != 0.0:
                raise NoIndex("It is made anew, and nothing is known of that yet.")
            yield snapshot, unsure

    def take_in(self, status: IndexStatus) -> None:
        """Take in a report of the indexer."""
        self.status = status
        done = status.acknowledged
        self._pending = {path: n for path, n in self._pending.items() if n > done}
        if self._rescan <= done:
            self._rescan = 0
        self._news.set()

    def reopen(self, options: dict[str, int]) -> None:
        """Have a new indexer process keep this index; what the old one did not do is done."""
        self.status = IndexStatus(self.root)
        self.opening = next(_openings)
        options_here = {**options, "exclude": self.exclude}
        self._order("open", folder=str(self.folder), options=options_here, opening=self.opening)
        self._number += 1
        self._order("changed", number=self._number, changes=[(self.root, "rescan")])

    def close(self) -> None:
        """Let go of the database."""
        self._order("close")
        self.reader.close()

    def _may_match(
        self, pattern: Pattern, glob: str | None, laid: Iterable[str], *, every: bool
    ) -> tuple[list[str], bool]:
        try:
            with self.known() as (snapshot, unsure):
                also = [*unsure, *laid]
                return candidates(snapshot, pattern, also, glob, every=every), True
        except NoIndex:
            log.debug("lines in %s are looked for on disk", self.root)
        listing = list_files(self.root, exclude=self.exclude)
        wanted = Glob(glob) if glob else None
        names = {
            name: path
            for path in {*listing.paths, *laid}
            if (name := relative(self.root, path)) is not None
            and (wanted is None or wanted.matches(path[len(self.root) :].lstrip("/")))
        }
        return [names[name] for name in sorted(names, key=in_order)], listing.complete

    def _order(self, do: str, **what: object) -> None:
        self._send({"do": do, "root": self.root, **what})
