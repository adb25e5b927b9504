"""Threads for what blocks on a disk, where a disk may never answer.

Reading from a network folder whose server is gone holds its thread for minutes. With the few
threads that are good for the work itself, a handful of such reads would end everything else.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_FEW = min(32, (os.cpu_count() or 1) + 4)  # as many as the standard library takes
_MOST = 256
_PATIENCE = 0.5  # seconds in which nothing is done, while something waits for a thread
_IDLE = 10.0  # seconds after which a thread above the few ends
_PARTING = 10.0  # seconds for what is under way, at the end


class Threads(ThreadPoolExecutor):
    """A few threads, and more of them whenever all do nothing but wait.

    An event loop's default executor has to be a `ThreadPoolExecutor`; nothing of that is used. The
    threads do not hold up the end of the process.
    """

    def __init__(
        self, few: int = _FEW, most: int = _MOST, patience: float = _PATIENCE, idle: float = _IDLE
    ) -> None:
        super().__init__(1)
        self._few, self._limit = few, most
        self._patience, self._idle_seconds = patience, idle
        self._lock = threading.Lock()
        self._there = threading.Condition(self._lock)  # work, or the end
        self._ending = threading.Condition(self._lock)
        self._gone = threading.Condition(self._lock)
        self._waiting: deque[tuple[Future[object], Callable[[], object]]] = deque()
        self._count = 0  # threads that there are
        self._free = 0  # of them, those without work
        self._taken = 0  # pieces of work ever begun or done: it moves while the threads get on
        self._relieving = False
        self._ended = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called in a thread; raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._lock:
            if self._ended:
                raise RuntimeError("There are no threads any more.")
            self._waiting.append((future, lambda: fn(*args, **kwargs)))  # type: ignore[arg-type]
            if self._free >= len(self._waiting):
                self._there.notify()
            elif self._count < self._few and not self._start() and self._count == 0:
                self._waiting.pop()
                raise RuntimeError("The system gives no thread.")
            elif not self._relieving and self._count >= self._few:
                self._relieving = _started(self._relieve, "arriero-relief")
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; with `wait`, let what there is come to its end, if it does soon."""
        with self._lock:
            self._ended = True
            if cancel_futures:
                for future, _ in self._waiting:
                    future.cancel()
                self._waiting.clear()
            self._there.notify_all()
            self._ending.notify_all()
            if wait:
                self._gone.wait_for(lambda: self._count == 0, _PARTING)

    def _start(self) -> bool:
        self._count += 1
        if _started(self._work, f"arriero_{self._count}"):
            return True
        self._count -= 1
        return False

    def _work(self) -> None:
        while (found := self._next()) is not None:
            future, call = found
            if future.set_running_or_notify_cancel():
                try:
                    result = call()
                except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                    future.set_exception(error)
                else:
                    future.set_result(result)
                    del result
            del found, future, call  # a result may be large, and the next work far away

    def _next(self) -> tuple[Future[object], Callable[[], object]] | None:
        with self._lock:
            self._taken += 1
            self._free += 1
            while not self._waiting and not self._ended:
                seconds = self._idle_seconds if self._count > self._few else None
                if not self._there.wait(seconds) and self._count > self._few:
                    break
            self._free -= 1
            if self._waiting:
                self._taken += 1
                return self._waiting.popleft()
            self._count -= 1
            self._gone.notify_all()
            return None

    def _relieve(self) -> None:
        """Add as many threads again each time that none has begun or done anything meanwhile."""
        with self._lock:
            while self._waiting and not self._ended and self._count < self._limit:
                taken = self._taken
                self._ending.wait(self._patience)
                if self._taken != taken or self._ended:
                    continue
                for _ in range(min(self._count, len(self._waiting), self._limit - self._count)):
                    self._start()
            self._relieving = False


def _started(work: Callable[[], None], name: str) -> bool:
    try:
        threading.Thread(target=work, name=name, daemon=True).start()
    except RuntimeError:  # the system has no more of them for this user
        return False
    return True
