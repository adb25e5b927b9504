"""From the bytes of one message to what it is: a request, a notification, a response, or invalid.

JSON-RPC 2.0 with the narrower rules of LSP 3.18: ids are integers or strings, no batches.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from arriero import large_json
from arriero.daemon.framing import Oversized

MessageId: TypeAlias = int | str

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_FAILED = -32803


@dataclass(frozen=True, slots=True)
class Request:
    """Something that is to be answered exactly once."""

    id: MessageId
    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that is never answered."""

    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Response:
    """The other side's answer. `bare`: neither result nor error came, as of a sloppy client."""

    id: MessageId
    result: Any = None
    error: Any = None
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Invalid:
    """What is answered with an error at once; `id` is None where it could not be read."""

    id: MessageId | None
    code: int
    reason: str


Incoming: TypeAlias = Request | Notification | Response | Invalid


class NotJson(ValueError):
    """The bytes are no JSON text in UTF-8."""


def parse(body: bytes | bytearray) -> Any:
    """Return the JSON value of a message; raise NotJson. A large one is for a worker thread."""
    try:
        if len(body) >= large_json.LARGE:
            return large_json.loads(large_json.decode_utf8(body))
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def classify(value: Any) -> list[Incoming]:
    """Return what a JSON value says: one message, or each refused member of a batch."""
    if not isinstance(value, list):
        return [_classify_one(value)]
    # Each request in it is answered by itself: a client that sends batches waits for its ids.
    refused: list[Incoming] = []
    for member in value:
        message = _classify_one(member)
        if isinstance(message, (Request, Invalid)):
            refused.append(Invalid(message.id, INVALID_REQUEST, "LSP has no batches"))
    return refused or [Invalid(None, INVALID_REQUEST, "LSP has no batches")]


def classify_broken(body: bytes | bytearray, reason: str) -> Incoming:
    """Return what can be said of a message that is not JSON."""
    return _salvage(body, PARSE_ERROR, reason)


def classify_oversized(found: Oversized) -> Incoming:
    """Return what can be said of a message that was skipped for its length."""
    return _salvage(found.prefix, INVALID_REQUEST, f"a message of {found.length} bytes is too long")


def readable_id(value: Any) -> MessageId | None:
    """Return a value that may be an id, None for any other."""
    # Not isinstance: True is an int to Python.
    return value if type(value) in (int, str) else None


def _classify_one(value: Any) -> Incoming:
    if not isinstance(value, dict):
        return Invalid(None, INVALID_REQUEST, "a message is an object")
    id_ = readable_id(value.get("id"))
    if "method" not in value:
        return _response(value, id_)
    method, params = value["method"], value.get("params")
    if value.get("jsonrpc") != "2.0":
        return Invalid(id_, INVALID_REQUEST, 'a message has "jsonrpc": "2.0"')
    if not isinstance(method, str):
        return Invalid(id_, INVALID_REQUEST, "a method is a string")
    if "id" in value and id_ is None:
        return Invalid(None, INVALID_REQUEST, "an id is an integer or a string")
    if params is not None and not isinstance(params, (dict, list)):
        return Invalid(id_, INVALID_PARAMS, "params are an object or an array")
    return Notification(method, params) if id_ is None else Request(id_, method, params)


def _response(value: dict[str, Any], id_: MessageId | None) -> Incoming:
    if id_ is None:
        return Invalid(None, INVALID_REQUEST, "a message has a method or an id")
    if value.get("error") is not None:
        return Response(id_, error=value["error"])
    return Response(id_, value.get("result"), bare="result" not in value)


def _salvage(body: bytes | bytearray, code: int, reason: str) -> Incoming:
    members = _leading_members(body[:_SALVAGED].decode("utf-8", "replace"))
    id_ = readable_id(members.get("id"))
    answers = "method" not in members and ("result" in members or "error" in members)
    if answers and id_ is not None:
        return Response(id_, error={"code": code, "message": reason})
    return Invalid(id_, code, reason)


_SALVAGED = 1024 * 1024  # bytes in which an id is looked for
_scan = json.JSONDecoder().raw_decode
_OPEN = re.compile(r"\s*\{\s*")
_COLON = re.compile(r"\s*:\s*")
_NEXT = re.compile(r"\s*[,}]\s*")


def _leading_members(text: str) -> dict[str, Any]:
    """Read the members of an object that come before the place where the text is broken.

    The key of the first value that cannot be read is there too, with None: it tells a response.
    A value counts as read when what follows it was seen, so that no number is cut in two.
    """
    members: dict[str, Any] = {}
    mark = _OPEN.match(text)
    try:
        while mark is not None:
            key, at = _scan(text, mark.end())
            mark = _COLON.match(text, at)
            if mark is None or not isinstance(key, str):
                break
            members.setdefault(key, None)
            value, at = _scan(text, mark.end())
            mark = _NEXT.match(text, at)
            if mark is not None:
                members[key] = value
    except (ValueError, RecursionError):
        return members
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
