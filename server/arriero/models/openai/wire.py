"""Our requests as OpenAI's JSON, and its events as our chunks. No input or output happens here."""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from arriero.models.chat_json import call_text, function_tool
from arriero.models.json_values import an_object, decoded, logprobs, number, objects
from arriero.models.openai import calls
from arriero.models.openai.calls import CallAssembler
from arriero.models.openai.events import Event
from arriero.models.openai.servers import Server
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)

# What a model's template may demand of an id: Mistral's want nine letters or digits.
_ID_LENGTH = 9
_ID_LETTERS = string.ascii_letters + string.digits
_IMAGE_TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
_FAILED = frozenset({"error", "abort"})


class UnreadableCall(ValueError):
    """The model wrote a tool call whose arguments are no JSON object; `str` shows it.

    `text` is the call as a model prints one.
    """

    def __init__(self, name: str, arguments: str) -> None:
        super().__init__(f"{name}: {arguments}")
        self.text = call_text(name, arguments)


def chat_body(request: ChatRequest, server: Server) -> dict[str, Any]:
    """Return the body of a streamed `/chat/completions` request.

    `RunnerOptions` have no place in this protocol: the window is set where the server starts.
    """
    body = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "tools": [function_tool(tool) for tool in request.tools] or None,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop) or None,
        "response_format": _format(request, server),
        "reasoning_effort": request.think if isinstance(request.think, str) else None,
        "chat_template_kwargs": _template_arguments(request, server),
        "logprobs": True if request.top_logprobs is not None else None,
        "top_logprobs": request.top_logprobs or None,
        **_sampling(request),
    }
    return {key: value for key, value in body.items() if value is not None}


class AnswerReader:
    """Turns the events of one answer into chunks, and gives every call an id of its own.

    `taken` are the ids in the conversation so far: models and servers are known to repeat them.
    `formatted`: JSON was asked for. LM Studio gives that of a thinking model as thinking, with no
    answer after it; such JSON is the answer.
    """

    def __init__(self, taken: Iterable[str] = (), *, formatted: bool = False) -> None:
        self.ended = False
        self._formatted = formatted
        self._thinking: list[str] = []
        self._reason: str | None = None
        self._stop = ""
        self._usage: Mapping[str, Any] = {}
        self._timings: Mapping[str, Any] = {}
        self._calls = CallAssembler()
        self._taken = set(taken)

    @property
    def begun(self) -> bool:
        """Whether a tool call has begun; it becomes a chunk only when it is whole."""
        return bool(self._calls.calls)

    def read(self, event: Event, found: list[Chunk]) -> None:
        """Add what an event holds; raises ValueError for one that is none of the protocol's."""
        if isinstance(event, str):  # DONE
            self.ended = True
            return
        self._usage = an_object(event.get("usage")) or self._usage
        self._timings = an_object(event.get("timings")) or self._timings
        for choice in objects(event.get("choices")):
            if choice.get("index") in (0, None):
                self._choice(choice, found)

    def finish(self) -> Iterator[Chunk]:
        """Yield the calls and the last chunk; raises `UnreadableCall`."""
        reason: Literal["stop", "length"] = "length" if self._reason == "length" else "stop"
        if self._formatted and _is_object(thought := "".join(self._thinking)):
            yield TextChunk(thought)
        for partial in self._calls.calls:
            try:
                arguments = calls.arguments(partial.arguments)
            except ValueError as error:
                if reason == "length":  # the limit fell into the middle of the call
                    break
                raise UnreadableCall(partial.name, partial.arguments) from error
            yield ToolCallChunk(ToolCall(self._identity(partial.id), partial.name, arguments))
        yield Finished(reason, usage_of(self._usage, self._timings), self._stop)

    def _choice(self, choice: Mapping[str, Any], found: list[Chunk]) -> None:
        # A server that does not stream sends a whole message.
        delta = an_object(choice.get("delta")) or an_object(choice.get("message"))
        thinking = delta.get("reasoning_content") or delta.get("reasoning")
        if thinking and isinstance(thinking, str):
            if self._formatted:
                self._thinking.append(thinking)
            found.append(ThinkingChunk(thinking))
        content = delta.get("content")
        if content and isinstance(content, str):
            self._formatted = False
            told = an_object(choice.get("logprobs")).get("content")
            found.append(TextChunk(content, logprobs(told) if told else ()))
        fragments = delta.get("tool_calls") or []
        if not isinstance(fragments, list):
            raise ValueError(f"tool_calls {fragments!r:.200}")  # noqa: TRY004 - of the server
        for fragment in fragments:
            self._calls.add(fragment)
        if reason := choice.get("finish_reason"):
            if reason in _FAILED:
                raise ValueError(f"finish_reason {reason}")
            self._reason, self.ended = str(reason), True
            # vLLM's own: the text that ended it, or the number of a token that did.
            told = choice.get("stop_reason")
            self._stop = told if isinstance(told, str) else ""

    def _identity(self, given: str) -> str:
        identity = given
        while not identity or identity in self._taken:
            identity = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
        self._taken.add(identity)
        return identity


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.thinking:
        body["reasoning_content"] = message.thinking
    if message.tool_calls:
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(dict(call.arguments), ensure_ascii=False),
                },
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        body["tool_call_id"] = message.tool_call_id or ""
        if message.tool_name:
            body["name"] = message.tool_name
    return body


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content
    pictures = [
        {"type": "image_url", "image_url": {"url": _data_url(image)}} for image in message.images
    ]
    return [{"type": "text", "text": message.content}, *pictures]


def _data_url(image: bytes) -> str:
    kinds = (kind for start, kind in _IMAGE_TYPES.items() if image.startswith(start))
    return f"data:image/{next(kinds, 'png')};base64,{base64.b64encode(image).decode('ascii')}"


def _format(request: ChatRequest, server: Server) -> dict[str, Any] | None:
    if request.format is None:
        return None
    # Not every server knows how to ask for any object, so that is a schema too.
    schema = {"type": "object"} if isinstance(request.format, str) else dict(request.format)
    if server.schema_form == "json_object":
        return {"type": "json_object", "schema": schema}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def _sampling(request: ChatRequest) -> dict[str, float | int]:
    """Return the further options; what a server does not know it passes over.

    llama.cpp's server has Ollama's names, vLLM another one for the penalty on repetition.
    """
    repeat = request.sampling.get("repeat_penalty")
    other = {} if repeat is None else {"repetition_penalty": repeat}
    return {**request.sampling, **other}


def _template_arguments(request: ChatRequest, server: Server) -> dict[str, Any] | None:
    if request.think is None or not server.template_arguments:
        return None
    # The templates of Qwen and GLM ask for the first name, those of Granite and DeepSeek for the
    # other; what a template does not ask for is passed over.
    return dict.fromkeys(("enable_thinking", "thinking"), request.think is not False)


def _is_object(text: str) -> bool:
    try:
        return isinstance(decoded(text), dict)
    except ValueError:
        return False


def usage_of(usage: Mapping[str, Any], timings: Mapping[str, Any]) -> Usage:
    """Usage counts the whole prompt, as llama.cpp, vLLM and LM Studio do.

    llama.cpp's timings count its cached part (`cache_n`) and the rest (`prompt_n`) apart. vLLM
    tells cached tokens only if it was started with `--enable-prompt-tokens-details`.
    """
    details = an_object(usage.get("prompt_tokens_details"))
    told = (timings.get("cache_n"), details.get("cached_tokens"))
    prompt_tokens = number(usage.get("prompt_tokens")) or number(timings.get("prompt_n")) + number(
        timings.get("cache_n")
    )
    return Usage(
        prompt_tokens=prompt_tokens,
        answer_tokens=number(usage.get("completion_tokens")) or number(timings.get("predicted_n")),
        prompt_ms=number(timings.get("prompt_ms")),
        answer_ms=number(timings.get("predicted_ms")),
        cached_tokens=next((number(one) for one in told if one is not None), None),
    )
