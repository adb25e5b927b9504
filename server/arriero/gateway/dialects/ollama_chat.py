"""Ollama's chat (`POST /api/chat`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Encoder, Identity, Refused
from arriero.gateway.dialects import client_tools, ollama_request
from arriero.gateway.dialects.fields import Fields
from arriero.gateway.dialects.ollama_lines import LineEncoder
from arriero.models.json_values import decoded
from arriero.models.types import Message, ToolCall, ToolSpec


class OllamaChat:
    """The dialect of Ollama's own packages. No messages at all means: load the model."""

    name = "ollama_chat"
    media_type = "application/x-ndjson"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        fields = Fields(body)
        return Asked(
            model=ollama_request.model(fields),
            messages=tuple(_Conversation().read(fields)),
            tools=tuple(_tools(fields)),
            keep_alive=ollama_request.keep_alive(fields),
            **ollama_request.options(fields),
        )

    def encoder(self, asked: Asked, identity: Identity) -> Encoder:
        """Return what writes the answer to a request."""
        return LineEncoder(asked, identity, _form)

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error."""
        return ollama_request.refusal(refused)


OLLAMA_CHAT: Dialect = OllamaChat()


def _form(text: str, thinking: str, calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if thinking:
        message["thinking"] = thinking
    if calls:
        message["tool_calls"] = list(calls)
    return {"message": message}


def _tools(fields: Fields) -> Iterator[ToolSpec]:
    tools = []
    for one in fields.each("tools"):
        function = one.one("function")
        if function is None:
            raise one.refused("function", "an object with a name")
        tools.append(client_tools.tool(function, "parameters"))
    yield from client_tools.checked(tools, "auto")


class _Conversation:
    """Reads the messages. Calls have an id here, and clients need not keep it."""

    def __init__(self) -> None:
        self._calls = 0
        self._open: list[ToolCall] = []  # without a result so far

    def read(self, fields: Fields) -> Iterator[Message]:
        """Yield the messages; raises `Refused`."""
        for message in fields.each("messages"):
            role = message.text("role")
            text, pictures = message.text("content"), ollama_request.pictures(message)
            if role == "assistant":
                thinking, calls = message.text("thinking"), tuple(self._read_calls(message))
                yield Message("assistant", text, thinking, calls, images=pictures)
            elif role == "tool":
                call = self._answered(message.text("tool_call_id"), message.text("tool_name"))
                named, identity = call.name or None, call.id or None
                yield Message("tool", text, tool_name=named, tool_call_id=identity, images=pictures)
            elif role in ("user", "system"):
                yield Message("user" if role == "user" else "system", text, images=pictures)
            else:
                raise message.refused("role", "system, user, assistant or tool")

    def _read_calls(self, message: Fields) -> Iterator[ToolCall]:
        for one in message.each("tool_calls"):
            function = one.one("function")
            if function is None:
                raise one.refused("function", "an object with a name")
            self._calls += 1
            identity = one.text("id") or f"call_{self._calls}"
            call = ToolCall(identity, function.needed("name"), _arguments(function))
            self._open.append(call)
            yield call

    def _answered(self, identity: str, name: str) -> ToolCall:
        """Return the call that a result belongs to: by id, else by name, else the next one."""
        fits = (
            [call for call in self._open if call.id == identity]
            or [call for call in self._open if not identity and name in ("", call.name)]
            or [ToolCall(identity, name, {})]
        )
        self._open = [call for call in self._open if call is not fits[0]]
        return fits[0]


def _arguments(function: Fields) -> Mapping[str, Any]:
    value = function.values.get("arguments")
    if isinstance(value, str):  # as OpenAI's dialect has them: some clients mix the two
        try:
            value = decoded(value) if value.strip() else {}
        except ValueError:
            raise function.refused("arguments", "an object") from None
    if value is not None and not isinstance(value, Mapping):
        raise function.refused("arguments", "an object")
    return value or {}
