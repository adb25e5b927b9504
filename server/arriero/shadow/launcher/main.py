"""The launcher's loop: one request is one command, in a process forked for it.

Forking from a process that has everything imported saves the start of an interpreter per command.
A request is one byte with four descriptors: the spec, stdin, the output and the control socket.
"""

from __future__ import annotations

import os
import signal
import socket

from . import spec, supervise
from .report import Report


def main(descriptor: int) -> None:
    """Serve requests on a socket until the daemon closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Supervisors are not waited for: their control sockets tell their end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    requests = socket.socket(fileno=descriptor)
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, 1, 4)
        if not data:
            return
        pid = _fork()
        if pid == 0:
            requests.close()
            _serve(descriptors)
        for received in descriptors:
            os.close(received)


def _fork() -> int:
    try:
        return os.fork()
    except OSError:
        # The control socket closes without a word: the daemon says what that means.
        return -1


def _serve(descriptors: list[int]) -> None:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        request, stdin, output, control = descriptors
        report = Report(socket.socket(fileno=control))
        try:
            with open(request, "rb") as file:
                supervise.supervise(spec.decode(file.read()), (stdin, output), report)
            code = 0
        except BaseException as error:  # noqa: BLE001 - told to the daemon, whatever it is
            report.failed(error)
    finally:
        os._exit(code)
