"""What a failure of the disk or the database is to the person."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from arriero.workspace.naming import visible


def explained(error: Exception) -> str:
    """Return one sentence that says what to do."""
    if "full" in str(error) or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, so the index is not kept up to date; free some space."
    return f"The index cannot be written ({error}); look at the folder's permissions and the disk."


def without_grammars() -> str:
    """Return a sentence where the parsers are not installed, "" where they are."""
    if find_spec("tree_sitter") is not None:
        return ""
    return (
        "Symbols are found by patterns only, because tree-sitter is not installed; "
        "install Arriero again, with all that it depends on."
    )


def too_much(names: Sequence[bytes]) -> str:
    """Return a sentence for files whose parser was ended, "" where there are none."""
    if not names:
        return ""
    others = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return (
        f"{visible(os.fsdecode(names[0]))}{others}: found by words only, because parsing took too "
        "much time or memory; name what need not be found in the setting index.exclude."
    )


def vanished(root: str) -> str:
    """Return a sentence for a workspace whose folder is gone."""
    return f"{visible(root)} is not there any more; restore the folder."


def damaged_often(database: Path) -> str:
    """Return a sentence for an index that is damaged again and again."""
    return (
        f"The index was damaged several times; look at the disk that has {visible(str(database))}."
    )
