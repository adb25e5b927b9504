"""The process that an editor starts: stdio on one side, the daemon's socket on the other.

Standard library only, and little of it: it runs once per editor and must be up in tens of
milliseconds. It relays bytes and looks at none but the last, which tell a clean end.
"""

from __future__ import annotations

import os
import socket
import sys
import time

import arriero
from arriero.daemon.endpoint import default_endpoint
from arriero.daemon.framing import frame
from arriero.daemon.launch import DAEMON_COMMAND, LaunchFailed, connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

ATTACH = "arriero/attach"
_CHUNK = 64 * 1024
_TAIL = 256
_GRACE = 5.0  # seconds for the daemon's last words after the editor's side ended
_MAIN = (
    "import sys; sys.path.append(sys.argv.pop(1));"
    " from arriero.daemon.forward import main; main(sys.argv[1])"
)


def exec_forwarder(door: str = "lsp") -> NoReturn:
    """Become the forwarder: replace this process by a Python that has loaded next to nothing.

    `-I` stands for `-E` and for not importing from the current folder, which may be anybody's;
    `-S` leaves site-packages out. Names of files are UTF-8 in every locale, as in the daemon.
    """
    package_parent = os.path.dirname(os.path.dirname(os.path.abspath(arriero.__file__)))
    if os.name != "posix":  # there execv starts a second process and the editor loses the first
        main(door)
    arguments = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _MAIN, package_parent, door]
    os.execv(sys.executable, arguments)  # noqa: S606 - nothing of this comes from outside


def main(door: str = "lsp", command: Sequence[str] = DAEMON_COMMAND) -> NoReturn:
    """Relay between stdio and the daemon until one of them ends, then end the process.

    Exits 0 when the editor ended the connection (end of its output, or the `exit` notification),
    1 with one sentence on stderr when there is no daemon or it has died.
    """
    try:
        _make_binary(0, 1)
        code = relay(connect(default_endpoint(), command=command), 0, 1, door)
    except LaunchFailed as error:
        _end(1, str(error))
    except KeyboardInterrupt:
        _end(130)
    _end(code, "The daemon has ended; restart the language server." if code else "")


def relay(connection: socket.socket, source: int, sink: int, door: str) -> int:
    """Send the attach notification, then relay until either side ends; return the exit code.

    Both directions block on their own thread: a full pipe on one side never holds up the other,
    and no byte waits in a buffer of ours.
    """
    import _thread  # `threading` would cost more than this whole module

    state = _State()
    try:
        connection.sendall(attach_message(door))
    except OSError:
        return 1
    _thread.start_new_thread(_upstream, (connection, source, state))
    try:
        while data := connection.recv(_CHUNK):
            if not _write(sink, data):
                return 0  # the editor is gone
    except ConnectionError:  # reset: the daemon died with something unread
        pass
    return 0 if state.ended or b'"method":"exit"' in state.tail.replace(b" ", b"") else 1


def attach_message(door: str) -> bytes:
    """Return the notification that tells the daemon whose connection this is."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:  # somebody removed it
        folder = ""
    params = {
        "door": door,
        "env": dict(os.environ),
        "pid": os.getpid(),
        "cwd": folder,
        "version": arriero.__version__,
    }
    return frame({"jsonrpc": "2.0", "method": ATTACH, "params": params})


class _State:
    """What the editor's side has said so far: its last bytes, and whether that was all."""

    def __init__(self) -> None:
        self.tail = b""
        self.ended = False


def _upstream(connection: socket.socket, source: int, state: _State) -> None:
    try:
        while data := os.read(source, _CHUNK):
            state.tail = (state.tail + data[-_TAIL:])[-_TAIL:]
            connection.sendall(data)
        state.ended = True
        connection.shutdown(socket.SHUT_WR)
        time.sleep(_GRACE)
        connection.shutdown(socket.SHUT_RDWR)  # wakes the other direction
    except OSError:
        return  # the daemon is gone: the other direction sees it too, and ends the process


def _write(sink: int, data: bytes) -> bool:
    try:
        while data:
            data = data[os.write(sink, data) :]
    except OSError:
        return False
    return True


def _make_binary(*descriptors: int) -> None:
    """Have every byte pass as it is and every call wait, whatever the editor set up."""
    for descriptor in descriptors:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(descriptor, os.O_BINARY)
        else:
            os.set_blocking(descriptor, True)


def _end(code: int, sentence: str = "") -> NoReturn:
    """End at once: a thread that still waits for the editor must not hold the process up."""
    if sentence:
        os.write(2, f"arriero: {sentence}\n".encode("utf-8", "replace"))
    os._exit(code)
