"""The seam to the operating system's file notifications, with watchfiles behind it.

watchfiles ends all watching at the first name that is not UTF-8, so that a workspace with such a
name is watched by `workspace.inotify` from then on.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from arriero.workspace.watchplan import WatchPlan

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

Kind = Literal["created", "changed", "deleted"]
Events = set[tuple[Kind, str]]

_KINDS: dict[int, Kind] = {1: "created", 2: "changed", 3: "deleted"}
_GROUP_MS = 400  # a burst of events is handed on after so long at the latest
_STEP_MS = 20  # and when it pauses so long; 0.3 % of a processor while nothing happens
_LAST_MS = 60  # in which the last events of watches that others have replaced arrive
# The kernel keeps 16,384 events for who does not fetch them in time, and watchfiles does not say
# when it dropped some; three are usual for a file.
_MOST_AT_ONCE = 5_000


class WatchLimitReached(OSError):
    """The system gives no more watches; `command` is what raises its limit."""

    def __init__(self, limit: str = "max_user_watches", most: int = 524_288) -> None:
        """`limit` is the name of a setting in `fs.inotify`, `most` what would be enough."""
        super().__init__(errno.ENOSPC, f"fs.inotify.{limit} is reached")
        self.command = f"sudo sysctl fs.inotify.{limit}={most}"


class EventsLost(OSError):
    """Something happened that was not told, or may have."""


class NameUnreadable(OSError):
    """A name is not UTF-8, and this notifier cannot tell of it."""


class Notifier(Protocol):
    """Watches the folders of one plan, from when it was made until it is closed."""

    def wait(self, seconds: float) -> Events:
        """Return events as they come; none when the time is over or the watcher is to stop.

        Blocks. Raises OSError (`EventsLost` among them) or RuntimeError when all is to be begun
        again.
        """

    def follow(self, plan: WatchPlan, lost: Sequence[str]) -> None:
        """Watch another plan, with at least one folder, from now on.

        What happened until now in folders of both is told by the next `wait`. `lost` are folders
        that went away; what is there now under their names is another one. Raises as opening does.
        """

    def close(self) -> None:
        """Stop watching."""


class OpenNotifier(Protocol):
    """Makes notifiers; the tests have their own."""

    def __call__(self, plan: WatchPlan, stop: threading.Event) -> Notifier:
        """Watch a plan with at least one folder. Raises OSError, `WatchLimitReached` among them."""


class WatchfilesNotifier:
    """The usual one, for names that are UTF-8."""

    def __init__(self, plan: WatchPlan, stop: threading.Event) -> None:
        """Raises OSError or RuntimeError, `WatchLimitReached` and `NameUnreadable` among them."""
        self._stop = stop
        self._notify = _opened(plan)
        self._replaced: RustNotify | None = None
        self._gathered: set[tuple[int, str]] = set()

    def wait(self, seconds: float) -> Events:
        """As `Notifier.wait`."""
        self._end_replaced()
        found, self._gathered = self._gathered, set()
        found = found or self._told_by(self._notify, max(int(seconds * 1000), 1))
        if len(found) > _MOST_AT_ONCE:
            raise EventsLost(f"{len(found)} events at once")
        return {(_KINDS[kind], path) for kind, path in found}

    def follow(self, plan: WatchPlan, lost: Sequence[str]) -> None:  # noqa: ARG002 - the seam's
        """As `Notifier.follow`."""
        self._end_replaced()
        self._replaced, self._notify = self._notify, _opened(plan)

    def close(self) -> None:
        """As `Notifier.close`."""
        self._notify.close()
        if self._replaced is not None:
            self._replaced.close()

    def _end_replaced(self) -> None:
        """Take what the watches before these have gathered, which watchfiles drops at their end."""
        if self._replaced is not None:
            self._gathered |= self._told_by(self._replaced, _LAST_MS)
            self._replaced.close()
            self._replaced = None

    def _told_by(self, notify: RustNotify, most_ms: int) -> set[tuple[int, str]]:
        try:
            found = notify.watch(_GROUP_MS, _STEP_MS, most_ms, self._stop)
        except RuntimeError as error:
            if "Unable to decode" in str(error):
                raise NameUnreadable(str(error)) from error
            raise
        return set() if isinstance(found, str) else found  # "timeout", "stop" or "signal"


def _opened(plan: WatchPlan) -> RustNotify:
    # Imported late: it costs 60 ms and a workspace without editor needs none of it. The class
    # that blocks is used rather than `awatch`, which sets up its watches on the event loop and
    # takes a thread of the loop's shared pool for as long as it watches.
    from watchfiles._rust_notify import RustNotify

    try:
        # Permission errors are not to be ignored: that would hide the watch limit as well.
        return RustNotify(list(plan.folders), False, False, 0, plan.recursive, False)
    except UnicodeEncodeError as error:
        raise NameUnreadable(str(error)) from error
    except (OSError, RuntimeError) as error:
        if any(sign in str(error) for sign in ("limit reached", "os error 24", "os error 28")):
            raise WatchLimitReached from error
        raise
