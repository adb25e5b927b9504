"""Which files a folder has: what git would list, or what the ignore files leave over.

Regular files only. Symbolic links are left out (what they lead to is listed where it is), and so is
everything in `.git`.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass

from arriero.workspace.confine import is_beneath
from arriero.workspace.git import ask_git
from arriero.workspace.ignore import IgnoreRules
from arriero.workspace.walk import walk

MOST_FILES = 100_000
MOST_SECONDS = 10.0
_DEEPEST_NESTING = 8  # repositories in repositories


@dataclass(frozen=True)
class Listing:
    """Absolute paths, sorted; `complete` is False where the limits cut the list off."""

    paths: tuple[str, ...]
    complete: bool = True


def list_files(
    folder: str, *, root: str | None = None, limit: int = MOST_FILES, seconds: float = MOST_SECONDS
) -> Listing:
    """List the files beneath an absolute folder that are not ignored.

    Without git, the ignore files from `root` down count; with it, all of the work tree's. A folder
    that is ignored itself is listed by its own ignore files alone: who names it wants to see it.
    A folder that cannot be read is empty.
    """
    deadline = time.monotonic() + seconds
    listing = _git_files(folder, limit, deadline, _DEEPEST_NESTING)
    if listing is None or not listing.paths:
        listing = _walked_files(folder, root or folder, limit, deadline)
    return Listing(tuple(sorted(listing.paths)), listing.complete)


def ignored_among(root: str, paths: Iterable[str]) -> frozenset[str]:
    """Return those of `paths` (absolute, beneath `root`) that are ignored.

    Git is asked where there is git: a tracked file is never ignored, whatever a rule says.
    """
    wanted = [path for path in paths if is_beneath(path, root) and path != root]
    if not wanted:
        return frozenset()
    names = {os.fsencode(os.path.relpath(path, root)): path for path in wanted}
    answer = ask_git(root, ["check-ignore", "-z", "--stdin"], stdin=b"\0".join([*names, b""]))
    ignored = {path for path in wanted if ".git" in path[len(root) :].split("/")}
    if answer is not None and answer.complete and answer.exit_code in (0, 1):
        return frozenset(ignored | {names[record] for record in answer.records if record in names})
    rules = IgnoreRules(root)
    return frozenset(
        path for path in wanted if rules.ignores(path, is_directory=os.path.isdir(path))
    )


def _git_files(folder: str, limit: int, deadline: float, depth: int) -> Listing | None:
    """List by git; None where `folder` is in no work tree that git agrees to look into."""
    left = max(deadline - time.monotonic(), 0.1)
    answer = ask_git(folder, ["ls-files", "-coz", "--exclude-standard"], seconds=left, limit=limit)
    if answer is None or (answer.complete and answer.exit_code != 0):
        return None
    paths: dict[str, None] = {}
    complete = answer.complete
    for record in answer.records:
        path = os.path.join(folder, os.fsdecode(record)).rstrip("/")
        mode = _mode(path)
        if stat.S_ISREG(mode):
            paths[path] = None
        elif stat.S_ISDIR(mode) and depth > 0:  # a submodule, or a repository in the repository
            nested = _nested_files(path, limit - len(paths), deadline, depth - 1)
            paths.update(dict.fromkeys(nested.paths))
            complete = complete and nested.complete
        if len(paths) >= limit or time.monotonic() > deadline:
            return Listing(tuple(paths)[:limit], complete=False)
    return Listing(tuple(paths), complete)


def _nested_files(folder: str, limit: int, deadline: float, depth: int) -> Listing:
    # Without a `.git` of its own, git would list this folder as the outer repository again.
    if limit <= 0 or time.monotonic() > deadline:
        return Listing((), complete=False)
    if os.path.lexists(os.path.join(folder, ".git")):
        listing = _git_files(folder, limit, deadline, depth)
        if listing is not None:
            return listing
    return _walked_files(folder, folder, limit, deadline)


def _walked_files(folder: str, root: str, limit: int, deadline: float) -> Listing:
    rules = IgnoreRules(root)
    if rules.ignores(folder, is_directory=True):
        rules = IgnoreRules(folder)
    walked = walk(folder, rules, limit=limit, seconds=max(deadline - time.monotonic(), 0.1))
    return Listing(tuple(walked.files), walked.complete)


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:  # tracked, but not there; or a folder on the way may not be read
        return 0
