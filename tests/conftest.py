"""What holds for all tests."""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import forked
import memory
from arriero.observe.log import Formatter
from scale import is_full

# A machine that is busy with something else is no fault of what is tested.
hypothesis.settings.register_profile("arriero", deadline=None)
hypothesis.settings.load_profile("arriero")

_FAILED = pytest.StashKey[bool]()  # a test that did
_folders = itertools.count()
_HERE = Path(__file__).parent
# Parts whose tests may have a workspace in memory. A shadow has a memory of its own in its place.
_IN_MEMORY = frozenset(
    ["agent", "index", "lsp", "models", "observe", "rpc", "sessions", "settings", "workspace"]
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among what is collected: it stays to the end, and a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_configure_node(node: Any) -> None:
    """All workers have their processes forked from one, whose imports take seconds."""
    node.workerinput["forker"] = forked.shared()


def pytest_configure(config: pytest.Config) -> None:
    """A worker is told whose process forks."""
    told: dict[str, Any] | None = getattr(config, "workerinput", None)
    if told is not None:
        forked.share(told["forker"])


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are processors, as some tests wait for processes or for time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, pytest.TestReport]:
    """Write what a test printed so that it can travel: names of files need not be UTF-8."""
    report: pytest.TestReport = yield
    if not report.passed:
        item.stash[_FAILED] = True
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(scope="session", autouse=True)
def certificates_are_read_once() -> Iterator[None]:
    """Clients of the same kind share what is read of the machine's certificates: 25 ms for each."""
    import httpx  # 60 ms, which a test of something else collects without

    once = functools.cache(httpx.create_ssl_context)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", once)
        yield


@pytest.fixture(autouse=True)
def logs_are_as_before() -> Iterator[None]:
    """A command that is run in this process sets up logs; what comes later has them as it wants."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for handler in [one for one in root.handlers if isinstance(one.formatter, Formatter)]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture(scope="session")
def folder_in_memory() -> Iterator[Path | None]:
    """A folder whose making and removing costs no disk anything, where there is such a place."""
    if is_full() or not memory.has_room():
        yield None
        return
    with memory.memory_folder() as folder:
        yield Path(folder)


@pytest.fixture
def tmp_path(
    tmp_path_factory: pytest.TempPathFactory, folder_in_memory: Path | None, request: Any
) -> Iterator[Path]:
    """As pytest's own, which looks through the folders of all tests before for each name.

    What a test that passed has made is removed at once, so that most of it is never on a disk.
    """
    name = re.sub(r"\W", "_", request.node.name, flags=re.ASCII)[:30]
    kept = tmp_path_factory.getbasetemp()
    part = request.node.path.relative_to(_HERE).parts[0]
    base = folder_in_memory if folder_in_memory and part in _IN_MEMORY else kept
    folder = base / f"{name}-{next(_folders)}"
    folder.mkdir(0o700)
    yield folder
    if _FAILED not in request.node.stash:
        shutil.rmtree(folder, ignore_errors=True)
    elif base != kept:
        with contextlib.suppress(OSError):  # not all that is made can be copied
            shutil.move(folder, kept)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A runtime folder with a path short enough for sockets, which `tmp_path` need not have."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def shared_runtime() -> Iterator[Path]:
    """As `runtime`, the same for all tests."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        yield Path(folder)
