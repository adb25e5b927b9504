"""What events mean for who watches: files that changed, folders that came and went."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from arriero.workspace.changed import Changed
from arriero.workspace.ignore import IGNORE_FILES
from arriero.workspace.notify import Events
from arriero.workspace.walk import is_closed
from arriero.workspace.watchplan import WatchPlan

log = logging.getLogger(__name__)

_MOST_NEW_FILES = 10_000


@dataclass
class News:
    """What events mean; `appeared` are folders that are not watched yet.

    `lost` are folders whose watches ended: gone, or replaced by others. `rules_changed` where what
    is ignored may be different now.
    """

    changes: list[Changed] = field(default_factory=list)
    appeared: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    rules_changed: bool = False


@dataclass
class Seen:
    """The files in some folders, as changes, and those folders in them that are not watched.

    `has_repository` where one of the folders is a repository.
    """

    changes: list[Changed] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    has_repository: bool = False


def judged(events: Events, plan: WatchPlan, watched: Collection[str]) -> News:
    """Return what events mean under a plan of which the folders `watched` are a set."""
    kinds: dict[str, set[str]] = {}
    for kind, path in events:
        kinds.setdefault(path, set()).add(kind)
    news = News()
    for path in sorted(kinds):
        _judge(path, kinds[path], plan, watched, news)
    return news


def seen_in(folders: Iterable[str], plan: WatchPlan) -> Seen:
    """Look what is in folders that have just been watched, and may have been filled before."""
    seen = Seen()
    known = set(plan.folders)
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    _see(entry, plan, known, seen)
        except OSError as error:  # gone again; its parent's watch has told so
            log.debug("a new folder could not be listed: %s", error)
    if len(seen.changes) > _MOST_NEW_FILES:
        seen.changes = [Changed(root, "rescan") for root in plan.rules]
    return seen


def _judge(
    path: str, kinds: set[str], plan: WatchPlan, watched: Collection[str], news: News
) -> None:
    if path in plan.identities:
        return  # the roots are judged by their identity
    name = os.path.basename(path)
    if name == ".git" and kinds != {"changed"}:
        # A folder became a repository, or is none any more.
        _look_anew(path, plan, news)
        return
    is_directory = os.path.isdir(path) and not os.path.islink(path)
    if plan.ignores(path, is_directory=is_directory or path in watched):
        return
    if is_directory and not plan.recursive and is_closed(path) != (path in plan.closed):
        # Whatever was done in it while it was closed is not known, its ignore files among it.
        _look_anew(path, plan, news)
    there = _is_there(path)
    if there is None:
        return
    if path in watched:
        if kinds != {"changed"}:
            news.lost.append(path)
            if is_directory:
                news.appeared.append(path)
    elif is_directory:
        news.appeared.append(path)
    elif name in IGNORE_FILES:
        news.rules_changed = True
    if not there or not is_directory or "deleted" in kinds:
        news.changes.append(_what_became(path, kinds, there=there and not is_directory))


def _what_became(path: str, kinds: set[str], *, there: bool) -> Changed:
    if not there:
        return Changed(path, "deleted")  # and what was in it, if it was a folder
    return Changed(path, "created" if "created" in kinds else "changed")


def _look_anew(path: str, plan: WatchPlan, news: News) -> None:
    news.rules_changed = True
    news.changes += [Changed(root, "rescan") for root in (plan.root_of(path),) if root]


def _is_there(path: str) -> bool | None:
    """Tell whether there is something; None in a closed folder, of which nothing can be told."""
    try:
        os.lstat(path)
    except PermissionError:
        return None
    except OSError:
        return False
    return True


def _see(entry: os.DirEntry[str], plan: WatchPlan, known: Collection[str], seen: Seen) -> None:
    seen.has_repository = seen.has_repository or entry.name == ".git"
    is_directory = entry.is_dir(follow_symlinks=False)
    if not is_directory and not entry.is_file(follow_symlinks=False):
        return
    if entry.path in known or plan.ignores(entry.path, is_directory=is_directory):
        return
    if is_directory:
        seen.folders.append(entry.path)
    else:
        seen.changes.append(Changed(entry.path, "created"))
