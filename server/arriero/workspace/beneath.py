"""Open a path beneath a folder: by `openat2` where the kernel has it, else by a walk.

`openat2` (Linux 5.6) has no wrapper in the standard library; number and structure are those of
openat2(2): `struct open_how { u64 flags, mode, resolve; }`.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import sys
from collections.abc import Callable

_O_PATH: int = getattr(os, "O_PATH", 0)
READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY
# Looking needs no permission to read; without O_PATH a file is looked at as if to be read.
LOOK = os.O_CLOEXEC | (_O_PATH or os.O_NONBLOCK | os.O_NOCTTY)
_STEP = os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW | _O_PATH

_OPENAT2 = 437
_MACHINES = frozenset({"x86_64", "i686", "aarch64", "armv7l", "riscv64", "ppc64le", "s390x"})
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_TRIES = range(16)  # EAGAIN: a rename somewhere in the system while ".." was resolved


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


_HOW_BYTES = ctypes.sizeof(_OpenHow)


def open_beneath(root: str, relative: str, flags: int, *, links: bool = True) -> int:
    """Return a descriptor of `relative` beneath `root`; the caller closes it.

    Without `links` no symbolic link is followed at all, not even one that stays beneath.
    Raises OSError; EXDEV, ELOOP or ENOTDIR may mean a symbolic link that is not followed here.
    """
    folder = open_root(root)
    try:
        return opener(folder, flags, links=links)(os.fsencode(relative))
    finally:
        os.close(folder)


def open_root(root: str) -> int:
    """Return a descriptor for `opener`; the caller closes it."""
    return os.open(root, os.O_CLOEXEC | os.O_DIRECTORY | _O_PATH)


def opener(folder: int, flags: int, *, links: bool = True) -> Callable[[bytes], int]:
    """Return what opens as `open_beneath` does, for many names beneath one open folder."""
    if not has_openat2():
        return lambda name: walk(folder, os.fsdecode(name), flags)
    return _openat2(folder, flags, links=links)


@functools.lru_cache(maxsize=1)
def has_openat2() -> bool:
    """Tell whether the kernel has `openat2` and lets this process use it."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    root = os.open("/", os.O_CLOEXEC | os.O_DIRECTORY | _O_PATH)
    try:
        os.close(_openat2(root, LOOK)(b"."))
    except OSError:  # ENOSYS of an old kernel, EPERM of an old container's filter
        return False
    finally:
        os.close(root)
    return True


def walk(folder: int, relative: str, flags: int) -> int:
    """Open step by step without following any symbolic link; ".." is refused with EXDEV."""
    parts = [part for part in relative.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), relative)
    here = os.dup(folder)
    try:
        for part in parts[:-1]:
            below = os.open(part, _STEP, dir_fd=here)
            os.close(here)
            here = below
        last = parts[-1] if parts else "."
        opened = os.open(last, flags | os.O_NOFOLLOW, dir_fd=here)
    finally:
        os.close(here)
    # O_PATH with O_NOFOLLOW opens the link itself instead of refusing it.
    if flags & _O_PATH and _is_link(opened):
        os.close(opened)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), relative)
    return opened


def _is_link(descriptor: int) -> bool:
    return (os.fstat(descriptor).st_mode & 0o170000) == 0o120000


def _openat2(folder: int, flags: int, *, links: bool = True) -> Callable[[bytes], int]:
    """Return the call; all but the name is made ready here, which halves what Python adds to it."""
    call = _system_call()
    number, at, size = ctypes.c_long(_OPENAT2), ctypes.c_int(folder), ctypes.c_size_t(_HOW_BYTES)
    how = ctypes.byref(_how(flags, links))

    def opened(name: bytes) -> int:
        for _ in _TRIES:
            descriptor = call(number, at, name, how, size)
            if descriptor >= 0:
                return descriptor
            code = ctypes.get_errno()
            if code not in (errno.EAGAIN, errno.EINTR):
                break
        raise OSError(code, os.strerror(code), os.fsdecode(name))

    return opened


@functools.lru_cache(maxsize=8)
def _how(flags: int, links: bool) -> _OpenHow:
    resolve = _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS | (0 if links else _RESOLVE_NO_SYMLINKS)
    return _OpenHow(flags=flags, mode=0, resolve=resolve)


@functools.lru_cache(maxsize=1)
def _system_call() -> Callable[..., int]:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return call
