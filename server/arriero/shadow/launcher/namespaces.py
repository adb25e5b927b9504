"""Leaving the machine's namespaces, with what is to be seen inside in hand.

Mounts are opened as detached copies first (`Tree`) and attached by `root.prepare`. A daemon that
runs as root opens them as root and then becomes an ordinary user: the ids inside are shifted to a
range that owns nothing outside, and the workspace is mapped into that range by an id-mapped mount.
So a command is never the machine's root, whatever it escapes.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from . import kernel
from .home import Home
from .spec import Namespaces

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

    def close(self) -> None:
        """Let go of them."""
        for descriptor in (*self.lowers, self.layers, *(bind.descriptor for bind in self.binds)):
            os.close(descriptor)


def enter(namespaces: Namespaces, home: Home) -> Trees:
    """Enter new namespaces and those of `home`, and return the mounts.

    The pid namespace holds for the next fork. Raises OSError.
    """
    if namespaces.first_id:
        # As the machine's root, the only one who may map a mount.
        kernel.unshare(kernel.CLONE_NEWNS)
        _keep_mounts_to_ourselves()
        trees = _open(namespaces, home.user)
        _enter_home(home)
        os.setgroups([])
        os.setresgid(namespaces.gid, namespaces.gid, namespaces.gid)
        os.setresuid(namespaces.uid, namespaces.uid, namespaces.uid)
        kernel.unshare(_INSIDE)
        return trees
    if os.geteuid() == 0:
        os.setgroups([])
    _enter_home(home)
    kernel.unshare(_INSIDE)
    _keep_mounts_to_ourselves()
    return _open(namespaces, user=0)


def _enter_home(home: Home) -> None:
    kernel.setns(home.user, kernel.CLONE_NEWUSER)
    if home.net >= 0:
        kernel.setns(home.net, kernel.CLONE_NEWNET)
    for descriptor in home:
        if descriptor >= 0:
            os.close(descriptor)


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
