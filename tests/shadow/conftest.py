"""Desks with each kind of shadow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from arriero.shadow.choose import Setting, make_shadow
from arriero.shadow.types import ShadowError
from shadow.desk import FILES, Desk, ignored, listing, put, snapshot


@asynccontextmanager
async def _desk(kind: Setting, folder: Path, **options: Any) -> AsyncIterator[Desk]:
    root = folder / "workspace"
    put(root, FILES)
    before = snapshot(root)
    try:
        shadow = await make_shadow(
            kind, [str(root)], folder / "shadows", ignored=ignored, listing=listing, **options
        )
    except ShadowError as error:
        pytest.skip(str(error))
    desk = Desk(root, shadow)
    yield desk
    await shadow.close()
    assert list((folder / "shadows").iterdir()) == [], "something was left behind"
    assert snapshot(root) == before, "the workspace was changed"


@pytest.fixture
async def overlay(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk in namespaces; whatever runs, the workspace must stay as it was."""
    async with _desk("overlay", tmp_path) as desk:
        yield desk


@pytest.fixture(params=["overlay", "copy"])
async def desk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A desk with each kind that keeps the workspace as it is."""
    async with _desk(request.param, tmp_path) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["overlay", "copy"])
async def shared_desk(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Desk]:
    """A desk of each kind that is used by many tests, one after the other."""
    async with _desk(request.param, tmp_path_factory.mktemp("shared")) as desk:
        yield desk


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[..., Any]:
    """Return a maker of desks with options of `make_shadow`."""

    def make(kind: Setting, **options: Any) -> Any:
        return _desk(kind, tmp_path, **options)

    return make
