"""Processes of `arriero` that are forked from one that has imported it.

Python's start and its imports are most of what a short daemon or command costs. What is forked is
else as if started: it has the arguments, environment, folder and streams that it is given, and ends
as Python ends. What is to be seen of the start itself is tested with `python -m arriero`.
"""

from __future__ import annotations

import array
import atexit
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 60  # seconds for the imports, on a busy machine
_PRELOADED = (
    "arriero.cli.app",
    "arriero.cli.commands.daemon",
    "arriero.cli.commands.run",
    "arriero.cli.serve",
    "arriero.lsp.connection",
)


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
            self.returncode = os.waitstatus_to_exitcode(int(self._ended.recv(64)))
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
        order = _Order(list(arguments), dict(environment), str(cwd or os.getcwd()))
        fds = streams or (nothing.fileno(), 1, 2)
        pid = _parent().order(order, [its.fileno(), *fds])
    return Forked(pid, ours)


@dataclass(frozen=True)
class _Order:
    arguments: list[str]
    environment: dict[str, str]
    cwd: str


class _Parent:
    """The process that forks, seen from the tests."""

    def __init__(self) -> None:
        self._control, its = socket.socketpair()
        self._lock = threading.Lock()
        self._control.settimeout(_PATIENCE)
        places = [str(Path(__file__).parent), *(path for path in sys.path if path)]
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "forked", str(its.fileno())],
                pass_fds=[its.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self._end)

    def order(self, order: _Order, fds: Sequence[int]) -> int:
        """Have a process forked; return its id."""
        with self._lock:
            head = f"{json.dumps(vars(order))}\n".encode()
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
            sent = self._control.sendmsg([head], rights)
            self._control.sendall(head[sent:])
            return int(self._control.recv(64))

    def _end(self) -> None:
        self._control.close()
        self._process.wait(_PATIENCE)


@functools.cache
def _parent() -> _Parent:
    return _Parent()


# -- in the process that forks


def _preload() -> None:
    from arriero.acp import door
    from arriero.rpc import converter

    for name in _PRELOADED:
        importlib.import_module(name)
    converter.prewarm()
    door.warm()
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1, "a process with threads cannot be forked"


def _forking(control: socket.socket) -> bool:
    """Fork what is ordered, until the tests end; true in each process that was forked."""
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _reap(running)
        if control not in ready:
            continue
        head, fds, _, _ = socket.recv_fds(control, 1 << 16, 4)
        if not head:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
            return False
        while not head.endswith(b"\n"):
            head += control.recv(1 << 16)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (control, woken, wake, *running.values()):
                one.close()
            _become(_Order(**json.loads(head)), fds)
            return True
        running[pid] = socket.socket(fileno=fds[0])
        for fd in fds[1:]:
            os.close(fd)
        control.sendall(b"%d" % pid)


def _reap(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with running.pop(pid) as ended:
            ended.send(b"%d" % status)


def _become(order: _Order, fds: Sequence[int]) -> None:
    os.setsid()
    for target, fd in enumerate(fds[1:]):
        os.dup2(fd, target)
    for fd in fds:
        os.close(fd)
    # Whether lines are written at once depends on what the streams were when Python started.
    sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]
    sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.cwd)
    sys.argv = ["arriero", *order.arguments]


if __name__ == "__main__":
    _preload()
    if _forking(socket.socket(fileno=int(sys.argv[1]))):
        from arriero.__main__ import main

        main()
