"""A further protocol on the same connection, such as ACP; it knows nothing of LSP.

The composition root hands factories to `serve_connection`, so that doors need not know each other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from arriero.agent.editor import Answer, PermissionQuestion
from arriero.sessions.events import Event

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.rpc.server import Server


class Client(Protocol):
    """The client's end of the connection, as an extension sees it."""

    @property
    def gone(self) -> bool:
        """Whether the client has left or is leaving."""

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        """Ask; raises JsonRpcException, asyncio.TimeoutError, OSError."""

    def notify(self, method: str, params: Any) -> None:
        """Tell; never raises for a client that is gone."""


class Extension(Protocol):
    """One connection's part of a further protocol."""

    @property
    def experimental(self) -> Mapping[str, Any]:
        """What `initialize` answers under `capabilities.experimental`."""

    def owns(self, run_id: str) -> bool:
        """Whether the run was started by this protocol, which then shows its progress."""

    def event(self, event: Event) -> None:
        """See an event of a run; returns at once."""

    async def ask(self, question: PermissionQuestion) -> Answer | None:
        """Ask for a permission if the run is this protocol's; None if it is not."""


Attach = Callable[[str | None], Awaitable["Attachment"]]
ExtensionFactory = Callable[["Server", Client, Attach], Extension]
