"""Work-done progress whose tokens end with it."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.progress import Progress

from arriero.within import within

CREATE_PATIENCE = 10.0
"""Seconds that a client gets to create a token."""


class ProgressTokens(Progress):
    """pygls keeps a token for ever, here `end` and the end of the connection remove it."""

    async def create_async(self, token: types.ProgressToken) -> Any:
        """Have the client create a token; raises TimeoutError when it does not answer."""
        return await within(super().create_async(token), CREATE_PATIENCE)

    def end(self, token: types.ProgressToken, value: types.WorkDoneProgressEnd) -> None:
        """Tell the client that the work has ended, and forget the token."""
        super().end(token, value)
        self.tokens.pop(token, None)

    def clear(self) -> None:
        """Cancel and forget all tokens."""
        tokens, self.tokens = self.tokens, {}
        for future in tokens.values():
            future.cancel()
