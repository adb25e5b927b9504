"""The state of a Git repository as a few lines: branch, and which files changed.

The repository may be anybody's: no program that its configuration names is run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from arriero.workspace.git import Records, ask_git
from arriero.workspace.naming import visible

_MOST_FILES = 2_000
_FILTERS = ("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$")
_STATUS = ("status", "--porcelain=v1", "-z", "--branch", "--ignore-submodules=all", "--", ".")
_COUNTS = (
    "diff", "HEAD", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv",
    "--ignore-submodules=all", "--relative", "--", ".",
)  # fmt: skip
_CONFLICTS = frozenset(("AA", "DD", "AU", "UA", "DU", "UD", "UU"))
_STATES = {"?": "new", "A": "added", "D": "deleted", "R": "renamed", "C": "copied"}


@dataclass(frozen=True)
class GitKnown:
    """The branch and a line for each changed file; not `complete` where there are more of them."""

    entries: Sequence[str] = ()
    complete: bool = True


def git_known(root: str, seconds: float, *, counts: bool = False) -> GitKnown:
    """Return the state; nothing where Git cannot tell in time.

    `counts` adds how many lines were added and deleted since the last commit. Blocks.
    """
    prefix = _prefix(root)
    if prefix is None:
        return GitKnown()
    filters = ask_git(root, _FILTERS, seconds=seconds)
    if filters is None or not filters.complete or filters.exit_code not in (0, 1):
        return GitKnown()
    overruled = _overruled(filters.records)
    if overruled is None:
        return GitKnown()
    status = _asked(root, (*overruled, *_STATUS), seconds)
    if status is None:
        return GitKnown()
    changed = _asked(root, (*overruled, *_COUNTS), seconds) if counts else None
    entries = _entries(status, prefix, _counted(changed) if changed else {})
    return GitKnown(entries, status.complete)


def _asked(root: str, arguments: Sequence[str], seconds: float) -> Records | None:
    found = ask_git(root, arguments, seconds=seconds, limit=_MOST_FILES)
    if found is None or (found.complete and found.exit_code != 0):
        return None
    return found if found.complete or len(found.records) >= _MOST_FILES else None


def _prefix(root: str) -> bytes | None:
    """Return the folder's path in its repository, with a slash at its end; None without one."""
    here = Path(os.path.realpath(root))
    for folder in (here, *here.parents):
        if os.path.lexists(folder / ".git"):
            inside = os.fsencode(here.relative_to(folder))
            return b"" if inside == b"." else inside + b"/"
    return None


def _overruled(filters: Sequence[bytes]) -> tuple[str, ...] | None:
    """Return the options that turn filters off; None where one cannot be turned off so."""
    options: list[str] = []
    for key in filters:
        name = os.fsdecode(key)
        if "=" in name:  # an option would end there
            return None
        options += ["-c", f"{name}=", "-c", f"{name.rpartition('.')[0]}.required=false"]
    return tuple(options)


def _entries(status: Records, prefix: bytes, counts: dict[str, str]) -> list[str]:
    entries: list[str] = []
    records = iter(status.records)
    for record in records:
        if record.startswith(b"## "):
            branch = record[3:].decode("utf-8", "replace")
            entries.append(f"branch {visible(branch)}")
            continue
        code, path = record[:2].decode("ascii", "replace"), record[3:]
        if code[0] in "RC":
            next(records, None)  # what it was called
        shown = visible(os.fsdecode(path.removeprefix(prefix))) or "./"
        state = next((_STATES[sign] for sign in code if sign in _STATES), "changed")
        state = "conflict" if code in _CONFLICTS else state
        counted = counts.get(shown, "")
        entries.append(f"{state} {shown}{f' ({counted})' if counted else ''}")
    return entries


def _counted(found: Records) -> dict[str, str]:
    counts = {}
    for record in found.records:
        added, deleted, path = [*record.split(b"\t", 2), b"", b""][:3]
        if added.isdigit() and deleted.isdigit():
            shown = visible(os.fsdecode(path))
            counts[shown] = f"+{int(added)} -{int(deleted)}"
    return counts
