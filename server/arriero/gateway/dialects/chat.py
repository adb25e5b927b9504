"""OpenAI's chat completions: what is asked, and how the answer is written.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Literal

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Identity, Refused
from arriero.gateway.dialects import chat_request, logprobs, openai_error, sse
from arriero.gateway.dialects.json_text import written
from arriero.models.types import (
    Chunk,
    Finished,
    Logprob,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)


class Chat:
    """`POST /v1/chat/completions`."""

    name: Literal["chat"] = "chat"
    media_type = "text/event-stream"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        return chat_request.read(body)

    def encoder(self, asked: Asked, identity: Identity) -> ChatEncoder:
        """Return what writes the answer to a request."""
        return ChatEncoder(asked, identity)

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error."""
        return openai_error.refusal(refused)


CHAT = Chat()


class ChatEncoder:
    """Writes one answer; see `Encoder`. Thinking is `reasoning_content`, as most servers have it.

    The parts of an event that never change are written once: an answer has thousands of them.
    """

    def __init__(self, asked: Asked, identity: Identity) -> None:
        self._asked = asked
        self._id = f"chatcmpl-{identity.number}"
        self._created, self._model = identity.created, identity.model
        head = (
            f'{{"id":"{self._id}","object":"chat.completion.chunk",'
            f'"created":{self._created},"model":{quoted(self._model)}'
        )
        usage = ',"usage":null' if asked.include_usage else ""
        self._before = f'data: {head},"choices":[{{"index":0,"delta":'
        self._after = f',"finish_reason":null}}]{usage}}}\n\n'
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._logprobs: list[Logprob] = []
        self._calls: list[ToolCall] = []
        self._finished = Finished("stop", Usage())

    def begin(self) -> bytes:
        """Return the event with the role."""
        return f'{self._before}{{"role":"assistant","content":""}}{self._after}'.encode()

    def take(self, chunks: Sequence[Chunk]) -> bytes:
        """Return some pieces of the answer as they are sent."""
        if not self._asked.stream:
            for chunk in chunks:
                self._keep(chunk)
            return b""
        return "".join(map(self._streamed, chunks)).encode()

    def failed(self, refused: Refused) -> bytes:
        """Return how a stream ends that cannot go on."""
        _, body = openai_error.refusal(refused)
        return sse.event(None, written(body)) + sse.DONE

    def whole(self) -> Mapping[str, Any]:
        """Return the answer as one object."""
        text = "".join(self._text)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": text if text or not self._calls else None,
            "refusal": None,
        }
        if self._thinking:
            message["reasoning_content"] = "".join(self._thinking)
        if self._calls:
            message["tool_calls"] = [_call(call) for call in self._calls]
        wanted = self._asked.top_logprobs is not None
        choice = {
            "index": 0,
            "message": message,
            "logprobs": _logprobs(self._logprobs) if wanted else None,
            "finish_reason": self._reason(),
        }
        usage = _usage(self._finished.usage)
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": self._model}

    def _keep(self, chunk: Chunk) -> None:
        match chunk:
            case TextChunk(text):
                self._text.append(text)
                self._logprobs.extend(chunk.logprobs)
            case ThinkingChunk(text):
                self._thinking.append(text)
            case ToolCallChunk(call):
                self._calls.append(call)
            case Finished():
                self._finished = chunk

    def _streamed(self, chunk: Chunk) -> str:
        if isinstance(chunk, TextChunk):
            if chunk.logprobs:
                told = {"logprobs": _logprobs(chunk.logprobs)}
                delta = written({"content": chunk.text})
                return f"{self._before}{delta},{written(told)[1:-1]}{self._after}"
            return f'{self._before}{{"content":{quoted(chunk.text)}}}{self._after}'
        if isinstance(chunk, ThinkingChunk):
            return f'{self._before}{{"reasoning_content":{quoted(chunk.text)}}}{self._after}'
        if isinstance(chunk, ToolCallChunk):
            return self._streamed_call(chunk.call)
        self._finished = chunk
        return self._end()

    def _streamed_call(self, call: ToolCall) -> str:
        index = len(self._calls)
        self._calls.append(call)
        whole = _call(call)
        arguments = whole["function"]["arguments"]
        named = {**whole["function"], "arguments": ""}
        first = {"index": index, **whole, "function": named}
        rest = {"index": index, "function": {"arguments": arguments}}
        return self._event({"tool_calls": [first]}) + self._event({"tool_calls": [rest]})

    def _event(self, delta: Mapping[str, Any]) -> str:
        return f"{self._before}{written(delta)}{self._after}"

    def _end(self) -> str:
        head = self._head("chat.completion.chunk")
        choice = {"index": 0, "delta": {}, "finish_reason": self._reason()}
        last: dict[str, Any] = {**head, "choices": [choice]}
        if not self._asked.include_usage:
            return f"data: {written(last)}\n\n{sse.DONE.decode()}"
        usage = {**head, "choices": [], "usage": _usage(self._finished.usage)}
        last["usage"] = None
        return f"data: {written(last)}\n\ndata: {written(usage)}\n\n{sse.DONE.decode()}"

    def _reason(self) -> str:
        if self._calls:
            return "tool_calls"
        return "length" if self._finished.reason == "length" else "stop"


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": written(dict(call.arguments))}
    return {"id": call.id, "type": "function", "function": function}


def _logprobs(tokens: Sequence[Logprob]) -> dict[str, Any]:
    return {"content": logprobs.told(tokens), "refusal": None}


def _usage(usage: Usage) -> dict[str, Any]:
    told: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.answer_tokens,
        "total_tokens": usage.prompt_tokens + usage.answer_tokens,
    }
    if usage.cached_tokens is not None:
        told["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    return told
