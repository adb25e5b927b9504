"""Search by meaning in all open folders: one model each, one process that compares vectors.

Nothing of it is needed by anything else: where there is no model, no numpy or no answer in time,
searches go by words, and say so where that is news.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arriero.daemon.activity import Sleep
from arriero.daemon.meaning_folder import FolderMeaning, Quiet
from arriero.daemon.meaning_model import EmbeddingModel, MeaningWish, Models
from arriero.daemon.meaning_state import MeaningState
from arriero.daemon.processor import Processor
from arriero.index.meaning.arrays import NUMPY_MISSING, has_numpy
from arriero.index.meaning.asking import Meaning, Near, NoMeaning
from arriero.index.meaning.client import MeaningClient
from arriero.index.workspace import WorkspaceIndex
from arriero.settings.model import Settings

_BUSY = 1.5  # processes that want to run, for each processor: a model on the CPU is one for each
_PATIENT_SECONDS = 5.0  # a search for nothing but meaning may load the model
_LATE = "The embedding model did not answer in time."

log = logging.getLogger(__name__)


def host_is_busy() -> bool:
    """Tell whether more wants to run on this machine than can; False where it does not tell."""
    try:
        return os.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)
    except OSError:
        return False


@dataclass
class _Kept:
    """A folder with a model; `asking` are the questions that are under way."""

    folder: FolderMeaning
    model: EmbeddingModel
    index: WorkspaceIndex
    task: asyncio.Task[None]
    asking: set[asyncio.Task[Any]] = field(default_factory=set)


class Meanings:
    """One for a daemon; all methods belong to the event loop."""

    def __init__(
        self,
        cache: Path,
        models: Models | None,
        processor: Processor,
        sleep: Sleep = asyncio.sleep,
        *,
        busy: Callable[[], bool] = host_is_busy,
        available: Callable[[], bool] = has_numpy,
        client: MeaningClient | None = None,
    ) -> None:
        """`cache` is the folder of what can be made again; without `models` nothing is embedded.

        `available` tells if numpy is there.
        """
        self._models = models
        self._quiet = Quiet(processor, sleep, busy)
        self._available = available
        self._client = client or MeaningClient(cache)
        self._kept: dict[str, _Kept] = {}
        self._without: dict[str, MeaningState] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def keep(
        self, index: WorkspaceIndex, settings: Sequence[Settings], changed: Callable[[], None]
    ) -> None:
        """Keep the vectors of an index that is kept up to date, as its editors' settings say.

        The first of them that names a model counts. `changed`: the state is another.
        """
        wanted = next((one for one in settings if one.meaning.model), None)
        kept = self._kept.get(index.root)
        if wanted is None or self._models is None:
            self.leave(index.root)
            return
        if not self._available():
            self.leave(index.root)
            named = wanted.meaning.model or ""
            self._without[index.root] = MeaningState("failing", named, message=NUMPY_MISSING)
            index.meaning = NoMeaning(NUMPY_MISSING)
            return
        wish = MeaningWish.of(wanted)
        if kept is not None and kept.model.wish == wish and kept.index is index:
            return
        self.leave(index.root)
        model = self._shared(wish) or EmbeddingModel(wish, wanted, self._models)
        folder = FolderMeaning(
            index.root, str(index.folder), model, self._client, self._quiet, changed
        )
        task = asyncio.create_task(_logged(folder.run), name="meaning")
        kept = self._kept[index.root] = _Kept(folder, model, index, task)
        index.meaning = _Asker(kept, asyncio.get_running_loop(), wish.meaning.query_ms / 1_000)
        if index.status.phase == "ready":
            folder.news()

    def news(self, root: str) -> None:
        """The index of a folder is up to date."""
        kept = self._kept.get(root)
        if kept is not None:
            kept.folder.news()

    async def known(self, root: str) -> None:
        """Wait until the vectors of a folder that there are are there to be asked."""
        kept = self._kept.get(root)
        if kept is not None:
            await kept.folder.known()

    def state(self, root: str) -> MeaningState | None:
        """Return how far a folder is; None where no model is named."""
        kept = self._kept.get(root)
        return kept.folder.state if kept is not None else self._without.get(root)

    def leave(self, root: str) -> None:
        """Keep the vectors of a folder no longer; what is on disk stays."""
        self._without.pop(root, None)
        kept = self._kept.pop(root, None)
        if kept is None:
            return
        kept.index.meaning = NoMeaning()
        for task in (kept.task, *kept.asking):
            task.cancel()
        shared = any(other.model is kept.model for other in self._kept.values())
        self._spawn(lambda: self._close(root, None if shared else kept.model))

    async def aclose(self) -> None:
        """End everything."""
        for root in list(self._kept):
            self.leave(root)
        await asyncio.gather(*self._ending, return_exceptions=True)
        await self._client.aclose()

    async def _close(self, root: str, model: EmbeddingModel | None) -> None:
        if model is not None:
            await model.aclose()
        if root not in self._kept:
            await self._client.leave(root)
        if not self._kept:
            await self._client.aclose()  # its memory is for others, until it is asked again

    def _shared(self, wish: MeaningWish) -> EmbeddingModel | None:
        models = (kept.model for kept in self._kept.values())
        return next((model for model in models if model.wish == wish), None)

    def _spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(_logged(work))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class _Asker(Meaning):
    """Asks on the event loop for searches, which are in threads."""

    def __init__(self, kept: _Kept, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._kept = kept
        self._loop = loop
        self._seconds = seconds

    def begin(self, question: str, *, patient: bool) -> Callable[[], Near]:
        end = time.monotonic() + (_PATIENT_SECONDS if patient else self._seconds)
        if self._loop.is_closed():
            return lambda: Near(note=_LATE)
        asked = asyncio.run_coroutine_threadsafe(self._near(question, patient=patient), self._loop)

        def near() -> Near:
            try:
                return asked.result(max(end - time.monotonic(), 0.0))
            except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
                # It is not cancelled: the next search has the vector.
                return Near(note=_LATE, late=True)

        return near

    async def _near(self, question: str, *, patient: bool) -> Near:
        task = asyncio.current_task()
        assert task is not None
        self._kept.asking.add(task)
        try:
            return await self._kept.folder.near(question, patient=patient)
        except Exception:
            log.exception("the vectors cannot be asked")
            return Near(note="The vectors cannot be asked now.")
        finally:
            self._kept.asking.discard(task)


async def _logged(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do something that nobody waits for; its failure is told to the log."""
    try:
        await work()
    except Exception:
        log.exception("search by meaning failed")
