"""Where the daemon listens.

The forwarder imports this in each editor start, so it keeps to cheap modules: no pathlib, no
dataclasses, no typing.
"""

from __future__ import annotations

import os
import socket
import stat
import sys

import arriero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SOCKET_PATH = 103
"""Bytes of a Unix socket's path: 104 with the final NUL on macOS and the BSDs, 108 on Linux."""
HAS_UNIX_SOCKETS = hasattr(socket, "AF_UNIX")


class EndpointRefused(Exception):
    """The place of the endpoint is not safe to use; the message says what to do."""


class Endpoint:
    """The files by which one daemon is found.

    `path` is the Unix socket; where `unix` is False it is a file of mode 0600 with the port of a
    loopback TCP socket, the token that a client sends first, and the token that the daemon
    answers: each shows the other that it can read the file.
    """

    __slots__ = ("folder", "name", "unix")

    def __init__(self, folder: str, name: str, *, unix: bool = HAS_UNIX_SOCKETS) -> None:
        self.folder = folder
        self.name = name
        self.unix = unix

    @property
    def path(self) -> str:
        """The socket, or the token file."""
        return os.path.join(self.folder, self.name + (".sock" if self.unix else ".port"))

    @property
    def instance_lock(self) -> str:
        """The file that the running daemon keeps locked."""
        return os.path.join(self.folder, self.name + ".lock")

    @property
    def launch_lock(self) -> str:
        """The file that is locked while somebody starts a daemon."""
        return os.path.join(self.folder, self.name + ".launch")


def default_endpoint(environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the endpoint of this user and installation.

    Its name holds the version and a hash of what else must not be mixed: the package's folder,
    the interpreter and the folder of the state.
    """
    package = os.path.dirname(os.path.abspath(arriero.__file__))
    parts = (arriero.__version__, package, sys.executable, state_folder(environment))
    name = f"{arriero.__version__}-{_fnv1a(os.fsencode(chr(0).join(parts))):016x}"
    for folder in _folders(environment):
        endpoint = Endpoint(folder, name)
        if len(os.fsencode(endpoint.path)) <= MAX_SOCKET_PATH or not endpoint.unix:
            break
    return endpoint


def state_folder(environment: Mapping[str, str] = os.environ) -> str:
    """Return what `settings.paths.state_dir` returns, without the cost of pathlib."""
    base = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        home = environment.get("HOME") or os.path.expanduser("~")
        base = os.path.join(home, ".local", "state")
    return os.path.join(base, "arriero")


def make_folder(endpoint: Endpoint) -> None:
    """Make the endpoint's folder, for nobody but this user.

    Raises EndpointRefused when it belongs to somebody else, OSError when it cannot be made.
    """
    try:
        os.makedirs(endpoint.folder, 0o700)
    except FileExistsError:
        check_folder(endpoint)


def check_folder(endpoint: Endpoint) -> None:
    """Refuse a folder in which somebody else could have put a socket.

    Raises EndpointRefused, and FileNotFoundError where there is none.
    """
    found = os.lstat(endpoint.folder)
    if not stat.S_ISDIR(found.st_mode):
        raise EndpointRefused(f"{endpoint.folder} is not a folder; remove it and try again.")
    _check_owner(endpoint.folder, found)
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        os.chmod(endpoint.folder, 0o700)


def dial(endpoint: Endpoint, timeout: float) -> socket.socket:
    """Return a blocking connection to the daemon.

    Raises OSError when none answers within `timeout` seconds, EndpointRefused when what answers
    is not this user's.
    """
    check_folder(endpoint)
    found = os.lstat(endpoint.path)
    _check_owner(endpoint.path, found)
    connection = _dial_unix(endpoint, timeout) if endpoint.unix else _dial_tcp(endpoint, timeout)
    connection.settimeout(None)
    return connection


def peer_is_us(connection: socket.socket) -> bool:
    """Tell whether the other end of a Unix socket is a process of this user.

    True where the system does not say (it does on Linux): the modes of folder and socket hold.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    # struct ucred { pid_t pid; uid_t uid; gid_t gid; }, see unix(7)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder) == os.geteuid()


def _dial_unix(endpoint: Endpoint, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout)
        connection.connect(endpoint.path)
        if not peer_is_us(connection):
            raise EndpointRefused(
                f"{endpoint.path} is served by another user; remove it and try again."
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _dial_tcp(endpoint: Endpoint, timeout: float) -> socket.socket:
    with open(endpoint.path, encoding="ascii") as file:
        port, ours, theirs = file.read().split()
    connection = socket.create_connection(("127.0.0.1", int(port)), timeout)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(ours.encode("ascii") + b"\n")
        answer = b""
        while not answer.endswith(b"\n") and len(answer) <= len(theirs):
            more = connection.recv(len(theirs) + 1 - len(answer))
            if not more:
                break
            answer += more
        if answer != theirs.encode("ascii") + b"\n":
            raise ConnectionRefusedError(f"what listens on port {port} is no daemon")
    except BaseException:
        connection.close()
        raise
    return connection


def _folders(environment: Mapping[str, str]) -> list[str]:
    if os.name != "posix":
        base = environment.get("LOCALAPPDATA") or os.path.expanduser("~")
        return [os.path.join(base, "arriero", "run")]
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    # Not TMPDIR: it may differ between two editors of one user, and be long.
    shared = f"/tmp/arriero-{os.geteuid()}"  # noqa: S108 - the owner is checked
    # After `sudo -E` the variable names a folder of the other user.
    if os.path.isabs(runtime) and os.path.isdir(runtime) and _is_ours(os.stat(runtime)):
        return [os.path.join(runtime, "arriero"), shared]
    return [shared]


def _is_ours(found: os.stat_result) -> bool:
    return os.name != "posix" or found.st_uid == os.geteuid()


def _check_owner(path: str, found: os.stat_result) -> None:
    if not _is_ours(found):
        raise EndpointRefused(
            f"{path} belongs to another user; remove it, or set XDG_RUNTIME_DIR to a folder"
            " of your own."
        )


def _fnv1a(data: bytes) -> int:
    """Hash in 64 bits: only to tell installations apart, and hashlib would load OpenSSL."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value
