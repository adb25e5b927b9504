"""What changes on disk, for whoever subscribes: one watcher for each workspace."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from arriero.workspace.changed import Changed
from arriero.workspace.confine import is_beneath
from arriero.workspace.folderwatch import FolderWatch
from arriero.workspace.notify import OpenNotifier, WatchfilesNotifier

log = logging.getLogger(__name__)

_MOST_PENDING = 10_000
_AFTER_A_BUG = 5.0  # seconds


@dataclass(frozen=True)
class WatchStatus:
    """How many folders are watched, and a sentence for the person where something is not."""

    folders: int
    problem: str = ""


class Subscription:
    """An asynchronous iterator over batches of changes; ends when it or its watcher is closed.

    What a slow reader has not yet taken is merged, one change for each path, and at last becomes
    one `rescan` for each root: a subscription never grows without end.
    """

    def __init__(self, watcher: Watcher) -> None:
        """Made by `Watcher.subscribe`."""
        self._watcher = watcher
        self._pending: dict[str, Changed] = {}
        self._wake = asyncio.Event()
        self._closed = False

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> tuple[Changed, ...]:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            await self._wake.wait()
            self._wake.clear()
        batch, self._pending = tuple(self._pending.values()), {}
        return batch

    def close(self) -> None:
        """End the iteration after what is pending."""
        self._closed = True
        self._wake.set()
        self._watcher.forget(self)

    def add(self, changes: Iterable[Changed]) -> None:
        """Take in changes; called by the watcher."""
        for change in changes:
            earlier = self._pending.pop(change.path, None)
            self._pending[change.path] = _merged(earlier, change)
        if len(self._pending) > _MOST_PENDING:
            self._pending = {root: Changed(root, "rescan") for root in self._watcher.roots}
        self._wake.set()


class Watcher:
    """Watches the folders of a workspace, from `start` to `close`, whatever becomes of them.

    One task owns it and one thread of its own does what blocks. It watches while anybody has
    subscribed; the first batch is then a `rescan` of each root: from then on changes are told.
    """

    def __init__(
        self,
        roots: Sequence[str],
        *,
        notifier: OpenNotifier = WatchfilesNotifier,
        tick: float = 1.0,
        rescan_seconds: float = 600.0,
    ) -> None:
        """Take canonical folders; every `rescan_seconds` the subscribers are told to look anew."""
        self.roots = tuple(roots)
        self._stop = threading.Event()
        self._wanted = asyncio.Event()
        self._exclude: tuple[str, ...] = ()
        self._watch = FolderWatch(self.roots, self._stop, notifier, tick)
        self._rescan_seconds = rescan_seconds
        self._subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> WatchStatus:
        """What is watched now."""
        return WatchStatus(self._watch.folders, self._watch.problem)

    def start(self) -> None:
        """Begin to watch; must be called on the event loop."""
        if self._task is None and not self._stop.is_set():
            self._task = asyncio.create_task(self._run(), name="watcher")

    def subscribe(self) -> Subscription:
        """Return an iterator over the changes from now on; close it when it is no longer read."""
        subscription = Subscription(self)
        if self._stop.is_set():
            subscription.close()
        else:
            self._subscriptions.add(subscription)
            self._wanted.set()
        return subscription

    def exclude(self, patterns: Sequence[str]) -> None:
        """Leave out what matches patterns, as in an ignore file."""
        self._exclude = tuple(patterns)

    def hear(self, changes: Iterable[Changed]) -> None:
        """Take in what an editor tells of files; may be called in any thread.

        What the system tells as well is told once.
        """
        for root in self.roots:
            self._watch.news.add(root, [c for c in changes if is_beneath(c.path, root)])

    def forget(self, subscription: Subscription) -> None:
        """Send nothing more to a subscription; called by it when it is closed."""
        self._subscriptions.discard(subscription)
        if not self._subscriptions and not self._stop.is_set():
            self._wanted.clear()

    async def close(self) -> None:
        """Stop watching and end all subscriptions. May be called again."""
        self._stop.set()
        self._wanted.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        for subscription in list(self._subscriptions):
            subscription.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(1, thread_name_prefix="watcher")
        rescan_at = time.monotonic() + self._rescan_seconds
        try:
            while not self._stop.is_set():
                if not self._wanted.is_set():
                    await loop.run_in_executor(executor, self._watch.close)
                    await self._wanted.wait()
                    continue
                if time.monotonic() >= rescan_at:
                    self._watch.doubt()
                    rescan_at = time.monotonic() + self._rescan_seconds
                self._publish(await loop.run_in_executor(executor, self._step))
        finally:
            # Also when this task is cancelled: the step that still runs sees the event and ends.
            self._stop.set()
            executor.submit(self._watch.close)
            executor.shutdown(wait=False)

    def _step(self) -> list[Changed]:
        try:
            self._watch.exclude(self._exclude)
            return self._watch.step()
        except Exception:  # the owner must outlive a mistake of ours; it is logged in full
            log.exception("a step of watching failed")
            self._stop.wait(_AFTER_A_BUG)
            return []

    def _publish(self, changes: Sequence[Changed]) -> None:
        if changes:
            for subscription in list(self._subscriptions):
                subscription.add(changes)


def _merged(earlier: Changed | None, later: Changed) -> Changed:
    if earlier is None:
        return later
    kinds = (earlier.kind, later.kind)
    if "rescan" in kinds and later.kind != "deleted":
        return Changed(later.path, "rescan")
    if kinds == ("created", "changed"):
        return earlier
    if kinds == ("deleted", "created"):
        return Changed(later.path, "changed")
    return later
