"""Whether this client is offered suggestions as items of its list (`textDocument/completion`).

That is so where it shows no inline completion and `completion.as_items` is on. A client that takes
registrations is asked again when the settings change; to any other it is said once, in the answer
to `initialize`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp.registering import ask_for, no_longer

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection
    from arriero.settings.model import Settings

_TRIGGERS = (".", "(", "=")  # beside letters, after which every client asks


class CompletionItems:
    """Belongs to the event loop. `offered`: the client was told that it may ask."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asking = asyncio.Lock()
        self.offered = False

    @property
    def early(self) -> bool:
        """Whether the answer to `initialize` has to say it, as this client takes no more."""
        client = self._connection.client
        return not (client.inline_completion or client.completion_registration)

    def decide(self, settings: Settings) -> None:
        """Decide for the whole connection, where that has to be."""
        self.offered = self.early and _wanted(settings)

    def capability(self) -> types.CompletionOptions | None:
        """Return what the answer to `initialize` says of it."""
        if not (self.early and self.offered):
            return None
        return types.CompletionOptions(trigger_characters=_TRIGGERS)

    async def look(self) -> None:
        """Register or take back, as the settings want it now, where the client can."""
        connection = self._connection
        if self.early or connection.client.inline_completion:
            return
        attachment = await connection.attached()
        async with self._asking:
            wanted = _wanted(attachment.settings)
            if wanted == self.offered:
                return
            if wanted:
                options = types.CompletionRegistrationOptions(trigger_characters=_TRIGGERS)
                self.offered = await ask_for(connection, types.TEXT_DOCUMENT_COMPLETION, options)
            else:
                await no_longer(connection, types.TEXT_DOCUMENT_COMPLETION)
                self.offered = False
        connection.status_changed()


def _wanted(settings: Settings) -> bool:
    return settings.completion.enabled and settings.completion.as_items
