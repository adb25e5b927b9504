"""A real daemon process for each test, in folders of its own, with the simulator as its Ollama."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from arriero.daemon.endpoint import default_endpoint, dial
from arriero.models.rehearsal import Simulator
from forked import Forked, fork

_PATIENCE = 60  # seconds, on a machine that does much else


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_text("one\ntwo\nthree\n")
    return folder


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    simulator = Simulator()
    await simulator.start()
    yield simulator
    await simulator.stop()


class DaemonProcess:
    """The daemon as a child process, so that tests may kill it. `places` are its folders."""

    def __init__(self, places: dict[str, str]) -> None:
        self.places = places
        self.process: Forked | None = None

    async def start(self) -> None:
        """Start, unless it runs, and wait until the endpoint answers."""
        if self.process is None or self.process.poll() is not None:
            self.process = await asyncio.to_thread(fork, ["daemon", "run"], self.places, cwd="/")
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                dial(default_endpoint(self.places), 1).close()
            except OSError:
                assert self.process.poll() is None, "the daemon ended"
                assert time.monotonic() < end, "the daemon does not answer"
                await asyncio.sleep(0.01)
            else:
                return

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(_PATIENCE)

    async def terminate(self) -> int:
        """SIGTERM; returns the exit status."""
        assert self.process is not None
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, _PATIENCE)


def folders(base: Path, runtime: Path) -> dict[str, str]:
    """An environment with all of Arriero's folders below `base`, but that for sockets."""
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "PYTHONPATH")}
    return {
        **keep,
        "HOME": str(base / "home"),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_STATE_HOME": str(base / "state"),
        "XDG_CACHE_HOME": str(base / "cache"),
        "XDG_CONFIG_HOME": str(base / "config"),
    }


def editors(places: dict[str, str], tmp_path: Path, simulator: Simulator) -> dict[str, str]:
    """The environment of an editor: the daemon's folders, settings and secrets of its own."""
    return {
        **places,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "OLLAMA_HOST": simulator.base_url,
        "SECRET_TOKEN": "hunter2",
    }


@pytest.fixture(scope="session")
def shared_daemon(
    tmp_path_factory: pytest.TempPathFactory, shared_runtime: Path
) -> Iterator[DaemonProcess]:
    daemon = DaemonProcess(folders(tmp_path_factory.mktemp("daemon"), shared_runtime))
    yield daemon
    if daemon.process is not None and daemon.process.poll() is None:
        daemon.kill()


@pytest.fixture
async def daemon(shared_daemon: DaemonProcess) -> DaemonProcess:
    """A running daemon, the same for all tests that do not end it."""
    await shared_daemon.start()
    return shared_daemon


@pytest.fixture
def environment(
    shared_daemon: DaemonProcess, tmp_path: Path, simulator: Simulator
) -> dict[str, str]:
    return editors(shared_daemon.places, tmp_path, simulator)


@pytest.fixture
def own_daemon(tmp_path: Path, runtime: Path) -> Iterator[DaemonProcess]:
    """A daemon for one test, which may kill it; not started yet."""
    daemon = DaemonProcess(folders(tmp_path / "own", runtime))
    yield daemon
    if daemon.process is not None and daemon.process.poll() is None:
        daemon.kill()


@pytest.fixture
def own_environment(
    own_daemon: DaemonProcess, tmp_path: Path, simulator: Simulator
) -> dict[str, str]:
    return editors(own_daemon.places, tmp_path, simulator)
