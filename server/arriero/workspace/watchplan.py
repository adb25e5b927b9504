"""Which folders are watched: those that are not ignored, each by itself.

So are folders in which git tracks files although its rules name them, for the sake of these files.

A recursive watch would also cover ignored folders, follow symbolic links out of the workspace, and
miss files that are written into a new folder before it is watched. On systems whose watches are
recursive by nature (FSEvents on macOS) the roots alone are watched and events are filtered.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from arriero.workspace.confine import is_beneath
from arriero.workspace.folders import is_too_wide
from arriero.workspace.ignore import IGNORE_FILES, IgnoreRules, OwnRules
from arriero.workspace.mounts import MOUNTS, mounted_beneath, remote_folders
from arriero.workspace.naming import visible
from arriero.workspace.tracked import Kept, kept_in
from arriero.workspace.walk import is_closed, walk

MOST_FOLDERS = 16_000
_MOST_OF_A_HOME = 2_000
_MOST_SECONDS = 10.0
_POLL_SECONDS = 30.0
_POLL_SHARE = 20  # a look at a network folder takes at most one part of so many of the time

Identity = tuple[int, int, bool]


@dataclass(frozen=True)
class WatchPlan:
    """Folders to watch at one moment, absolute; `identities` tells whether a root is the same.

    A root that is not there has no identity and no folders. `remote` are folders in which other
    machines change files without a word: their roots are to be looked at every `poll_seconds`.
    `notice` is a sentence for the person about what is not watched. `kept` are, for each root, what
    is of interest in spite of the rules, `mounted` what was mounted beneath the roots, `closed`
    folders that may not be looked into.
    """

    folders: tuple[str, ...]
    recursive: bool
    identities: dict[str, Identity | None]
    notice: str = ""
    remote: tuple[str, ...] = ()
    poll_seconds: float = field(default=_POLL_SECONDS, compare=False)
    complete: bool = True
    rules: dict[str, IgnoreRules] = field(default_factory=dict, compare=False, repr=False)
    kept: dict[str, Kept] = field(default_factory=dict)
    mounted: frozenset[tuple[str, str]] = frozenset()
    closed: frozenset[str] = frozenset()

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Tell whether events of a path are of no interest.

        Those of an ignore file count, also where it is ignored itself, as by its own `*`.
        """
        root = self.root_of(path)
        if root is None:
            return True
        if path in self.kept.get(root, ()):
            return False
        if not is_directory and os.path.basename(path) in IGNORE_FILES:
            return self.ignores(os.path.dirname(path), is_directory=True)
        return self.rules[root].ignores(path, is_directory=is_directory)

    def root_of(self, path: str) -> str | None:
        """Return the root that a path is in."""
        return next((root for root in self.rules if is_beneath(path, root)), None)

    @property
    def polled(self) -> tuple[str, ...]:
        """The roots that are to be looked at now and then, as not everything in them is told."""
        return tuple(
            root for root in self.rules if any(is_beneath(place, root) for place in self.remote)
        )


def plan_watches(
    roots: Sequence[str],
    *,
    limit: int = MOST_FOLDERS,
    recursive: bool = sys.platform != "linux",
    exclude: Sequence[str] = (),
    mounts: str = MOUNTS,
    stop: threading.Event | None = None,
) -> WatchPlan:
    """Find the folders beneath the roots that are not ignored and can be watched.

    `exclude` are patterns as in an ignore file. Ends early, with a part, when `stop` is set.
    """
    identities = {root: identity(root) for root in roots}
    present = [root for root in roots if identities[root] is not None]
    own = {root: OwnRules(root, exclude) for root in present}
    rules = {root: IgnoreRules(root, own[root]) for root in present}
    if recursive:
        kept = {root: kept_in(root, own[root]) for root in present}
        return WatchPlan(tuple(present), True, identities, rules=rules, kept=kept)
    began = time.monotonic()
    remote = tuple(remote_folders(present, mounts))
    mounted = mounted_beneath(present, mounts)
    empty = WatchPlan((), False, identities, remote=remote, rules=rules, mounted=mounted)
    plan, repositories = _with_folders(empty, present, limit, stop)
    plan = _with_kept(plan, own, repositories, limit)
    return replace(plan, poll_seconds=max(_POLL_SECONDS, _POLL_SHARE * (time.monotonic() - began)))


def plan_more(
    plan: WatchPlan,
    appeared: Sequence[str],
    lost: Sequence[str],
    *,
    limit: int = MOST_FOLDERS,
    exclude: Sequence[str] = (),
    stop: threading.Event | None = None,
) -> WatchPlan:
    """Return a plan with what is now in folders that appeared, without those that were lost.

    The ignore files are taken to be as they were, but in those folders.
    """
    kept = tuple(
        folder for folder in plan.folders if not any(is_beneath(folder, gone) for gone in lost)
    )
    rules = {root: IgnoreRules(root, OwnRules(root, exclude)) for root in plan.rules}
    closed = frozenset(
        folder
        for folder in plan.closed
        if not any(is_beneath(folder, other) for other in (*appeared, *lost))
    )
    known = set(kept)
    outermost = [
        folder
        for folder in dict.fromkeys(appeared)
        if folder not in known and os.path.dirname(folder) in known
    ]
    left = replace(plan, folders=kept, closed=closed, rules=rules)
    grown, _ = _with_folders(left, outermost, limit, stop)
    return grown


def track_again(plan: WatchPlan, exclude: Sequence[str] = ()) -> tuple[WatchPlan, list[str]]:
    """Ask git again where it tracks other files; return the roots where these or rules are others.

    The folders to watch are as before: make a new plan if there are such roots.
    """
    old = {root: kept for root, kept in plan.kept.items() if kept.is_old}
    new = {root: kept_in(root, OwnRules(root, exclude), kept.asked) for root, kept in old.items()}
    others = [
        root
        for root, kept in plan.kept.items()
        if kept.has_old_rules or (root in new and new[root] != kept)
    ]
    return (replace(plan, kept={**plan.kept, **new}) if new else plan), others


def identity(path: str) -> Identity | None:
    """Return what tells a folder from another one of the same name; None if it is not there.

    One that may not be looked into counts as another one than when it may be.
    """
    try:
        facts = os.stat(path)
    except PermissionError:
        return 0, 0, True
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, is_closed(path)


def _with_folders(
    plan: WatchPlan, tops: Sequence[str], limit: int, stop: threading.Event | None
) -> tuple[WatchPlan, list[str]]:
    """Add some folders and those beneath them; return the repositories among them as well."""
    folders = list(plan.folders)
    closed = set(plan.closed)
    repositories: list[str] = []
    complete = plan.complete
    for top in tops:
        root = plan.root_of(top)
        if root is None:
            continue
        if plan.rules[root].ignores(top, is_directory=True):
            beneath = (folder for folder in plan.kept[root].folders if is_beneath(folder, top))
            there = [folder for folder in sorted(beneath) if _is_folder(folder)]
            shut = set(filter(is_closed, there))
            folders += [folder for folder in there if folder not in shut]
            closed |= shut
            continue
        most = min(limit, _MOST_OF_A_HOME) if is_too_wide(root) else limit
        found = walk(
            top,
            plan.rules[root],
            limit=max(most - len(folders), 0),
            seconds=_MOST_SECONDS,
            only_folders=True,
            stop=stop,
        )
        folders += found.folders
        closed.update(found.closed)
        closed.update(folder for folder in found.folders if not os.access(folder, os.X_OK))
        repositories += found.repositories
        complete = complete and found.complete
    said = [_too_many(len(folders))] if not complete else []
    said += [_far(plan.remote[0])] if plan.remote else []
    notice = " ".join(said)
    grown = replace(
        plan,
        folders=tuple(folders),
        complete=complete,
        notice=notice,
        closed=frozenset(closed),
    )
    return grown, repositories


def _with_kept(
    plan: WatchPlan, own: Mapping[str, OwnRules], repositories: Sequence[str], limit: int
) -> WatchPlan:
    """Add what is of interest in spite of the rules, as far as there is room."""
    kept = {
        root: kept_in(root, rules, [top for top in repositories if plan.root_of(top) == root])
        for root, rules in own.items()
    }
    known = set(plan.folders)
    more = sorted(
        folder
        for one in kept.values()
        for folder in one.folders
        if folder not in known and _is_folder(folder)
    )
    closed = set(filter(is_closed, more))
    more = [folder for folder in more if folder not in closed]
    room = max(limit - len(known), 0) if plan.complete else 0
    return replace(
        plan, folders=(*plan.folders, *more[:room]), kept=kept, closed=plan.closed | closed
    )


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _too_many(count: int) -> str:
    return (
        f"Only {count:,} folders are watched for changes; open a smaller folder, "
        "or ignore what is generated in .gitignore."
    )


def _far(folder: str) -> str:
    return (
        f"{visible(folder)} is on another machine: what is changed there is noticed only after a "
        "while; work on a local copy if that disturbs you."
    )
