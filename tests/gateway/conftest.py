"""The loops that `arriero serve` runs on: what touches them is tested on both.

A test says so by `loops.ON_BOTH_LOOPS`; all others are on asyncio's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.util import find_spec

import pytest

Factories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Factories:
    """Return the loops by name; one that is not installed is skipped."""
    asyncios: Factories = {"asyncio": asyncio.new_event_loop}
    marker = item.get_closest_marker("asyncio")
    if marker is None or "loop_factories" not in marker.kwargs or not find_spec("uvloop"):
        return asyncios
    import uvloop

    return {**asyncios, "uvloop": uvloop.new_event_loop}
