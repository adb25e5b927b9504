"""Where the index of a workspace is, and how its files are named in it.

A path is stored relative to the workspace's folder, as the bytes that the system knows it by: names
that are not UTF-8 are names like others.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from operator import methodcaller
from pathlib import Path

DATABASE = "index.sqlite3"
LOCK = "writer.lock"


def index_folder(cache: Path, root: str) -> Path:
    """Return the folder of the index of a workspace, given by its canonical path."""
    return cache / "index" / hashlib.sha256(os.fsencode(root)).hexdigest()[:24]


def relative(root: str, path: str) -> bytes | None:
    """Return the stored name of an absolute path, None where it is not beneath the root."""
    head = root if root.endswith("/") else root + "/"
    return os.fsencode(path[len(head) :]) if path.startswith(head) and path != head else None


def all_relative(root: str, paths: Iterable[str]) -> list[bytes]:
    """Return the stored names of absolute paths, which are all beneath the root."""
    head = len(root if root.endswith("/") else root + "/")
    names = os.fsencode("\0".join([path[head:] for path in paths]))  # no name has a NUL
    return names.split(b"\0") if names else []


def absolute(root: str, name: bytes) -> str:
    """Return the path of a stored name."""
    return (root if root.endswith("/") else root + "/") + os.fsdecode(name)


in_order: Callable[[bytes], bytes] = methodcaller("replace", b"/", b"\0")
"""Return the key that sorts stored names as ripgrep does: folder by folder."""


def ordered(names: bytes) -> bytes:
    """Return stored names, NULs between them, as `in_order` sorts them, in a third of its time."""
    keys = names.translate(_SWAPPED).split(b"/")
    keys.sort()
    return b"/".join(keys).translate(_SWAPPED)


_SWAPPED = bytes.maketrans(b"/\0", b"\0/")  # no name has a NUL
