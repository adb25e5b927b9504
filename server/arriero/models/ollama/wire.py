"""Our requests as Ollama's JSON, and its lines as our chunks. No input or output happens here."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from arriero.models.chat_json import call_text, function_tool
from arriero.models.errors import CallUnreadable, StreamBroken
from arriero.models.filling import FillRequest, Prompted
from arriero.models.json_values import OBJECTS, decoded, logprobs, number
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    PullProgress,
    RunnerOptions,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)

_NS_PER_MS = 1_000_000


def chat_body(request: ChatRequest) -> dict[str, Any]:
    """Return the body of a streamed `/api/chat` request.

    Truncation and shifting are forbidden in every request: a conversation that does not fit is to
    be refused, not cut, and a change of `shift` would reload the model.
    """
    options = {
        **request.sampling,
        "num_ctx": request.runner.num_ctx,
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    body = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "tools": [function_tool(tool) for tool in request.tools] or None,
        "stream": True,
        "format": request.format,
        "options": {key: value for key, value in options.items() if value is not None},
        "keep_alive": request.runner.keep_alive,
        "think": request.think,
        "logprobs": True if request.top_logprobs is not None else None,
        "top_logprobs": request.top_logprobs or None,
        "truncate": False,
        "shift": False,
    }
    return {key: value for key, value in body.items() if value is not None}


def fill_body(request: FillRequest) -> dict[str, Any]:
    """Return the body of a streamed `/api/generate` request.

    It fills in the middle, or goes on with a prompt that stands alone. Without a suffix Ollama
    would take the prompt for a question: one line end stands for the end of a text.
    """
    options = {
        **request.sampling,
        "num_ctx": request.runner.num_ctx,
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    asked = request.prompted
    form = {"suffix": request.after or "\n", "think": False} if asked is None else _prompted(asked)
    body = {
        "model": request.model,
        "prompt": request.before,
        **form,
        "stream": True,
        "options": {key: value for key, value in options.items() if value is not None},
        "keep_alive": request.runner.keep_alive,
        "truncate": False,
        "shift": False,
    }
    return {key: value for key, value in body.items() if value is not None}


def _prompted(asked: Prompted) -> dict[str, Any]:
    return {
        "raw": asked.raw or None,
        "system": asked.system or None,
        "template": asked.template or None,
        "context": list(asked.context) or None,
        "images": _pictures(asked.images) or None,
        "format": asked.format,
        "think": asked.think,
        "logprobs": True if asked.top_logprobs is not None else None,
        "top_logprobs": asked.top_logprobs or None,
    }


def embed_body(
    model: str, texts: Sequence[str], runner: RunnerOptions, dimensions: int | None
) -> dict[str, Any]:
    """Return the body of an `/api/embed` request, which forbids to cut the texts."""
    body = {
        "model": model,
        "input": list(texts),
        "truncate": False,
        "dimensions": dimensions,
        "keep_alive": runner.keep_alive,
        "options": {"num_ctx": runner.num_ctx} if runner.num_ctx is not None else None,
    }
    return {key: value for key, value in body.items() if value is not None}


class AnswerReader:
    """Turns the lines of one answer into chunks, and gives every call an id of its own.

    `taken` are the ids in the conversation so far: models and servers are known to repeat them.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._finished: Finished | None = None
        self._taken = set(taken)

    def read(self, line: Mapping[str, Any], found: list[Chunk]) -> None:
        """Add what a line holds; of the last line the end comes with `finish`.

        Raises `StreamBroken` for a line that is none of Ollama's, `CallUnreadable` for a call
        whose arguments cannot be read.
        """
        message = line.get("message")
        if not isinstance(message, OBJECTS):
            raise _unreadable(line)
        if thinking := message.get("thinking"):
            found.append(ThinkingChunk(str(thinking)))
        if content := message.get("content"):
            told = line.get("logprobs")
            found.append(TextChunk(str(content), logprobs(told) if told else ()))
        if calls := message.get("tool_calls"):
            if not isinstance(calls, list):
                raise _unreadable(line)
            for call in calls:  # those before one that cannot be read stay
                found.append(ToolCallChunk(self._call(call)))  # noqa: PERF401
        if line.get("done"):
            self._finished = Finished(_reason(line), _usage(line))

    def finish(self) -> Sequence[Chunk] | None:
        """Return the last chunk, None where the last line did not come."""
        return None if self._finished is None else (self._finished,)

    def _call(self, call: object) -> ToolCall:
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(call, Mapping) or not isinstance(function, Mapping):
            raise _unreadable(call)
        given = call.get("id")
        unique = str(given) if given and given not in self._taken else f"call_{uuid.uuid4().hex}"
        self._taken.add(unique)
        name = str(function.get("name") or "")
        return ToolCall(unique, name, _arguments(name, function.get("arguments")))


class FillReader:
    """Turns the lines of one answer of `/api/generate` into chunks."""

    def __init__(self) -> None:
        self._finished: Finished | None = None

    def read(self, line: Mapping[str, Any], found: list[Chunk]) -> None:
        """Add what a line holds. Raises `StreamBroken`."""
        text = line.get("response")
        if not isinstance(text, str):
            raise _unreadable(line)
        if thinking := line.get("thinking"):
            found.append(ThinkingChunk(str(thinking)))
        if text:
            told = line.get("logprobs")
            found.append(TextChunk(text, logprobs(told) if told else ()))
        if line.get("done"):
            context = line.get("context")
            tokens = tuple(map(number, context)) if isinstance(context, list) else ()
            self._finished = Finished(_reason(line), _usage(line), context=tokens)

    def finish(self) -> Sequence[Chunk] | None:
        """Return the last chunk, None where the last line did not come."""
        return None if self._finished is None else (self._finished,)


class PullReader:
    """Turns the lines of a pull into its progress; it ends without a last line."""

    def read(self, line: Mapping[str, Any], found: list[PullProgress]) -> None:
        """Add what a line tells."""
        done, whole = number(line.get("completed")), number(line.get("total"))
        found.append(PullProgress(str(line.get("status") or ""), done, whole))

    def finish(self) -> Sequence[PullProgress]:
        """Return nothing."""
        return ()


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.thinking:
        body["thinking"] = message.thinking
    if message.images:
        body["images"] = _pictures(message.images)
    if message.tool_calls:
        body["tool_calls"] = [
            # An object: Ollama refuses arguments that are JSON inside a string.
            {"id": call.id, "function": {"name": call.name, "arguments": dict(call.arguments)}}
            for call in message.tool_calls
        ]
    if message.tool_name is not None:
        body["tool_name"] = message.tool_name
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    return body


def _pictures(images: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(image).decode("ascii") for image in images]


def _arguments(name: str, value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    read = value
    if isinstance(value, str):  # as OpenAI's dialect writes them; some servers mix the two
        try:
            read = decoded(value)
        except ValueError:
            read = None
    if isinstance(read, Mapping):
        return read
    raw = value if isinstance(value, str) else json.dumps(value)
    raise CallUnreadable(
        f"The arguments of a call of {name} cannot be read: ask again in other words, or choose "
        "another model.",
        cause=f"{name}: {raw}"[:500],
        text=call_text(name, raw),
    )


def _reason(line: Mapping[str, Any]) -> Literal["stop", "length", "load", "unload"]:
    reasons: tuple[Literal["length", "load", "unload"], ...] = ("length", "load", "unload")
    return next((reason for reason in reasons if line.get("done_reason") == reason), "stop")


def _usage(line: Mapping[str, Any]) -> Usage:
    """Ollama counts cached tokens of the prompt like new ones, and does not tell which they are."""

    def milliseconds(key: str) -> int:
        return number(line.get(key)) // _NS_PER_MS

    return Usage(
        prompt_tokens=number(line.get("prompt_eval_count")),
        answer_tokens=number(line.get("eval_count")),
        load_ms=milliseconds("load_duration"),
        prompt_ms=milliseconds("prompt_eval_duration"),
        answer_ms=milliseconds("eval_duration"),
    )


def _unreadable(value: object) -> StreamBroken:
    return StreamBroken(
        "The answer was not one of Ollama's: try again, and update Ollama if it happens again.",
        cause=repr(value)[:500],
    )
