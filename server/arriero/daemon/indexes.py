"""The indexes of the folders that are open: begun soon after the first editor, left with the last.

An index waits a moment before it begins, and while a run needs the processor. What the editors have
not saved is laid over it when it is searched, and stays in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arriero.daemon.activity import Sleep
from arriero.daemon.first import first
from arriero.daemon.index_progress import IndexProgress, IndexState
from arriero.daemon.kept_index import FAILED, OFF, KeptIndex, ours
from arriero.daemon.meaning import Meanings
from arriero.daemon.meaning_model import Models
from arriero.daemon.processor import Processor
from arriero.index.buffers import LaidBuffers
from arriero.index.client import IndexClient
from arriero.index.paths import index_folder
from arriero.index.reader import Reader
from arriero.index.removal import remove_index
from arriero.index.searcher import Searched, Searcher
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from arriero.within import within
from arriero.workspace.buffers import Buffer, Buffers

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

log = logging.getLogger(__name__)

_PAUSE = 0.5  # seconds between the opening of a folder and its index: many commands are shorter
_MOMENT = 0.15  # seconds; a changed file is known after 10 to 50 milliseconds


class Indexes:
    """One for a daemon. `sleep` takes seconds; `make` makes the indexer's client."""

    def __init__(
        self,
        cache: Path,
        sleep: Sleep = asyncio.sleep,
        make: Callable[..., IndexClient] = IndexClient,
        *,
        models: Models | None = None,
    ) -> None:
        """`cache` is the folder of what can be made again; without `models` nothing is embedded."""
        self.processor = Processor(self._weigh)
        self._meanings = Meanings(cache, models, self.processor, sleep)
        self._cache = cache
        self._sleep = sleep
        self._make = make
        self._client: IndexClient | None = None
        self._kept: dict[str, KeptIndex] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what the daemon tells

    def look(self, attachment: Attachment) -> None:
        """An editor has these folders open now, or other settings."""
        open_now = {workspace.root: workspace for workspace in attachment.workspaces}
        for kept in self._of(attachment):
            if kept.root not in open_now:
                self._part(kept, attachment)
        for root, workspace in open_now.items():
            kept = self._kept.get(root) or self._add(root)
            kept.users[attachment] = workspace
            self._decide(kept)

    def forget(self, attachment: Attachment) -> None:
        """An editor has left."""
        for kept in self._of(attachment):
            self._part(kept, attachment)

    async def aclose(self) -> None:
        """End everything."""
        for kept in list(self._kept.values()):
            for attachment in list(kept.users):
                self._part(kept, attachment)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._meanings.aclose()
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    # -- what is asked

    def searcher(self, roots: Sequence[str], buffers: Buffers) -> Searcher:
        """Return what searches some folders for as long as they are open."""

        def indexes() -> list[Searched]:
            return [Searched(kept.index, kept.laid, kept.note) for kept in self._among(roots)]

        def texts() -> list[Buffer]:
            users = {user for kept in self._among(roots) for user in tuple(kept.users)}
            others = [buffer for user in users for buffer in user.editor.buffers.all()]
            return [*others, *buffers.all()]  # of two the last counts: one's own

        return Searcher(indexes, texts)

    def readers(self, roots: Sequence[str]) -> list[Reader]:
        """Return what reads the index of each folder, as of its last publication."""
        return [kept.index.reader for kept in self._among(roots)]

    def indexed(self, roots: Sequence[str]) -> bool:
        """Tell whether all these folders have an index, finished or not."""
        states = self.states(roots)
        return bool(states) and all(one.state != "off" for one in states)

    async def settle(self, attachment: Attachment, seconds: float) -> None:
        """Begin at once, and wait until an editor's indexes are ready, for so long at most.

        What has just changed is waited for in any case, for a moment.
        """
        for kept in self._of(attachment):
            kept.hurried.set()
        if seconds <= 0:
            opened = [kept.index for kept in self._of(attachment) if kept.opened]
            await asyncio.gather(*[index.caught_up(_MOMENT) for index in opened])
            return

        async def ready(kept: KeptIndex) -> None:
            await kept.begun.wait()
            if kept.opened:
                await kept.index.settled(seconds)
                await self._meanings.known(kept.root)

        waits = [within(ready(kept), seconds) for kept in self._of(attachment)]
        await asyncio.gather(*waits, return_exceptions=True)

    def states(self, roots: Sequence[str]) -> list[IndexState]:
        """Return how far the index of each folder is."""
        return [self._state(kept) for kept in self._among(roots)]

    async def rebuild(self, attachment: Attachment) -> list[str]:
        """Build the indexes of an editor's folders from nothing; return what is in the way."""
        problems = []
        for kept in self._of(attachment):
            if not kept.enabled:
                problems.append(OFF)
                continue
            self._stop(kept)
            problem = await asyncio.to_thread(remove_index, index_folder(self._cache, kept.root))
            if problem:
                problems.append(problem)
            if kept.users:
                kept.asked = True
                kept.hurried.set()
                self._decide(kept)
        return problems

    # -- what is done

    def _of(self, attachment: Attachment) -> list[KeptIndex]:
        return [kept for kept in self._kept.values() if attachment in kept.users]

    def _among(self, roots: Sequence[str]) -> list[KeptIndex]:
        return [self._kept[root] for root in roots if root in self._kept]

    def _add(self, root: str) -> KeptIndex:
        index = self._left_over(root)
        kept = self._kept[root] = KeptIndex(
            root, index, LaidBuffers(index), IndexProgress(root), ours=ours(root, self._cache)
        )
        # Who asked once to have it indexed has it from then on.
        kept.asked = index_folder(self._cache, root).exists()
        return kept

    def _left_over(self, root: str) -> WorkspaceIndex:
        """Return an index that nobody keeps: it has what was there last time, and the disk."""
        return WorkspaceIndex(root, self._cache, lambda _: None)

    def _decide(self, kept: KeptIndex) -> None:
        """Begin or end to keep an index, as the settings of its editors say."""
        kept.note = kept.unwanted
        if kept.note:
            self._stop(kept)
            kept.begun.set()
            return
        if kept.opened and kept.index.exclude != kept.exclude:
            self._stop(kept)  # to begin with the other patterns
        self._mean(kept)
        if kept.task is None:
            kept.begun.clear()
            kept.task = asyncio.create_task(self._keep(kept), name="index")
            self._tasks.add(kept.task)
            kept.task.add_done_callback(self._tasks.discard)

    def _part(self, kept: KeptIndex, attachment: Attachment) -> None:
        kept.users.pop(attachment, None)
        kept.progress.leave(attachment)
        if not kept.users:
            del self._kept[kept.root]
            self._stop(kept)
            kept.index.close()
        else:
            self._decide(kept)

    def _stop(self, kept: KeptIndex) -> None:
        task, kept.task = kept.task, None
        if task is not None:
            task.cancel()
        kept.progress.end()
        kept.preferred.clear()
        if kept.opened:
            kept.opened = False
            self._meanings.leave(kept.root)
            if self._client is not None:
                self._client.leave(kept.root)
            kept.index = self._left_over(kept.root)
            kept.laid = LaidBuffers(kept.index)

    async def _keep(self, kept: KeptIndex) -> None:
        """Keep an index up to date by what the watcher tells."""
        try:
            await first(self._sleep(_PAUSE), kept.hurried.wait())
            await first(self.processor.free(), kept.hurried.wait())
            # Subscribed before the indexer looks at the disk, so that nothing is missed.
            watcher = next(iter(kept.users.values())).watcher
            watcher.exclude(kept.exclude)
            changes = watcher.subscribe()
            try:
                self._open(kept)
                async for batch in changes:
                    kept.index.feed(batch)
                    if kept.unwatched != watcher.status.problem:
                        kept.unwatched = watcher.status.problem
                        kept.changed()
            finally:
                changes.close()
        except Exception:
            log.exception("the index of %r is not kept any more", kept.root)
            if kept.task is asyncio.current_task():
                kept.task = None
                self._stop(kept)
                kept.note = FAILED  # until the next editor comes, or other settings
                kept.begun.set()
                kept.changed()

    def _open(self, kept: KeptIndex) -> None:
        if self._client is None:
            settings = [user.settings.index for user in kept.users]
            options = {"most_files": max(one.max_files for one in settings)}
            self._client = self._make(self._cache, tell=self._tell, options=options)
            self._weigh()
        opened = self._client.open(kept.root, kept.exclude)
        kept.index.close()
        kept.index = opened
        kept.laid = LaidBuffers(kept.index)
        kept.opened = True
        kept.begun.set()
        self._prefer(kept)
        self._mean(kept)

    def _mean(self, kept: KeptIndex) -> None:
        """Keep the vectors of what is kept up to date, as its editors want them."""
        if kept.opened:
            self._meanings.keep(kept.index, [user.settings for user in kept.users], kept.changed)

    def _prefer(self, kept: KeptIndex) -> None:
        """Have open files read first."""
        paths = {buffer.path for user in kept.users for buffer in user.editor.buffers.all()}
        new = paths - kept.preferred
        if new:
            kept.preferred |= new
            kept.index.prefer(sorted(new))

    def _tell(self, status: IndexStatus) -> None:
        kept = self._kept.get(status.root)
        if kept is None:
            return
        if status.phase == "building":
            self._prefer(kept)
        state = self._state(kept)
        if state.state == "ready":
            self._meanings.news(kept.root)
        kept.progress.show(state, kept.users)
        if kept.told != (state.state, state.message):
            kept.told = (state.state, state.message)
            kept.changed()

    def _state(self, kept: KeptIndex) -> IndexState:
        return kept.state(self._meanings.state(kept.root), busy=self.processor.busy)

    def _weigh(self) -> None:
        """Pause or go on, as runs need the processor."""
        if self._client is not None and self.processor.busy:
            self._client.pause()
        elif self._client is not None:
            self._client.resume()
