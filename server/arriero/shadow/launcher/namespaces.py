"""Leaving the machine's namespaces, with what is to be seen inside in hand.

Mounts are opened as detached copies first (`Tree`) and attached by `root.build`. A daemon that runs
as root opens them as root and then becomes an ordinary user: the ids inside are shifted to a range
that owns nothing outside, and the workspace is mapped into that range by an id-mapped mount. So a
command is never the machine's root, whatever it escapes.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from . import kernel
from .spec import Namespaces

IDS = 65536
_INSIDE = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS


class Tree(NamedTuple):
    """A detached mount and the place it is for."""

    descriptor: int
    target: str
    folder: bool


class Trees(NamedTuple):
    """All detached mounts: lower folders in the order of the overlays, the layers, the binds."""

    lowers: tuple[int, ...]
    layers: int
    binds: tuple[Tree, ...]


def enter(namespaces: Namespaces, *, network: bool, output: int) -> Trees:
    """Enter new namespaces (the pid namespace holds for the next fork) and return the mounts."""
    inside = _INSIDE if network else _INSIDE | kernel.CLONE_NEWNET
    if namespaces.first_id:
        return _enter_shifted(namespaces, inside, output)
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        os.setgroups([])
    kernel.unshare(inside | kernel.CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    _keep_mounts_to_ourselves()
    return _open(namespaces, user=0)


def _enter_shifted(namespaces: Namespaces, inside: int, output: int) -> Trees:
    first = namespaces.first_id
    user = _user_namespace(_map(first, namespaces.uid), _map(first, namespaces.gid))
    # /dev/stdout opens the pipe anew, which asks for its owner.
    os.fchown(output, first + min(namespaces.uid, IDS), first + min(namespaces.gid, IDS))
    kernel.unshare(kernel.CLONE_NEWNS)
    _keep_mounts_to_ourselves()
    trees = _open(namespaces, user)
    kernel.setns(user, kernel.CLONE_NEWUSER)
    os.close(user)
    os.setgroups([])
    os.setresgid(namespaces.gid, namespaces.gid, namespaces.gid)
    os.setresuid(namespaces.uid, namespaces.uid, namespaces.uid)
    kernel.unshare(inside)
    return trees


def _map(first_id: int, own: int) -> str:
    """Return an id map of 65536 ids, and of one more where the own one is not among them."""
    lines = f"0 {first_id} {IDS}\n"
    return lines if own < IDS else lines + f"{own} {first_id + IDS} 1\n"


def _user_namespace(users: str, groups: str) -> int:
    """Return a descriptor of a new user namespace; its maps are written from outside, by root."""
    told, tell = os.pipe()
    hear, heard = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kernel.unshare(kernel.CLONE_NEWUSER)
            os.write(tell, b"1")
            os.close(heard)
            os.read(hear, 1)
        finally:
            os._exit(0)
    os.close(tell)
    os.close(hear)
    try:
        if not os.read(told, 1):
            raise OSError(1, "unshare: no user namespace")
        _write(f"/proc/{child}/uid_map", users)
        _write(f"/proc/{child}/gid_map", groups)
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(told)
        os.close(heard)
        os.waitpid(child, 0)


def _open(namespaces: Namespaces, user: int) -> Trees:
    lowers = tuple(_open_workspace(overlay.root, user) for overlay in namespaces.overlays)
    layers = kernel.open_tree(namespaces.folder, recursive=not user)
    if user:
        kernel.set_mount_attributes(layers, kernel.ATTR_IDMAP, recursive=False, user_namespace=user)
    binds = []
    for bind in namespaces.binds:
        try:
            mode = os.stat(bind.source).st_mode
        except OSError:
            continue
        attributes = kernel.ATTR_RDONLY | kernel.ATTR_NODEV
        if bind.device:
            # Reading and writing a device is no change of a file system.
            attributes = kernel.ATTR_NOEXEC
        tree = kernel.open_tree(bind.source, recursive=True)
        kernel.set_mount_attributes(tree, attributes | kernel.ATTR_NOSUID, recursive=True)
        binds.append(Tree(tree, bind.target, stat.S_ISDIR(mode)))
    return Trees(lowers, layers, tuple(binds))


def _open_workspace(root: str, user: int) -> int:
    attributes = kernel.ATTR_RDONLY | kernel.ATTR_NOSUID | kernel.ATTR_NODEV
    # Only root may copy a mount without those below it; an overlay does not look into them anyway.
    tree = kernel.open_tree(root, recursive=not user)
    if user:
        attributes |= kernel.ATTR_IDMAP
    kernel.set_mount_attributes(tree, attributes, recursive=not user, user_namespace=user)
    return tree


def _keep_mounts_to_ourselves() -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
