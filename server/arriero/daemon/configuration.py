"""The settings of one connection: all layers, read again whenever they may have changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arriero.agent.editor import Editor
from arriero.settings.errors import SettingsError
from arriero.settings.layers import load_settings
from arriero.settings.model import Settings


class Configuration:
    """`settings` are the last good ones; `problem` is the sentence on what is wrong since."""

    def __init__(self, editor: Editor) -> None:
        self.settings = Settings()
        self.problem = ""
        self._editor = editor
        self._values: Mapping[str, Any] = {}
        self._trusted = False
        self._noticed: set[str] = set()

    def take(self, values: Mapping[str, Any], *, trusted: bool) -> None:
        """Keep the settings of the editor, and whether its user trusts the workspace."""
        self._values = values
        self._trusted = trusted

    async def reload(self, workspace: Path | None) -> None:
        """Read all layers; a mistake, and each notice, is said to the editor once."""
        try:
            loaded = await asyncio.to_thread(
                load_settings,
                workspace=workspace,
                trusted=self._trusted,
                environment=self._editor.environment or os.environ,
                editor=self._values,
                command_line=None,
            )
        except SettingsError as error:
            if str(error) != self.problem:
                self.problem = str(error)
                await self._editor.message("error", self.problem)
            return
        self.problem = ""
        self.settings = loaded.settings
        for notice in loaded.notices:
            if notice not in self._noticed:
                self._noticed.add(notice)
                await self._editor.message("info", notice)
