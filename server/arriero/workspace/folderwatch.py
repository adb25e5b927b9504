"""Watching folders in one thread of its own: what happened, and what must be looked at anew.

Notifications are lost in more ways than one: the system keeps only so many of them, has only so
many watches, and knows nothing of what another machine writes; and what is written into a new
folder comes before its watch. So every doubt ends in a `rescan` of the root: "look for yourself".
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Sequence

from arriero.workspace.changed import Changed
from arriero.workspace.confine import is_beneath
from arriero.workspace.editornews import EditorNews, is_folder
from arriero.workspace.inotify import InotifyNotifier
from arriero.workspace.mounts import mounted_beneath
from arriero.workspace.naming import visible
from arriero.workspace.notify import (
    Events,
    EventsLost,
    NameUnreadable,
    Notifier,
    OpenNotifier,
    WatchLimitReached,
)
from arriero.workspace.watchnews import judged, seen_in
from arriero.workspace.watchplan import (
    WatchPlan,
    identity,
    plan_more,
    plan_watches,
    track_again,
)

log = logging.getLogger(__name__)

_FIRST_DELAY, _LAST_DELAY = 0.05, 5.0  # seconds between attempts, doubled each time
_CALM = 30.0  # seconds without a failure after which the first delay counts again
_LIMIT_DELAY = 60.0
_COARSE = 2.0  # seconds by which the time of a folder may lag behind the clock
_UNTOLD_SECONDS = 5.0  # between looks at what no event tells
_DEEPEST = 100  # rounds in which folders appear within folders that have just appeared


class FolderWatch:
    """Watches the folders of one workspace; made, stepped and closed in one thread."""

    def __init__(
        self, roots: Sequence[str], stop: threading.Event, open_notifier: OpenNotifier, tick: float
    ) -> None:
        """`tick` is the longest time in seconds that a step takes when nothing happens."""
        self.problem = ""
        self.news = EditorNews()
        self._roots = tuple(roots)
        self._stop = stop
        self._open = open_notifier
        self._tick = tick
        self._exclude: tuple[str, ...] = ()
        self._plan: WatchPlan | None = None
        self._notifier: Notifier | None = None
        self._watched: frozenset[str] = frozenset()
        self._doubted = False
        self._delay = _FIRST_DELAY
        self._failed_at = self._not_before = self._poll_at = self._untold_at = 0.0

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._watched)

    def exclude(self, patterns: Sequence[str]) -> None:
        """Leave out what matches patterns, as in an ignore file; begins anew where they differ."""
        if self._exclude != tuple(patterns):
            self._exclude = tuple(patterns)
            self.close()

    def doubt(self) -> None:
        """Find out anew, at the next step, what is to be watched; may be called in any thread."""
        self._doubted = True

    def step(self) -> list[Changed]:
        """Wait for something to happen, for a tick at most, and return it."""
        doubted = self._doubted
        if doubted:
            self._doubted = False
        try:
            changes = self._begin() if self._plan is None else self._wait(self._plan, doubted)
        except (OSError, RuntimeError, ValueError) as error:
            changes = self._failed(error)
        if doubted:
            changes += [Changed(root, "rescan") for root in self._roots]
        self.news.told(changes)
        return changes + self._from_editors()

    def close(self) -> None:
        """Stop watching; a further step begins anew."""
        if self._notifier is not None:
            self._notifier.close()
        self._notifier, self._plan, self._watched = None, None, frozenset()

    def _begin(self) -> list[Changed]:
        """Watch from the start; what happened before is not known."""
        left = self._not_before - time.monotonic()
        if left > 0:
            self._stop.wait(min(left, self._tick))
            return []
        began = time.time() - _COARSE
        plan = plan_watches(self._roots, exclude=self._exclude, stop=self._stop)
        if self._stop.is_set():
            return []
        self._notifier = self._open(plan, self._stop) if plan.folders else None
        self._take(plan)
        # A folder that was made in one which had been listed, but was not yet watched.
        younger = [folder for folder in plan.folders if _changed_at(folder) >= began]
        self._grow(seen_in(younger, plan).folders, [])
        return [Changed(root, "rescan") for root, found in plan.identities.items() if found]

    def _wait(self, plan: WatchPlan, doubted: bool) -> list[Changed]:
        events: Events = set()
        if self._notifier is not None:
            events = self._notifier.wait(self._tick)
        else:
            self._stop.wait(self._tick)
        news = judged(events, plan, self._watched)
        changes = news.changes
        if plan.polled and time.monotonic() >= self._poll_at:
            self._poll_at = time.monotonic() + plan.poll_seconds
            changes += [Changed(root, "rescan") for root in plan.polled]
        replaced = [root for root in self._roots if identity(root) != plan.identities[root]]
        others, mounts = self._untold(plan)
        changes += [Changed(root, "rescan") for root in others]
        if news.rules_changed or replaced or others or doubted:
            return changes + self._renew(replaced, [*news.lost, *mounts])
        if news.appeared or news.lost:
            changes += self._grow(news.appeared, news.lost)
        return changes

    def _untold(self, plan: WatchPlan) -> tuple[list[str], list[str]]:
        """Return the roots in which something is other than before that no event tells.

        That is what git tracks of what rules name, rules elsewhere, and mounts, whose folders are
        returned as well.
        """
        if time.monotonic() < self._untold_at:
            return [], []
        self._untold_at = time.monotonic() + _UNTOLD_SECONDS
        self._plan, others = track_again(plan, self._exclude)
        if plan.recursive:
            return others, []
        mounts = sorted({place for place, _ in mounted_beneath(plan.rules) ^ plan.mounted})
        others += [root for root in map(plan.root_of, mounts) if root]
        return others, mounts

    def _renew(self, replaced: Sequence[str], lost: Sequence[str]) -> list[Changed]:
        """Make a new plan, and watch by it before the old watches end, so that nothing is missed.

        Returns the files in folders that were not watched before, and what became of roots.
        """
        new = plan_watches(self._roots, exclude=self._exclude, stop=self._stop)
        if self._stop.is_set():
            return []
        changes = []
        problem = new.notice
        for root in replaced:
            gone = new.identities[root] is None
            changes.append(Changed(root, "deleted" if gone else "rescan"))
            if gone:
                log.warning("the workspace folder %r vanished", root)
                problem = f"{visible(root)} is not there any more; restore the folder."
        before = self._watched
        self._follow(new, [*lost, *replaced])
        self.problem = problem
        fresh = [
            folder
            for folder in new.folders
            if not any(is_beneath(folder, root) for root in replaced)
            and (folder not in before or any(is_beneath(folder, path) for path in lost))
        ]
        seen = seen_in(fresh, new)
        return changes + seen.changes + self._grow(seen.folders, [])

    def _grow(self, appeared: Sequence[str], lost: Sequence[str]) -> list[Changed]:
        """Watch folders that appeared, those that come meanwhile too, and no more those lost."""
        changes: list[Changed] = []
        for _ in range(_DEEPEST):
            plan = self._plan
            if plan is None or plan.recursive or not (appeared or lost):
                break
            before = self._watched
            new = plan_more(plan, appeared, lost, exclude=self._exclude, stop=self._stop)
            self._follow(new, lost)
            gone = tuple(lost)
            fresh = [
                folder
                for folder in new.folders
                if folder not in before or any(is_beneath(folder, path) for path in gone)
            ]
            seen = seen_in(fresh, new)
            changes += seen.changes
            if seen.has_repository:  # git may track what its rules name
                self.doubt()
            appeared, lost = (seen.folders if fresh else []), []
        return changes

    def _follow(self, new: WatchPlan, lost: Sequence[str]) -> None:
        if self._notifier is None:
            self._notifier = self._open(new, self._stop) if new.folders else None
        elif new.folders:
            self._notifier.follow(new, lost)
        else:
            self._notifier.close()
            self._notifier = None
        self._take(new)

    def _take(self, plan: WatchPlan) -> None:
        if plan.notice and (self._plan is None or plan.notice != self._plan.notice):
            log.warning("%s", plan.notice)
        self._plan, self.problem = plan, plan.notice
        self._watched = frozenset(plan.folders)

    def _covers(self, folder: str) -> bool:
        """Tell whether the system tells all that happens in a folder."""
        plan = self._plan
        if plan is None or self._notifier is None:
            return False
        if any(is_beneath(folder, place) for place in plan.remote):
            return False
        if plan.recursive:
            return plan.root_of(folder) is not None
        return folder in self._watched or plan.ignores(folder, is_directory=True)

    def _from_editors(self) -> list[Changed]:
        """Return what editors saw and the system did not tell; of a folder, that all may be new."""
        found: dict[Changed, None] = {}
        for change in self.news.due(self._covers):
            root = next((root for root in self._roots if is_beneath(change.path, root)), None)
            is_directory = is_folder(change.path)
            if root is None or (
                self._plan and self._plan.ignores(change.path, is_directory=is_directory)
            ):
                continue
            found[Changed(root, "rescan") if is_directory else change] = None
        return list(found)

    def _failed(self, error: Exception) -> list[Changed]:
        self.close()
        now = time.monotonic()
        if isinstance(error, NameUnreadable) and sys.platform == "linux":
            log.info("watched without watchfiles from now on: %s", error)
            self._open = InotifyNotifier
            return []
        if isinstance(error, WatchLimitReached):
            problem = (
                "The system gives no more file watches, so changes on disk are noticed only once "
                f"a minute; raise its limit with `{error.command}`."
            )
            if problem != self.problem:  # said once, though it is tried again and again
                log.warning("%s (%s)", problem, error)
            self.problem, self._not_before = problem, now + _LIMIT_DELAY
            return [Changed(root, "rescan") for root in self._roots]
        level = logging.INFO if isinstance(error, EventsLost) else logging.WARNING
        log.log(level, "watching for changes failed, to be tried again: %s", error)
        if now - self._failed_at > _CALM:
            self._delay = _FIRST_DELAY
        self._failed_at, self._not_before = now, now + self._delay
        self._delay = min(self._delay * 2, _LAST_DELAY)
        return []


def _changed_at(folder: str) -> float:
    try:
        return os.stat(folder).st_mtime
    except OSError:
        return 0.0


__all__ = ["Changed", "FolderWatch"]
