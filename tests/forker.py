"""The process that forks what tests order of it; see `forked`.

`python -m forker FOLDER CONTROL CLIENTS`: the numbers are sockets that listen, for who runs tests
and for what stands for a process (`fork_client`). It ends when nobody has the pipe in the folder
open for writing any more.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from forked import LIFE, Order, command, launching

_PRELOADED = (
    "anyio._backends._asyncio",  # which anyio imports when a loop runs
    "arriero.api.agent",
    "arriero.cli.app",
    "arriero.cli.chat.chat",
    "arriero.cli.commands.daemon",
    "arriero.cli.commands.run",
    "arriero.cli.serve",
    "arriero.lsp.connection",
    "arriero.models.ollama.provider",
)
# What these need, or they themselves, may not be there.
_EXTRAS = ("arriero.cli.gateway", "arriero.cli.mcp.server", "redis", "uvloop")


def _preload() -> None:
    from arriero.acp import door
    from arriero.rpc import converter
    from arriero.settings import fields

    for name in _PRELOADED:
        importlib.import_module(name)
    for name in _EXTRAS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    converter.prewarm()
    door.warm()
    fields.tree()
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1, "a process with threads cannot be forked"


class _Forking:
    """Forks what is ordered, until the one for whom the tests are run has ended."""

    def __init__(self, life: int, control: socket.socket, listening: socket.socket) -> None:
        self._life, self._control, self._listening = life, control, listening
        self._listening_at: str = listening.getsockname()
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._running: dict[int, socket.socket] = {}  # where the status of each is told
        # Whose processes end when its connection does: who runs tests, and what stands for one.
        self._tests: dict[socket.socket, set[int]] = {}
        self._clients: dict[socket.socket, int] = {}

    def serve(self) -> bool:
        """Fork until the tests end; true in each process that was forked."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno())
        listening: list[Any] = [self._life, self._control, self._listening, self._woken]
        while True:
            waiting = [*listening, *self._tests, *self._clients]
            ready = set(select.select(waiting, [], [])[0])
            if self._life in ready:
                self._kill(self._running)
                return False
            if self._woken in ready:
                self._woken.recv(4096)
                self._reap()
            for connection in ready.intersection(self._clients):
                self._kill([self._clients.pop(connection)])  # its client was killed
            if self._control in ready:
                self._tests[self._control.accept()[0]] = set()
            if self._listening in ready:
                connection = self._listening.accept()[0]
                if self._forked(connection, connection):
                    return True
            for connection in ready.intersection(self._tests):
                if self._forked(connection, None):
                    return True

    def _forked(self, orders: socket.socket, client: socket.socket | None) -> bool:
        """Read an order and fork; true in the child. A client's connection is told the status."""
        head, fds, _, _ = _received(orders)
        while head and not head.endswith(b"\n"):
            head += orders.recv(1 << 16)
        if not head:  # it has ended; a client, before it said what it wants
            self._kill(self._tests.pop(orders, ()))
            orders.close()
            return False
        ended = client or socket.socket(fileno=fds.pop(0))
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._life)
            kept = (self._control, self._listening, self._woken, self._wake)
            for one in (*kept, ended, *self._tests, *self._running.values()):
                one.close()
            _become(Order(**json.loads(head)), fds)
            # What starts a daemon where none answers has it forked as well.
            launching()["command"] = (*command(self._listening_at), "daemon", "run")
            return True
        self._running[pid] = ended
        if client is None:
            self._tests[orders].add(pid)
        else:
            self._clients[client] = pid
        for fd in fds:
            os.close(fd)
        with contextlib.suppress(ConnectionError):  # killed just now; its end is seen next
            orders.sendall(b"%d\n" % pid)
        return False

    def _kill(self, pids: Iterable[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)  # none is another's: its end is waited for in `_reap`

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            for pids in self._tests.values():
                pids.discard(pid)
            with self._running.pop(pid) as ended:
                self._clients.pop(ended, None)
                with contextlib.suppress(ConnectionError):  # nobody asks any more
                    ended.send(b"%d\n" % os.waitstatus_to_exitcode(status))


def _received(orders: socket.socket) -> tuple[bytes, list[int], int, Any]:
    try:
        return socket.recv_fds(orders, 1 << 16, 4)
    except ConnectionError:  # as the end of one that was killed may be told
        return b"", [], 0, None


def _become(order: Order, fds: Sequence[int]) -> None:
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


def _run(words: Sequence[str]) -> None:
    """Do what `python -m arriero`, or `python -c` with a text, does with these words."""
    if words[:1] == ["-c"]:
        warnings.simplefilter("error")
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        from arriero.__main__ import main

        main()


def _end(status: int) -> None:
    """End as Python does, but for freeing every module: that would copy all that is shared."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()  # what nobody closed is told of
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except OSError as error:
            status = 120
            if stream is sys.stdout:
                last = f"{type(error).__name__}: {error}"
                print(f"Exception ignored in: {stream!r}\n{last}", file=sys.stderr)
    os._exit(status)


def main() -> None:
    """Serve what `sys.argv` names; returns in a process that was forked when it is to end."""
    folder, *fds = sys.argv[1:4]
    life = os.open(f"{folder}/{LIFE}", os.O_RDONLY | os.O_NONBLOCK)
    if os.fork():
        os._exit(0)  # who started it goes on, and need not wait for its end
    _preload()
    if not _Forking(life, *(socket.socket(fileno=int(fd)) for fd in fds)).serve():
        shutil.rmtree(folder, ignore_errors=True)  # who made it may have been killed
        return
    try:
        _run(sys.argv[1:])
    except SystemExit as ending:
        if not isinstance(ending.code, int | None):
            raise
        _end(ending.code or 0)
    _end(0)


if __name__ == "__main__":
    main()
