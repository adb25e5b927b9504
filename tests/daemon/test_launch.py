"""Finding or starting the daemon: who waits, for whom, and how long."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from arriero.daemon import launch
from arriero.daemon.endpoint import Endpoint
from arriero.daemon.launch import LaunchFailed, connect
from arriero.daemon.locks import try_lock

NEVER_LISTENS = [sys.executable, "-c", "import sys; sys.stdin.read(); import time; time.sleep(2)"]
MUST_NOT_START = [sys.executable, "-c", "raise SystemExit('started')"]


@pytest.fixture
def endpoint(tmp_path: Path) -> Endpoint:
    (tmp_path / "run").mkdir(0o700)
    return Endpoint(str(tmp_path / "run"), "name")


def test_one_that_listens_is_found(endpoint: Endpoint, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(endpoint.path)
        server.listen()
        connect(endpoint, command=MUST_NOT_START, log=str(tmp_path / "log")).close()
    assert not (tmp_path / "log").exists()


def test_one_that_never_listens(endpoint: Endpoint, tmp_path: Path) -> None:
    with pytest.raises(LaunchFailed, match=r"did not start in time; see .*log"):
        connect(endpoint, command=NEVER_LISTENS, log=str(tmp_path / "log"), deadline=0.05)
    lock = try_lock(endpoint.launch_lock)
    assert lock is not None, "the next one may try"
    os.close(lock)


def test_somebody_else_starts_it(endpoint: Endpoint, tmp_path: Path) -> None:
    lock = try_lock(endpoint.launch_lock)
    assert lock is not None
    with socket.socket(socket.AF_UNIX) as server:

        def listen() -> None:
            server.bind(endpoint.path)
            server.listen()

        timer = threading.Timer(0.05, listen)
        timer.start()
        connect(endpoint, command=MUST_NOT_START, log=str(tmp_path / "log")).close()
        timer.join()
    os.close(lock)


def test_who_gets_the_lock_looks_again(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as server:

        def lock(path: str) -> int | None:
            server.bind(endpoint.path)  # who had the lock has just succeeded
            server.listen()
            return try_lock(path)

        monkeypatch.setattr(launch, "try_lock", lock)
        connect(endpoint, command=MUST_NOT_START, log=str(tmp_path / "log")).close()
    assert not (tmp_path / "log").exists()


def test_somebody_else_fails_to_start_it(endpoint: Endpoint, tmp_path: Path) -> None:
    lock = try_lock(endpoint.launch_lock)
    assert lock is not None
    log = str(tmp_path / "log")
    with pytest.raises(LaunchFailed, match="in time"):
        connect(endpoint, command=MUST_NOT_START, log=log, deadline=0.05)
    os.close(lock)
    with pytest.raises(LaunchFailed, match="started"):  # now it is our turn
        connect(endpoint, command=MUST_NOT_START, log=log)


def test_a_lock_is_no_link_to_follow(endpoint: Endpoint, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    Path(endpoint.launch_lock).symlink_to(target)
    with pytest.raises(LaunchFailed, match="cannot be started"):
        connect(endpoint, command=MUST_NOT_START, log=str(tmp_path / "log"))
    assert not target.exists()
