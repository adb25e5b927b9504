"""Where the tools work: the folder of the command line, or the roots of the client."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import mcp_types as types
from pydantic import ValidationError

from arriero.daemon.hub import Hub
from arriero.headless.attached_editor import AttachedEditor
from arriero.headless.daemon_link import DaemonLink
from arriero.headless.toolbox import ApplyEdits, ToolBox, ToolOutcome
from arriero.settings.model import Settings
from arriero.tools.registry import Mode
from arriero.within import within
from arriero.workspace.uris import uri_to_path

if TYPE_CHECKING:
    from mcp.server.session import ServerSession

log = logging.getLogger(__name__)

_PATIENCE = 10.0  # seconds for the client to tell its roots
_NO_FOLDER = (
    "The client's roots are no folders of this machine: open a folder there, or name one with "
    "`arriero mcp --working-dir`."
)


class NoFolder(Exception):
    """The client tells where to work, and nothing can be done there; `str` is a sentence."""


class Place:
    """The tool box of one client, opened when it is first asked for.

    `folder` is the one that was named on the command line; None: the client's roots, as it tells
    them once, and the current folder where it has none.
    """

    def __init__(
        self,
        hub: Hub,
        settings: Settings,
        folder: str | None,
        *,
        mode: Mode,
        apply: ApplyEdits,
        given: Mapping[str, Any],
    ) -> None:
        self.settings = settings
        self._hub = hub
        self._folder = folder
        self._mode: Mode = mode
        self._apply: ApplyEdits = apply
        self._given = given
        self._box: ToolBox | None = None
        self._editor: AttachedEditor
        self._opening = asyncio.Lock()

    async def box(self, session: ServerSession) -> ToolBox:
        """Return the tools; raises NoFolder."""
        async with self._opening:
            if self._box is None:
                self._box = await self._open(await self._folders(session))
            return self._box

    async def call(
        self, session: ServerSession, name: str, arguments: Mapping[str, Any]
    ) -> ToolOutcome:
        """Execute a call; where an editor has the folders open, it is done with its texts.

        Raises NoFolder.
        """
        box = await self.box(session)
        async with self._editor.looking():
            return await box.call(name, arguments)

    async def close(self) -> None:
        """Remove what commands ran in."""
        if self._box is not None:
            await self._box.close()

    async def _open(self, folders: Sequence[str]) -> ToolBox:
        self._editor = AttachedEditor(
            "mcp", [*folders, *self.settings.allowed_dirs], at=folders, link=DaemonLink()
        )
        attachment = await self._hub.attach(folders, self._editor)
        # The client has a model of its own: none is loaded ahead.
        given = {**self._given, "window.preload": False}
        await attachment.set_editor_settings(given, trusted=False)
        return ToolBox(self._hub, attachment, mode=self._mode, apply=self._apply)

    async def _folders(self, session: ServerSession) -> list[str]:
        if self._folder is not None:
            return [self._folder]
        return await self._roots(session) or [os.path.realpath(os.curdir)]  # noqa: ASYNC240 - once

    async def _roots(self, session: ServerSession) -> list[str]:
        able = session.client_capabilities
        if able is None or able.roots is None or not session.can_send_request:
            return []
        try:
            asked = session.send_request(types.ListRootsRequest(), types.ListRootsResult)
            answer = await within(asked, _PATIENCE)
        except ValidationError as error:  # such as an address that is no file's
            log.warning("the client's roots cannot be read: %s", error)
            raise NoFolder(_NO_FOLDER) from error
        except Exception as error:  # noqa: BLE001 - whatever the client answers, there is a folder
            log.warning("the client does not tell its roots: %s", error)
            return []
        paths = [uri_to_path(str(root.uri)) for root in answer.roots]
        folders = [os.path.realpath(path) for path in paths if os.path.isdir(path)]  # noqa: ASYNC240, PTH112
        if paths and not folders:
            raise NoFolder(_NO_FOLDER)
        return folders
