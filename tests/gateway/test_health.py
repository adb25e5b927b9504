"""`/health`: who watches a gateway learns what it cannot do, and that it can again."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from arriero.gateway import health
from arriero.models.rehearsal import Simulator, Turn
from gateway.gateway_server import places, running
from gateway.redis_process import MISSING, installed, redis_server

SESSION = {"X-Arriero-Session": "s1"}


@pytest.fixture(autouse=True)
def _always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_FRESH", 0.0)


async def test_a_redis_that_is_stopped_and_started_again(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not installed():
        pytest.skip(MISSING)
    places(tmp_path, monkeypatch)
    url = f"unix://{runtime / 'redis.sock'}"
    async with (
        Simulator([Turn("A."), Turn("B."), Turn("C.")]) as simulator,
        running(tmp_path, simulator, redis_url=url, inject_tools="never") as gateway,
    ):
        for _ in range(2):
            with redis_server(runtime):
                answer = await gateway.http.get("/health")
                assert (answer.status_code, answer.json()["status"]) == (200, "ok")
                assert answer.json()["sessions"] == {"status": "up", "kind": "redis"}
                gateway.http.headers.update(SESSION)
                assert (await gateway.chat("Hi")).status_code == 200
            answer = await gateway.http.get("/health")
            assert (answer.status_code, answer.json()["status"]) == (503, "down")
            assert answer.json()["providers"]["ollama"]["status"] == "up"
            assert "start it" in answer.json()["sessions"]["problem"]
            assert (await gateway.chat("Hi")).status_code == 503


async def test_a_redis_that_takes_nothing(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers all the same. Who has no key is told no more than that something is wrong."""
    if not installed():
        pytest.skip(MISSING)
    places(tmp_path, monkeypatch)
    with redis_server(runtime, "--maxmemory", "1") as url:
        async with (
            Simulator() as simulator,
            running(tmp_path, simulator, redis_url=url, api_key="secret") as gateway,
        ):
            http = gateway.http
            answer = await http.get("/health")
            assert answer.status_code == 503
            assert set(answer.json()) == {"status", "version"}
            answer = await http.get("/health", headers={"authorization": "Bearer secret"})
            problem = answer.json()["sessions"]["problem"]
            await http.post("/dashboard/login", data={"key": "secret"})
            shown = unescape((await http.get("/")).text)
            assert problem in shown
            assert "redis" in shown


async def test_sessions_of_one_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)
    async with Simulator() as simulator, running(tmp_path, simulator) as gateway:
        answer = await gateway.http.get("/health")
        assert answer.json()["sessions"] == {"status": "up", "kind": "sqlite"}
    async with Simulator() as simulator:
        (tmp_path / "state" / "arriero" / "conversations.db").write_bytes(b"no database" * 999)
        async with running(tmp_path, simulator) as gateway:
            answer = await gateway.http.get("/health")
            assert answer.status_code == 503
            assert "conversations.db" in answer.json()["sessions"]["problem"]
