"""The runs that go on: who owns them, how they are awaited and cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from arriero.agent.request import RunResult
from arriero.sessions.events import Event, StepEnded

log = logging.getLogger(__name__)

RunState = Literal["running", "review", "done"]


class RunRefused(Exception):
    """A run could not be started; the sentence says why and what to do."""


class RunHandle:
    """One run and the task that does it. `step` counts the model's answers so far."""

    def __init__(self, run_id: str, session_id: str, label: str, roots: tuple[str, ...]) -> None:
        self.run_id = run_id
        self.session_id = session_id
        self.label = label
        self.roots = roots
        self.state: RunState = "running"
        self.step = 0
        self._task: asyncio.Task[RunResult] | None = None
        self._loop_task: asyncio.Task[Any] | None = None
        self._cancelled = False

    def begin(self, work: Coroutine[Any, Any, RunResult]) -> None:
        """Start the work that ends in this run's result."""
        self._task = asyncio.create_task(work, name=self.run_id)

    async def wait(self) -> RunResult:
        """Return the result once the run, and a review that the server holds, have ended.

        Cancelling the waiter does not cancel the run.
        """
        assert self._task is not None, "the run has not begun"
        return await asyncio.shield(self._task)

    def cancel(self) -> bool:
        """Ask the run to end; False when it has ended already."""
        if self._task is None or self._task.done():
            return False
        self._cancelled = True
        if self._loop_task is not None:
            self._loop_task.cancel()
        return True

    async def cancellable(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do a part of the run that `cancel` ends at once; raises CancelledError then."""
        if self._cancelled:
            work.close()
            raise asyncio.CancelledError
        self._loop_task = asyncio.create_task(work)
        try:
            return await self._loop_task
        except asyncio.CancelledError:
            self._loop_task.cancel()
            raise
        finally:
            self._loop_task = None

    def saw(self, event: Event) -> None:
        """Note what `status` shows of a run."""
        if isinstance(event.body, StepEnded):
            self.step = event.body.step


class Runs:
    """All runs of the daemon. Ended ones are forgotten here; the store keeps them."""

    def __init__(self, changed: Callable[[RunHandle], None]) -> None:
        self._runs: dict[str, RunHandle] = {}
        self._deleted: set[str] = set()  # sessions that are being deleted
        self._changed = changed

    @property
    def all(self) -> list[RunHandle]:
        return list(self._runs.values())

    def get(self, run_id: str) -> RunHandle | None:
        return self._runs.get(run_id)

    def of_session(self, session_id: str) -> RunHandle | None:
        return next((run for run in self.all if run.session_id == session_id), None)

    def must_be_free(self, session_id: str) -> None:
        """Raise RunRefused where a session has a run, or is being deleted."""
        busy = self.of_session(session_id)
        if busy is not None:
            raise RunRefused(f"This session is busy with '{busy.label}'; wait for it or cancel it.")
        if session_id in self._deleted:
            raise RunRefused("This session is being deleted; begin a new one.")

    @contextmanager
    def deleting(self, session_id: str) -> Iterator[None]:
        """Let no run begin in a session meanwhile; raises RunRefused where it is not free."""
        self.must_be_free(session_id)
        self._deleted.add(session_id)
        try:
            yield
        finally:
            self._deleted.discard(session_id)

    def admit(self, most: int | None) -> None:
        """Raise RunRefused where `most` runs work already; those in review wait for their user."""
        working = [run.label for run in self.all if run.state == "running"]
        if most is not None and len(working) >= most:
            raise RunRefused(
                f"{len(working)} {'run works' if len(working) == 1 else 'runs work'} already "
                f"(limits.concurrent_runs): wait until '{working[0]}' has ended, or end one with "
                "`arriero stop`."
            )

    def begin(self, run: RunHandle, work: Coroutine[Any, Any, RunResult]) -> None:
        """Own a run until it ends."""
        self._runs[run.run_id] = run
        run.begin(self._owned(run, work))
        self._changed(run)

    def set_state(self, run: RunHandle, state: RunState) -> None:
        run.state = state
        self._changed(run)

    async def cancel_all(self, timeout: float) -> None:
        """Cancel every run and wait until each has stored its end, `timeout` seconds at most."""
        runs = self.all
        for run in runs:
            run.cancel()
        if runs:
            await asyncio.wait([asyncio.ensure_future(run.wait()) for run in runs], timeout=timeout)

    async def _owned(self, run: RunHandle, work: Coroutine[Any, Any, RunResult]) -> RunResult:
        try:
            return await work
        finally:
            self._runs.pop(run.run_id, None)
            self.set_state(run, "done")
