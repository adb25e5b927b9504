"""The loop that `arriero serve` runs on."""

from __future__ import annotations

import asyncio
import sys

import pytest

from arriero.cli.event_loop import LoopChoice, run


def loop_of(choice: LoopChoice) -> str:
    """Return the package whose loop something runs on."""
    told: list[str] = []

    async def work() -> None:
        told.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])

    run(work(), choice)
    return told[0]


def test_uvloop_where_it_is_installed() -> None:
    pytest.importorskip("uvloop")
    assert loop_of("auto") == "uvloop"
    assert loop_of("asyncio") == "asyncio"


def test_asyncio_where_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert loop_of("auto") == "asyncio"
