"""Serving our tools to one client on stdin and stdout, until it closes them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from arriero import __version__
from arriero.cli.ending import end_in_time
from arriero.cli.mcp.answered_all import AnsweredAll
from arriero.cli.mcp.place import NoFolder, Place
from arriero.cli.mcp.tools import answered, described, refused
from arriero.cli.surroundings import Surroundings
from arriero.daemon.hub import Hub
from arriero.daemon.threads import Threads
from arriero.headless.toolbox import ApplyEdits
from arriero.settings.paths import cache_dir, state_dir
from arriero.tools.registry import Mode

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

log = logging.getLogger(__name__)

_INSTRUCTIONS = (
    "Tools of Arriero on the user's workspace: reading, searching by an index, editing, and "
    "commands in a closed copy of the workspace. Text edits are written so that they can be taken "
    "back with `arriero undo`."
)


async def serve(
    surroundings: Surroundings, folder: str | None, *, mode: Mode, apply: ApplyEdits
) -> None:
    """Serve until the client is gone; `folder` is the one that was named, if one was."""
    asyncio.get_running_loop().set_default_executor(Threads())
    hub = Hub(state_dir(), cache_dir())
    await hub.open()
    place = Place(
        hub,
        surroundings.loaded.settings,
        folder,
        mode=mode,
        apply=apply,
        given=surroundings.given,
    )
    try:
        server = make_server(place)
        async with stdio_server() as (incoming, outgoing):
            reading = AnsweredAll(incoming, outgoing)
            await server.run(reading, outgoing, server.create_initialization_options())
    finally:
        end_in_time()
        await place.close()
        await hub.close()


def make_server(place: Place) -> Server[Any]:
    """Return the server of a place, not yet connected."""

    async def list_tools(
        context: ServerRequestContext[Any], _: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        try:
            box = await place.box(context.session)
        except NoFolder as error:
            raise MCPError(types.INVALID_REQUEST, str(error)) from error
        network = place.settings.shadow.network
        return types.ListToolsResult(tools=[described(one, network=network) for one in box.tools])

    async def call_tool(
        context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        try:
            outcome = await place.call(context.session, params.name, params.arguments or {})
        except NoFolder as error:
            return refused(str(error))
        return answered(outcome)

    return Server(
        "arriero",
        version=__version__,
        title="Arriero",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
