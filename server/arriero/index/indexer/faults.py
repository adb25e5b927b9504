"""What a failure of the disk or the database is to the person."""

from __future__ import annotations

import errno


def explained(error: Exception) -> str:
    """Return one sentence that says what to do."""
    if "full" in str(error) or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, so the index is not kept up to date; free some space."
    return f"The index cannot be written ({error}); look at the folder's permissions and the disk."
