"""The seam to the operating system's file notifications, and the library behind it."""

from __future__ import annotations

import threading
from typing import Literal, Protocol

from arriero.workspace.watchplan import WatchPlan

Kind = Literal["created", "changed", "deleted"]
Events = set[tuple[Kind, str]]

_KINDS: dict[int, Kind] = {1: "created", 2: "changed", 3: "deleted"}
_GROUP_MS = 400  # a burst of events is handed on after so long at the latest
_STEP_MS = 20  # and when it pauses so long; 0.3 % of a processor while nothing happens


class WatchLimitReached(OSError):
    """The system gives no more watches."""


class Notifier(Protocol):
    """Watches the folders of one plan, from when it was made until it is closed."""

    def wait(self, seconds: float) -> Events:
        """Return events as they come; none when the time is over or the watcher is to stop.

        Blocks. Raises OSError or RuntimeError when it can watch no longer.
        """

    def close(self) -> None:
        """Stop watching."""


class OpenNotifier(Protocol):
    """Makes notifiers; the tests have their own."""

    def __call__(self, plan: WatchPlan, stop: threading.Event) -> Notifier:
        """Watch a plan with at least one folder. Raises OSError, `WatchLimitReached` among them."""


class _RustNotifier:
    def __init__(self, plan: WatchPlan, stop: threading.Event) -> None:
        # Imported late: it costs 60 ms and a workspace without editor needs none of it. The class
        # that blocks is used rather than `awatch`, which sets up its watches on the event loop and
        # takes a thread of the loop's shared pool for as long as it watches.
        from watchfiles._rust_notify import RustNotify

        try:
            # Permission errors are not to be ignored: that would hide the watch limit as well.
            self._notify = RustNotify(list(plan.folders), False, False, 0, plan.recursive, False)
        except (OSError, RuntimeError) as error:
            if any(sign in str(error) for sign in ("limit reached", "os error 24", "os error 28")):
                raise WatchLimitReached(str(error)) from error
            raise
        self._stop = stop

    def wait(self, seconds: float) -> Events:
        found = self._notify.watch(_GROUP_MS, _STEP_MS, max(int(seconds * 1000), 1), self._stop)
        if isinstance(found, str):  # "timeout", "stop" or "signal"
            return set()
        return {(_KINDS[kind], path) for kind, path in found}

    def close(self) -> None:
        self._notify.close()


open_notifier: OpenNotifier = _RustNotifier
