"""Processes of `arriero` that are forked from one that has imported it.

Python's start and its imports are most of what a short daemon or command costs. What is forked is
else as if started: it has the arguments, environment, folder and streams that it is given, and ends
as Python ends, but for freeing its modules, which would copy what is shared. What is to be seen of
the start itself is tested with `python -m arriero`.

`fork` is for tests that hold the process themselves; `program` is what stands for `python -m
arriero` where a command line is wanted. The process that forks (`forker`) starts when one is wanted
first. It takes seconds of the processor, so all workers of pytest share it: `shared` and `share`.
"""

from __future__ import annotations

import array
import atexit
import fcntl
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PATIENCE = 60  # seconds for the imports, on a busy machine
_CLIENT = str(Path(__file__).with_name("fork_client.py"))
_shared_by_another: list[str] = []  # its folder, if any
CONTROL, CLIENTS, LIFE = "control", "clients", "life"  # names in the folder of who forks


class Forked:
    """A process, as `subprocess.Popen` shows one."""

    def __init__(self, pid: int, ended: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while it runs."""
        return self._status(0)

    def wait(self, timeout: float) -> int:
        """Wait for the end.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _status(self, timeout: float) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            self.returncode = int(self._ended.recv(64))
            self._ended.close()
        return self.returncode


def fork(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: str | Path | None = None,
    streams: tuple[int, int, int] | None = None,
) -> Forked:
    """Start `arriero` with these arguments, in a session of its own.

    `streams` are descriptors for its stdin, stdout and stderr; without them it reads nothing and
    writes where the tests write.
    """
    ours, its = socket.socketpair()
    with its, open(os.devnull, "rb") as nothing:
        order = Order(list(arguments), dict(environment), str(cwd or os.getcwd()))
        fds = streams or (nothing.fileno(), 1, 2)
        pid = _parent().order(order, [its.fileno(), *fds])
    return Forked(pid, ours)


def shared() -> str:
    """Return the folder of a process that forks, which ends with this one; see `share`."""
    return _folder().name


def share(folder: str) -> None:
    """Order of the process that forks in this folder, which another one has `shared`."""
    _shared_by_another[:] = [folder]


def command(place: str) -> tuple[str, ...]:
    """Return what stands for `python -m arriero`, of the process that listens at `place`."""
    return (sys.executable, "-I", "-S", _CLIENT, place)


def program() -> tuple[str, ...]:
    """Return the words of a command line to put before arguments of `arriero`, which is forked.

    `-c` and a text are a program that uses the package, for which warnings are errors.
    """
    return command(_parent().place)


def launching() -> dict[str, Any]:
    """Return what is taken for starting a daemon where nothing is given; `command` is its words."""
    from arriero.daemon import launch

    defaults = launch.connect.__kwdefaults__
    assert defaults is not None
    return defaults


@dataclass(frozen=True)
class Order:
    """What is to be forked."""

    arguments: list[str]
    environment: dict[str, str]
    cwd: str


class _Parent:
    """The process that forks, seen from the tests; what they had it fork ends with them."""

    def __init__(self, folder: str) -> None:
        self.place = f"{folder}/{CLIENTS}"
        self._lock = threading.Lock()
        self._control = socket.socket(socket.AF_UNIX)
        self._control.settimeout(_PATIENCE)
        with open(f"{folder}/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(self.place):
                _start(folder)
        self._control.connect(f"{folder}/{CONTROL}")
        atexit.register(self._control.close)

    def order(self, order: Order, fds: Sequence[int]) -> int:
        """Have a process forked; return its id."""
        with self._lock:
            head = f"{json.dumps(vars(order))}\n".encode()
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
            sent = self._control.sendmsg([head], rights)
            self._control.sendall(head[sent:])
            return int(self._control.recv(64))


def _start(folder: str) -> None:
    """Start the process that forks; it is nobody's child, as it may end after who started it."""
    places = [str(Path(__file__).parent), *(path for path in sys.path if path)]
    with socket.socket(socket.AF_UNIX) as control, socket.socket(socket.AF_UNIX) as clients:
        for listening, name in ((control, CONTROL), (clients, CLIENTS)):
            listening.bind(f"{folder}/{name}")
            listening.listen()
        fds = (control.fileno(), clients.fileno())
        subprocess.run(
            [sys.executable, "-m", "forker", folder, *map(str, fds)],
            pass_fds=fds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with a pipe that this process has open for writing until it ends."""
    made = tempfile.TemporaryDirectory(prefix="fork-")
    atexit.register(made.cleanup)  # who forks does it where this process is killed
    os.mkfifo(f"{made.name}/{LIFE}")
    os.open(f"{made.name}/{LIFE}", os.O_RDWR)
    return made


@functools.cache
def _parent() -> _Parent:
    return _Parent(_shared_by_another[0] if _shared_by_another else shared())
