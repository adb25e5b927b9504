"""Runs as work-done progress: one token from the beginning of a run to its end.

The token is the client's own where it gave one with its request. Otherwise the server creates one,
if the client can show such progress; until the client has answered, the newest report is held.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

log = logging.getLogger(__name__)

Token = str | int
_PATIENCE = 10.0  # seconds for a client to create a progress


class ProgressClient(Protocol):
    """The client's end, as far as progress needs it."""

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        """Ask the client."""

    def notify(self, method: str, params: Any) -> None:
        """Tell the client."""


class Progress:
    """One progress that the user sees; `cancelled` is called when the user cancels it, if given."""

    def __init__(
        self,
        client: ProgressClient,
        token: Token,
        title: str,
        cancelled: Callable[[], None] | None,
    ) -> None:
        self.token = token
        self._client = client
        self._title = title
        self._cancelled = cancelled
        self._begun = False
        self._ended = False
        self._message: str | None = None

    def begin(self) -> None:
        """Show it; what was reported meanwhile is its first message."""
        if self._begun or self._ended:
            return
        self._begun = True
        self._send(
            types.WorkDoneProgressBegin(
                self._title, cancellable=self._cancelled is not None, message=self._message
            )
        )

    async def create(self) -> None:
        """Have the client make the token, then begin; a client that refuses sees nothing."""
        try:
            await self._client.request(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE,
                types.WorkDoneProgressCreateParams(self.token),
                timeout=_PATIENCE,
            )
        except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
            log.info("the client shows no progress: %s", error)
            return
        self.begin()

    def report(self, message: str, percentage: int | None = None) -> None:
        """Show what is going on now."""
        if message == self._message and percentage is None:
            return
        self._message = message
        if self._begun and not self._ended:
            self._send(types.WorkDoneProgressReport(message=message, percentage=percentage))

    def end(self, message: str | None = None) -> None:
        """Take it away; further calls do nothing."""
        if self._begun and not self._ended:
            self._send(types.WorkDoneProgressEnd(message=message))
        self._ended = True

    def cancel(self) -> None:
        """The user cancelled."""
        if not self._ended and self._cancelled is not None:
            self._cancelled()

    def _send(
        self,
        value: types.WorkDoneProgressBegin
        | types.WorkDoneProgressReport
        | types.WorkDoneProgressEnd,
    ) -> None:
        self._client.notify(types.PROGRESS, types.ProgressParams(self.token, value))


class Progresses:
    """The progress of every run that this client sees."""

    def __init__(
        self,
        client: ProgressClient,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        *,
        creates: bool,
    ) -> None:
        self._client = client
        self._spawn = spawn
        self._creates = creates
        self._of_run: dict[str, Progress] = {}
        self._by_token: dict[Token, Progress] = {}

    def open(
        self,
        name: str,
        title: str,
        cancelled: Callable[[], None] | None,
        token: Token | None = None,
    ) -> Progress | None:
        """Begin a progress under the client's token or a new one; None if it can show none."""
        if token is None and not self._creates:
            return None
        progress = Progress(
            self._client, f"arriero-{name}" if token is None else token, title, cancelled
        )
        self._by_token[progress.token] = progress
        if token is None:
            self._spawn(progress.create())
        else:
            progress.begin()
        return progress

    def close(self, progress: Progress | None, message: str | None = None) -> None:
        """End a progress and forget it."""
        if progress is None:
            return
        progress.end(message)
        self._by_token.pop(progress.token, None)
        for run_id in [run for run, one in self._of_run.items() if one is progress]:
            del self._of_run[run_id]

    def bind(self, run_id: str, progress: Progress | None) -> None:
        """Make this the progress of a run."""
        if progress is not None:
            self._of_run[run_id] = progress

    def of_run(self, run_id: str) -> Progress | None:
        """Return the progress of a run."""
        return self._of_run.get(run_id)

    def cancel(self, token: Token) -> None:
        """The user cancelled a progress; one that has ended is left alone."""
        progress = self._by_token.get(token)
        if progress is not None:
            progress.cancel()
