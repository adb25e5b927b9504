"""Folders in memory, for tests that make thousands of files and are not about a disk."""

from __future__ import annotations

import os
import tempfile

_MEMORY = "/dev/shm"


def memory_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder, in memory where there is such a place."""
    return tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
