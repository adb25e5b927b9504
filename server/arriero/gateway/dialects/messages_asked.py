"""What a request for Anthropic's messages asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.gateway.dialects import client_tools, images
from arriero.gateway.dialects.fields import Fields, sampling
from arriero.gateway.dialects.system_first import system_first
from arriero.models.types import Message, Think, ToolCall, ToolSpec

_BETWEEN_BLOCKS = "\n\n"
# What tells of Anthropic's own servers, as what ends in `_tool_result` does.
_PASSED_OVER = ("redacted_thinking", "server_tool_use")


def read_messages(body: Mapping[str, Any]) -> Asked:
    """Read the body of a request; raises `Refused`. `cache_control` and `metadata` are ignored."""
    fields = Fields(body)
    if fields.has("thread"):
        raise Refused(
            "invalid",
            "Conversations are not kept here as threads: send all messages with each request.",
            parameter="thread",
            # Anthropic's package then does so by itself (lib/threads/_thread_state.py).
            details={"error_code": "thread_unsupported_request", "unsupported": ["thread"]},
        )
    if fields.values.get("mcp_servers"):
        raise Refused(
            "invalid",
            "MCP servers are not asked here: give their tools as `tools`, and call them yourself.",
            parameter="mcp_servers",
        )
    tools, choice, parallel = _tools(fields)
    unknown: list[str] = []
    return Asked(
        model=fields.text("model"),
        messages=system_first([*_system(fields), *_messages(fields, unknown)]),
        tools=tools,
        tool_choice=choice,
        parallel_calls=parallel,
        max_tokens=fields.whole("max_tokens", 1),
        temperature=fields.number("temperature"),
        stop=fields.texts("stop_sequences"),
        think=_think(fields),
        format=_format(fields),
        sampling=sampling(fields, "top_p", "top_k"),
        stream=fields.flag("stream"),
        include_usage=True,
        unknown_call=next(iter(unknown), ""),
    )


def _system(fields: Fields) -> Iterator[Message]:
    if text := _text_of(fields, "system"):
        yield Message("system", text)


def _messages(fields: Fields, unknown: list[str]) -> Iterator[Message]:
    """Yield the messages; where a result names a call that is not there is added to `unknown`."""
    if not fields.items("messages"):
        raise fields.refused("messages", "a list with at least one message")
    names: dict[str, str] = {}  # of the tools, by the ids of their calls
    for message in fields.each("messages"):
        role = message.text("role")
        if role == "assistant":
            read = _assistant(message)
            names.update((call.id, call.name) for call in read.tool_calls)
            yield read
        elif role == "user":
            yield from _user(message, names, unknown)
        elif role == "system":
            yield Message("system", _text_of(message, "content"))
        else:
            raise message.refused("role", "user or assistant")


def _assistant(message: Fields) -> Message:
    texts, thoughts, calls = [], [], []
    for block in _blocks(message, "content"):
        kind = block.text("type")
        if kind == "text":
            texts.append(block.text("text"))
        elif kind == "thinking":
            thoughts.append(block.text("thinking"))
        elif kind == "tool_use":
            given = block.one("input")
            arguments = given.values if given is not None else {}
            calls.append(ToolCall(block.needed("id"), block.needed("name"), arguments))
        elif kind not in _PASSED_OVER and not kind.endswith("_tool_result"):
            raise block.refused("type", "text, thinking or tool_use")
    return Message("assistant", "".join(texts), thinking="".join(thoughts), tool_calls=tuple(calls))


def _user(message: Fields, names: Mapping[str, str], unknown: list[str]) -> Iterator[Message]:
    """Yield the results of tools, then the rest: that is the order in which models know them.

    Pictures in a result come with the rest, since servers take none in a tool's message.
    """
    texts: list[str] = []
    pictures: list[bytes] = []
    blocks = list(_blocks(message, "content"))
    if not blocks:
        raise message.refused("content", "a text, or a list with at least one block")
    for block in blocks:
        if block.text("type") == "tool_result":
            result = _result(block, names, pictures)
            if result.tool_name is None:
                unknown.append(block.where("tool_use_id"))
            yield result
        else:
            _content(block, texts, pictures)
    if texts or pictures:
        yield Message("user", _BETWEEN_BLOCKS.join(texts), images=tuple(pictures))


def _result(block: Fields, names: Mapping[str, str], pictures: list[bytes]) -> Message:
    call_id = block.needed("tool_use_id")
    texts: list[str] = []
    for part in _blocks(block, "content"):
        _content(part, texts, pictures)
    said = _BETWEEN_BLOCKS.join(texts)
    if block.flag("is_error") and not said.startswith("Error"):
        said = f"Error: {said}"
    return Message("tool", said, tool_name=names.get(call_id), tool_call_id=call_id)


def _content(block: Fields, texts: list[str], pictures: list[bytes]) -> None:
    kind = block.text("type")
    if kind == "text":
        texts.append(block.text("text"))
    elif kind == "tool_reference":
        texts.append(block.needed("tool_name"))
    elif kind == "image":
        pictures.append(_picture(block))
    elif kind == "document":
        texts.append(_document(block))
    elif kind == "search_result":
        said = (block.text("title"), block.text("source"), _text_of(block, "content"))
        texts.append("\n".join(filter(None, said)))
    else:
        raise block.refused("type", "text, image, document, search_result or tool_result")


def _picture(block: Fields) -> bytes:
    source = block.one("source")
    if source is None or source.text("type") not in ("base64", "url"):
        raise block.refused("source", "a picture in base64")
    if source.text("type") == "url":
        return images.from_url(source.text("url"), source.where("url"))
    return images.from_base64(source.text("data"), source.where("data"))


def _document(block: Fields) -> str:
    source = block.one("source")
    if source is None or source.text("type") not in ("text", "content"):
        raise block.refused("source", "a text: other documents cannot be read here")
    text = source.text("data") if source.text("type") == "text" else _text_of(source, "content")
    return "\n".join(part for part in (block.text("title"), text) if part)


def _text_of(fields: Fields, name: str) -> str:
    parts = []
    for block in _blocks(fields, name):
        if block.text("type") != "text":
            raise block.refused("type", "text")
        parts.append(block.text("text"))
    return _BETWEEN_BLOCKS.join(parts)


def _blocks(fields: Fields, name: str) -> Iterator[Fields]:
    value = fields.values.get(name)
    if isinstance(value, str):
        yield Fields({"type": "text", "text": value}, fields.where(name))
    else:
        yield from fields.each(name)


def _tools(fields: Fields) -> tuple[tuple[ToolSpec, ...], str, bool]:
    """Return the tools, the choice among them, and whether there may be several calls at once.

    Tools of Anthropic's own servers have a type with a date and no schema: they are left out.
    """
    tools, left_out = [], []
    for one in fields.each("tools"):
        if one.text("type", "custom") == "custom" or one.has("input_schema"):
            tools.append(client_tools.tool(one, "input_schema"))
        else:
            left_out.append(one.text("type"))
    if left_out and not tools:
        raise client_tools.none_left(left_out)
    given = fields.one("tool_choice")
    if given is None:
        return client_tools.checked(tools, "auto"), "auto", True
    kind = given.text("type")
    choice = given.needed("name") if kind == "tool" else {"any": "required"}.get(kind, kind)
    if kind not in ("auto", "any", "tool", "none"):
        raise given.refused("type", "auto, any, tool or none")
    parallel = not given.flag("disable_parallel_tool_use")
    return client_tools.checked(tools, choice), choice, parallel


def _think(fields: Fields) -> Think:
    """Return what the client wants of thinking; how long it may be is not ours to say."""
    given = fields.one("thinking")
    if given is None:
        return None
    kind = given.text("type")
    if kind not in ("enabled", "adaptive", "disabled"):
        raise given.refused("type", "enabled, adaptive or disabled")
    return kind != "disabled"


def _format(fields: Fields) -> Mapping[str, Any] | None:
    """Return the schema of the answer, which stands in one of two places."""
    settings = fields.one("output_config")
    holder, name = (fields, "output_format") if settings is None else (settings, "format")
    given = holder.one(name)
    if given is None:
        return None
    schema = given.one("schema")
    if given.text("type") != "json_schema" or schema is None:
        raise Refused(
            "invalid",
            f"{given.path} must be of type json_schema with a schema.",
            parameter=given.path,
        )
    return client_tools.schema_of(schema)
