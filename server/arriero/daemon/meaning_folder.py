"""The vectors of one folder: made in the background while nothing else is wanted, and asked."""

from __future__ import annotations

import asyncio
import base64
import logging
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from arriero.daemon.activity import Sleep
from arriero.daemon.meaning_model import EmbeddingModel
from arriero.daemon.meaning_state import MeaningPhase, MeaningState
from arriero.daemon.processor import Processor
from arriero.index.meaning.asking import MOST_NEAR, Near
from arriero.index.meaning.client import MeaningClient, MeaningEnded
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
)
from arriero.models.priority import Yielded

_SETTLES = 1.0  # seconds in which further changes are waited for
_FIRST_DELAY, _LAST_DELAY = 2.0, 120.0  # seconds before it is tried again, doubled each time
_BUSY_SECONDS = 10.0  # between two looks at a busy machine
_MOST_TEXTS = 16
_MOST_CHARS = 32_000  # of one request
_MOST_NUMBERS = 8_192  # of one answer, which is read in the event loop
_MOST_REFUSED = 5  # texts in a row; after so many it is the model that fails
_MEGABYTE = 1_000_000

# What is no fault of the texts: the same ones are sent again later.
_LATER = (ProviderUnavailable, ServerBusy, ModelNotFound, NoMemory)

Batch = Sequence[tuple[str, str]]  # digest and text
Json = Mapping[str, Any]

log = logging.getLogger(__name__)


class Unusable(Exception):
    """The vectors cannot be kept; the text is a sentence for the person."""


@dataclass(frozen=True)
class _Embedded:
    """Vectors by digest, and the digests of texts that the model refuses, with its reasons."""

    found: list[tuple[str, list[float]]]
    refused: list[tuple[str, ModelError]]


@dataclass(frozen=True)
class Quiet:
    """When there is time for the background. `busy`: the machine is; `sleep` takes seconds."""

    processor: Processor
    sleep: Sleep
    busy: Callable[[], bool]


class FolderMeaning:
    """`run` is its background, for one task; `news` says that the index has changed."""

    def __init__(
        self,
        root: str,
        index: str,
        model: EmbeddingModel,
        client: MeaningClient,
        quiet: Quiet,
        changed: Callable[[], None],
    ) -> None:
        """`index` is the folder of the index; `changed` is called when `state.state` is another."""
        self.state = MeaningState("waiting", model.name)
        self._root = root
        self._index = index
        self._model = model
        self._client = client
        self._quiet = quiet
        self._changed = changed
        self._news = asyncio.Event()
        self._begun = -1  # runs at the model's server when it was last quiet
        self._open = False
        self._known = asyncio.Event()
        self._works = False
        self._refused = 0
        self._texts = 2  # of one request, until the length of the vectors is known

    def news(self) -> None:
        """The index is up to date, and may have changed."""
        self._news.set()

    async def known(self) -> None:
        """Wait until the vectors that there are are there to be asked, or it is clear why not."""
        await self._known.wait()

    async def run(self) -> None:
        """Embed what lacks a vector, for ever."""
        delay = _FIRST_DELAY
        while True:
            await self._news.wait()
            try:
                if self._open:
                    await self._quiet.sleep(_SETTLES)
                self._news.clear()
                await self._pass()
                delay = _FIRST_DELAY
                continue
            except ModelError as error:
                log.info("texts are not embedded: %s (%s)", error, error.cause)
                self._say("failing", str(error))
            except Unusable as error:
                self._say("failing", str(error))
            except MeaningEnded:
                log.warning("the process of the vectors ended; it is started again")
                self._open = False
            self._known.set()
            self._news.set()
            await self._quiet.sleep(delay)
            delay = min(2 * delay, _LAST_DELAY)

    async def near(self, question: str, *, patient: bool) -> Near:
        """Return the chunks that are close to a question; what is in the way is its `note`."""
        if patient:
            await self.known()
        if not self._open:
            return Near(note=self.state.message or "The workspace has no vectors yet.")
        try:
            if not patient and not self._model.knows(question):
                if not await self._model.in_memory():
                    return Near(note=f"{self._model.name} is not in memory.", late=True)
                if self._model.took > self._model.wish.meaning.query_ms / 1_000:
                    self._model.begin(question)  # waited for once it is quicker again
                    return Near(note=f"{self._model.name} takes too long for a search.", late=True)
            vector = await self._model.question(question)
            found = await self._client.ask(
                "near", root=self._root, vector=_text(vector), limit=MOST_NEAR
            )
            if found.get("error") == "vector":  # another model answers under the name
                await self._client.ask("length", root=self._root, length=len(vector))
        except (ModelError, MeaningEnded) as error:
            return Near(note=str(error) or "The vectors cannot be asked now.")
        if "error" in found:
            self.news()
            return Near(note="The vectors of the workspace are being made anew.")
        rows, closeness = tuple(found["rows"]), tuple(found["closeness"])
        note = ""
        if found["done"] < found["chunks"]:
            note = f"{found['done']:,} of {found['chunks']:,} chunks have a vector so far."
        return Near(rows, closeness, found["usual"], note)

    async def _pass(self) -> None:
        """Embed all that lacks a vector now."""
        meaning = self._model.wish.meaning
        told = await self._asked(
            "open",
            index=self._index,
            model=await self._model.key(),
            most=meaning.max_chunks,
            disk=meaning.disk_mb * _MEGABYTE,
        )
        if told is None:
            return
        self._open = True
        while True:
            await self._until_free()
            told = await self._asked("next", most=self._texts, chars=_MOST_CHARS)
            if told is None:
                return
            if told["texts"] or told["looked"]:
                self._known.set()
            if told["texts"]:
                if not await self._embed(told["texts"]):
                    return
            elif told["looked"]:
                break
        self._say("ready", _left_out(told["left_out"]))

    async def _embed(self, batch: Batch) -> bool:
        """Embed some texts once it is quiet; False where there is no room for more."""
        await self._until_quiet()
        self._say("embedding")
        try:
            embedded = await self._model.activity.undisturbed(
                self._model.server, self._vectors(batch)
            )
        except Yielded:
            return True
        self._judge(embedded)
        for digest, error in embedded.refused:
            log.info("a text is not embedded: %s (%s)", error, error.cause)
            await self._asked("skip", digests=[digest])
        if not embedded.found:
            return True
        length = len(embedded.found[0][1])
        self._texts = max(min(_MOST_TEXTS, _MOST_NUMBERS // max(length, 1)), 1)
        found = [(digest, _text(vector)) for digest, vector in embedded.found]
        return await self._asked("put", length=length, found=found) is not None

    async def _vectors(self, batch: Batch) -> _Embedded:
        """Embed some texts; where the model refuses, those that it does not refuse."""
        try:
            found = await self._model.documents([text for _, text in batch])
        except _LATER:
            raise
        except ModelError as error:
            if len(batch) == 1:
                return _Embedded([], [(batch[0][0], error)])
            half = len(batch) // 2
            first, second = await self._vectors(batch[:half]), await self._vectors(batch[half:])
            return _Embedded(first.found + second.found, first.refused + second.refused)
        return _Embedded([(digest, one) for (digest, _), one in zip(batch, found, strict=True)], [])

    def _judge(self, embedded: _Embedded) -> None:
        """Tell a bad text from a model that fails: raises the ModelError of that."""
        if embedded.found:
            self._works, self._refused = True, 0
            return
        self._refused += len(embedded.refused)
        if not self._works or self._refused > _MOST_REFUSED:
            raise embedded.refused[0][1]

    async def _until_quiet(self) -> None:
        """Wait until no run is at work, at the model's server for a while, nor much else."""
        activity, server = self._model.activity, self._model.server
        while True:
            await self._until_free()
            if activity.busy(server) or activity.begun(server) != self._begun:
                if activity.busy(server):
                    self._say("paused")
                await activity.quiet(server, self._model.wish.meaning.idle)
                self._begun = activity.begun(server)
            elif self._model.wish.meaning.idle > 0 and self._quiet.busy():
                self._say("paused")
                await self._quiet.sleep(_BUSY_SECONDS)
            else:
                return

    async def _until_free(self) -> None:
        """Wait until no run needs the processor."""
        if self._quiet.processor.busy:
            self._say("paused")
            await self._quiet.processor.free()

    async def _asked(self, do: str, **fields: Any) -> Json | None:
        """Return an answer that is none of failure, and take in how far it is.

        None where there is nothing to do now. Raises `Unusable` and `MeaningEnded`.
        """
        told = await self._client.ask(do, root=self._root, **fields)
        match told.get("error"):
            case None:
                self.state = replace(self.state, chunks=told["chunks"], done=told["done"])
                return told
            case "index":
                return None  # it says so when it is ready
            case "full":
                room = self._model.wish.meaning.disk_mb
                self._say(
                    "ready", f"The vectors take all {room} MB of `meaning.disk_mb`; raise it."
                )
                return None
            case "closed":
                raise MeaningEnded
            case "vector":
                log.warning("unusable vectors: %s", told.get("why"))
                raise Unusable(
                    f"{self._model.name} answers vectors that cannot be used; choose another "
                    "model in `meaning.model`."
                )
            case _:
                raise Unusable(
                    "The vectors cannot be stored; make room on the disk of the cache folder, or "
                    "see to its rights."
                )

    def _say(self, state: MeaningPhase, message: str = "") -> None:
        old, self.state = self.state, replace(self.state, state=state, message=message)
        if (old.state, old.message) != (state, message):
            self._changed()


def _text(vector: Sequence[float]) -> str:
    numbers = array("f", vector)
    if array("I", [1]).tobytes()[0] == 0:  # a big-endian machine
        numbers.byteswap()
    return base64.b64encode(numbers).decode()


def _left_out(chunks: int) -> str:
    said = f"{chunks:,} chunks of older files are not embedded, as `meaning.max_chunks` says."
    return said if chunks else ""
