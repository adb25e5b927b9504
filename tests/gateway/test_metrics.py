"""Metrics: each request once, few values for each label, and no state but the registry's."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from arriero.gateway.metrics import OTHER, Metrics
from arriero.models.types import Usage
from arriero.sessions.events import (
    Applied,
    Event,
    EventBody,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    StepEnded,
    ToolEnded,
)


def values(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a name by the values of their labels, in the order of their names."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
        if sample.name == name
    }


def event(body: EventBody, run: str = "run_1") -> Event:
    return Event(1, "ses_1", run, 0.0, body)


def test_every_request_is_counted_once() -> None:
    metrics = Metrics()
    with metrics.request("chat") as record:
        record.model("m")
        record.first_token()
        record.first_token()
        record.finished(200, Usage(prompt_tokens=10, answer_tokens=5, cached_tokens=4, load_ms=7))
        record.finished(500)
    with pytest.raises(RuntimeError), metrics.request("chat"):
        raise RuntimeError
    with pytest.raises(asyncio.CancelledError), metrics.request("messages"):
        raise asyncio.CancelledError
    with metrics.request("chat"):
        pass
    assert values(metrics, "arriero_requests_total") == {
        ("chat", "m", "200"): 1,
        ("chat", OTHER, "500"): 1,
        ("messages", OTHER, "cut"): 1,
        ("chat", OTHER, "cut"): 1,
    }
    assert values(metrics, "arriero_requests_in_flight") == {(): 0}
    assert values(metrics, "arriero_first_token_seconds_count") == {("chat", "m"): 1}
    assert values(metrics, "arriero_tokens_total") == {
        ("in", "m"): 10,
        ("out", "m"): 5,
        ("cached", "m"): 4,
    }
    assert values(metrics, "arriero_cached_share") == {("m",): 0.4}
    assert values(metrics, "arriero_model_loads_total") == {("m",): 1}


def test_durations_are_those_of_the_clock() -> None:
    now = 100.0
    metrics = Metrics(clock=lambda: now)
    with metrics.request("chat") as record:
        now = 100.25
        record.first_token()
        now = 102.0
        record.finished(200)
    assert values(metrics, "arriero_first_token_seconds_sum") == {("chat", OTHER): 0.25}
    assert values(metrics, "arriero_request_seconds_sum") == {("chat", OTHER): 2.0}


def test_a_label_has_few_values() -> None:
    metrics = Metrics()
    for number in range(1000):
        with metrics.request("chat") as record:
            record.model(f"model-{number}")
            record.finished(200)
        metrics.saw(event(ToolEnded(1, "c", f"tool-{number}", "ok", "", 1)))
    requests = values(metrics, "arriero_requests_total")
    assert len(requests) == 65
    assert requests["chat", OTHER, "200"] == 1000 - 64
    assert len(values(metrics, "arriero_tool_seconds_count")) == 65


def test_what_runs_do() -> None:
    metrics = Metrics()
    started = RunStarted("p", "m", "agent", "big", "ollama")
    step = StepEnded(1, prompt_tokens=100, answer_tokens=9, load_ms=5, cached_tokens=50)
    begun: tuple[EventBody, ...] = (
        started,
        step,
        ToolEnded(1, "c1", "read_file", "ok", "", 30),
        ToolEnded(1, "c2", "run_command", "refused", "", 0),
        ProposalChanged(("/a",), 2),
        ProposalChanged(("/a", "/b"), 5),
    )
    for body in begun:
        metrics.saw(event(body))
    assert values(metrics, "arriero_sessions_active") == {(): 1}
    for body in (
        RunEnded("end_turn", ""),
        Applied(("/a",), ("h1", "h2")),
        Rejected(("h3",)),
        ProposalChanged(("/b",), 2),
    ):
        metrics.saw(event(body))
    assert values(metrics, "arriero_sessions_active") == {(): 0}
    assert values(metrics, "arriero_runs_total") == {("end_turn",): 1}
    assert values(metrics, "arriero_edits_total") == {
        ("proposed",): 5,
        ("accepted",): 2,
        ("rejected",): 1,
    }
    assert values(metrics, "arriero_tool_seconds_count") == {
        ("ok", "read_file"): 1,
        ("refused", "run_command"): 1,
    }
    assert values(metrics, "arriero_tokens_total")["in", "big"] == 100
    assert values(metrics, "arriero_cached_share") == {("big",): 0.5}


def test_two_gateways_do_not_share_their_counts() -> None:
    one, two = Metrics(), Metrics()
    one.request("chat").finished(200)
    assert values(two, "arriero_requests_total") == {}
