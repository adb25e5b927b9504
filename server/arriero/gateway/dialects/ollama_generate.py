"""Ollama's answers to one prompt (`POST /api/generate`), and texts between two others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Encoder, Identity, Refused
from arriero.gateway.dialects import ollama_request
from arriero.gateway.dialects.fields import Fields
from arriero.gateway.dialects.ollama_lines import LineEncoder
from arriero.models.types import Message

# What would go around the model's own form of a conversation, or bring a part of one as tokens.
_NOT_TAKEN = {
    "raw": "raw is not possible here: send prompt and suffix, or use /api/chat.",
    "template": "template is not possible here: the model's own is used.",
    "context": "context is not possible here: send the conversation to /api/chat.",
}


class OllamaGenerate:
    """One prompt, one answer; no prompt at all means: load the model."""

    name = "ollama_generate"
    media_type = "application/x-ndjson"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        fields = Fields(body)
        for name, sentence in _NOT_TAKEN.items():
            if body.get(name):
                raise Refused("invalid", sentence, parameter=name)
        return Asked(
            model=ollama_request.model(fields),
            messages=tuple(_messages(fields)),
            tool_choice="none",  # a run with our tools is not what is asked for here
            suffix=fields.text("suffix") or None,
            **ollama_request.options(fields),
        )

    def encoder(self, asked: Asked, identity: Identity) -> Encoder:
        """Return what writes the answer to a request."""
        return LineEncoder(asked, identity, _form)

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error."""
        return ollama_request.refusal(refused)


OLLAMA_GENERATE: Dialect = OllamaGenerate()


def _form(text: str, thinking: str, calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    del calls  # nobody can ask for them here
    return {"response": text, "thinking": thinking} if thinking else {"response": text}


def _messages(fields: Fields) -> Iterator[Message]:
    prompt, pictures = fields.text("prompt"), ollama_request.pictures(fields)
    if fields.text("suffix"):
        yield Message("user", prompt)
        return
    if not prompt and not pictures:
        return
    if system := fields.text("system"):
        yield Message("system", system)
    yield Message("user", prompt, images=pictures)
