"""Processes of the launcher that are ready and wait for a command, seen from the daemon."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from types import TracebackType

from arriero.shadow.launcher import handover
from arriero.shadow.launcher.home import IDS
from arriero.shadow.launcher.spec import Namespaces, Spec, encode_order, order

_PIPE_BYTES = 1 << 20


class Ready:
    """Those that wait for a command on `ground`; when this is closed without one, they end."""

    def __init__(self, ground: Spec, hands: list[socket.socket]) -> None:
        """The last of the hands is the command's own."""
        self.ground = ground
        self._hands = hands

    def give(self, spec: Spec, stdin: bytes) -> tuple[socket.socket, int]:
        """Start a command; return our ends of its control socket and of its output.

        Raises OSError.
        """
        read_end, write_end = os.pipe()
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as theirs_alone:
            theirs_alone.callback(os.close, write_end)
            theirs_alone.enter_context(theirs)
            try:
                _enlarge(read_end)
                if spec.namespaces is not None:
                    _own(write_end, spec.namespaces)
                described = memory(encode_order(order(spec)))
                theirs_alone.callback(os.close, described)
                source = memory(stdin)
                theirs_alone.callback(os.close, source)
                given = handover.Given(described, source, write_end)
                handover.give(self._hands, theirs.fileno(), spec.bounds, given)
            except OSError:
                os.close(read_end)
                ours.close()
                raise
        ours.setblocking(False)
        return ours, read_end

    def close(self) -> None:
        """Let them end, or go on with what they were given."""
        for hand in self._hands:
            hand.close()

    def __enter__(self) -> Ready:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def memory(data: bytes) -> int:
    """Return a descriptor that data can be read from."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    descriptor = os.memfd_create("arriero")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _own(output: int, inside: Namespaces) -> None:
    """Give a pipe to the user inside: /dev/stdout opens it anew, which asks for its owner."""
    first = inside.first_id
    if first:
        os.fchown(output, first + min(inside.uid, IDS), first + min(inside.gid, IDS))


def _enlarge(pipe: int) -> None:
    # Past the user's share of pipe memory it stays small: only slower.
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
