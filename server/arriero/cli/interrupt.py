"""Running a command's asynchronous part, and what Ctrl-C does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from arriero.cli.failure import Cancelled

T = TypeVar("T")


class Interrupts:
    """Whom Ctrl-C reaches: the whole command, or what it is about just now."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[], object]] = []
        self._lasting: list[Callable[[], object]] = []
        self._task: asyncio.Task[Any] | None = None

    def stop(self) -> None:
        """End the whole command."""
        if self._task is not None:
            self._task.cancel()

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Say which task the whole command is."""
        self._task = task

    @contextlib.contextmanager
    def to(self, handler: Callable[[], object]) -> Iterator[None]:
        """Send the first Ctrl-C inside to `handler`, and further ones to the whole command."""
        used = False

        def once() -> None:
            nonlocal used
            if used:
                self.stop()
            used = True
            handler()

        self._handlers.append(once)
        try:
            yield
        finally:
            self._handlers.remove(once)

    @contextlib.contextmanager
    def always(self, handler: Callable[[], object]) -> Iterator[None]:
        """Send every Ctrl-C inside to `handler`."""
        self._handlers.append(handler)
        self._lasting.append(handler)
        try:
            yield
        finally:
            self._handlers.remove(handler)
            self._lasting.remove(handler)

    def __call__(self) -> None:
        """Ctrl-C was pressed."""
        (self._handlers[-1] if self._handlers else self.stop)()

    def end(self) -> None:
        """The command is to end, by whoever may end it: what Ctrl-C would end ends first."""
        handler = self._handlers[-1] if self._handlers else self.stop
        handler()
        if handler in self._lasting:  # for which Ctrl-C is not the end
            self.stop()


def ending_signals() -> list[signal.Signals]:
    """Return what ends a process: the last as when its terminal is closed, but not under nohup."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return numbers


def run(main: Callable[[Interrupts], Coroutine[Any, Any, T]]) -> T:
    """Run `main` to its end; raises Cancelled when the user interrupts it."""

    async def supervised() -> T:
        interrupts = Interrupts()
        task = asyncio.ensure_future(main(interrupts))
        interrupts.watch(task)
        # Windows has no loop signal handlers: there Ctrl-C is a KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop = asyncio.get_running_loop()
            for number in ending_signals():
                then = interrupts if number is signal.SIGINT else interrupts.end
                loop.add_signal_handler(number, then)
        return await task

    try:
        return asyncio.run(supervised())
    except (asyncio.CancelledError, KeyboardInterrupt) as error:
        raise Cancelled from error
