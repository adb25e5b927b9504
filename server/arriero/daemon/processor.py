"""When runs need the processor: while a first prompt is made ready, and while tools execute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from arriero.sessions.events import (
    Event,
    PermissionAnswered,
    PermissionAsked,
    RunEnded,
    ToolEnded,
    ToolStarted,
)

_FIRST = "first prompt"


class Processor:
    """Counts what runs do with it; `changed` is called when that begins and ends."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._uses: dict[str, set[str]] = {}
        self._free = asyncio.Event()
        self._free.set()

    @property
    def busy(self) -> bool:
        """Whether a run needs it now."""
        return bool(self._uses)

    async def free(self) -> None:
        """Wait until no run needs it."""
        await self._free.wait()

    @contextmanager
    def run(self, run_id: str) -> Iterator[None]:
        """A run goes on while inside; until `prompted` it gets its first prompt ready."""
        self._take(run_id, _FIRST)
        try:
            yield
        finally:
            self._leave(run_id)

    def prompted(self, run_id: str) -> None:
        """The first prompt of a run is ready."""
        self._leave(run_id, _FIRST)

    def saw(self, event: Event) -> None:
        """Note the tools of a run; they do not need it while the user is asked."""
        match event.body:
            case ToolStarted(call_id=call_id):
                self._take(event.run_id, call_id)
            case PermissionAnswered(call_id=call_id, answer=answer) if answer.startswith("allow"):
                self._take(event.run_id, call_id)
            case ToolEnded(call_id=call_id) | PermissionAsked(call_id=call_id):
                self._leave(event.run_id, call_id)
            case RunEnded():
                self._leave(event.run_id)

    def _take(self, run_id: str, use: str) -> None:
        self._uses.setdefault(run_id, set()).add(use)
        self._weigh()

    def _leave(self, run_id: str, use: str | None = None) -> None:
        uses = self._uses.get(run_id, set())
        uses.discard(use or "")
        if use is None or not uses:
            self._uses.pop(run_id, None)
        self._weigh()

    def _weigh(self) -> None:
        if self.busy != self._free.is_set():
            return
        if self.busy:
            self._free.clear()
        else:
            self._free.set()
        self._changed()
