"""`Gateway`: what all requests share."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from arriero.daemon.hub import Hub
from arriero.gateway.answering import Answering
from arriero.gateway.body import Intake
from arriero.gateway.conversations import Conversations
from arriero.gateway.dialect import Refused
from arriero.gateway.health import Health
from arriero.gateway.kept_answers import KeptAnswers
from arriero.gateway.keys import Keys
from arriero.gateway.limits import Limiter
from arriero.gateway.metrics import Metrics
from arriero.gateway.relay import Relay
from arriero.gateway.runs import GatewayRuns
from arriero.gateway.served import ServedModels
from arriero.gateway.workplaces import Workplaces
from arriero.settings.api_keys import ApiKey, read_key
from arriero.settings.gateway import GatewaySettings
from arriero.settings.model import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Start:
    """With what a gateway begins.

    `folder` (absolute, canonical) is the workspace of requests that name none; `given` are the
    settings of the command line, in the form of a settings file; `clear_key` is a key that it gave.
    `apart`: this process is not the daemon, which is asked for an editor that takes the edits.
    """

    settings: Settings
    folder: str
    given: Mapping[str, Any]
    clear_key: str | None = None
    apart: bool = False


class Gateway:
    """Made with a hub that is open; `aclose` ends what belongs to the gateway, not the hub."""

    def __init__(
        self, hub: Hub, start: Start, *, limiter: Limiter, conversations: Conversations
    ) -> None:
        self.hub = hub
        self.start = start
        self.settings = start.settings
        self.limiter = limiter
        self.conversations = conversations
        self.answers = KeptAnswers(conversations.shelf)
        self.metrics = Metrics()
        self.intake = Intake()
        conversations.told = self.metrics.queue.set
        self.health = Health(hub, lambda: self.settings, self.metrics, shelf=conversations.shelf)
        entries = [read_key(entry) for entry in self.own.keys]
        self.keys = Keys(entries, clear=start.clear_key)
        self.models = ServedModels(hub, lambda: self.settings)
        self.workplaces = Workplaces(hub, self.metrics, start)
        runs = GatewayRuns(hub, self.workplaces, lambda: self.settings)
        relay = Relay(hub.model_profiles)
        self.answering = Answering(relay, runs, lambda: self.settings)

    @property
    def own(self) -> GatewaySettings:
        """The gateway's own settings."""
        return self.settings.gateway

    async def admit(self, headers: Mapping[str, str]) -> ApiKey:
        """Return whose request this is, counted; raises `Refused`."""
        key = self.keys.check(headers)
        await self.limiter.take(key)
        return key

    async def folder(self, named: str) -> str:
        """Return the workspace of a request; raises `Refused` for one that is not allowed."""
        if not named:
            return self.start.folder
        allowed = (self.start.folder, *self.own.allowed_dirs)
        return await asyncio.to_thread(_workspace, named, allowed)

    def use(self, settings: Settings) -> None:
        """Work with other settings from now on; those marked `at_start` need a new start."""
        self.settings = settings
        self.models.forget()

    async def aclose(self) -> None:
        """End what goes on."""
        await self.workplaces.aclose()
        await self.models.aclose()
        await self.conversations.aclose()
        await self.limiter.aclose()


def _workspace(named: str, allowed: Sequence[str]) -> str:
    """Return the canonical path of a folder that a header names, if it is in one of these."""
    path = named.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    real = os.path.realpath(path) if PurePath(path).is_absolute() and "\0" not in path else ""
    inside = any(
        root == real or root in map(str, PurePath(real).parents)
        for root in map(os.path.realpath, allowed)
    )
    # Whether a folder is there is nobody's business who may not use it.
    if not real or not inside or not os.path.isdir(real):  # noqa: PTH112 - as the paths are
        raise Refused(
            "forbidden",
            "X-Arriero-Workspace must be the full path of a folder in the gateway's own, or in one "
            "of gateway.allowed_dirs (--allowed-dirs).",
            parameter="X-Arriero-Workspace",
        )
    return real
