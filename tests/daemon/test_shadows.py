from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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


class Slow:
    """Makes shadows; a session is made once its event is set."""

    def __init__(self) -> None:
        self.let = {name: asyncio.Event() for name in ("slow", "quick")}
        self.begun = {name: asyncio.Event() for name in self.let}
        self.shadows: dict[str, list[FakeShadow]] = {name: [] for name in self.let}

    async def make(self, kind: str, roots: tuple[str, ...], *_: Any, **__: Any) -> FakeShadow:
        name = roots[0].strip("/")
        self.begun[name].set()
        await self.let[name].wait()
        self.shadows[name].append(FakeShadow())
        return self.shadows[name][-1]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    found = Slow()
    monkeypatch.setattr(module, "make_shadow", found.make)
    return found


@pytest.mark.timeout(20)
async def test_a_workspace_that_is_slow_delays_no_other_session(slow: Slow, tmp_path: Path) -> None:
    shadows, settings = Shadows(tmp_path, []), ShadowSettings()
    both = asyncio.gather(*(shadows.get("a", ["/slow"], settings) for _ in range(2)))
    await slow.begun["slow"].wait()
    slow.let["quick"].set()
    await shadows.get("b", ["/quick"], settings)
    await shadows.close_folder("/quick")
    assert [shadow.closed for shadow in slow.shadows["quick"]] == [True]
    assert not both.done()
    slow.let["slow"].set()
    # Both callers of one session get the same one.
    first, second = await both
    assert first is second
    assert len(slow.shadows["slow"]) == 1
    await shadows.close()
    assert shadows.count == 0


@pytest.mark.timeout(20)
@pytest.mark.parametrize("which", ["all", "session", "folder"])
async def test_what_is_closed_while_it_is_made_does_not_stay(
    slow: Slow, tmp_path: Path, which: str
) -> None:
    shadows = Shadows(tmp_path, [])
    getting = asyncio.ensure_future(shadows.get("a", ["/slow"], ShadowSettings()))
    await slow.begun["slow"].wait()
    ways: dict[str, Callable[[], Awaitable[None]]] = {
        "all": shadows.close,
        "session": lambda: shadows.close("a"),
        "folder": lambda: shadows.close_folder("/slow"),
    }
    closing = asyncio.ensure_future(ways[which]())
    await asyncio.sleep(0)
    slow.let["slow"].set()
    await getting
    await closing
    assert [shadow.closed for shadow in slow.shadows["slow"]] == [True]
    assert shadows.count == 0


async def test_a_shadow_whose_making_is_given_up_is_made_anew(slow: Slow, tmp_path: Path) -> None:
    shadows = Shadows(tmp_path, [])
    getting = asyncio.ensure_future(shadows.get("a", ["/slow"], ShadowSettings()))
    await slow.begun["slow"].wait()
    getting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await getting
    slow.let["slow"].set()
    await shadows.get("a", ["/slow"], ShadowSettings())
    assert [shadow.closed for shadow in slow.shadows["slow"]] == [False]
    await shadows.close()
