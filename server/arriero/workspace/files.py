"""Which files a folder has: what git would list, or what the ignore files leave over.

Regular files only. Symbolic links are left out (what they lead to is listed where it is), and so is
everything in `.git`. Besides what git ignores, our own rules of `workspace.ignore` leave out more,
unless `only_git` says that what tools do to the files is at stake, not what is worth looking at.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arriero.workspace.confine import is_beneath
from arriero.workspace.folders import MOST_OF_A_HOME, is_too_wide
from arriero.workspace.git import ask_git
from arriero.workspace.gitfolder import top_of
from arriero.workspace.ignore import IgnoreRules, OwnRules
from arriero.workspace.walk import walk

MOST_FILES = 100_000
MOST_SECONDS = 10.0
_SECONDS_OF_A_HOME = 3.0
_DEEPEST_NESTING = 8  # repositories in repositories


@dataclass(frozen=True)
class Listing:
    """Absolute paths, sorted; `complete` is False where the limits cut the list off."""

    paths: tuple[str, ...]
    complete: bool = True


def list_files(
    folder: str,
    *,
    root: str | None = None,
    limit: int = MOST_FILES,
    seconds: float = MOST_SECONDS,
    exclude: Sequence[str] = (),
    only_git: bool = False,
) -> Listing:
    """List the files beneath an absolute folder that are not ignored.

    Without git, the ignore files from `root` down count; with it, all of the work tree's. A folder
    that is ignored itself is listed by its own ignore files alone: who names it wants to see it.
    A folder that cannot be read is empty. `exclude` are patterns as in an ignore file of `root`.
    """
    root = root or folder
    if is_too_wide(root):
        limit, seconds = min(limit, MOST_OF_A_HOME), min(seconds, _SECONDS_OF_A_HOME)
    deadline = time.monotonic() + seconds
    own = None if only_git else OwnRules(root, exclude)
    if own is not None and folder != root and own.ignores(folder, is_directory=True):
        own = OwnRules(folder)
    listing = _git_files(folder, limit, deadline, _DEEPEST_NESTING)
    if listing is None or not listing.paths:
        listing = _walked_files(folder, root, limit, deadline, own)
        paths: Sequence[str] = listing.paths
    else:
        paths = listing.paths if own is None else own.without_ignored(listing.paths)
    return Listing(tuple(sorted(paths)), listing.complete)


def ignored_among(
    root: str, paths: Iterable[str], *, exclude: Sequence[str] = (), only_git: bool = False
) -> frozenset[str]:
    """Return those of `paths` (absolute, beneath `root`) that are ignored.

    Git is asked where there is git: a tracked file is never ignored, whatever a rule of git's says.
    `exclude` are patterns as in an ignore file of `root`.
    """
    wanted = [path for path in paths if is_beneath(path, root) and path != root]
    own = None if only_git else OwnRules(root, exclude)
    ignored = {
        path
        for path in wanted
        if ".git" in path[len(root) :].split("/")
        or (
            own is not None
            and not own.is_free(os.path.dirname(path))
            and own.ignores(path, is_directory=os.path.isdir(path))
        )
    }
    return frozenset(ignored | _ignored_by_git(root, [p for p in wanted if p not in ignored]))


def _ignored_by_git(root: str, paths: Iterable[str]) -> set[str]:
    """Return what git ignores; each repository in the folder is asked for what is in it."""
    by_top: dict[str, list[str]] = {}
    tops: dict[str, str] = {}
    ignored: set[str] = set()
    for path in paths:
        by_top.setdefault(_top(root, os.path.dirname(path), tops), []).append(path)
    outside = {
        top: _ignored_by_git(root, [top]) for top in by_top if top != root
    }  # a repository that the one around it ignores
    for top, inside in by_top.items():
        if outside.get(top):
            ignored.update(inside)
            continue
        names = {os.fsencode(os.path.relpath(path, top)): path for path in inside}
        answer = ask_git(top, ["check-ignore", "-z", "--stdin"], stdin=b"\0".join([*names, b""]))
        if answer is not None and answer.complete and answer.exit_code in (0, 1):
            ignored.update(names[record] for record in answer.records if record in names)
            continue
        rules = IgnoreRules(top)
        ignored.update(
            path for path in inside if rules.ignores(path, is_directory=os.path.isdir(path))
        )
    return ignored


def _top(root: str, folder: str, known: dict[str, str]) -> str:
    """Return the nearest folder with a `.git`, from a folder up to the root; else the root."""
    if folder == root or not is_beneath(folder, root):
        return root
    if folder not in known:
        here = os.path.lexists(os.path.join(folder, ".git"))
        known[folder] = folder if here else _top(root, os.path.dirname(folder), known)
    return known[folder]


def _git_files(folder: str, limit: int, deadline: float, depth: int) -> Listing | None:
    """List by git; None where `folder` is in no work tree that git agrees to look into."""
    if top_of(folder) is None:
        return None
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
            nested = list_nested(path, limit - len(paths), deadline, depth - 1)
            paths.update(dict.fromkeys(nested.paths))
            complete = complete and nested.complete
        if len(paths) >= limit or time.monotonic() > deadline:
            return Listing(tuple(paths)[:limit], complete=False)
    return Listing(tuple(paths), complete)


def list_nested(folder: str, limit: int, deadline: float, depth: int = _DEEPEST_NESTING) -> Listing:
    """List what git names as a folder in a repository: another repository, or a submodule.

    Only git's rules count. `deadline` is a moment of the monotonic clock.
    """
    # Without a `.git` of its own, git would list this folder as the outer repository again.
    if limit <= 0 or time.monotonic() > deadline:
        return Listing((), complete=False)
    if os.path.lexists(os.path.join(folder, ".git")):
        listing = _git_files(folder, limit, deadline, depth)
        if listing is not None:
            return listing
        return _walked_files(folder, folder, limit, deadline, None)
    # A submodule without its repository, or a folder in the place of a tracked file.
    top = top_of(folder) or folder
    if IgnoreRules(top).ignores(folder, is_directory=True):
        return Listing(())
    return _walked_files(folder, top, limit, deadline, None)


def _walked_files(
    folder: str, root: str, limit: int, deadline: float, own: OwnRules | None
) -> Listing:
    rules = IgnoreRules(root, own)
    if rules.ignores(folder, is_directory=True):
        rules = IgnoreRules(folder, own)
    walked = walk(folder, rules, limit=limit, seconds=max(deadline - time.monotonic(), 0.1))
    return Listing(tuple(walked.files), walked.complete)


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:  # tracked, but not there; or a folder on the way may not be read
        return 0
