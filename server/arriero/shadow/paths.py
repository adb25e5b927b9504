"""Which path lies where. All paths are absolute and normal."""

from __future__ import annotations

import os
from collections.abc import Mapping


def contains(folder: str, path: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def relative_to(root: str, path: str) -> str:
    """Return a path as seen from a folder; quick for the many paths that lie in it."""
    if path.startswith(root) and path[len(root) : len(root) + 1] == "/":
        return path[len(root) + 1 :]
    return os.path.relpath(path, root)


def files_in(root: str, files: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Return the files that lie in a folder; names that are no normal paths are left out."""
    return {
        path: content
        for path, content in files.items()
        if contains(root, path) and path != root and os.path.normpath(path) == path
    }
