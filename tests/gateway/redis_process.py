"""A real redis-server for tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = "redis-server is not installed (apt-get install redis-server)"


def installed() -> bool:
    """Tell whether there is a server to start."""
    return shutil.which("redis-server") is not None


@contextmanager
def redis_server(folder: Path, *more: str) -> Iterator[str]:
    """Run a server that stores nothing, at a socket in the folder; yields its address.

    `more` are arguments for it.
    """
    path = folder / "redis.sock"
    process = subprocess.Popen(
        [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            str(path),
            "--save",
            "",
            "--dir",
            str(folder),
            *more,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(path, process)
        yield f"unix://{path}"
    finally:
        process.kill()
        process.wait()


def _wait(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Return once it answers."""
    until = time.monotonic() + 20
    while True:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(path))
                connection.sendall(b"PING\r\n")
                if connection.recv(16).startswith((b"+PONG", b"-NOAUTH")):
                    return
            except OSError:
                assert process.poll() is None, "redis-server ended"
        assert time.monotonic() < until, "redis-server does not answer"
        time.sleep(0.02)
