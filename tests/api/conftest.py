"""A folder, and an agent in it whose model is a rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from arriero import Agent
from arriero.api.testing import Rehearsal

MakeAgent = Callable[..., Agent]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "a.txt").write_text("one\ntwo\n")
    return made


@pytest.fixture
def model() -> Iterator[Rehearsal]:
    with Rehearsal() as made:
        yield made


@pytest.fixture
def agent(folder: Path, model: Rehearsal, tmp_path: Path) -> Iterator[MakeAgent]:
    """Make agents in the folder that are closed at the end."""
    with ExitStack() as stack:

        def make(**options: Any) -> Agent:
            settings = {
                **model.settings,
                "index": {"enabled": False},
                **options.pop("settings", {}),
            }
            made = Agent(folder, settings=settings, state=tmp_path / "state", **options)
            return stack.enter_context(made)

        yield make
