"""A connection to the user's daemon that is there while it is in use, if a daemon runs at all."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from arriero.daemon.client import Client, DaemonGone, NotRunning, RemoteError, connect
from arriero.daemon.endpoint import Endpoint
from arriero.daemon.launch import LaunchFailed
from arriero.within import within

METHOD_NOT_FOUND = -32601  # JSON-RPC 2.0, "Error object"
_DIAL = 10.0  # seconds for a daemon that runs

log = logging.getLogger(__name__)


class Unanswered(Exception):
    """The daemon was asked, and what it did is not known; `str` is a sentence."""


class DaemonLink:
    """Asks the daemon of an endpoint; None: that of this process's environment."""

    def __init__(self, endpoint: Endpoint | None = None) -> None:
        self._endpoint = endpoint
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._deaf: set[str] = set()

    async def ask(self, method: str, params: Any, *, timeout: float) -> Any:
        """Return the answer, None where no daemon runs or it does not know the method.

        Raises Unanswered; then, and where the daemon is another one now, `ask` begins anew.
        """
        client = await self._connected()
        if client is None or method in self._deaf:
            return None
        try:
            return await client.request(method, params, timeout=timeout)
        except RemoteError as error:
            log.info("the daemon does not answer %s: %s", method, error)
            if error.code != METHOD_NOT_FOUND:
                # It knows the method, and has an editor perhaps: nothing may go past that.
                raise Unanswered(f"The daemon refused: {error}") from error
            self._deaf.add(method)
            return None
        except (DaemonGone, asyncio.TimeoutError) as error:
            await self.close()
            raise Unanswered("The daemon ended or did not answer.") from error

    async def close(self) -> None:
        """Leave the daemon, until it is asked again."""
        client, self._client = self._client, None
        self._deaf.clear()
        if client is not None:
            await client.close()

    async def _connected(self) -> Client | None:
        async with self._connecting:
            if self._client is not None and self._client.gone:
                await self.close()
            if self._client is None:
                try:
                    dialled = connect(self._endpoint, start=False)
                    self._client = await within(dialled, _DIAL)
                except NotRunning:
                    return None
                except (LaunchFailed, OSError, asyncio.TimeoutError) as error:
                    log.warning("the daemon cannot be asked: %s", error)
                    return None
            return self._client
