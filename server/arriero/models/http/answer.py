"""An answer of a model's server that comes piece by piece, whoever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Lost(OSError):
    """The connection broke, or the server closed it before the answer's end."""


class Unreached(Lost):
    """No connection was made."""


class NotHttp(Lost):
    """What came is no HTTP."""


class Answer(Protocol):
    """An answer that has begun; its headers are looked up by their names in lower case."""

    @property
    def status(self) -> int:
        """The status of HTTP."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The first of each name."""

    @property
    def is_whole(self) -> bool:
        """Whether its last byte came, be it read or not."""

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can come, as the connection is closed."""

    async def read(self) -> bytes:
        """Return what came since, empty at the end; one at a time may read. Raises `Lost`."""

    def fail(self, error: Lost) -> None:
        """Have whoever reads get an error."""

    def close(self) -> None:
        """Close the connection, but where the answer is whole: then it is another's."""


def media_type(answer: Answer) -> str:
    """Return what an answer says that it is, such as `text/event-stream`."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
