"""Processes of `arriero` that are forked from one that has imported it.

Python's start and its imports are most of what a short daemon or command costs. What is forked is
else as if started: it has the arguments, environment, folder and streams that it is given, and ends
as Python ends. What is to be seen of the start itself is tested with `python -m arriero`.

`fork` is for tests that hold the process themselves; `program` is what stands for `python -m
arriero` where a command line is wanted.
"""

from __future__ import annotations

import array
import atexit
import contextlib
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
import tempfile
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PATIENCE = 60  # seconds for the imports, on a busy machine
_PRELOADED = (
    "arriero.api.agent",
    "arriero.cli.app",
    "arriero.cli.chat.chat",
    "arriero.cli.commands.daemon",
    "arriero.cli.commands.run",
    "arriero.cli.serve",
    "arriero.lsp.connection",
    "arriero.models.ollama.provider",
)
_EXTRAS = ("arriero.cli.gateway", "arriero.cli.mcp.server")  # what they need may not be there
_CLIENT = str(Path(__file__).with_name("fork_client.py"))


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
        order = _Order(list(arguments), dict(environment), str(cwd or os.getcwd()))
        fds = streams or (nothing.fileno(), 1, 2)
        pid = _parent().order(order, [its.fileno(), *fds])
    return Forked(pid, ours)


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
        self._folder = tempfile.TemporaryDirectory(prefix="fork-")
        self.place = f"{self._folder.name}/socket"
        places = [str(Path(__file__).parent), *(path for path in sys.path if path)]
        with its, socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.place)
            listening.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "forked", str(its.fileno()), str(listening.fileno())],
                pass_fds=[its.fileno(), listening.fileno()],
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
        self._folder.cleanup()


@functools.cache
def _parent() -> _Parent:
    return _Parent()


# -- in the process that forks


def _preload() -> None:
    from arriero.acp import door
    from arriero.rpc import converter

    for name in _PRELOADED:
        importlib.import_module(name)
    for name in _EXTRAS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    converter.prewarm()
    door.warm()
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1, "a process with threads cannot be forked"


class _Forking:
    """Forks what is ordered; when the tests close `control`, their own connection, all ends."""

    def __init__(self, control: socket.socket, listening: socket.socket) -> None:
        self._control, self._listening = control, listening
        self._listening_at: str = listening.getsockname()
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._running: dict[int, socket.socket] = {}  # where the status of each is told
        self._clients: dict[socket.socket, int] = {}  # who ends when its connection does

    def serve(self) -> bool:
        """Fork until the tests end; true in each process that was forked."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno())
        while True:
            places = [self._control, self._listening, self._woken, *self._clients]
            ready, _, _ = select.select(places, [], [])
            if self._woken in ready:
                self._woken.recv(4096)
                self._reap()
            for connection in set(ready).intersection(self._clients):
                os.kill(self._clients.pop(connection), signal.SIGKILL)  # its client was killed
            if self._listening in ready:
                connection = self._listening.accept()[0]
                if self._forked(connection, connection):
                    return True
            if self._control in ready:
                if not self._control.recv(1, socket.MSG_PEEK):
                    for pid in self._running:
                        os.kill(pid, signal.SIGKILL)
                    return False
                if self._forked(self._control, None):
                    return True

    def _forked(self, orders: socket.socket, client: socket.socket | None) -> bool:
        """Read an order and fork; true in the child. A client's connection is told the status."""
        head, fds, _, _ = socket.recv_fds(orders, 1 << 16, 4)
        while head and not head.endswith(b"\n"):
            head += orders.recv(1 << 16)
        if not head:  # a client that was killed before it said what it wants
            orders.close()
            return False
        ended = client or socket.socket(fileno=fds.pop(0))
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            kept = (self._control, self._listening, self._woken, self._wake)
            for one in (*kept, ended, *self._running.values()):
                one.close()
            _become(_Order(**json.loads(head)), fds)
            # What starts a daemon where none answers has it forked as well.
            launching()["command"] = (*command(self._listening_at), "daemon", "run")
            return True
        self._running[pid] = ended
        if client is not None:
            self._clients[client] = pid
        for fd in fds:
            os.close(fd)
        orders.sendall(b"%d\n" % pid)
        return False

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._running.pop(pid) as ended:
                self._clients.pop(ended, None)
                with contextlib.suppress(BrokenPipeError):  # nobody asks any more
                    ended.send(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(order: _Order, fds: Sequence[int]) -> None:
    os.setsid()
    for target, fd in enumerate(fds):
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
    if _Forking(*(socket.socket(fileno=int(fd)) for fd in sys.argv[1:3])).serve():
        if sys.argv[1:2] == ["-c"]:
            warnings.simplefilter("error")
            exec(compile(sys.argv[2], "<string>", "exec"), {"__name__": "__main__"})
        else:
            from arriero.__main__ import main

            main()
