"""What Prometheus is told: one registry for one gateway, and one record for each request.

Several workers of one `arriero serve` count in files of a folder that they share, so that whichever
is asked tells the sum, and what a worker counted outlives it. prometheus_client does that where its
variable is set before it is imported: https://prometheus.github.io/client_python/multiprocess/.

Every label has few values: paths and dialects are our own, a model is named if it was answered
by, tools if they are ours, everything else is `other`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Literal, TypeVar, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from arriero.models.types import Usage
from arriero.sessions.events import (
    Applied,
    Event,
    Notice,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    StepEnded,
    ToolEnded,
)

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# The folder that workers share.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
OTHER = "other"
_MOST_NAMES = 64  # of models, of tools; what comes after them is `other`
_MOST_OPEN = 1000  # proposals whose open hunks are known
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

Family = TypeVar("Family", Counter, Histogram)

# How the gauges of several workers are one: only of those that live, or as one said last.
_SUM: Literal["livesum"] = "livesum"
_LAST: Literal["mostrecent"] = "mostrecent"


def worker_ended(process: int, folder: str) -> None:
    """Take a worker that died out of the sums of what is now; what it counted stays."""
    mark_process_dead(process, folder)  # type: ignore[no-untyped-call]


class Names:
    """Keeps the values of one label few: the first `most` names, then `other`."""

    def __init__(self, most: int = _MOST_NAMES) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the name, or `other` where there are enough already."""
        if name in self._known:
            return name
        if not name or len(name) > 200 or len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name


class Record:
    """One request. Whatever becomes of it, it is counted once, by `finished` or its end."""

    def __init__(self, metrics: Metrics, dialect: str) -> None:
        self._metrics = metrics
        self._dialect = dialect
        self._model = OTHER
        self._begun = metrics.clock()
        self._first = False
        self._done = False
        metrics.in_flight.inc()

    def model(self, name: str) -> None:
        """Say which model answers; only for one that the provider has."""
        self._model = self._metrics.model_names(name)

    def took_over(self, name: str) -> None:
        """Say that this model answers instead of the one that was said before."""
        self.model(name)
        self._metrics.takeovers.labels(self._model).inc()

    def first_token(self) -> None:
        """The first piece of the answer leaves; only the first time counts."""
        if not self._first:
            self._first = True
            took = self._metrics.clock() - self._begun
            self._metrics.of(self._metrics.first_token, self._dialect, self._model).observe(took)

    def finished(self, status: int | str, usage: Usage | None = None) -> None:
        """The request has its end: an HTTP status, or `cut` where the client left.

        `usage` is that of a model's one answer that was passed on. What a run used is counted by
        its events (`Metrics.saw`), and not given here a second time.
        """
        if self._done:
            return
        self._done = True
        metrics = self._metrics
        metrics.of(metrics.requests, self._dialect, self._model, str(status)).inc()
        took = metrics.clock() - self._begun
        metrics.of(metrics.durations, self._dialect, self._model).observe(took)
        if usage is not None:
            metrics.used(self._model, usage)
        metrics.in_flight.dec()  # last: who is told that nothing goes on is told all that did

    def __enter__(self) -> Record:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Count a request that was not counted: one whose client left, or that failed."""
        left = kind is None or not issubclass(kind, Exception)
        self.finished("cut" if left else 500)


class Metrics:
    """The counters of one gateway, in a registry of their own. `clock` tells seconds.

    `of_all` is what all workers counted, which is read from files where there are several.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.registry = CollectorRegistry()
        self.model_names = Names()
        self._tool_names = Names()
        self._open_hunks: dict[str, int] = {}
        self._children: dict[tuple[int | str, ...], object] = {}
        r = self.registry
        by = ("dialect", "model")
        self.requests = Counter(
            "arriero_requests", "Requests that ended.", (*by, "status"), registry=r
        )
        self.durations = Histogram(
            "arriero_request_seconds", "A request, whole.", by, registry=r, buckets=_SECONDS
        )
        self.first_token = Histogram(
            "arriero_first_token_seconds", "Until the first piece.", by, registry=r,
            buckets=_SECONDS,
        )  # fmt: skip
        self.in_flight = Gauge(
            "arriero_requests_in_flight", "Requests without an end.", registry=r,
            multiprocess_mode=_SUM,
        )  # fmt: skip
        self.tokens = Counter(
            "arriero_tokens", "Tokens read (in), of these cached, and written (out).",
            ("model", "direction"), registry=r,
        )  # fmt: skip
        self.cached_share = Gauge(
            "arriero_cached_share", "Share of the last prompt that was not read again.",
            ("model",), registry=r, multiprocess_mode=_LAST,
        )  # fmt: skip
        self.tools = Histogram(
            "arriero_tool_seconds", "Tool calls executed here, by what came of them.",
            ("tool", "outcome"), registry=r, buckets=_SECONDS,
        )  # fmt: skip
        self.model_loads = Counter(
            "arriero_model_loads", "Answers for which a model was loaded.", ("model",), registry=r
        )
        self.takeovers = Counter(
            "arriero_takeovers", "Answers that another model failed to give.", ("model",),
            registry=r,
        )  # fmt: skip
        self.edits = Counter("arriero_edits", "Hunks of proposals.", ("verdict",), registry=r)
        self.runs = Counter("arriero_runs", "Runs that ended.", ("reason",), registry=r)
        self.sessions = Gauge(
            "arriero_sessions_active", "Sessions with a run.", registry=r, multiprocess_mode=_SUM
        )
        self.queue = Gauge(
            "arriero_queue", "Requests that wait for their session.", registry=r,
            multiprocess_mode=_SUM,
        )  # fmt: skip
        self.providers = Gauge(
            "arriero_provider_up", "Whether a provider answered last.", ("provider",), registry=r,
            multiprocess_mode=_LAST,
        )  # fmt: skip
        self._run_models: dict[str, str] = {}
        for verdict in ("proposed", "accepted", "rejected"):
            self.edits.labels(verdict)
        self.of_all = r
        if folder := os.environ.get(FOLDER_VARIABLE):
            self.of_all = CollectorRegistry()
            MultiProcessCollector(self.of_all, folder)  # type: ignore[no-untyped-call]

    def request(self, dialect: str) -> Record:
        """Return the record of a new request; use it with `with`."""
        return Record(self, dialect)

    def of(self, family: Family, *labels: str) -> Family:
        """Return what counts under some labels: `labels` looks for it at length each time."""
        key: tuple[int | str, ...] = (id(family), *labels)
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = family.labels(*labels)
        return cast("Family", found)

    def used(self, model: str, usage: Usage) -> None:
        """Count the tokens of one answer."""
        self.of(self.tokens, model, "in").inc(usage.prompt_tokens)
        self.of(self.tokens, model, "out").inc(usage.answer_tokens)
        if usage.cached_tokens is not None:
            self.tokens.labels(model, "cached").inc(usage.cached_tokens)
            if usage.prompt_tokens:
                share = min(1.0, usage.cached_tokens / usage.prompt_tokens)
                self.cached_share.labels(model).set(share)
        if usage.load_ms:
            self.model_loads.labels(model).inc()

    def saw(self, event: Event) -> None:
        """Count an event of a run, whoever started it."""
        body, run = event.body, event.run_id
        if isinstance(body, RunStarted):
            self._run_models[run] = self.model_names(body.model)
            self.sessions.set(len(self._run_models))
        elif isinstance(body, Notice) and body.model:  # another answers from now on
            self._run_models[run] = self.model_names(body.model)
        elif isinstance(body, ToolEnded):
            tool = self._tool_names(body.name)
            self.tools.labels(tool, body.status).observe(body.duration_ms / 1000)
        elif isinstance(body, StepEnded):
            self._step(self._run_models.get(run, OTHER), body)
        elif isinstance(body, ProposalChanged):
            self._proposed(run, body.open_hunks)
        elif isinstance(body, (Applied, Rejected)):
            self._judged(run, body)
        elif isinstance(body, RunEnded):
            self._run_models.pop(run, None)
            self.sessions.set(len(self._run_models))
            self.runs.labels(body.stop_reason).inc()

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format, of all workers; reads their files."""
        return generate_latest(self.of_all)

    def _step(self, model: str, body: StepEnded) -> None:
        self.used(
            model,
            Usage(
                prompt_tokens=body.prompt_tokens,
                answer_tokens=body.answer_tokens,
                load_ms=body.load_ms,
                cached_tokens=body.cached_tokens,
            ),
        )

    def _proposed(self, run: str, open_hunks: int) -> None:
        more = open_hunks - self._open_hunks.pop(run, 0)
        self.edits.labels("proposed").inc(max(0, more))
        if open_hunks:
            self._open_hunks[run] = open_hunks
        if len(self._open_hunks) > _MOST_OPEN:  # the oldest ones nobody judges any more
            del self._open_hunks[next(iter(self._open_hunks))]

    def _judged(self, run: str, body: Applied | Rejected) -> None:
        verdict = "accepted" if isinstance(body, Applied) else "rejected"
        self.edits.labels(verdict).inc(len(body.hunks))
        left = self._open_hunks.get(run, 0) - len(body.hunks)
        if left > 0:
            self._open_hunks[run] = left
        else:
            self._open_hunks.pop(run, None)
