"""Folders in memory, for tests that make thousands of files and are not about a disk."""

from __future__ import annotations

import os
import shutil
import tempfile

_MEMORY = "/dev/shm"
_MUCH = 1 << 30  # bytes, for all tests that run at the same time


def memory_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder, in memory where there is such a place."""
    return tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)


def has_room() -> bool:
    """Tell whether tests that are of usual size may have their folders in memory as well."""
    return os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MUCH
