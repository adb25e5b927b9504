"""Ollama's answers to one prompt (`POST /api/generate`), raw ones, and texts between two others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Encoder, Identity, Refused
from arriero.gateway.dialects import ollama_request
from arriero.gateway.dialects.fields import Fields
from arriero.gateway.dialects.ollama_lines import LineEncoder
from arriero.models.filling import Prompted
from arriero.models.types import Message


class OllamaGenerate:
    """One prompt, one answer; no prompt at all means: load the model, or let go of it."""

    name = "ollama_generate"
    media_type = "application/x-ndjson"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        fields = Fields(body)
        form = _prompted(fields)
        return Asked(
            model=ollama_request.model(fields),
            messages=tuple(_messages(fields)),
            tool_choice="none",  # a run with our tools is not what is asked for here
            suffix=None if form.raw else fields.text("suffix") or None,  # as Ollama does
            prompted=form,
            keep_alive=ollama_request.keep_alive(fields),
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


def _prompted(fields: Fields) -> Prompted:
    raw, template = fields.flag("raw"), fields.text("template")
    context, system = fields.items("context"), fields.text("system")
    if raw and (template or context or system):
        told = "raw mode does not support template, system, or context"
        raise Refused("invalid", told, parameter="raw")
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in context):
        raise fields.refused("context", "the context of an answer: a list of whole numbers")
    return Prompted(raw, system, template, tuple(context), ollama_request.pictures(fields))


def _messages(fields: Fields) -> Iterator[Message]:
    prompt, pictures = fields.text("prompt"), ollama_request.pictures(fields)
    if fields.text("suffix") and not fields.flag("raw"):
        yield Message("user", prompt)
        return
    if not prompt and not pictures:
        return
    if system := fields.text("system"):
        yield Message("system", system)
    yield Message("user", prompt, images=pictures)
