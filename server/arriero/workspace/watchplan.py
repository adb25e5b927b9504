"""Which folders are watched: those that are not ignored, each by itself.

A recursive watch would also cover ignored folders, follow symbolic links out of the workspace, and
miss files that are written into a new folder before it is watched. On systems whose watches are
recursive by nature (FSEvents on macOS) the roots alone are watched and events are filtered.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from arriero.workspace.confine import is_beneath
from arriero.workspace.ignore import IgnoreRules
from arriero.workspace.naming import visible
from arriero.workspace.walk import walk

MOST_FOLDERS = 16_000
_MOST_SECONDS = 10.0

Identity = tuple[int, int]


@dataclass(frozen=True)
class WatchPlan:
    """Folders to watch at one moment, absolute; `identities` tells whether a root is the same.

    A root that is not there has no identity and no folders. `notice` is a sentence for the person
    about what is not watched.
    """

    folders: tuple[str, ...]
    recursive: bool
    identities: dict[str, Identity | None]
    notice: str = ""
    rules: dict[str, IgnoreRules] = field(default_factory=dict, compare=False, repr=False)

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Tell whether events of a path are of no interest."""
        root = next((root for root in self.rules if is_beneath(path, root)), None)
        return root is None or self.rules[root].ignores(path, is_directory=is_directory)


def plan_watches(
    roots: Sequence[str], *, limit: int = MOST_FOLDERS, recursive: bool = sys.platform != "linux"
) -> WatchPlan:
    """Find the folders beneath the roots that are not ignored and can be watched."""
    identities = {root: identity(root) for root in roots}
    present = [root for root in roots if identities[root] is not None]
    rules = {root: IgnoreRules(root) for root in present}
    if recursive:
        return WatchPlan(tuple(present), True, identities, rules=rules)
    folders: list[str] = []
    complete = True
    for root in present:
        found = walk(
            root,
            rules[root],
            limit=max(limit - len(folders), 0),
            seconds=_MOST_SECONDS,
            only_folders=True,
        )
        folders += found.folders
        complete = complete and found.complete
    nameable = [folder for folder in folders if _is_nameable(folder)]
    said = []
    if not complete:
        said.append(
            f"Only {len(nameable):,} folders are watched for changes; open a smaller folder, "
            "or ignore what is generated in .gitignore."
        )
    if len(nameable) < len(folders):
        shown = next(visible(folder) for folder in folders if not _is_nameable(folder))
        said.append(f"{shown} is not watched for changes: its name is not UTF-8; rename it.")
    return WatchPlan(tuple(nameable), False, identities, " ".join(said), rules)


def identity(path: str) -> Identity | None:
    """Return what tells a folder from another one of the same name; None if it is not there."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _is_nameable(path: str) -> bool:
    """Tell whether the watching library, which is written in Rust, can be given a path."""
    return path.isascii() or not any("\ud800" <= c <= "\udfff" for c in path)
