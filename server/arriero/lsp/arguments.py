"""The one argument of every `arriero.*` command, checked.

What a client sends there is free in LSP, so it is read by hand: an error names the key and says
what belongs there. Keys that are not known are left out, for newer clients.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.request import ApplyPolicy

T = TypeVar("T")

_POLICIES: tuple[ApplyPolicy, ...] = ("review", "auto", "never")


@dataclass(frozen=True)
class CommandArguments:
    """What a command was given; None and empty stand for what was left out."""

    uri: str | None = None
    range: types.Range | None = None
    prompt: str = ""
    diagnostics: tuple[types.Diagnostic, ...] = ()
    session_id: str | None = None
    model: str | None = None
    apply: ApplyPolicy | None = None
    run_id: str | None = None
    hunks: tuple[str, ...] | None = None
    files: tuple[str, ...] | None = None
    confirm: bool = False
    completion_id: str = ""

    def needed_run(self) -> str:
        """Return the run that the command is about; raises JsonRpcInvalidParams."""
        if not self.run_id:
            raise JsonRpcInvalidParams("`runId` is missing: say which run is meant.")
        return self.run_id


def from_lsp(arguments: Sequence[Any] | None) -> CommandArguments:
    """Read the argument; raises JsonRpcInvalidParams with a sentence."""
    if not arguments or (len(arguments) == 1 and arguments[0] is None):
        return CommandArguments()
    given = arguments[0]
    if len(arguments) > 1 or not isinstance(given, Mapping):
        raise JsonRpcInvalidParams("A command takes one argument, and that is an object.")
    at = _optional(given, "position", _position)
    return CommandArguments(
        uri=_optional(given, "textDocument", _document) or _optional(given, "uri", _text),
        range=_optional(given, "range", _range) or (types.Range(at, at) if at else None),
        prompt=(_optional(given, "prompt", _text) or "").strip(),
        diagnostics=_optional(given, "diagnostics", _list_of(_diagnostic)) or (),
        session_id=_optional(given, "sessionId", _text),
        model=_optional(given, "model", _text),
        apply=_optional(given, "apply", _policy),
        run_id=_optional(given, "runId", _text),
        hunks=_optional(given, "hunks", _list_of(_text)),
        files=_optional(given, "files", _list_of(_text)),
        confirm=_optional(given, "confirm", _flag) or False,
        completion_id=_optional(given, "completionId", _text) or "",
    )


def _optional(given: Mapping[str, Any], key: str, read: Callable[[str, Any], T]) -> T | None:
    value = given.get(key)
    return None if value is None else read(key, value)


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(key, "a string", value)
    return value


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, "true or false", value)
    return value


def _policy(key: str, value: Any) -> ApplyPolicy:
    for policy in _POLICIES:
        if value == policy:
            return policy
    raise _wrong(key, '"review", "auto" or "never"', value)


def _document(key: str, value: Any) -> str:
    if not isinstance(value, Mapping) or not isinstance(value.get("uri"), str):
        raise _wrong(key, "an object with the string `uri`", value)
    uri: str = value["uri"]
    return uri


def _list_of(read: Callable[[str, Any], T]) -> Callable[[str, Any], tuple[T, ...]]:
    def read_all(key: str, value: Any) -> tuple[T, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise _wrong(key, "a list", value)
        return tuple(read(f"{key}[{number}]", one) for number, one in enumerate(value))

    return read_all


def _range(key: str, value: Any) -> types.Range:
    if not isinstance(value, Mapping):
        raise _wrong(key, "a range with `start` and `end`", value)
    return types.Range(
        _position(f"{key}.start", value.get("start")), _position(f"{key}.end", value.get("end"))
    )


def _position(key: str, value: Any) -> types.Position:
    if not isinstance(value, Mapping):
        raise _wrong(key, "a position with `line` and `character`", value)
    return types.Position(
        _count(f"{key}.line", value.get("line")), _count(f"{key}.character", value.get("character"))
    )


def _count(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(key, "a number from 0", value)
    return value


def _diagnostic(key: str, value: Any) -> types.Diagnostic:
    if not isinstance(value, Mapping):
        raise _wrong(key, "a diagnostic", value)
    severity = value.get("severity")
    code = value.get("code")
    return types.Diagnostic(
        range=_range(f"{key}.range", value.get("range")),
        message=_text(f"{key}.message", value.get("message")),
        severity=types.DiagnosticSeverity(severity) if severity in (1, 2, 3, 4) else None,
        source=_optional(value, "source", _text),
        code=code if isinstance(code, (str, int)) else None,
    )


def _wrong(key: str, wanted: str, value: Any) -> JsonRpcInvalidParams:
    kinds = {dict: "an object", list: "a list", tuple: "a list", type(None): "null"}
    shown = kinds.get(type(value)) or json.dumps(value)[:40]
    return JsonRpcInvalidParams(f"`{key}` must be {wanted}, not {shown}.")
