"""OpenAI's completions (`POST /v1/completions`), which older clients and editors use.

With a `suffix` it is the text between two others that is wanted. A prompt with a model's own marks
for that is sent as it is; any other is a question to the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Encoder, Identity, Refused
from arriero.gateway.dialects import openai_error, sse
from arriero.gateway.dialects.fields import Fields, sampling
from arriero.gateway.dialects.json_text import written
from arriero.models.filling import Prompted
from arriero.models.types import Chunk, Finished, Logprob, Message, TextChunk, Usage

# With these models are told to fill in the middle: a prompt that has them is meant as it is.
_MARK = re.compile(
    r"<\|?fim[_-]\w+\|?>|<\uff5cfim\u2581\w+\uff5c>|<\|code_(?:prefix|suffix)\|>", re.IGNORECASE
)
_PAIRS = tuple(
    (re.compile(re.escape(first), re.IGNORECASE), re.compile(re.escape(second), re.IGNORECASE))
    for first, second in (("[SUFFIX]", "[PREFIX]"), ("<PRE>", "<SUF>"))
)


class Completions:
    """One prompt, one answer."""

    name = "completions"
    media_type = "text/event-stream"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        fields = Fields(body)
        for name in ("n", "best_of"):
            if (fields.whole(name, 1) or 1) > 1:
                raise Refused("invalid", f"{name} must be 1 here.", parameter=name)
        if fields.flag("echo"):
            raise Refused("invalid", "echo must be false here.", parameter="echo")
        usage, prompt = fields.one("stream_options"), _prompt(fields)
        return Asked(
            model=fields.text("model"),
            messages=(Message("user", prompt),),
            prompted=Prompted() if _is_marked(prompt) else None,
            max_tokens=fields.whole("max_tokens", 1),
            temperature=fields.number("temperature"),
            seed=fields.whole("seed"),
            stop=fields.texts("stop"),
            sampling=sampling(fields, "top_p", "presence_penalty", "frequency_penalty"),
            top_logprobs=fields.whole("logprobs", 0),
            tool_choice="none",  # a run with our tools is not what is asked for here
            suffix=fields.text("suffix") or None,
            stream=fields.flag("stream"),
            include_usage=usage is not None and usage.flag("include_usage"),
        )

    def encoder(self, asked: Asked, identity: Identity) -> Encoder:
        """Return what writes the answer to a request."""
        return CompletionsEncoder(asked, identity)

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error."""
        return openai_error.refusal(refused)


COMPLETIONS: Dialect = Completions()


class CompletionsEncoder:
    """Writes one answer; see `Encoder`. There is no place in it for what the model thought."""

    def __init__(self, asked: Asked, identity: Identity) -> None:
        self._asked = asked
        self._head = {
            "id": f"cmpl-{identity.number}",
            "object": "text_completion",
            "created": identity.created,
            "model": identity.model,
        }
        self._text: list[str] = []
        self._logprobs: list[Logprob] = []
        self._finished = Finished("stop", Usage())

    def begin(self) -> bytes:
        """Return nothing: the first event is the first piece."""
        return b""

    def take(self, chunks: Sequence[Chunk]) -> bytes:
        """Return some pieces of the answer."""
        return b"".join([self._taken(chunk) for chunk in chunks])

    def failed(self, refused: Refused) -> bytes:
        """Return how a stream ends that cannot go on."""
        return sse.event(None, written(openai_error.refusal(refused)[1])) + sse.DONE

    def whole(self) -> Mapping[str, Any]:
        """Return the answer as one object."""
        choice = self._choice("".join(self._text), self._logprobs, self._reason(), 0)
        return {**self._head, "choices": [choice], "usage": _usage(self._finished.usage)}

    def _taken(self, chunk: Chunk) -> bytes:
        if isinstance(chunk, TextChunk) and chunk.text:
            offset = sum(map(len, self._text)) if chunk.logprobs else 0
            self._text.append(chunk.text)
            self._logprobs.extend(chunk.logprobs)
            return self._event([self._choice(chunk.text, chunk.logprobs, None, offset)])
        if isinstance(chunk, Finished):
            return self._end(chunk)
        return b""

    def _end(self, finished: Finished) -> bytes:
        self._finished = finished
        last = self._event([self._choice("", (), self._reason(), 0)])
        if self._asked.include_usage:
            last += self._event([], _usage(finished.usage))
        return last + sse.DONE

    def _event(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        body: dict[str, Any] = {**self._head, "choices": choices}
        if self._asked.include_usage:
            body["usage"] = usage
        return sse.event(None, written(body))

    def _choice(
        self, text: str, tokens: Sequence[Logprob], reason: str | None, offset: int
    ) -> dict[str, Any]:
        told = _logprobs(tokens, offset) if self._asked.top_logprobs is not None else None
        return {"text": text, "index": 0, "logprobs": told, "finish_reason": reason}

    def _reason(self) -> str:
        return "length" if self._finished.reason == "length" else "stop"


def _is_marked(prompt: str) -> bool:
    pairs = ((first.search(prompt), second) for first, second in _PAIRS)
    return _MARK.search(prompt) is not None or any(
        found is not None and second.search(prompt, found.end()) for found, second in pairs
    )


def _prompt(fields: Fields) -> str:
    value = fields.values.get("prompt")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return value
    raise Refused(
        "invalid", "prompt must be one text: no list of several, no tokens.", parameter="prompt"
    )


def _logprobs(tokens: Sequence[Logprob], offset: int) -> dict[str, Any]:
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.token)
    return {
        "tokens": [token.token for token in tokens],
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [{o.token: o.logprob for o in token.others} for token in tokens],
        "text_offset": offsets,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.answer_tokens,
        "total_tokens": usage.prompt_tokens + usage.answer_tokens,
    }
