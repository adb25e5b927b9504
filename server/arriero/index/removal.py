"""Removing an index, to build it from nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

from arriero.index.indexer.lock import try_lock
from arriero.index.paths import DATABASE

_PATIENCE = 5.0  # seconds for its writer to let go of it


def remove_index(folder: Path) -> str:
    """Remove the database in a folder once nothing writes it; return a sentence if that fails.

    Blocks. Whoever reads it still has what was there.
    """
    end = time.monotonic() + _PATIENCE
    try:
        while (lock := try_lock(folder)) is None:
            if time.monotonic() > end:
                return "Another Arriero keeps this index; rebuild it there."
            time.sleep(0.02)
    except OSError as error:
        return f"The index cannot be removed ({error.strerror}); see to the rights of {folder}."
    try:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{folder / DATABASE}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        return f"The index cannot be removed ({error.strerror}); see to the rights of {folder}."
    finally:
        os.close(lock)
    return ""
