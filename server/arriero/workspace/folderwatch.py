"""Watching folders in one thread of its own: what happened, and what must be looked at anew.

Notifications are lost in more ways than one: a file name that is not UTF-8 ends the library's
watching for good, a root that is deleted and made again is watched no more without a word, the
system may have no watches left, and what is written into a new folder comes before its watch. So
every doubt ends in a `rescan` of the root: "look for yourself".
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from arriero.workspace.confine import is_beneath
from arriero.workspace.ignore import IGNORE_FILE
from arriero.workspace.naming import visible
from arriero.workspace.notify import Events, Notifier, OpenNotifier, WatchLimitReached
from arriero.workspace.watchplan import WatchPlan, identity, plan_watches

log = logging.getLogger(__name__)

_MOST_NEW_FILES = 10_000
_FIRST_DELAY, _LAST_DELAY = 0.05, 5.0  # seconds between attempts, doubled each time
_CALM = 30.0  # seconds without a failure after which the first delay counts again
_LIMIT_DELAY = 60.0
_LIMIT_REACHED = (
    "The system gives no more file watches, so changes on disk are noticed late; raise "
    "fs.inotify.max_user_watches and fs.inotify.max_user_instances."
)


@dataclass(frozen=True)
class Changed:
    """One thing that happened to an absolute path.

    `deleted` of a folder stands for everything beneath it. `rescan` is about a root: anything in it
    may have changed. `created` may be a file that was replaced by another one.
    """

    path: str
    kind: Literal["created", "changed", "deleted", "rescan"]


class FolderWatch:
    """Watches the folders of one workspace; made, stepped and closed in one thread."""

    def __init__(
        self, roots: Sequence[str], stop: threading.Event, open_notifier: OpenNotifier, tick: float
    ) -> None:
        """`tick` is the longest time in seconds that a step takes when nothing happens."""
        self.problem = ""
        self._roots = tuple(roots)
        self._stop = stop
        self._open = open_notifier
        self._tick = tick
        self._plan: WatchPlan | None = None
        self._notifier: Notifier | None = None
        self._delay = _FIRST_DELAY
        self._failed_at = self._not_before = 0.0

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._plan.folders) if self._plan and self._notifier else 0

    def step(self) -> list[Changed]:
        """Wait for something to happen, for a tick at most, and return it."""
        try:
            if self._plan is None:
                return self._begin()
            return self._wait(self._plan)
        except (OSError, RuntimeError, ValueError) as error:
            return self._failed(error)

    def close(self) -> None:
        """Stop watching."""
        if self._notifier is not None:
            self._notifier.close()
        self._notifier = None

    def _begin(self) -> list[Changed]:
        """Watch from the start; what happened before is not known."""
        left = self._not_before - time.monotonic()
        if left > 0:
            self._stop.wait(min(left, self._tick))
            return []
        plan = plan_watches(self._roots)
        self._notifier = self._open(plan, self._stop) if plan.folders else None
        self._plan, self.problem = plan, plan.notice
        return [Changed(root, "rescan") for root, found in plan.identities.items() if found]

    def _wait(self, plan: WatchPlan) -> list[Changed]:
        events: Events = set()
        if self._notifier is not None:
            events = self._notifier.wait(self._tick)
        else:
            self._stop.wait(self._tick)
        news = _judged(events, plan)
        replaced = [root for root in self._roots if identity(root) != plan.identities[root]]
        if news.outdates_plan or replaced:
            return news.changes + self._renew(plan, replaced, news.lost)
        return news.changes

    def _renew(self, old: WatchPlan, replaced: Sequence[str], lost: Sequence[str]) -> list[Changed]:
        """Make a new plan, and watch by it before the old watches end, so that nothing is missed.

        Returns the files in folders that were not watched before, and what became of roots.
        """
        new = plan_watches(self._roots)
        self.problem = new.notice
        changes = []
        for root in replaced:
            gone = new.identities[root] is None
            changes.append(Changed(root, "deleted" if gone else "rescan"))
            if gone:
                log.warning("the workspace folder %r vanished", root)
                self.problem = f"{visible(root)} is not there any more; restore the folder."
        self._plan = new  # its rules are new even where its folders are not
        if new == old and not lost:
            return changes
        before = self._notifier
        self._notifier = self._open(new, self._stop) if new.folders else None
        if before is not None:
            before.close()
        known = set(old.folders)
        fresh = [
            folder
            for folder in new.folders
            if not any(is_beneath(folder, root) for root in replaced)
            and (folder not in known or any(is_beneath(folder, path) for path in lost))
        ]
        return changes + _files_in(fresh, new)

    def _failed(self, error: Exception) -> list[Changed]:
        log.warning("watching for changes failed, to be tried again: %s", error)
        self.close()
        self._plan = None
        now = time.monotonic()
        if isinstance(error, WatchLimitReached):
            self.problem, self._not_before = _LIMIT_REACHED, now + _LIMIT_DELAY
            return [Changed(root, "rescan") for root in self._roots]
        if now - self._failed_at > _CALM:
            self._delay = _FIRST_DELAY
        self._failed_at, self._not_before = now, now + self._delay
        self._delay = min(self._delay * 2, _LAST_DELAY)
        return []


@dataclass
class _News:
    """What events mean; `lost` are folders whose watches ended: gone, or replaced by others."""

    changes: list[Changed] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    outdates_plan: bool = False


def _judged(events: Events, plan: WatchPlan) -> _News:
    kinds: dict[str, set[str]] = {}
    for kind, path in events:
        kinds.setdefault(path, set()).add(kind)
    watched = set(plan.folders)
    news = _News()
    for path in sorted(kinds):
        is_directory = os.path.isdir(path) and not os.path.islink(path)
        if path in plan.identities:
            continue  # the roots are judged by their identity
        if plan.ignores(path, is_directory=is_directory or path in watched):
            continue
        if path in watched:
            if kinds[path] != {"changed"}:
                news.lost.append(path)
                news.outdates_plan = True
        elif is_directory or os.path.basename(path) == IGNORE_FILE:
            news.outdates_plan = True
        if not os.path.lexists(path):
            news.changes.append(Changed(path, "deleted"))
        elif not is_directory:
            news.changes.append(Changed(path, "created" if "created" in kinds[path] else "changed"))
    return news


def _files_in(folders: Iterable[str], plan: WatchPlan) -> list[Changed]:
    found: list[Changed] = []
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                found += [
                    Changed(entry.path, "created")
                    for entry in entries
                    if entry.is_file(follow_symlinks=False)
                    and not plan.ignores(entry.path, is_directory=False)
                ]
        except OSError as error:  # gone again; its parent's watch has told so
            log.debug("a new folder could not be listed: %s", error)
    if len(found) > _MOST_NEW_FILES:
        return [Changed(root, "rescan") for root in plan.rules]
    return found
