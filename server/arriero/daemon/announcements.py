"""Sentences for whoever is there: said to all connections, or else to the first that comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from arriero.agent.editor import Editor

log = logging.getLogger(__name__)

_MOST = 20  # sentences that wait for somebody; of more the oldest are in the log only


class Announcements:
    """What the daemon has to say that belongs to no run; `listeners` returns who is there."""

    def __init__(self, listeners: Callable[[], Sequence[Editor]]) -> None:
        self._listeners = listeners
        self._waiting: list[str] = []
        self._saying: set[asyncio.Task[None]] = set()

    def say(self, sentence: str) -> None:
        """Have a sentence said, soon; to be called in the event loop."""
        self._waiting = [*self._waiting, sentence][-_MOST:]
        self.flush()

    def flush(self) -> None:
        """Say what waits, if somebody is there."""
        editors = self._listeners()
        if not editors or not self._waiting:
            return
        sentences, self._waiting = self._waiting, []
        for editor in editors:
            task = asyncio.ensure_future(_say(editor, sentences))
            self._saying.add(task)
            task.add_done_callback(self._saying.discard)

    async def aclose(self) -> None:
        """End what is still being said."""
        for task in self._saying:
            task.cancel()
        await asyncio.gather(*self._saying, return_exceptions=True)


async def _say(editor: Editor, sentences: Sequence[str]) -> None:
    try:
        for sentence in sentences:
            await editor.message("warning", sentence)
    except Exception:
        log.exception("%s could not be told", editor.name)
