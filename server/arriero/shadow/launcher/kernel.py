"""The system calls that Python does not have: mounts, namespaces, capabilities (Linux, ctypes).

Every function raises OSError with the name of the call. Numbers above 424 are the same on all
architectures; those below it that differ are looked up by machine.
"""

from __future__ import annotations

import ctypes
import os
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

# The same bits in mount_setattr(2).
ATTR_RDONLY = 0x1
ATTR_NOSUID = 0x2
ATTR_NODEV = 0x4
ATTR_NOEXEC = 0x8
ATTR_IDMAP = 0x100000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_AT_RECURSIVE = 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
_CAPSET = {"x86_64": 126, "aarch64": 91, "riscv64": 91, "ppc64le": 184, "s390x": 185}
_KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "ppc64le": 271, "s390x": 280}
_KEYCTL_JOIN_SESSION_KEYRING = 1
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(name: str, number: int, *arguments: object) -> int:
    """Make a system call by number; integers are passed as long, bytes as pointers."""
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(name, _libc.syscall(ctypes.c_long(number), *values))


def unshare(flags: int) -> None:
    """Leave the given namespaces for new ones."""
    _checked("unshare", _libc.unshare(flags))


def setns(descriptor: int, flags: int) -> None:
    """Enter a namespace."""
    _checked("setns", _libc.setns(descriptor, flags))


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount a file system, or change a mount; `flags` are MS_…."""
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        os.fsencode(options) if options else None,
    )
    _checked(f"mount {kind or 'flags'} on {target}", result)


def unmount(target: str) -> None:
    """Detach a mount and all below it."""
    _checked(f"umount {target}", _libc.umount2(os.fsencode(target), MNT_DETACH))


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root; the old one is then mounted at `old`."""
    syscall("pivot_root", _by_machine(_PIVOT_ROOT), os.fsencode(new), os.fsencode(old))


def open_tree(path: str, *, recursive: bool) -> int:
    """Return a descriptor of a detached copy of the mount at a path."""
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | (_AT_RECURSIVE if recursive else 0)
    return syscall(f"open_tree {path}", _OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags)


def set_mount_attributes(
    descriptor: int, attributes: int, *, recursive: bool, user_namespace: int = 0
) -> None:
    """Set flags of a detached mount; with ATTR_IDMAP the ids map as in `user_namespace`."""
    value = struct.pack("QQQQ", attributes, 0, 0, user_namespace)
    flags = _AT_EMPTY_PATH | (_AT_RECURSIVE if recursive else 0)
    syscall("mount_setattr", _MOUNT_SETATTR, descriptor, b"", flags, value, len(value))


def move_mount(descriptor: int, target: str) -> None:
    """Attach a detached mount."""
    syscall(
        f"move_mount to {target}",
        _MOVE_MOUNT,
        descriptor,
        b"",
        _AT_FDCWD,
        os.fsencode(target),
        _MOVE_MOUNT_F_EMPTY_PATH,
    )


def prctl(option: int, *arguments: object) -> None:
    """Change an attribute of this process; the arguments that are not given are zero."""
    values = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    values += [ctypes.c_ulong(0)] * (4 - len(values))
    _checked(f"prctl {option}", _libc.prctl(option, *values))


def clear_capabilities() -> None:
    """Give up the effective, permitted and inheritable capabilities."""
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    syscall("capset", _by_machine(_CAPSET), header, bytes(24))


def join_new_session_keyring() -> None:
    """Leave the keyring of the login session behind."""
    number = _by_machine(_KEYCTL)
    syscall("keyctl", number, _KEYCTL_JOIN_SESSION_KEYRING, ctypes.c_char_p(None))


def _by_machine(numbers: dict[str, int]) -> int:
    machine = os.uname().machine
    if machine not in numbers:
        raise OSError(38, f"system call numbers of {machine} are not known here")
    return numbers[machine]


def _checked(name: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result
