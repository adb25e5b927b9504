"""`Desk`: all that the pages know of the program behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from arriero.daemon.hub import Hub
from arriero.gateway.health import Health
from arriero.gateway.keys import Keys
from arriero.gateway.metrics import Metrics
from arriero.gateway.pages.access import Access, dashboard_secret
from arriero.gateway.pages.history import History
from arriero.gateway.pages.signed_out import SignedOut
from arriero.sessions.log import SessionLog
from arriero.settings.layers import LoadedSettings
from arriero.settings.model import Settings


@dataclass(frozen=True)
class Desk:
    """One for a gateway.

    `load` reads the settings with all their layers as the gateway does (it reads files, and raises
    `SettingsError`), `use` makes the gateway work with others from now on, and `problem` tells why
    a gateway could not begin with some (it reads files; empty if it could). `state` is the folder
    of the hub's sessions.
    """

    hub: Hub
    health: Health
    metrics: Metrics
    history: History
    log: SessionLog
    access: Access
    load: Callable[[], LoadedSettings]
    use: Callable[[Settings], None]
    problem: Callable[[Settings], str]
    state: Path

    async def aclose(self) -> None:
        """End what goes on for the pages."""
        await self.history.aclose()
        await self.log.aclose()


def make_desk(
    hub: Hub,
    health: Health,
    metrics: Metrics,
    *,
    keys: Callable[[], Keys],
    load: Callable[[], LoadedSettings],
    use: Callable[[Settings], None],
    problem: Callable[[Settings], str],
    state: Path,
) -> Desk:
    """Put a desk together, and begin what it keeps; see `Desk`.

    Reads a small file; raises OSError. Needs a running event loop.
    """
    history = History(metrics)
    history.begin()
    access = Access(dashboard_secret(state), keys, SignedOut(state))
    log = SessionLog(hub.store.path)
    return Desk(hub, health, metrics, history, log, access, load, use, problem, state)
