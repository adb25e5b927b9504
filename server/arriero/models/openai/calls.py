"""Puts tool calls together from the fragments in which they are streamed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arriero.models.json_values import decoded


class NotACall(ValueError):
    """What came is no tool call, or holds no arguments."""


@dataclass
class PartialCall:
    """A call so far; `arguments` is JSON text."""

    id: str = ""
    index: int | None = None
    name: str = ""
    arguments: str = ""

    @property
    def complete(self) -> bool:
        """Whether the arguments are a whole JSON object."""
        if not self.arguments.rstrip().endswith("}"):
            return False
        try:
            decoded(self.arguments, strict=False)
        except ValueError:
            return False
        return True


class CallAssembler:
    """Tells fragments of one call from the beginning of the next.

    In the protocol each call has an index, and its id and name come in its first fragment only.
    Servers leave out index or id, give all calls index 0, repeat the name in every fragment, make
    a new id for every fragment, or send arguments as an object.
    """

    def __init__(self) -> None:
        self.calls: list[PartialCall] = []

    def add(self, fragment: object) -> None:
        """Take one element of a delta's `tool_calls`; raises ValueError for what is none."""
        if not isinstance(fragment, Mapping):
            raise NotACall(f"not a call: {fragment!r}")
        function = fragment.get("function")
        function = function if isinstance(function, Mapping) else {}
        given = fragment.get("index")
        index = given if isinstance(given, int) else None
        identity, name = str(fragment.get("id") or ""), str(function.get("name") or "")
        call = self._find(identity, index, name)
        if call is None:
            call = PartialCall(index=index)
            self.calls.append(call)
        call.id = call.id or identity
        call.name = call.name or name
        _append(call, function.get("arguments"))

    def _find(self, identity: str, index: int | None, name: str) -> PartialCall | None:
        """Return the call that a fragment continues, None if it begins one."""
        near = [call for call in self.calls if index is None or call.index in {index, None}]
        same = next((call for call in near if identity and call.id == identity), None)
        if same is not None or not near:
            return same
        last = near[-1]
        if not name:
            return last
        if identity and last.id:
            return None
        return last if last.name in {"", name} and not last.complete else None


def arguments(text: str) -> Mapping[str, Any]:
    """Return the arguments that a JSON text holds; raises ValueError if it holds none.

    Line ends inside of strings are let pass, and JSON that was encoded twice.
    """
    value = decoded(text, strict=False) if text.strip() else {}
    if isinstance(value, str):
        value = decoded(value, strict=False) if value.strip() else {}
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotACall(f"not an object: {text[:200]}")
    return value


def _append(call: PartialCall, value: object) -> None:
    if isinstance(value, Mapping):
        call.arguments = json.dumps(value)
    elif isinstance(value, str):
        # Some send an empty object first, some the whole text once more at the end.
        empty_first = call.arguments == "{}" and value.lstrip().startswith("{")
        repeated = bool(value) and value == call.arguments and call.complete
        call.arguments = value if empty_first or repeated else call.arguments + value
    elif value is not None:
        raise NotACall(f"not arguments: {value!r}")
