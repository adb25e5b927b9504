"""Folders that may not be entered: names in them may be known, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable

from arriero.workspace.naming import visible


def closed_folders(head: bytes, names: Iterable[bytes]) -> list[bytes]:
    """Return the folders in which files, given by what follows `head`, may not be looked at."""
    found: dict[bytes, None] = {}
    for name in sorted(names):
        folder = name.rstrip(b"/").rpartition(b"/")[0]
        if folder in found:
            continue
        try:
            os.lstat(head + name)
        except PermissionError:
            found[folder] = None
        except (OSError, ValueError):  # gone, or no name at all
            continue
    return list(found)


def told(folders: list[bytes]) -> str:
    """Return a sentence for folders that may not be entered, "" where there are none."""
    if not folders:
        return ""
    count = len(folders) - 1
    others = f" and {count:,} more folder{'s' * (count > 1)}" if count else ""
    whose = "these folders, or name them" if others else "the folder, or name it"
    return (
        f"What is in {visible(os.fsdecode(folders[0]))}{others} cannot be looked at, so it is not "
        f"found; see to the rights of {whose} in the setting index.exclude."
    )
