"""Removing folders that hold whatever a command left in them."""

from __future__ import annotations

import os
import secrets
import stat

_DEEP = 1000  # characters below the folder that is removed


def remove_tree(folder: str) -> None:
    """Remove a folder and all in it, whatever its modes and its depth; links are not followed.

    Raises OSError when something cannot be removed. Nobody may change the folder meanwhile.
    """
    pending = [folder]
    while pending:
        current = pending[-1]
        os.chmod(current, stat.S_IRWXU)
        with os.scandir(current) as found:
            entries = list(found)
        deeper = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
        if not deeper:
            os.rmdir(current)
            pending.pop()
        for path in deeper:
            if len(path) - len(folder) > _DEEP:
                # Soon too long for a path. It moves up, and is found when `folder` is looked at.
                # A folder that changes its parent must be writable itself.
                os.chmod(path, stat.S_IRWXU)
                os.rename(path, os.path.join(folder, f".deep-{secrets.token_hex(8)}"))
            else:
                pending.append(path)
