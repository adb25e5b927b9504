"""The namespaces that all commands of a session share: the user ids and the network.

They are made once and kept as descriptors, so that a command finds the servers that another one of
the session has started on the loopback interface, and nobody else's.
"""

from __future__ import annotations

import os
import socket
from typing import NamedTuple

from . import kernel, network
from .spec import Namespaces

IDS = 65536
_NONE = -1


class Home(NamedTuple):
    """Descriptors; -1 where there is none: `net` and `listener` with the machine's own network.

    `listener` is a socket that listens on the loopback interface inside, for a proxy outside.
    """

    user: int
    net: int
    listener: int


def make(namespaces: Namespaces, *, shared_network: bool) -> Home:
    """Make the namespaces. Raises OSError."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _become(theirs, shared_network=shared_network)
    theirs.close()
    with ours:
        try:
            if not ours.recv(1):
                raise OSError(1, "unshare: no user namespace")
            _map(child, namespaces)
            ours.sendall(b"1")
            word, found, _, _ = socket.recv_fds(ours, 1024, 3)
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            os.waitpid(child, 0)
    if word != b"1":
        for descriptor in found:
            os.close(descriptor)
        raise OSError(1, word.decode(errors="replace") or "the namespaces' first process ended")
    for descriptor in found:
        os.set_inheritable(descriptor, False)
    return Home(found[0], *found[1:]) if len(found) > 1 else Home(found[0], _NONE, _NONE)


def _become(parent: socket.socket, *, shared_network: bool) -> None:
    """Make the namespaces and send them to the parent. Does not return."""
    try:
        kernel.unshare(kernel.CLONE_NEWUSER)
        parent.sendall(b"1")
        if parent.recv(1):
            descriptors = [os.open("/proc/self/ns/user", os.O_RDONLY)]
            if not shared_network:
                kernel.unshare(kernel.CLONE_NEWNET)
                network.raise_loopback()
                descriptors.append(os.open("/proc/self/ns/net", os.O_RDONLY))
                descriptors.append(network.listener())
            socket.send_fds(parent, [b"1"], descriptors)
            # The descriptors are on their way until the parent has closed its end.
            parent.recv(1)
    except OSError as error:
        parent.sendall(str(error).encode(errors="replace"))
    finally:
        os._exit(0)


def _map(child: int, namespaces: Namespaces) -> None:
    first = namespaces.first_id
    if first:
        users, groups = _lines(first, namespaces.uid), _lines(first, namespaces.gid)
    else:
        users, groups = f"{os.geteuid()} {os.geteuid()} 1", f"{os.getegid()} {os.getegid()} 1"
        _write(f"/proc/{child}/setgroups", "deny")
    _write(f"/proc/{child}/uid_map", users)
    _write(f"/proc/{child}/gid_map", groups)


def _lines(first_id: int, own: int) -> str:
    """Return an id map of 65536 ids, and of one more where the own one is not among them."""
    lines = f"0 {first_id} {IDS}\n"
    return lines if own < IDS else lines + f"{own} {first_id + IDS} 1\n"


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
