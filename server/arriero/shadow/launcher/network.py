"""The loopback interface of a new network namespace."""

from __future__ import annotations

import fcntl
import socket
import struct

_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x1 | 0x40
_WAITING = 128


def raise_loopback() -> None:
    """Bring `lo` up, so that tests with servers of their own work."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH22x", b"lo", _UP_AND_RUNNING)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def listener() -> int:
    """Return a socket that is bound to a free port of 127.0.0.1 here, wherever it is used then.

    It does not listen yet: a connection is refused until somebody does.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.detach()
