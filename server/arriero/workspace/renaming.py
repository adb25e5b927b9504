"""Rename a file to a name that nothing has, without a moment between the look and the rename.

`renameat2` (Linux 3.15) and `renameatx_np` (macOS 10.12) do both in one; neither has a wrapper in
the standard library. Elsewhere, and on file systems that know neither, the file gets a second name
first, which fails where there is one, and then loses the first. Only where no file can have two
names, as on FAT, is there a moment between.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys
from collections.abc import Callable

_NO_REPLACE = {"linux": ("renameat2", 1), "darwin": ("renameatx_np", 4)}  # <stdio.h> of each
_NOT_KNOWN = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})


def rename_new(source: int, name: str, target: int, new_name: str) -> None:
    """Rename `name` in the open folder `source` to `new_name` in `target`.

    Raises FileExistsError where `new_name` is there already, and OSError.
    """
    call = _call()
    if call is not None:
        code = call(source, os.fsencode(name), target, os.fsencode(new_name))
        if not code:
            return
        if code not in _NOT_KNOWN:
            raise OSError(code, os.strerror(code), new_name)
    by_link(source, name, target, new_name)


def by_link(source: int, name: str, target: int, new_name: str) -> None:
    """Do the same with two names for a moment; raises as `rename_new`."""
    try:
        os.link(name, new_name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NOT_KNOWN:
            raise
        _by_look(source, name, target, new_name)
    else:
        os.unlink(name, dir_fd=source)


def _by_look(source: int, name: str, target: int, new_name: str) -> None:
    try:
        os.stat(new_name, dir_fd=target, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new_name)


@functools.lru_cache(maxsize=1)
def _call() -> Callable[[int, bytes, int, bytes], int] | None:
    """Return a function that renames and returns an error's number, 0 for none."""
    found = _NO_REPLACE.get(sys.platform)
    try:
        rename = getattr(ctypes.CDLL(None, use_errno=True), found[0]) if found else None
    except (OSError, AttributeError):  # an old C library
        return None
    if found is None or rename is None:
        return None
    flag = found[1]

    def renamed(source: int, name: bytes, target: int, new_name: bytes) -> int:
        failed = rename(source, name, target, new_name, ctypes.c_uint(flag))
        return ctypes.get_errno() if failed else 0

    return renamed
