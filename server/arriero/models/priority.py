"""Whose request goes first at a model server: chat, then completion, then embeddings.

A local server answers one request at a time unless it is told otherwise, and lets the next one wait
without limit: a person would wait for work that nobody waits for. So a more urgent request sends
the others away and they come again later. A server that can answer several at once (Ollama's
`OLLAMA_NUM_PARALLEL`) is not asked to: they would share its speed, and the person waits for one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, TypeVar, get_args

from arriero.models.errors import ServerBusy
from arriero.within import ended

Priority = Literal["chat", "completion", "embeddings"]

_RANKS: dict[str, int] = {name: rank for rank, name in enumerate(get_args(Priority))}
_COMPLETION_PATIENCE = 2.0  # seconds; what comes later is not wanted any more
_CHAT_PATIENCE = 2.0  # seconds for what was sent away to leave

_T = TypeVar("_T")

log = logging.getLogger(__name__)


class Yielded(ServerBusy):
    """Something more urgent came in between, or did not end in time: try again later."""

    def __init__(self) -> None:
        super().__init__("The model is busy with something more urgent; try again later.")


async def unless(signal: asyncio.Future[None], work: Coroutine[Any, Any, _T]) -> _T:
    """Do the work in a task of its own; raises `Yielded`, after its end, once the signal is set.

    Work that is done when the signal comes keeps its result.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task, signal), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Yielded
        return task.result()
    finally:
        await ended(task)


class Turn:
    """A place in flight. What is done through it ends when something more urgent comes."""

    def __init__(self, rank: int) -> None:
        self.rank = rank
        self.task = asyncio.current_task()
        self._displaced: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def displace(self) -> None:
        """Send away what is done in this turn."""
        if not self._displaced.done():
            self._displaced.set_result(None)

    async def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do the work of this turn; raises `Yielded` when it was sent away."""
        return await unless(self._displaced, work)


class Gate:
    """The turns of one server. Any number of one class are in flight together, never two classes.

    Chat waits for nobody but those that it sends away, and for these not long. Completion waits a
    little for chat, embeddings as long as it takes; both send away what is less urgent. Patience is
    in seconds.
    """

    def __init__(
        self,
        *,
        chat_patience: float = _CHAT_PATIENCE,
        completion_patience: float = _COMPLETION_PATIENCE,
    ) -> None:
        self._patience: Sequence[float | None] = (chat_patience, completion_patience, None)
        self._held: list[Turn] = []
        self._coming = [0] * len(_RANKS)
        self._waiters: set[asyncio.Future[None]] = set()

    def use(self, priority: Priority) -> AbstractAsyncContextManager[Turn]:
        """Hold a turn; raises `Yielded` for a completion that would come too late."""
        return _Use(self, _RANKS[priority])

    @property
    def in_flight(self) -> list[Priority]:
        """The classes of the turns that are held."""
        return [get_args(Priority)[turn.rank] for turn in self._held]

    def stop(self) -> None:
        """End what is in flight: patient answers are sent away, of others their task is cancelled.

        It closes their connections. Who waits for a turn is not in flight, and waits on.
        """
        for turn in self._held:
            turn.displace()
            if turn.rank == 0 and turn.task is not None:
                turn.task.cancel()

    async def enter(self, rank: int) -> Turn:
        """Wait for a turn, which `leave` ends; see `use`."""
        self._coming[rank] += 1
        for turn in self._held:
            if turn.rank > rank:
                turn.displace()
        try:
            await self._until_free(rank)
        finally:
            # From here to the end nothing is awaited: nobody slips in between.
            self._coming[rank] -= 1
            self._wake()
        turn = Turn(rank)
        self._held.append(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """End a turn."""
        self._held.remove(turn)
        self._wake()

    async def _until_free(self, rank: int) -> None:
        patience, clock = self._patience[rank], asyncio.get_running_loop().time
        end = None if patience is None else clock() + patience
        while not self._free(rank):
            left = None if end is None else end - clock()
            if left is not None and left <= 0:
                if rank == 0:
                    log.warning("what was sent away for a chat does not end")
                    return
                raise Yielded
            await self._change(left)

    def _free(self, rank: int) -> bool:
        return all(turn.rank == rank for turn in self._held) and not any(self._coming[:rank])

    async def _change(self, timeout: float | None) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait((waiter,), timeout=timeout)
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


class _Use(AbstractAsyncContextManager[Turn]):
    """A turn while inside; a class, as a generator costs each request as much as all else here."""

    def __init__(self, gate: Gate, rank: int) -> None:
        self._gate = gate
        self._rank = rank
        self._turn: Turn

    async def __aenter__(self) -> Turn:
        self._turn = await self._gate.enter(self._rank)
        return self._turn

    async def __aexit__(self, *_: object) -> None:
        self._gate.leave(self._turn)
