"""The worker processes of the indexer."""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from arriero.index.indexer.rows import Prepared
from arriero.index.indexer.usage import Usage, usage_of
from arriero.index.indexer.work import Batch

log = logging.getLogger(__name__)

_WORKER = (sys.executable, "-m", "arriero.index.indexer.worker")
_AHEAD = 2  # batches that a worker has, so that it never waits
_BATCH_SECONDS = 30.0  # without work: who only waits for the processor is bounded by `bounds`
_IDLE_SECONDS = 30.0
# The parsers' binding keeps a copy of every text that it reads in pieces, so a worker grows with
# what it parses: after so many bytes of texts another one takes its place, in 0.2 seconds.
_MOST_BYTES = 24 << 20
_MOST_DEATHS = 6  # one after the other, without a result between; then something else is wrong
_CALM_SECONDS = 10.0
_END_SECONDS = 2.0


@dataclass(frozen=True)
class Result:
    """What became of a batch; `prepared` is None where its worker died or took too long."""

    owner: str
    batch: Batch
    prepared: Sequence[Prepared] | None


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    waiting: deque[tuple[str, Batch]] = field(default_factory=deque)
    busy_since: float = 0.0
    used: Usage | None = None  # when it was looked at last
    parsed: int = 0  # bytes of texts
    retired: bool = False
    reader: threading.Thread | None = None

    @property
    def room(self) -> bool:
        """Whether it takes a batch more now; one that has grown takes no more."""
        return self.parsed < _MOST_BYTES and len(self.waiting) < _AHEAD

    @property
    def done(self) -> bool:
        """Whether another one is to take its place."""
        return self.parsed >= _MOST_BYTES and not self.waiting


class Pool:
    """Starts workers when there is work and ends them when there is none.

    `tell` is called, in a thread of a worker, with a function that the owner is to call in its own
    thread: it returns the results. All other methods are for that thread.
    """

    def __init__(self, tell: Callable[[Callable[[], list[Result]]], None], size: int) -> None:
        self._tell = tell
        self._size = size
        self._workers: list[_Worker] = []
        self._idle_since = time.monotonic()
        self._deaths = 0
        self._not_before = 0.0

    @property
    def busy(self) -> bool:
        """Whether any batch has not come back."""
        return any(worker.waiting for worker in self._workers)

    @property
    def room(self) -> bool:
        """Whether a batch more would not wait long."""
        if time.monotonic() < self._not_before:
            return False
        if len(self._workers) < self._size:
            return True
        return any(worker.room or worker.done for worker in self._workers)

    @property
    def wait(self) -> float | None:
        """Seconds until `check` is due, None if it is not."""
        now = time.monotonic()
        if now < self._not_before:
            return self._not_before - now
        if not self._workers:
            return None
        ends = [w.busy_since + _BATCH_SECONDS for w in self._workers if w.waiting]
        return max(min(ends, default=self._idle_since + _IDLE_SECONDS) - now, 0.0)

    def submit(self, owner: str, root: str, batch: Batch) -> list[Result]:
        """Give a batch to a worker; returns results only where none could be reached."""
        try:
            worker = self._worker()
        except OSError as error:  # no memory or processes left; it is tried again
            log.warning("no worker could be started: %s", error)
            return [Result(owner, batch, None)]
        if not worker.waiting:
            worker.busy_since = time.monotonic()
        worker.waiting.append((owner, batch))
        assert worker.process.stdin is not None
        try:
            pickle.dump((root, batch.jobs), worker.process.stdin)
            worker.process.stdin.flush()
        except OSError:
            return self._died(worker)
        return []

    def check(self) -> list[Result]:
        """End workers that hang, and those that have had nothing to do for long.

        On a busy machine a worker may wait for the processor for minutes, and does not hang.
        """
        now = time.monotonic()
        results = []
        for worker in list(self._workers):
            if not worker.waiting or now - worker.busy_since < _BATCH_SECONDS:
                continue
            used, before = usage_of(worker.process.pid), worker.used
            if used is not None and used.since(before):
                worker.used, worker.busy_since = used, now
            else:
                log.warning("a worker takes too long and is ended")
                results += self._died(worker)
        if not self.busy and now - self._idle_since >= _IDLE_SECONDS:
            self.close()
        return results

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers):
            self._died(worker)

    def _worker(self) -> _Worker:
        for worker in [worker for worker in self._workers if worker.done]:
            self._died(worker)
        free = min(self._workers, key=lambda worker: len(worker.waiting), default=None)
        if free is not None and (not free.waiting or len(self._workers) >= self._size):
            return free
        process = subprocess.Popen(
            _WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", env=environment()
        )
        worker = _Worker(process)
        self._workers.append(worker)
        worker.reader = threading.Thread(target=self._read, args=(worker,), daemon=True)
        worker.reader.start()
        return worker

    def _read(self, worker: _Worker) -> None:
        """Take in a worker's results, in a thread of its own, until its end."""
        stdout = worker.process.stdout
        assert stdout is not None
        with stdout:
            while True:
                try:
                    prepared = pickle.load(stdout)  # noqa: S301 - written by our own worker
                except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                    self._tell(lambda: self._died(worker))
                    return
                self._tell(lambda prepared=prepared: self._came(worker, prepared))  # type: ignore[misc]

    def _came(self, worker: _Worker, prepared: Sequence[Prepared]) -> list[Result]:
        if worker.retired:
            return []
        self._deaths = 0
        owner, batch = worker.waiting.popleft()
        worker.parsed += sum(max(one.stamp.size, 0) for one in prepared if one.parsed)
        self._idle_since = worker.busy_since = time.monotonic()
        return [Result(owner, batch, prepared)]

    def _died(self, worker: _Worker) -> list[Result]:
        """Bury a worker. Only its first batch can have been the cause."""
        if worker.retired:
            return []
        worker.retired = True
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.wait()
        if worker.reader is not None:
            worker.reader.join(_END_SECONDS)
        if worker.process.stdin is not None:
            try:
                worker.process.stdin.close()
            except OSError as error:  # what was not yet sent cannot be any more
                log.debug("a worker's input could not be closed: %s", error)
        if worker.waiting:
            self._deaths += 1
            if self._deaths >= _MOST_DEATHS:
                log.warning("workers die one after the other; no more are started for a while")
                self._deaths, self._not_before = 0, time.monotonic() + _CALM_SECONDS
        first, *later = worker.waiting or [None]
        results = [] if first is None else [Result(*first, None)]
        for owner, batch in filter(None, later):
            results.append(Result(owner, batch, ()))
        return results


def environment() -> dict[str, str]:
    """Return the environment of our own processes: one thread each, whatever libraries think."""
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
