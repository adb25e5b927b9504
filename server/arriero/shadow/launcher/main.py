"""The launcher's loop: it forks the processes that wait for commands.

Forking from a process that has everything imported saves the start of an interpreter per command,
and what does not depend on the command (namespaces, mounts, rules) is made ready before it comes.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys

from . import handover, home, supervise
from .home import Home
from .spec import Spec, decode

_HomeKey = tuple[int, int, int, bool]
_END_MILLISECONDS = 5000


def main(descriptor: int) -> None:
    """Serve requests on a socket until the daemon closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serving = Serving(socket.socket(fileno=descriptor))
    while serving.next():
        pass


class Serving:
    """What the launcher keeps from one request to the next."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._homes: dict[_HomeKey, Home] = {}
        # The process that uses a layer, until it is gone.
        self._users: dict[str, int] = {}

    def next(self) -> bool:
        """Serve one request; False when there will be no more."""
        kind, descriptors = handover.receive(self._requests)
        if not kind:
            return False
        self._reap()
        try:
            spec = decode(handover.read(descriptors[0]))
            hands = [socket.socket(fileno=os.dup(number)) for number in descriptors[1:]]
            if kind == handover.LISTENER:
                self._tell_listener(spec, hands[0])
            else:
                self._prepare(spec, hands)
            for hand in hands:
                hand.close()
        except OSError as error:
            # The hands close without a word: the daemon says what that means, the log why.
            sys.stderr.write(f"a request failed: {error}\n")
            sys.stderr.flush()
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _tell_listener(self, wanted: Spec, answer: socket.socket) -> None:
        found = self._home(wanted)
        if found is not None and found.listener >= 0:
            socket.send_fds(answer, [handover.LISTENER], [found.listener])

    def _home(self, spec: Spec) -> Home | None:
        namespaces = spec.namespaces
        if namespaces is None:
            return None
        key = (namespaces.first_id, namespaces.uid, namespaces.gid, spec.network)
        if key not in self._homes:
            self._homes[key] = home.make(namespaces, shared_network=spec.network)
        return self._homes[key]

    def _prepare(self, wanted: Spec, hands: list[socket.socket]) -> None:
        """Fork a process that makes itself ready and waits."""
        found: Home | OSError | None
        try:
            found = self._home(wanted)
        except OSError as error:
            # It is told when there is a command.
            found = error
        layers = (
            [overlay.layer for overlay in wanted.namespaces.overlays] if wanted.namespaces else []
        )
        for layer in layers:
            self._wait_for_end(layer)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                self._requests.close()
                supervise.supervise(wanted, found, hands)
                code = 0
            finally:
                os._exit(code)
        self._users |= dict.fromkeys(layers, pid)

    def _wait_for_end(self, layer: str) -> None:
        """Wait until the last user of a layer is gone: two mounts of it would be undefined."""
        pid = self._users.pop(layer, 0)
        if not pid:
            return
        try:
            end = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        poll = select.poll()
        poll.register(end, select.POLLIN)
        poll.poll(_END_MILLISECONDS)
        os.close(end)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                for layer in [name for name, user in self._users.items() if user == pid]:
                    del self._users[layer]
