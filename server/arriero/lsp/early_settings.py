"""The settings as far as they are known at `initialize`, before the folders are open.

A client that takes no registrations is told once, in the answer, what it may ask for; what only
the user's settings switch on is decided by these. `workspace/configuration` comes too late for it.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from arriero.settings.errors import SettingsError
from arriero.settings.layers import load_settings
from arriero.settings.model import Settings
from arriero.within import within

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds that `initialize` may wait for it


async def early_settings(connection: Connection) -> Settings:
    """Read all layers but what the editor tells later; the defaults where that fails.

    A mistake is said to the user when the folders are open, and only logged here.
    """
    folder = next((Path(folder.canonical) for folder in connection.documents.folders), None)
    reading = asyncio.to_thread(
        load_settings,
        workspace=folder,
        trusted=connection.options.trusted,
        environment=connection.environment,
        editor=connection.options.settings,
    )
    try:
        return (await within(reading, _PATIENCE)).settings
    except (SettingsError, asyncio.TimeoutError) as error:
        log.info("nothing is offered by settings that cannot be read: %s", error)
        return Settings()
