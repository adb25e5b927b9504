"""The root file system that a command sees, built by the first process of the pid namespace.

A read-only skeleton on a tmpfs; on it the machine's system folders (read-only), a fresh /proc, a
minimal /dev, empty writable folders that are thrown away, and the workspace folders, each an
overlay at its own path.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence

from . import kernel
from .namespaces import Tree, Trees
from .spec import Namespaces, Overlay

_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV
_STAGE = "/.stage"
# What root's own user id could change or read about the machine through /proc, without
# capabilities: seen read-only or empty.
_PROC_READ_ONLY = ("/proc/sys", "/proc/irq", "/proc/bus", "/proc/fs")
_PROC_EMPTY = (
    "/proc/sysrq-trigger",
    "/proc/kcore",
    "/proc/keys",
    "/proc/key-users",
    "/proc/kmsg",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/acpi",
    "/proc/scsi",
)
_DEV_LINKS = (
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/ptmx", "pts/ptmx"),
)


def build(namespaces: Namespaces, trees: Trees) -> None:
    """Make the new root and move into it; the old one is gone afterwards.

    Texts may be laid into a layer after this as long as no process has looked into its overlay:
    nothing of it is cached then.
    """
    _leave_old_root()
    _make_stage(namespaces, trees.layers)
    for number, lower in enumerate(trees.lowers):
        _attach(lower, f"{_STAGE}/lower{number}", folder=True)
    for path, target in (*namespaces.symlinks, *_DEV_LINKS):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    os.makedirs("/dev/pts", exist_ok=True)
    kernel.mount(
        "devpts",
        "/dev/pts",
        "devpts",
        kernel.MS_NOSUID | kernel.MS_NOEXEC,
        "newinstance,ptmxmode=0666,mode=620",
    )
    # Parents before what lies in them.
    places: list[tuple[str, Tree | int | None]] = [(tree.target, tree) for tree in trees.binds]
    places += [(overlay.root, number) for number, overlay in enumerate(namespaces.overlays)]
    places += [(path, None) for path in namespaces.scratch]
    for path, what in sorted(places, key=lambda place: place[0].count("/")):
        if isinstance(what, Tree):
            _attach(what.descriptor, path, folder=what.folder)
        elif what is None:
            _attach_scratch(path)
        else:
            os.makedirs(path, exist_ok=True)
            _mount_overlay(namespaces.overlays[what], what)
    # No user namespaces inside: their capabilities are the larger part of the kernel's surface.
    _write("/proc/sys/user/max_user_namespaces", "0")
    _protect_proc()
    _mask((*_PROC_EMPTY, *namespaces.masks))
    # Covered, not unmounted: the kernel takes milliseconds for that where it is busy.
    _mask((_STAGE,))
    kernel.mount("none", "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _QUIET)


def leave_overlays(namespaces: Namespaces) -> None:
    """Unmount the overlays, so that their layers are nobody's; no process is in them any more."""
    for overlay in namespaces.overlays:
        # One that was not mounted yet needs no more.
        with contextlib.suppress(OSError):
            kernel.unmount(overlay.root)


def _leave_old_root() -> None:
    base = next(path for path in ("/tmp", "/mnt", "/usr", "/etc") if os.path.isdir(path))  # noqa: S108
    kernel.mount("tmpfs", base, "tmpfs", _QUIET, "mode=755,size=16m,nr_inodes=16k")
    os.mkdir(base + "/proc")
    # Before the old root goes: the kernel gives a fresh /proc only where a full one is seen.
    kernel.mount("proc", base + "/proc", "proc", _QUIET | kernel.MS_NOEXEC)
    os.chdir(base)
    kernel.pivot_root(".", ".")
    kernel.unmount(".")
    os.chdir("/")


def _make_stage(namespaces: Namespaces, layers: int) -> None:
    os.mkdir(_STAGE, 0o700)
    kernel.mount("tmpfs", _STAGE, "tmpfs", _QUIET, "mode=700,size=16m")
    for name in ("/layers", "/scratch"):
        os.mkdir(_STAGE + name)
    # What masks show: no permissions, so that a program is told instead of reading nothing.
    os.mkdir(_STAGE + "/empty", 0)
    os.close(os.open(_STAGE + "/nothing", os.O_CREAT | os.O_WRONLY, 0))
    kernel.move_mount(layers, _STAGE + "/layers")
    os.close(layers)
    size = f"mode=755,size={namespaces.scratch_bytes}"
    kernel.mount("tmpfs", _STAGE + "/scratch", "tmpfs", _QUIET, size)


def _attach(descriptor: int, path: str, *, folder: bool) -> None:
    if folder:
        os.makedirs(path, exist_ok=True)
    elif not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.move_mount(descriptor, path)
    os.close(descriptor)


def _attach_scratch(path: str) -> None:
    source = f"{_STAGE}/scratch/{len(os.listdir(_STAGE + '/scratch'))}"
    os.mkdir(source)
    os.chmod(source, 0o1777 if path in ("/tmp", "/var/tmp", "/dev/shm") else 0o755)  # noqa: S108
    _attach(kernel.open_tree(source, recursive=False), path, folder=True)


def _mount_overlay(overlay: Overlay, number: int) -> None:
    # Names of our own: a path of the workspace could hold the option's separators.
    layers = _STAGE + "/layers/"
    lower = ":".join([*(layers + base for base in overlay.bases), f"{_STAGE}/lower{number}"])
    layer = layers + overlay.layer
    # What a killed one has left: the kernel refuses a layer that may have lost writes, which
    # matters after a failure of the machine only.
    stale = layer + "/work/work/incompat/volatile"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(stale + "/dirty")
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(stale)
    # Nothing waits for the disk: neither the command's fsync nor the end of the mount.
    options = f"lowerdir={lower},upperdir={layer}/upper,workdir={layer}/work,userxattr,volatile"
    kernel.mount("overlay", overlay.root, "overlay", _QUIET, options)


def _protect_proc() -> None:
    for path in _PROC_READ_ONLY:
        if os.path.isdir(path):
            tree = kernel.open_tree(path, recursive=True)
            kernel.set_mount_attributes(tree, kernel.ATTR_RDONLY, recursive=True)
            _attach(tree, path, folder=True)


def _mask(paths: Sequence[str]) -> None:
    for path in paths:
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue
        if stat.S_ISLNK(mode):
            continue
        folder = stat.S_ISDIR(mode)
        tree = kernel.open_tree(_STAGE + ("/empty" if folder else "/nothing"), recursive=False)
        kernel.set_mount_attributes(tree, kernel.ATTR_RDONLY, recursive=False)
        kernel.move_mount(tree, path)
        os.close(tree)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
