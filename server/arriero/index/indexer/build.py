"""One workspace's index being kept up to date: what is to be done next, and how far it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from arriero.index.catalogue import scan
from arriero.index.indexer.batches import Batches
from arriero.index.indexer.changes import judge, names_of
from arriero.index.indexer.due import DueScan
from arriero.index.indexer.faults import vanished, without_grammars
from arriero.index.indexer.hold import Hold
from arriero.index.indexer.knowledge import Knowledge
from arriero.index.indexer.knownames import know_names
from arriero.index.indexer.priority import Doing, do_here
from arriero.index.indexer.queue import Queue
from arriero.index.indexer.rows import Prepared
from arriero.index.indexer.work import Batch, Options
from arriero.index.paths import DATABASE, relative
from arriero.index.status import Phase

log = logging.getLogger(__name__)


class Build:
    """Keeps the index of one workspace. No method raises for disk or database."""

    def __init__(
        self, root: str, folder: Path, options: Options, promptly: Doing = do_here
    ) -> None:
        """`root` is the canonical folder of the workspace, `folder` that of its index.

        `promptly` does what the first answers wait for, perhaps in another thread.
        """
        self.root = root
        self.phase: Phase = "waiting"
        self.notice = ""
        self._of_scan, self._said = "", ""  # of the notice, the second part holds until the end
        self.files = 0
        self.mended = 0
        self.queue = Queue()
        self._options = options
        self._promptly = promptly
        self._hold = Hold(root, folder, self._disturbed, self._lost)
        self._due = DueScan()
        self._batches = Batches(root, self.queue, self._hold, options, self._published)
        self._untidy = False
        self._knowledge = Knowledge(root, folder / DATABASE, self.check)

    def close(self) -> None:
        """Let go of everything; what was published stays."""
        self._hold.close()
        self.phase = "stopped"

    @property
    def writes(self) -> bool:
        """Whether this process is the writer; another one may be."""
        return self._hold.writes

    @property
    def made(self) -> float:
        """What tells the database from others; 0 where there is none."""
        return 0.0 if self._hold.store is None else self._hold.store.made

    @property
    def pending(self) -> int:
        """How many files are to be read; all, where only their names are known yet."""
        only_names = self._due and self.phase == "building"
        return len(self.queue) or (self.files if only_names else 0)

    @property
    def problem(self) -> str:
        """A sentence for the person where the index is not kept up to date."""
        return self._hold.problem

    @property
    def acknowledged(self) -> int:
        """The number of the newest change up to which all are published."""
        if self._hold.store is None:
            return 0
        return self._due.acknowledged(self.queue.acknowledged)

    @property
    def wait(self) -> float | None:
        """Seconds until `step` has something to do, None if only an event can bring it."""
        hold = self._hold
        if hold.store is None or self._due or hold.wait:
            return hold.wait
        if len(self.queue):
            return hold.checkup.wait
        if self._untidy:
            return 0.0
        waits = (
            hold.checkup.wait, self._knowledge.wait, hold.store.look_wait, hold.look_wait
        )  # fmt: skip
        return min(wait for wait in waits if wait is not None)

    def step(self) -> None:
        """Do one piece of what needs no worker."""
        hold = self._hold
        if hold.wait:
            return
        work: Callable[[], object]
        if hold.checkup.found_damage():
            work = hold.start_anew
        elif hold.store is None:
            work = partial(self._promptly, self._open)
        elif self._due:
            work = partial(self._promptly, self._scan)
        elif len(self.queue):
            return
        elif self._untidy:
            work = self._tidy
        elif self._options.knowledge and self._knowledge.wait == 0.0:
            work = self._knowledge.work
        elif hold.store.look_wait == 0.0:
            work = self._look_over
        elif hold.look_wait == 0.0:
            work = hold.look
        else:
            return
        with self._hold.guard():
            work()

    def changed(self, changes: Iterable[tuple[str, str]], number: int) -> None:
        """Take in what happened to paths, each with a kind of `workspace.folderwatch.Changed`."""
        self.queue.seen(number)
        self._hold.look()
        names, unclear = names_of(self.root, changes)
        if unclear:
            self._due.ask(number)
        if self._due:  # it finds them
            self._due.ask(number)
            return
        with self._hold.guard():
            store = self._hold.present
            found = judge(self.root, store, self._batches.reading, names, self._options)
            if found.unclear:
                self._due.ask(number)
            self.queue.add(found.names, number, urgent=True)

    def check(self) -> None:
        """Look whether the database is whole, which a reader doubts; if not, it is built anew."""
        if not self._hold.look() and self._hold.store is not None:
            self._hold.checkup.begin()

    def prefer(self, paths: Iterable[str]) -> None:
        """Read those files first that are of interest, such as open ones."""
        names = [relative(self.root, path) for path in paths]
        self.queue.prefer([name for name in names if name is not None])

    def next_batch(self, *, only_urgent: bool = False) -> Batch | None:
        """Return the next files to prepare, None if there are none now."""
        if self._hold.store is None or self._due or self._hold.wait:
            return None
        batch = None
        with self._hold.guard():
            batch = self._batches.next(only_urgent=only_urgent)
        return batch  # noqa: RET504 - None where it failed

    def publish(self, batch: Batch, prepared: Sequence[Prepared]) -> None:
        """Publish what a worker made of a batch; while much is to come, together with more."""
        self._untidy = True
        self._batches.publish(batch, prepared, more=self.phase == "building")

    def unread(self, batch: Batch) -> None:
        """Take a batch back that no worker came to."""
        self._batches.unread(batch)

    def failed(self, batch: Batch) -> None:
        """Take note that a worker died of a batch."""
        self._batches.failed(batch, more=self.phase == "building")

    def _published(self) -> None:
        self._untidy = True
        with self._hold.guard():
            if self.phase != "building" or not len(self.queue):  # else known by the listing
                self.files = self._hold.present.count()
            self._tell()
        if not len(self.queue) and self.phase == "building":
            self.phase = "ready"

    def _open(self) -> None:
        said = self._hold.open()
        if said is None:
            return
        self._said = said or self._said or without_grammars()
        self._tell()
        self.phase = "scanning"
        self._due.ask()

    def _scan(self) -> None:
        store = self._hold.present
        self._batches.publish_held()
        if self._hold.store is not store or self._hold.wait:
            return
        known = store.stamps()
        options = self._options
        if not known and (count := know_names(self.root, store, options)):
            self.files, self.phase = count, "building"
            return
        found = scan(self.root, known, most=options.most_files, exclude=options.exclude)
        if found is None:
            self._hold.problem = vanished(self.root)
            self.queue.clear()
            self.queue.seen(self._due.end())
            self.phase = "ready"
            return
        self._of_scan = found.notice
        self._tell()
        store.catalogue(found, known)
        self._untidy = True
        self.files = len(found.listed)
        self._batches.expect(found, self._due.end())
        self.phase = "building" if len(self.queue) else "ready"
        if self.phase == "ready" or self._hold.problem == vanished(self.root):
            self._hold.problem = ""  # else what was in the way is until something is published

    def _tidy(self) -> None:
        store = self._hold.present
        self._untidy = store.merge()
        if not self._untidy:
            store.tidy()
            if self._options.knowledge:
                self._knowledge.is_due()

    def _look_over(self) -> None:
        store = self._hold.present
        found = store.look_over()
        if found:
            log.warning("%d files of %r were not as written, and are read again", found, self.root)
            self.mended += found
            self._due.ask()  # what a damaged row stood for is not to be known from it

    def _tell(self) -> None:
        self.notice = self._of_scan or self._said or self._hold.present.of_files()

    def _disturbed(self) -> None:
        self._due.ask()
        self._batches.disturbed()

    def _lost(self, why: str) -> None:
        self._knowledge.replaced()
        self.queue.clear()
        self._due.ask()
        self.phase = "waiting"
        if why:
            self._said = self.notice = why
