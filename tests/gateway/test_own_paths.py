"""What is ours is answered here, whichever method it is asked with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from arriero.models.rehearsal import Simulator
from gateway.gateway_server import Running, places, running


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    async with Simulator() as simulator, running(tmp_path, simulator) as made:
        yield made


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/chat/completions", "POST"),
        ("DELETE", "/v1/models/rehearsal", "GET, HEAD"),
        ("TRACE", "/v1/messages", "POST"),
        ("PUT", "/api/chat", "POST"),
        ("POST", "/", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("DELETE", "/metrics", "GET, HEAD"),
        ("PUT", "/dashboard/settings", "GET, HEAD, POST"),
        ("POST", "/dashboard/static/x", "GET, HEAD"),
        ("GET", "/dashboard/logout", "POST"),
    ],
)
async def test_another_method_goes_nowhere_else(
    gateway: Running, method: str, path: str, allowed: str
) -> None:
    before = len(gateway.simulator.requests)
    answer = await gateway.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert f"use {allowed.replace(', ', ' or ')}." in answer.text
    assert "error" in answer.json()
    assert len(gateway.simulator.requests) == before
    assert (await gateway.http.head("/v1/models")).status_code == 200


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/", "/dashboard/nope", "/%64ashboard/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nothing_below_the_dashboard_is_passed_on(
    gateway: Running, method: str, path: str
) -> None:
    before = len(gateway.simulator.requests)
    answer = await gateway.http.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith("the dashboard begins at /.")
    assert len(gateway.simulator.requests) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_metrics_that_are_off_are_nobodys(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    async with Simulator() as simulator, running(tmp_path, simulator, metrics=False) as gateway:
        before = len(simulator.requests)
        answer = await gateway.http.request(method, "/metrics")
        assert (answer.status_code, len(simulator.requests)) == (404, before)
        assert "gateway.metrics" in answer.text
