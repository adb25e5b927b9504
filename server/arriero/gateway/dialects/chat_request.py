"""Reads a request of OpenAI's chat completions.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.gateway.dialects import client_tools, images
from arriero.gateway.dialects.fields import Fields, sampling
from arriero.gateway.dialects.system_first import system_first
from arriero.models.json_values import decoded
from arriero.models.types import Message, Think, ToolCall, ToolSpec

_ROLES: Mapping[str, Literal["system", "user", "assistant", "tool"]] = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant",
    "tool": "tool", "function": "tool",
}  # fmt: skip
_TEXTS = frozenset({"text", "input_text", "output_text", "refusal"})
_EFFORTS: Mapping[str, Think] = {
    "none": False, "minimal": "low", "low": "low", "medium": "medium", "high": "high",
    "xhigh": "high",
}  # fmt: skip
_USUAL = frozenset({"model", "messages", "stream"})
_MOST_STOPS = 64
_MOST_LOGPROBS = 20


def read(body: Mapping[str, Any]) -> Asked:
    """Return what is asked for; raises `Refused`."""
    fields = Fields(body)
    if (fields.whole("n", 1) or 1) > 1:
        raise Refused("invalid", "n must be 1: a local model gives one answer.", parameter="n")
    messages = system_first(tuple(_messages(fields)))
    if not messages:
        raise fields.refused("messages", "a list with at least one message")
    if body.keys() <= _USUAL:  # all else that may be said is not looked for one by one
        return Asked(fields.text("model"), messages, stream=fields.flag("stream"))
    for name in ("functions", "function_call"):
        if fields.values.get(name):
            told = f"{name} is OpenAI's older way of giving tools: send tools and tool_choice."
            raise Refused("invalid", told, parameter=name)
    if "audio" in fields.texts("modalities"):
        told = "Local models answer in words here: leave audio out of modalities."
        raise Refused("invalid", told, parameter="modalities")
    if fields.has("web_search_options"):
        told = "Nothing is searched in the web here: leave web_search_options out."
        raise Refused("invalid", told, parameter="web_search_options")
    tools, choice = _tools(fields)
    stop = fields.texts("stop")
    if len(stop) > _MOST_STOPS:
        raise fields.refused("stop", f"{_MOST_STOPS} texts or fewer")
    options = sampling(fields, "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty")
    repeat = fields.number("repeat_penalty") or fields.number("repetition_penalty")
    usage = fields.one("stream_options")
    return Asked(
        fields.text("model"),
        messages,
        tools,
        choice,
        parallel_calls=fields.flag("parallel_tool_calls", True),
        max_tokens=fields.whole("max_completion_tokens", 1) or fields.whole("max_tokens", 1),
        temperature=fields.number("temperature"),
        seed=fields.whole("seed"),
        stop=stop,
        think=_think(fields),
        format=_format(fields),
        sampling=options if repeat is None else {**options, "repeat_penalty": repeat},
        top_logprobs=_logprobs(fields),
        stream=fields.flag("stream"),
        include_usage=usage is not None and usage.flag("include_usage"),
    )


def _messages(fields: Fields) -> Iterator[Message]:
    names: dict[str, str] = {}  # of the calls so far, by id
    for message in fields.each("messages"):
        role = _ROLES.get(message.text("role"))
        if role is None:
            raise message.refused("role", f"one of {', '.join(_ROLES)}")
        text, pictures = _content(message)
        if role == "tool":
            call_id = message.text("tool_call_id") or message.text("name")
            name = message.text("name") or names.get(call_id, "")
            yield Message("tool", text, tool_name=name or None, tool_call_id=call_id or None)
            continue
        calls = tuple(_calls(message))
        names.update({call.id: call.name for call in calls})
        thinking = message.text("reasoning_content") or message.text("reasoning")
        yield Message(role, text, thinking, calls, images=pictures)


def _content(message: Fields) -> tuple[str, tuple[bytes, ...]]:
    if isinstance(message.values.get("content"), str):
        return message.values["content"], ()
    texts, pictures = [], []
    for part in message.each("content"):
        kind = part.text("type")
        if kind in _TEXTS:
            texts.append(part.text("refusal" if kind == "refusal" else "text"))
        elif kind == "image_url":
            if isinstance(url := part.values.get("image_url"), str):
                pictures.append(images.from_url(url, part.where("image_url")))
            elif (image := part.one("image_url")) is not None:
                pictures.append(images.from_url(image.needed("url"), image.where("url")))
        else:
            raise part.refused("type", "text or image_url")
    return "\n".join(texts), tuple(pictures)


def _calls(message: Fields) -> Iterator[ToolCall]:
    for call in message.each("tool_calls"):
        function = call.one("function")
        if function is None:
            raise call.refused("function", "an object with a name")
        yield ToolCall(call.text("id"), function.needed("name"), _arguments(function))
    if (function := message.one("function_call")) is not None:  # as it was before there were ids
        yield ToolCall("", function.needed("name"), _arguments(function))


def _arguments(function: Fields) -> Mapping[str, Any]:
    """Return the arguments of an earlier call; what a model wrote need not be JSON."""
    value = function.values.get("arguments")
    if isinstance(value, str):
        try:
            value = decoded(value) if value.strip() else {}
        except ValueError:
            return {"text": function.text("arguments")}
    return value if isinstance(value, Mapping) else {}


def _tools(fields: Fields) -> tuple[tuple[ToolSpec, ...], str]:
    found, left_out = [], []
    for tool in fields.each("tools"):
        kind = tool.text("type", "function")
        if kind != "function":
            left_out.append(kind)
            continue
        function = tool.one("function")
        if function is None:
            raise tool.refused("function", "an object with a name")
        found.append(client_tools.tool(function, "parameters"))
    if left_out and not found:
        raise client_tools.none_left(left_out)
    choice, allowed = _choice(fields)
    if allowed is not None:
        found = client_tools.among(found, allowed)
    return client_tools.checked(found, choice), choice


def _choice(fields: Fields) -> tuple[str, frozenset[str] | None]:
    """Return the choice, and the names of the tools that there is a choice of, None for all."""
    given = fields.values.get("tool_choice")
    if given is None or isinstance(given, str):
        return given or "auto", None
    wanted = fields.one("tool_choice")
    assert wanted is not None
    allowed = wanted.one("allowed_tools")
    if allowed is not None:
        functions = [one.one("function") for one in allowed.each("tools")]
        names = frozenset(one.needed("name") for one in functions if one is not None)
        return allowed.text("mode", "auto"), names
    function = wanted.one("function")
    if function is None:
        raise wanted.refused("function", "an object with a name")
    return function.needed("name"), None


def _think(fields: Fields) -> Think:
    effort = fields.text("reasoning_effort")
    if effort and effort not in _EFFORTS:
        raise fields.refused("reasoning_effort", f"one of {', '.join(_EFFORTS)}")
    return _EFFORTS.get(effort)


def _format(fields: Fields) -> Mapping[str, Any] | Literal["json"] | None:
    wanted = fields.one("response_format")
    kind = wanted.text("type", "text") if wanted is not None else "text"
    if wanted is None or kind == "text":
        return None
    if kind == "json_object":
        return "json"
    if kind != "json_schema":
        raise wanted.refused("type", "text, json_object or json_schema")
    described = wanted.one("json_schema")
    schema = described.one("schema") if described is not None else None
    if schema is None:
        raise wanted.refused("json_schema", "an object with a schema")
    return client_tools.schema_of(schema)


def _logprobs(fields: Fields) -> int | None:
    others = fields.whole("top_logprobs", 0)
    if others is not None and others > _MOST_LOGPROBS:
        raise fields.refused("top_logprobs", f"{_MOST_LOGPROBS} or less")
    return (others or 0) if fields.flag("logprobs") else None
