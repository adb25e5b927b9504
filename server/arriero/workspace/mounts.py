"""What is mounted where, and what lies on file systems of which other machines change the files.

Linux names them in /proc/self/mountinfo (proc_pid_mountinfo(5)). Elsewhere none is known.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from arriero.workspace.confine import is_beneath

MOUNTS = "/proc/self/mountinfo"
# inotify(7): "network filesystems", and those that a program behind FUSE or a hypervisor serves.
_REMOTE = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre",
        "ncpfs", "nfs", "nfs4", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs",
        "vmhgfs",
    }
)  # fmt: skip
# Of FUSE's, these keep their files on this machine, where programs change them through the kernel.
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs", "fuse.bindfs", "fuse.gocryptfs", "fuse.encfs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


def remote_folders(roots: Iterable[str], mounts: str = MOUNTS) -> dict[str, str]:
    """Return the parts of some canonical folders that lie elsewhere, each with its file system.

    A part is a whole root, or a folder beneath it where something is mounted.
    """
    mounted = _mounted(mounts)
    found: dict[str, str] = {}
    for root in roots:
        above = [place for place in mounted if is_beneath(root, place)]
        if above and _is_remote(kind := mounted[max(above, key=len)][0]):
            found[root] = kind
        found.update(
            (place, kind)
            for place, (kind, _) in mounted.items()
            if place != root and is_beneath(place, root) and _is_remote(kind)
        )
    return found


def mounted_beneath(roots: Iterable[str], mounts: str = MOUNTS) -> frozenset[tuple[str, str]]:
    """Return the folders beneath some canonical ones where something is mounted, each with what.

    No notification tells of a mount that comes or goes.
    """
    tops = tuple(roots)
    return frozenset(
        (place, which)
        for place, (_, which) in _mounted(mounts).items()
        if any(place != root and is_beneath(place, root) for root in tops)
    )


def _mounted(path: str) -> dict[str, tuple[str, str]]:
    """Return what kind, of which device, is mounted where; of two at one place the later one."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except OSError:  # not Linux, or without /proc
        return {}
    mounted: dict[str, tuple[str, str]] = {}
    for line in lines:
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if separator and len(fields) > 4:
            mounted[_unescaped(fields[4])] = right.split(" ")[0], fields[2]
    return mounted


def _unescaped(text: str) -> str:
    plain = _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
    return os.path.normpath(plain)


def _is_remote(kind: str) -> bool:
    if kind == "fuse" or kind.startswith("fuse."):
        return kind not in _LOCAL_FUSE
    return kind in _REMOTE
