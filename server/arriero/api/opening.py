"""How a `Workspace` is opened in its engine, and ended, also when it is only forgotten."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arriero.api.engine import Engine
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.headless.editor import HeadlessEditor
from arriero.settings.paths import cache_dir, state_dir


class End:
    """Ends a workspace that is closed or forgotten."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.hub: Hub | None = None

    def __call__(self) -> None:
        if self._engine.closed:  # what was open in it is ended by the process that forked
            return
        if self._engine.here:  # what is forgotten is found in whatever thread
            self._engine.begin(self._ended())
            return
        try:
            if self.hub is not None:
                self._engine.call(self.hub.close())
        finally:
            self._engine.close()

    async def _ended(self) -> None:
        try:
            if self.hub is not None:
                await self.hub.close()
        finally:
            self._engine.close()


async def opened(
    state: str | os.PathLike[str] | None,
    folders: Sequence[str],
    editor: HeadlessEditor,
    settings: Mapping[str, Any],
) -> tuple[Hub, Attachment]:
    """Open a hub below `state`, or that of the editors on this machine, and these folders in it."""
    if state is None:
        hub = Hub(state_dir(), cache_dir())
    else:
        hub = Hub(Path(state) / "state", Path(state) / "cache")
    await hub.open()
    try:
        attachment = await hub.attach(folders, editor)
        await attachment.set_editor_settings(settings, trusted=False)
    except BaseException:
        await hub.close()
        raise
    return hub, attachment
