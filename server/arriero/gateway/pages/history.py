"""What the metrics were over the last hour, for the plots."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from arriero.gateway.metrics import Metrics

STEP = 10.0  # seconds
KEPT = 360  # points: one hour


@dataclass(frozen=True)
class Totals:
    """The counters at one moment; `at` in Unix seconds, durations in seconds."""

    at: float
    requests: float
    failed: float
    tokens_in: float
    tokens_out: float
    tokens_cached: float
    first_tokens: float
    first_token_seconds: float
    tools: float
    in_flight: float


@dataclass(frozen=True)
class Series:
    """One plot: points are (Unix seconds, value), None where there is nothing to tell."""

    name: str
    unit: str
    points: tuple[tuple[float, float | None], ...]

    @property
    def last(self) -> float | None:
        """The newest value that is known."""
        return next((value for _, value in reversed(self.points) if value is not None), None)


class History:
    """Keeps totals for an hour. `begin` starts looking, in a task that `aclose` ends."""

    def __init__(
        self, metrics: Metrics, *, step: float = STEP, clock: Callable[[], float] = time.time
    ) -> None:
        self._metrics = metrics
        self._step = step
        self._clock = clock
        self._totals: deque[Totals] = deque(maxlen=KEPT + 1)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start looking, if it does not already."""
        if self._task is None:
            self._task = asyncio.create_task(self._look_on(), name="dashboard-history")

    def look(self) -> None:
        """Add the totals of this moment."""
        self._totals.append(_totals(self._metrics.of_all, self._clock()))

    def series(self) -> list[Series]:
        """Return the plots, by what happened between two looks."""
        steps = list(zip(self._totals, list(self._totals)[1:], strict=False))

        def plot(
            name: str, unit: str, value: Callable[[Totals, Totals, float], float | None]
        ) -> Series:
            points = tuple((new.at, value(old, new, new.at - old.at)) for old, new in steps)
            return Series(name, unit, points)

        return [
            plot("Requests", "a minute", lambda a, b, s: _rate(b.requests - a.requests, s, 60)),
            plot("Failed requests", "a minute", lambda a, b, s: _rate(b.failed - a.failed, s, 60)),
            plot("Requests in flight", "now", lambda _, b, __: b.in_flight),
            plot(
                "Tokens written", "a second", lambda a, b, s: _rate(b.tokens_out - a.tokens_out, s)
            ),
            plot("Tokens read", "a second", lambda a, b, s: _rate(b.tokens_in - a.tokens_in, s)),
            plot("Cached share of prompts", "%", _cached),
            plot("Time to first token", "ms", _first),
            plot("Tool calls", "a minute", lambda a, b, s: _rate(b.tools - a.tools, s, 60)),
        ]

    async def aclose(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _look_on(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(self._step)


def _rate(count: float, seconds: float, per: float = 1) -> float | None:
    return count * per / seconds if seconds > 0 else None


def _cached(old: Totals, new: Totals, _: float) -> float | None:
    read = new.tokens_in - old.tokens_in
    return 100 * (new.tokens_cached - old.tokens_cached) / read if read > 0 else None


def _first(old: Totals, new: Totals, _: float) -> float | None:
    count = new.first_tokens - old.first_tokens
    return 1000 * (new.first_token_seconds - old.first_token_seconds) / count if count > 0 else None


def _totals(registry: CollectorRegistry, now: float) -> Totals:
    sums: dict[str, float] = {}
    for family in registry.collect():
        for sample in family.samples:
            keys = [sample.name]
            if direction := sample.labels.get("direction"):
                keys.append(f"{sample.name}:{direction}")
            status = sample.labels.get("status", "")
            if sample.name == "arriero_requests_total" and status[:1] in ("4", "5"):
                keys.append("failed")
            for key in keys:
                sums[key] = sums.get(key, 0.0) + sample.value
    return Totals(
        now,
        *(
            sums.get(name, 0.0)
            for name in (
                "arriero_requests_total",
                "failed",
                "arriero_tokens_total:in",
                "arriero_tokens_total:out",
                "arriero_tokens_total:cached",
                "arriero_first_token_seconds_count",
                "arriero_first_token_seconds_sum",
                "arriero_tool_seconds_count",
                "arriero_requests_in_flight",
            )
        ),
    )
