"""The first page: providers, models with their windows, what goes on."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.rendering import Block, Shown, render
from arriero.models.errors import ModelError
from arriero.models.types import LoadedModel, ModelInfo
from arriero.settings.errors import SettingsError
from arriero.within import within

_PATIENCE = 5.0  # seconds for the model server
_MOST_RUNS = 8


@dataclass(frozen=True)
class ModelRow:
    """A model of the provider in use; `loaded` if it is in memory."""

    info: ModelInfo
    loaded: LoadedModel | None


async def overview(desk: Desk) -> Shown:
    """Show the state of everything."""
    states, (models, problem), runs = await asyncio.gather(
        desk.health.providers(), _models(desk), desk.log.runs(_MOST_RUNS)
    )
    sessions = await desk.health.sessions()
    status = desk.hub.status()
    in_use = [one for one in states if one.state == "up" or one is states[0]]
    others = [one.name for one in states if one not in in_use]
    return Shown(
        "Status",
        (
            Block("now", render("now.html", status=status, series=desk.history.series())),
            Block(
                "providers",
                render("providers.html", states=in_use, others=others, sessions=sessions),
            ),
            Block("models", render("models.html", models=models, problem=problem)),
            Block("runs", render("runs.html", runs=runs, title="Newest runs")),
            Block(
                "places",
                render("places.html", status=status, process=os.getpid(), sessions=sessions),
            ),
        ),
    )


async def _models(desk: Desk) -> tuple[list[ModelRow], str]:
    """Return what the provider in use has, those in memory first; or why it cannot be told."""
    try:
        settings = (await asyncio.to_thread(desk.load)).settings
        provider = desk.hub.providers.direct(settings.provider, settings)
        listed, loaded = await within(
            asyncio.gather(provider.models(), provider.loaded()), _PATIENCE
        )
    except asyncio.TimeoutError:
        return [], "The provider does not answer in time."
    except (ModelError, SettingsError) as error:
        return [], str(error)
    there = {one.name: one for one in loaded}
    rows = [ModelRow(info, there.get(info.name)) for info in listed]
    return sorted(rows, key=lambda row: (row.loaded is None, row.info.name)), ""
