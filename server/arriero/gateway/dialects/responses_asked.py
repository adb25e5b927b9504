"""What a request for OpenAI's responses asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.gateway.dialects import client_tools, images
from arriero.gateway.dialects.fields import Fields, sampling
from arriero.gateway.dialects.responses_tools import CUSTOM_INPUT, flat_name, read_tools
from arriero.gateway.dialects.system_first import system_first
from arriero.models.json_values import decoded
from arriero.models.types import Message, Think, ToolCall

# What only OpenAI's own servers keep.
_NOT_KEPT = ("conversation", "prompt")
_EFFORTS: Mapping[str, Think] = {
    "": None, "none": False, "minimal": "low", "low": "low", "medium": "medium", "high": "high",
    "xhigh": "high", "max": "high",
}  # fmt: skip
_TEXTS = frozenset({"input_text", "output_text", "text", "reasoning_text", "summary_text"})
# Items that tell what OpenAI's own servers did, of which a model here knows nothing.
_PASSED_OVER = frozenset(
    {"web_search_call", "file_search_call", "image_generation_call", "code_interpreter_call",
     "tool_search_call", "tool_search_output", "compaction"}
)  # fmt: skip


def read_responses(body: Mapping[str, Any]) -> Asked:
    """Read the body of a request; raises `Refused`."""
    fields = Fields(body)
    _refuse_what_needs_a_past(fields)
    tools, choice = read_tools(fields)
    conversation = _Conversation()
    messages = system_first([*_instructions(fields), *conversation.read(_items(fields))])
    if not messages:
        raise fields.refused("input", "a string or a list with at least one message")
    wanted = fields.items("include")
    return Asked(
        model=fields.text("model"),
        messages=messages,
        tools=tools,
        tool_choice=choice,
        parallel_calls=fields.flag("parallel_tool_calls", True),
        max_tokens=fields.whole("max_output_tokens", 1),
        temperature=fields.number("temperature"),
        think=_think(fields),
        format=_format(fields),
        sampling=sampling(fields, "top_p"),
        top_logprobs=fields.whole("top_logprobs", 0)
        or (0 if "message.output_text.logprobs" in wanted else None),
        stream=fields.flag("stream"),
        include_usage=True,
        previous=fields.text("previous_response_id"),
        keep=fields.flag("store", True),
        unknown_call=conversation.unknown_call,
    )


def _refuse_what_needs_a_past(fields: Fields) -> None:
    for name in _NOT_KEPT:
        if fields.has(name):
            raise Refused(
                "invalid",
                f"{name} is not possible here: send the conversation as input, or use "
                "previous_response_id.",
                parameter=name,
            )
    if fields.flag("background"):
        raise Refused("invalid", "background must be false here.", parameter="background")


def _instructions(fields: Fields) -> Iterator[Message]:
    if text := fields.text("instructions"):
        yield Message("system", text)


def _items(fields: Fields) -> Iterator[Fields]:
    value = fields.values.get("input")
    if isinstance(value, str):
        yield Fields({"role": "user", "content": value}, "input")
    elif value:
        yield from fields.each("input")
    elif not fields.has("instructions"):
        raise fields.refused("input", "a string or a list of items")


class _Conversation:
    """Makes messages of items: what a model said in one answer is several of them.

    `unknown_call` is where a result names a call that none of them has.
    """

    def __init__(self) -> None:
        self.unknown_call = ""
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[ToolCall] = []
        self._names: dict[str, str] = {}
        self._pictures: list[bytes] = []  # in results: servers take none in a tool's message

    def read(self, items: Iterator[Fields]) -> Iterator[Message]:
        """Yield the messages; raises `Refused`."""
        for item in items:
            kind = item.text("type") or "message"
            role = item.text("role")
            if kind == "message" and role == "assistant":
                self._texts.append(_text(item, "content"))
            elif kind == "reasoning":
                self._thoughts.append(_text(item, "content") or _text(item, "summary"))
            elif kind in ("function_call", "custom_tool_call"):
                self._called(item, kind)
            elif kind == "message":
                yield from self._answer()
                yield from self._shown()
                yield _message(item, role)
            elif kind in ("function_call_output", "custom_tool_call_output"):
                yield from self._answer()
                yield self._result(item)
            elif kind not in _PASSED_OVER:
                raise item.refused("type", "message, reasoning, function_call or its output")
        yield from self._answer()
        yield from self._shown()

    def _called(self, item: Fields, kind: str) -> None:
        name = item.needed("name")
        if namespace := item.text("namespace"):
            name = flat_name(namespace, name)
        if kind == "function_call":
            arguments = _arguments(item.text("arguments"))
        else:
            arguments = {CUSTOM_INPUT: item.text("input")}
        call = ToolCall(item.needed("call_id"), name, arguments)
        self._names[call.id] = name
        self._calls.append(call)

    def _shown(self) -> Iterator[Message]:
        if self._pictures:
            yield Message("user", "", images=tuple(self._pictures))
            self._pictures = []

    def _answer(self) -> Iterator[Message]:
        if self._texts or self._calls:
            yield from self._shown()
            yield Message(
                "assistant",
                "".join(self._texts),
                thinking="".join(self._thoughts),
                tool_calls=tuple(self._calls),
            )
        self._texts, self._thoughts, self._calls = [], [], []

    def _result(self, item: Fields) -> Message:
        call_id = item.needed("call_id")
        if call_id not in self._names:
            self.unknown_call = self.unknown_call or item.where("call_id")
        text = _text(item, "output", beside=("input_image",))
        self._pictures.extend(_pictures(item, "output"))
        return Message("tool", text, tool_name=self._names.get(call_id), tool_call_id=call_id)


def _message(item: Fields, role: str) -> Message:
    if role not in ("user", "system", "developer"):
        raise item.refused("role", "user, assistant, system or developer")
    text = _text(item, "content", beside=("input_image",))
    pictures = tuple(_pictures(item, "content"))
    return Message("user" if role == "user" else "system", text, images=pictures)


def _pictures(fields: Fields, name: str) -> Iterator[bytes]:
    if not isinstance(fields.values.get(name), str):
        for part in fields.each(name):
            if part.text("type") == "input_image":
                yield images.from_url(part.needed("image_url"), part.where("image_url"))


def _text(fields: Fields, name: str, *, beside: tuple[str, ...] = ()) -> str:
    """Return the text of a field: a string, or parts, of which some are something `beside`."""
    if isinstance(value := fields.values.get(name), str):
        return value
    texts = []
    for part in fields.each(name):
        kind = part.text("type")
        if kind in _TEXTS:
            texts.append(part.text("text"))
        elif kind == "refusal":
            texts.append(part.text("refusal"))
        elif kind not in beside:
            raise part.refused("type", "a text" + (" or a picture" if beside else ""))
    return "\n".join(texts)


def _arguments(text: str) -> Mapping[str, Any]:
    """Return the arguments of an earlier call; what a model wrote need not be JSON."""
    try:
        value = decoded(text) if text.strip() else {}
    except ValueError:
        value = None
    return value if isinstance(value, Mapping) else {"text": text}


def _think(fields: Fields) -> Think:
    given = fields.one("reasoning")
    effort = given.text("effort") if given is not None else ""
    if effort not in _EFFORTS:
        raise Refused(
            "invalid",
            f"reasoning.effort must be one of {', '.join(filter(None, _EFFORTS))}.",
            parameter="reasoning.effort",
        )
    return _EFFORTS[effort]


def _format(fields: Fields) -> Mapping[str, Any] | Literal["json"] | None:
    text = fields.one("text")
    given = text.one("format") if text is not None else None
    kind = given.text("type", "text") if given is not None else "text"
    if given is None or kind == "text":
        return None
    if kind == "json_object":
        return "json"
    schema = given.one("schema")
    if kind != "json_schema" or schema is None:
        raise given.refused("type", "text, json_object, or json_schema with a schema")
    return client_tools.schema_of(schema)
