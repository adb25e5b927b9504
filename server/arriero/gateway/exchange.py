"""One HTTP exchange: the request's headers, and the answer as it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, MutableMapping, Sequence
from typing import Any

from starlette.types import Receive, Scope, Send

from arriero.gateway.dialects.json_text import written

Headers = Sequence[tuple[bytes, bytes]]


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return the headers of a request, their names in lower case; read once for all who ask."""
    state: MutableMapping[str, Any] = scope.setdefault("state", {})
    found: Mapping[str, str] | None = state.get("headers")
    if found is None:
        found = state["headers"] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
    return found


class Exchange:
    """Writes to one client. `begun` is whether a status was sent."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.receive = receive
        self.headers = headers_of(scope)
        self.begun = False
        self._send = send
        self._written = 0

    @property
    def written(self) -> int:
        """How many pieces were sent."""
        return self._written

    async def begin(self, status: int, media_type: str, headers: Headers = ()) -> None:
        """Send the head of an answer that is sent piece by piece."""
        self.begun = True
        told = [(b"content-type", media_type.encode()), *headers]
        await self._send({"type": "http.response.start", "status": status, "headers": told})

    def write(self, data: bytes) -> Awaitable[None]:
        """Send a piece. No coroutine of its own: there are thousands of pieces."""
        self._written += 1
        return self._send({"type": "http.response.body", "body": data, "more_body": True})

    def end(self) -> Awaitable[None]:
        """Send the end."""
        return self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def whole(self, status: int, data: bytes, media_type: str, headers: Headers = ()) -> None:
        """Send a whole answer."""
        length = (b"content-length", str(len(data)).encode())
        await self.begin(status, media_type, (length, *headers))
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def json(self, status: int, body: Mapping[str, Any], headers: Headers = ()) -> None:
        """Send a whole answer of JSON."""
        await self.whole(status, written(body).encode(), "application/json", headers)

    async def gone(self) -> None:
        """Wait until the client has left; the request's body must have been read."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return
