"""The lines that the launcher sends to the daemon over the control socket of one command.

    started | exited <code> | over memory | over processes | failed <text> | gone

The socket closes, at the latest, when the last process of ours is gone, and `gone` says so before;
the daemon closing its end means: end it.
"""

from __future__ import annotations

import contextlib
import socket


class Report:
    """The launcher's end of a control socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    def started(self) -> None:
        """The command runs."""
        self._send("started")

    def exited(self, code: int) -> None:
        """The command ended by itself; negative for a signal."""
        self._send(f"exited {code}")

    def over(self, limit: str) -> None:
        """A limit of the whole tree was passed and everything is killed."""
        self._send(f"over {limit}")

    def failed(self, error: BaseException) -> None:
        """The command could not be started."""
        self._send("failed " + " ".join(str(error).split()))

    def gone(self) -> None:
        """No process of the command is left."""
        self._send("gone")

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._control.fileno()

    def _send(self, line: str) -> None:
        # If the daemon is gone or waits no more, the tree is being ended anyway.
        with contextlib.suppress(OSError):
            self._control.sendall(line.encode(errors="replace") + b"\n")
