"""A thread with an event loop of its own, in which the agent works for a program.

The program may be synchronous, or have any event loop; however long it computes, the agent's
streams and watchers go on.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Engine:
    """Runs until `close`. Every method but `acall` and `abegin` may be called from any thread."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="arriero-engine", daemon=True)
        self._thread.start()

    @property
    def here(self) -> bool:
        """Whether the caller is in the loop's own thread."""
        return threading.current_thread() is self._thread

    @property
    def closed(self) -> bool:
        """Whether nothing can be done any more; so too in a forked process, without the thread."""
        return self._forked or self._loop.is_closed()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work in the loop and wait for it; Ctrl-C cancels it."""
        if self.here:
            work.close()
            raise RuntimeError("This would wait for itself; use the form with `await` here.")
        future = self.begin(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def acall(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work in the loop and wait for it in the caller's; cancelling cancels it."""
        if asyncio.get_running_loop() is self._loop:
            return await work
        return await asyncio.wrap_future(await self.abegin(work))

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin some work in the loop; cancelling the future cancels it."""
        if self._forked:
            work.close()
            raise RuntimeError("This was made before the process forked; make another one here.")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def abegin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """As `begin`, after what was cancelled in the caller's loop before."""
        try:
            await asyncio.sleep(0)  # a cancelled future tells ours in the loop's next turn
        except BaseException:
            work.close()
            raise
        return self.begin(work)

    def close(self) -> None:
        """End the loop; what still works in it is cancelled. From its own thread it ends soon."""
        if not self._forked and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            if not self.here:
                self._thread.join()

    @property
    def _forked(self) -> bool:
        return os.getpid() != self._pid

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()
