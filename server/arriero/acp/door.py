"""ACP on an editor's LSP connection: its methods beside LSP's, on the same wire.

The types of the `agent-client-protocol` package take more than half a second to import. So this
module knows only names: the agent and its types are imported in a worker thread, by `warm` when
the daemon starts, else with the first `session/*` request.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from arriero.acp.greeting import initialize_answer
from arriero.acp.peer import Attach, Peer
from arriero.agent.editor import Answer, PermissionQuestion
from arriero.late_import import late_import
from arriero.rpc.server import Server
from arriero.sessions.events import Event

if TYPE_CHECKING:
    from arriero.acp.agent import AcpAgent

_METHODS_MODULE = "arriero.acp.methods"


METHODS = (
    "session/new",
    "session/load",
    "session/list",
    "session/prompt",
    "session/cancel",
    "session/set_mode",
    "session/set_model",
    "session/set_config_option",
)


def warm() -> None:
    """Import ACP's types; blocks for the better part of a second, so call it in a thread."""
    late_import(_METHODS_MODULE)


class AcpDoor:
    """One connection's ACP; what an `lsp` connection calls an extension."""

    def __init__(self, peer: Peer, attach: Attach) -> None:
        self._peer = peer
        self._attach = attach
        self._agent: AcpAgent | None = None
        self._order = asyncio.Lock()

    @property
    def experimental(self) -> Mapping[str, Any]:
        """What LSP's `initialize` answers under `capabilities.experimental`."""
        return {"agentClientProtocol": initialize_answer()}

    async def call(self, method: str, params: Any) -> Any:
        """Answer one of `METHODS`; params and result are JSON values. Raises JsonRpcException."""
        # The lock is fair: a `session/cancel` that comes while the types are being imported is
        # looked at after the prompt that it is meant for.
        async with self._order:
            if self._agent is None:
                methods = await asyncio.to_thread(late_import, _METHODS_MODULE)
                self._agent = methods.AcpAgent(self._peer, self._attach)
        answer = importlib.import_module(_METHODS_MODULE).call
        return await answer(self._agent, method, params)

    def owns(self, run_id: str) -> bool:
        """Whether the run answers this client's `session/prompt`."""
        return self._agent is not None and self._agent.owns(run_id)

    def event(self, event: Event) -> None:
        """Show an event of a run in a session that this client follows."""
        if self._agent is not None:
            self._agent.event(event)

    async def ask(self, question: PermissionQuestion) -> Answer | None:
        """Ask for a permission; None for a run that was not asked for through ACP."""
        return None if self._agent is None else await self._agent.ask(question)


def register(server: Server, peer: Peer, attach: Attach) -> AcpDoor:
    """Add ACP's methods to a server; `peer` is its client, `attach` gives the workspace."""
    door = AcpDoor(peer, attach)
    for name in METHODS:
        server.register_method(name)  # params arrive as JSON: their types are pydantic's
        server.feature(name)(_handler(door, name))
    return door


def _handler(door: AcpDoor, name: str) -> Callable[[Any], Awaitable[Any]]:
    async def handle(params: Any) -> Any:
        return await door.call(name, params)

    return handle
