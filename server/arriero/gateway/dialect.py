"""The seam between the gateway and the interfaces that its clients speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from arriero.gateway.asked import Asked
from arriero.models.types import Chunk

Fault = Literal[
    "invalid",  # 400: the request itself is wrong
    "too_long",  # 400: the prompt is longer than the model's window
    "unauthenticated",  # 401
    "forbidden",  # 403
    "not_found",  # 404: a model or a path
    "slow",  # 408: the request does not come
    "too_large",  # 413
    "limited",  # 429: of the client's own rate
    "failed",  # 500: a fault of ours
    "upstream",  # 502: the model's server said no, or something that cannot be read
    "unavailable",  # 503: the model's server is not there
    "overloaded",  # 529 in Anthropic's words, 503 elsewhere
    "timeout",  # 504: the model's server is silent
]


class Refused(Exception):
    """A request that cannot be answered; the text is one sentence for the client's person.

    `parameter` is the field that is wrong, `retry_after` seconds until it is worth another try.
    `details` are for the client's program, in a dialect that has a place for them.
    """

    def __init__(
        self,
        fault: Fault,
        message: str,
        *,
        parameter: str = "",
        retry_after: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.parameter = parameter
        self.retry_after = retry_after
        self.details = details


@dataclass(frozen=True)
class Identity:
    """What names one answer: ids that are the same in all of its parts.

    `number` is random and made of letters and digits, without a dialect's prefix; `created` are
    seconds since 1970; `model` is the name to answer with.
    """

    number: str
    created: int
    model: str


class Encoder(Protocol):
    """Writes one answer: `begin`, `take` any number of times, then `failed` if it broke off.

    The last chunk that is taken is `Finished`; with it the stream is written to its end. A streamed
    answer is what the methods return, one that is not streamed is `whole`: both come from the same
    calls, so that they say the same.
    """

    def begin(self) -> bytes:
        """Return what stands before the first piece."""

    def take(self, chunks: Sequence[Chunk]) -> bytes:
        """Return some pieces of the answer as they are sent; empty where nothing is to be sent."""

    def failed(self, refused: Refused) -> bytes:
        """Return how a stream ends that cannot go on; nothing follows."""

    def whole(self) -> Mapping[str, Any]:
        """Return the answer as one JSON object."""


class Dialect(Protocol):
    """One way to ask for an answer. Its objects have no state."""

    @property
    def name(self) -> str:
        """Its name in logs and metrics, such as `chat`, `messages`, `responses`."""

    @property
    def media_type(self) -> str:
        """Of a streamed answer: `text/event-stream` or `application/x-ndjson`."""

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""

    def encoder(self, asked: Asked, identity: Identity) -> Encoder:
        """Return what writes the answer to a request."""

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error in this dialect's form."""
