"""What stands for a process of `arriero` that is forked elsewhere: it has its streams and its end.

`python -I -S fork_client.py SOCKET ARGUMENT...` starts in a hundredth of a second. It orders the
process (see `forked`), passes signals on, and ends as that ends; who kills it kills that as well.
"""

from __future__ import annotations

import array
import json
import os
import signal
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket  # `socket` takes 10 ms
from contextlib import suppress
from types import FrameType

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    """Return the exit status of the process, negative for a signal."""
    connection = socket(AF_UNIX, SOCK_STREAM)
    connection.connect(sys.argv[1])
    order = {"arguments": sys.argv[2:], "environment": dict(os.environ), "cwd": os.getcwd()}
    head = f"{json.dumps(order)}\n".encode()
    rights = [(SOL_SOCKET, SCM_RIGHTS, array.array("i", (0, 1, 2)))]
    sent = connection.sendmsg([head], rights)
    connection.sendall(head[sent:])
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # until it is known to whom
    pid = number_from(connection)

    def pass_on(number: int, frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):  # its status is on the way
            os.kill(pid, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    for stream in (0, 1, 2):
        os.close(stream)  # what it reads or writes is its own affair
    return number_from(connection)


def number_from(connection: socket) -> int:
    """Read a line with a number."""
    line = b""
    while not line.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            raise SystemExit("The process that forks has ended.")
        line += piece
    return int(line)


if __name__ == "__main__":
    status = main()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)
