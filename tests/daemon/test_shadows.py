from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.daemon import shadows as module
from arriero.daemon.shadows import Shadows
from arriero.settings.shadow import ShadowSettings
from arriero.shadow.jobs import Jobs


class FakeJobs(Jobs):
    def __init__(self) -> None:
        """None is started."""

    @property
    def running(self) -> list[Any]:
        return ["one"]


class FakeShadow:
    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


async def test_of_sessions_without_a_run_the_last_ones_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def made(*_: Any, **__: Any) -> FakeShadow:
        return FakeShadow()

    monkeypatch.setattr(module, "make_shadow", made)
    monkeypatch.setattr(module, "_MOST_WARM", 3)
    shadows = Shadows(tmp_path, [], lambda session_id: session_id == "runs")

    async def get(name: str) -> Any:
        return await shadows.get(name, ["/w"], ShadowSettings())

    running, job = await get("runs"), await get("job")
    job.jobs = FakeJobs()
    first, second = await get("one"), await get("two")
    assert (first.closed, second.closed) == (True, False)
    assert await get("two") is second
    third = await get("three")
    assert (second.closed, third.closed) == (True, False)
    assert (running.closed, job.closed) == (False, False)
    assert await get("one") is not first
    assert third.closed
    assert shadows.count == 3
    with shadows.kept("one"), shadows.kept("one"):
        one = await get("one")
        with shadows.kept("one"):
            await get("four")
            await get("five")
        await get("six")
        assert not one.closed
    await get("seven")
    assert one.closed
    await shadows.close()
    assert running.closed
    assert job.closed
