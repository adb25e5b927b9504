"""Files on their way: in batches to workers, and what became of them into the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from functools import partial

from arriero.index.catalogue import Scan
from arriero.index.indexer.failures import Failures
from arriero.index.indexer.held import Held
from arriero.index.indexer.hold import Hold
from arriero.index.indexer.jobs import job_for, take_files
from arriero.index.indexer.queue import Queue
from arriero.index.indexer.renewal import renewal_batch
from arriero.index.indexer.rows import Prepared
from arriero.index.indexer.work import Batch, Options
from arriero.index.paths import absolute

log = logging.getLogger(__name__)


class Batches:
    """Gives out what a queue has, and publishes what comes back."""

    def __init__(
        self,
        root: str,
        queue: Queue,
        hold: Hold,
        options: Options,
        published: Callable[[], None],
    ) -> None:
        """`published` is called when files that the queue had are in the database."""
        self._root = root
        self._queue = queue
        self._hold = hold
        self._options = options
        self._published = published
        self._sizes: dict[bytes, int] = {}
        self._failures = Failures()
        self._unlisted: set[bytes] = set()  # being read, and not to be published
        self._held = Held()
        self._renewing = False

    @property
    def reading(self) -> Set[bytes]:
        """The files that are being read and will be published."""
        return self._queue.reading - self._unlisted

    def expect(self, found: Scan, number: int) -> None:
        """Have all files read that a scan found changed, up to the change of that number."""
        self._sizes = {name: stamp.size for name, stamp in found.changed.items()}
        self._unlisted = self._queue.keep(found.listed)
        self._queue.add(found.changed, number)
        self._queue.seen(number)

    def next(self, *, only_urgent: bool) -> Batch | None:
        """Return the next batch, None if there is none now. Raises sqlite3.Error."""
        options = self._options
        take = partial(take_files, self._queue, options, self._sizes, alone=bool(self._failures))
        names, urgent = take(only_urgent=only_urgent)
        if not names and len(self._held):  # what is held cannot be given out again
            self.publish_held()
            names, urgent = take(only_urgent=only_urgent)
        store = self._hold.store
        if store is None:
            self._queue.give_back(names)
            return None
        if names:
            jobs = tuple(job_for(store, name, self._sizes, self._failures) for name in names)
            return Batch(jobs, urgent=urgent)
        if only_urgent or len(self._queue) or self._renewing:
            return None
        batch = renewal_batch(store, options)
        self._renewing = batch is not None
        return batch

    def publish(self, batch: Batch, prepared: Sequence[Prepared], *, more: bool) -> None:
        """Publish what a worker made of a batch; while `more` is to come, together with that."""
        if batch.ids:
            self._renewing = False
            store = self._hold.store
            if store is not None:
                with self._hold.guard():
                    store.renew(list(zip(batch.ids, prepared, strict=True)))
            return
        self._held.add(prepared)
        more = more and len(self._held) < len(self._queue)
        if not more or batch.urgent or self._failures or self._held.is_full:
            self.publish_held()

    def publish_held(self) -> None:
        """Publish all that came back."""
        store = self._hold.store
        if store is None or not len(self._held):
            return
        prepared = self._held.take(self._unlisted)
        names = [result.name for result in prepared]
        done = False
        with self._hold.guard():
            store.publish(prepared)
            self._hold.problem = ""
            done = True
        if not done:
            self._queue.give_back(names)
            return
        self._queue.done(names)
        for name in names:
            self._failures.forget(name)
            self._unlisted.discard(name)
        self._published()

    def unread(self, batch: Batch) -> None:
        """Take a batch back that no worker came to."""
        if batch.ids:
            self._renewing = False
        else:
            self._queue.give_back(job.name for job in batch.jobs)

    def failed(self, batch: Batch, *, more: bool) -> None:
        """Take note that a worker died of a batch: its files are tried again, one by one.

        Those that a renewal was to move are then new, which moves them as well.
        """
        self._renewing = self._renewing and not batch.ids
        given_up = self._failures.note(job.name for job in batch.jobs)
        self._queue.give_back(job.name for job in batch.jobs if job.name not in given_up)
        for name in given_up:
            log.warning("no worker survives %r", absolute(self._root, name))
        if given_up:  # until the next scan
            prepared = [Prepared(name, "unreadable") for name in given_up]
            self.publish(Batch(batch.jobs), prepared, more=more)

    def disturbed(self) -> None:
        """Take note that what was being renewed may not be."""
        self._renewing = False
