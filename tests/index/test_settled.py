"""Waiting for an index: until it is ready, and not where it will not be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from arriero.index import workspace
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex

LONG = 100.0  # seconds; a test may take less


@pytest.fixture
def index(tmp_path: Path) -> Iterator[WorkspaceIndex]:
    made = WorkspaceIndex(str(tmp_path), tmp_path / "cache", lambda _: None)
    yield made
    made.close()


def report(index: WorkspaceIndex, **changed: object) -> None:
    index.take_in(replace(IndexStatus(index.root, writes=True), **changed))  # type: ignore[arg-type]


async def looked() -> None:
    """Let who waits look at what was reported: that takes some turns of the loop."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_is_ready_soon(index: WorkspaceIndex) -> None:
    waiting = asyncio.create_task(index.settled(LONG))
    await looked()
    report(index, phase="building")
    await looked()
    assert not waiting.done()
    report(index, phase="ready")
    await looked()
    assert waiting.done()
    assert waiting.result()


async def test_it_takes_too_long(index: WorkspaceIndex) -> None:
    report(index, phase="building")
    assert not await index.settled(0.01)


async def test_it_cannot_be_written(index: WorkspaceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "_HOPELESS", 0.01)
    report(index, phase="building", problem="The disk is full.")
    assert not await asyncio.wait_for(index.settled(LONG), 30)


async def test_something_is_wrong_and_passes(
    index: WorkspaceIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(workspace, "time", SimpleNamespace(monotonic=lambda: now[0]))
    waiting = asyncio.create_task(index.settled(LONG))
    for passed, problem in ((2.0, "The disk is full."), (2.0, ""), (2.0, "Again."), (2.0, "")):
        report(index, phase="building", problem=problem)
        await looked()
        now[0] += passed
    assert not waiting.done()
    report(index, phase="ready")
    assert await asyncio.wait_for(waiting, 30)
