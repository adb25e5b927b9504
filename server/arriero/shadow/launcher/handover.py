"""What the daemon and the launcher's processes say to each other over sockets.

A request to the launcher is one byte with descriptors. `PREPARE` (the encoded ground, and a socket
for each process that will wait) forks processes that make themselves ready and wait; a command is
then given to them directly, by `give`. `LISTENER` (the encoded ground, a socket for the answer) is
answered with the listening socket inside.
"""

from __future__ import annotations

import array  # noqa: F401 - `socket` imports it late, where its file may be out of sight
import marshal
import os
import socket
from typing import NamedTuple

from .spec import Bounds

PREPARE = b"p"
LISTENER = b"l"
_MOST = 8
_BYTES = 1024


class Given(NamedTuple):
    """What the process that becomes the command is given: the encoded order, stdin, the output."""

    order: int
    stdin: int
    output: int


def receive(requests: socket.socket) -> tuple[bytes, list[int]]:
    """Wait for a message with descriptors; no bytes when nobody can send one any more."""
    data, descriptors, _, _ = socket.recv_fds(requests, _BYTES, _MOST)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return data, descriptors


def give(hands: list[socket.socket], control: int, bounds: Bounds, given: Given) -> None:
    """Give a command to processes that wait. Raises OSError.

    Of the hands the last one is that of the command; to the others it only matters to what limits
    it is held and where it is reported.
    """
    limits = marshal.dumps(tuple(bounds))
    for hand in hands[:-1]:
        socket.send_fds(hand, [limits], [control])
    socket.send_fds(hands[-1], [b"c"], list(given))


def bounds_in(data: bytes) -> Bounds:
    """Return the limits in what a process that does not become the command was sent."""
    return Bounds(*marshal.loads(data))  # noqa: S302 - written by the daemon that started us


def read(descriptor: int) -> bytes:
    """Return what was encoded into memory."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
