"""`POST /api/generate`: one prompt, filling in the middle, raw prompts."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from arriero.models.rehearsal import decode
from arriero.models.rehearsal.answer import Question, answer
from arriero.models.rehearsal.catalog import Path
from arriero.models.rehearsal.decode import Refused
from arriero.models.rehearsal.http import Received, Responder
from arriero.models.rehearsal.residency import RunnerOptions
from arriero.models.rehearsal.state import State
from arriero.models.rehearsal.tokens import Prompt, clip, render, split

_VOCABULARY = 2048
# The two that matter of the fields that a template may have.
_FIELD = re.compile(r"\{\{-?\s*\.(Prompt|System)\s*-?\}\}")


async def generate(state: State, request: Received, respond: Responder) -> None:
    """Continue a prompt; without one load the model, or unload it."""
    body = decode.decode(request.raw, "GenerateRequest", decode.GENERATE)
    if body.get("raw") and any(body.get(key) for key in ("template", "system", "context")):
        raise Refused(400, "raw mode does not support template, system, or context")
    prompt = body.get("prompt")

    def fitted(path: Path, runner: RunnerOptions) -> Prompt:
        return clip(_prompt(body), runner.window, path=path, shift=runner.shift)

    question = Question(
        body,
        GenerateShape(),
        messages=[{"role": "user", "content": prompt}] if prompt else [],
        fit=fitted,
        insert=bool(body.get("suffix")),
        context=None if body.get("raw") else _context,
    )
    await answer(state, question, respond)


class GenerateShape:
    """An answer's parts are texts."""

    verb = "generate"

    def part(
        self, *, text: str = "", thinking: str = "", calls: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """Return a text."""
        assert not calls, "a completion has no tools"
        return {"response": text, "thinking": thinking} if thinking else {"response": text}


def _prompt(body: Mapping[str, Any]) -> Prompt:
    text = body["prompt"]
    if body.get("raw"):
        return Prompt(tuple(split(text)))
    if suffix := body.get("suffix"):
        return Prompt(tuple(split(f"<|fim_prefix|>{text}<|fim_suffix|>{suffix}<|fim_middle|>")))
    images, system = body.get("images") or (), body.get("system") or ""
    if template := body.get("template"):
        told = _FIELD.sub(lambda field: {"Prompt": text, "System": system}[field[1]], template)
        prompt = Prompt(tuple(split(told)), len(images))
    else:
        messages = [{"role": "system", "content": system}] if system else []
        prompt = render([*messages, {"role": "user", "content": text, "images": images}], ())
    # What was said before stands first, as the words that its numbers stand for.
    before = tuple(f"<{number}>" for number in body.get("context") or ())
    return replace(prompt, tokens=(*before, *prompt.tokens))


def _context(prompt: Prompt, answer_text: Sequence[str]) -> list[int]:
    """Return numbers that stand for the tokens so far."""
    told = (*prompt.tokens, *(token for piece in answer_text for token in split(piece)))
    return [_number(token) for token in told]


def _number(token: str) -> int:
    if token.startswith("<") and token[1:-1].isdecimal():  # of a context that was sent
        return int(token[1:-1])
    return zlib.crc32(token.encode("utf-8", "replace")) % _VOCABULARY
