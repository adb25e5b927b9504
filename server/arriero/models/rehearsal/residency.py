"""Which models are in memory, and whose turn it is: one request at a time per model."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from arriero.models.rehearsal.catalog import SimulatedModel
from arriero.models.rehearsal.decode import Options, Refused

DEFAULT_KEEP_ALIVE = 300.0
_BUSY = "server busy, please try again.  maximum pending requests exceeded"
_FOREVER_NS = 2**63 - 1  # the longest of Go's durations
_ALREADY_LOADED_NS = 600_000
_LOAD_NS = 250_000_000


@dataclass(frozen=True)
class RunnerOptions:
    """What is fixed by loading; a request that wants another one has the model loaded again."""

    window: int
    shift: bool = True
    others: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """What became of a prompt in a slot: its tokens, and those of them that were read anew."""

    tokens: int
    evaluated: int


@dataclass
class Loaded:
    """A model in memory, with its sizes there.

    `cache` are the tokens of its one slot, `load_ns` what loading took.
    """

    model: SimulatedModel
    runner: RunnerOptions
    expires_ns: int = _FOREVER_NS
    cache: tuple[str, ...] = ()
    load_ns: int = _ALREADY_LOADED_NS

    def __post_init__(self) -> None:
        size, size_vram = self.model.memory(self.runner.window)
        self.model = replace(self.model, size=size, size_vram=size_vram, layers=None)

    def reuse(self, tokens: tuple[str, ...]) -> int:
        """Put a prompt into the slot and return how many of its tokens must be evaluated anew."""
        same = 0
        for old, new in zip(self.cache, tokens):  # noqa: B905 - the shorter one decides
            if old != new:
                break
            same += 1
        self.cache = tokens
        # The last token is always evaluated: the next one follows from it.
        return max(1, len(tokens) - same)


class Residency:
    """The models in memory. `loads` lists the names in the order they were loaded."""

    def __init__(self, time_ns: Callable[[], int], default_window: int, max_queue: int) -> None:
        self.loads: list[str] = []
        self._time_ns = time_ns
        self._default_window = default_window
        self._max_queue = max_queue
        self._loaded: dict[str, Loaded] = {}
        self._slots: dict[str, asyncio.Lock] = {}
        self._seized: dict[str, Loaded] = {}
        self._waiting = 0

    def loaded(self) -> list[Loaded]:
        """Return what is in memory now, the newest first."""
        now = self._time_ns()
        for name, loaded in list(self._loaded.items()):
            if loaded.expires_ns <= now and not self._slot(name).locked():
                del self._loaded[name]
        return list(reversed(self._loaded.values()))

    def unload(self, model: SimulatedModel) -> None:
        """Drop a model from memory."""
        self._loaded.pop(model.full_name, None)

    def seize(self, model: SimulatedModel, window: int) -> None:
        """Let another client load a model before the next request for it, with its own window."""
        self._seized[model.full_name] = Loaded(model, RunnerOptions(window), load_ns=_LOAD_NS)

    def runner_options(
        self, model: SimulatedModel, options: Options, shift: bool | None
    ) -> RunnerOptions:
        """Return the options a request needs: its own, else the Modelfile's, else the default."""
        window = options.num_ctx or model.num_ctx or self._default_window
        most = min(model.trained_window, model.largest_window or model.trained_window)
        return RunnerOptions(min(window, most), shift is not False, options.runner)

    @asynccontextmanager
    async def use(
        self, model: SimulatedModel, runner: RunnerOptions, keep_alive: float | None
    ) -> AsyncIterator[Loaded]:
        """Wait for the model's slot, load the model if need be, and hold the slot.

        Refuses with status 503 when a load is needed and too many requests wait.
        """
        name = model.full_name
        if self._waiting >= self._max_queue and not self._fits(name, runner):
            raise Refused(503, _BUSY)
        self._waiting += 1
        try:
            await self._slot(name).acquire()
        finally:
            self._waiting -= 1
        try:
            loaded = await self._ensure(model, runner)
            yield loaded
        finally:
            self._slot(name).release()
            if name in self._loaded:
                self._renew(self._loaded[name], keep_alive)

    def _slot(self, name: str) -> asyncio.Lock:
        return self._slots.setdefault(name, asyncio.Lock())

    def _fits(self, name: str, runner: RunnerOptions) -> bool:
        return any(one.model.full_name == name and one.runner == runner for one in self.loaded())

    async def _ensure(self, model: SimulatedModel, runner: RunnerOptions) -> Loaded:
        if model.full_name in self._seized:
            self.loads.append(model.full_name)
            self._loaded[model.full_name] = self._seized.pop(model.full_name)
        present = self._loaded.get(model.full_name)
        if present and present.runner == runner and present.expires_ns > self._time_ns():
            present.load_ns = _ALREADY_LOADED_NS
            return present
        self._loaded.pop(model.full_name, None)
        if model.load_delay:
            await asyncio.sleep(model.load_delay)
        self.loads.append(model.full_name)
        loaded = Loaded(model, runner, load_ns=_LOAD_NS + int(model.load_delay * 1e9))
        self._loaded[model.full_name] = loaded
        return loaded

    def _renew(self, loaded: Loaded, keep_alive: float | None) -> None:
        seconds = DEFAULT_KEEP_ALIVE if keep_alive is None else keep_alive
        if seconds == 0:
            self.unload(loaded.model)
        elif math.isinf(seconds):
            loaded.expires_ns = self._time_ns() + _FOREVER_NS
        else:
            loaded.expires_ns = self._time_ns() + int(seconds * 1e9)
