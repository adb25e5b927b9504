"""OpenAI's responses (`POST /v1/responses`).

Facts: OpenAI's API reference, and the models of its Python package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Encoder, Identity, Refused
from arriero.gateway.dialects import openai_error
from arriero.gateway.dialects.responses_answer import ResponsesEncoder
from arriero.gateway.dialects.responses_asked import read_responses


class Responses:
    """The dialect of Codex."""

    name = "responses"
    media_type = "text/event-stream"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        return read_responses(body)

    def encoder(self, asked: Asked, identity: Identity) -> Encoder:
        """Return what writes the answer to a request."""
        return ResponsesEncoder(asked, identity)

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error."""
        return openai_error.refusal(refused)


RESPONSES: Dialect = Responses()
