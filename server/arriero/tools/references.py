"""A JSON schema without references: each `$ref` is replaced by what it points to.

Servers differ in what they make of references: Ollama drops them, builds of llama.cpp refuse those
to a document's root or to an anchor, and enforce nothing where one points to nowhere. JSON Schema
2020-12, sections 8.2 and 9; before 2019-09 definitions stood in `definitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_MOST = 5_000  # subschemas of the result: what is larger fits no window, and is left as it is
_DEEPEST = 60
_OF_NAMES = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"}
)
_OF_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems", "items"})
_OF_ONE = frozenset(
    {"items", "additionalItems", "additionalProperties", "unevaluatedItems", "contains", "not",
     "unevaluatedProperties", "propertyNames", "if", "then", "else"}
)  # fmt: skip
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "deprecated", "$comment"})

Schema = Mapping[str, Any]


class PointsNowhere(Exception):
    """A reference that cannot be followed; the text is the reference."""


class _TooLarge(Exception):
    pass


def written_out(schema: Schema, *, elsewhere: bool) -> Schema:
    """Return a schema that says the same without references.

    What contains itself is written out once; within, only its type is told. A reference to another
    document is raised as one to nowhere, or with `elsewhere` allows any value: nothing is fetched.
    Raises PointsNowhere.
    """
    if not any(isinstance(part.get("$ref"), str) for part in _parts(schema, 0)):
        return schema
    try:
        return _Writing(schema, elsewhere=elsewhere).plain(schema, ())
    except _TooLarge:
        return schema


class _Writing:
    def __init__(self, root: Schema, *, elsewhere: bool) -> None:
        self._root = root
        self._elsewhere = elsewhere
        self._written = 0
        self._anchors: dict[str, Schema] | None = None

    def plain(self, schema: Schema, within: tuple[str, ...], depth: int = 0) -> dict[str, Any]:
        """Return a part of the schema; `within` are the references that led to it."""
        self._written += 1
        if self._written > _MOST or depth > _DEEPEST:
            raise _TooLarge
        own = {
            key: _mapped(key, value, lambda part: self.plain(part, within, depth + 1))
            for key, value in schema.items()
            if key not in ("$ref", "$defs", "definitions")
        }
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return own
        target = self._target(reference)
        if reference in within:
            kind = target.get("type")
            return {**({} if kind is None else {"type": kind}), **own}
        return _together(self.plain(target, (*within, reference), depth + 1), own)

    def _target(self, reference: str) -> Schema:
        document, _, fragment = reference.partition("#")
        if document and document != str(self._root.get("$id", "")).rstrip("#"):
            if self._elsewhere:
                return {}
            raise PointsNowhere(reference)
        name = unquote(fragment)
        found = _pointed(self._root, name) if name[:1] in ("", "/") else self._anchored(name)
        if found is True:
            return {}
        if found is False:
            return {"not": {}}
        if not isinstance(found, Mapping):
            raise PointsNowhere(reference)
        return found

    def _anchored(self, name: str) -> Schema | None:
        if self._anchors is None:
            named = (part for part in _parts(self._root, 0) if "$anchor" in part)
            self._anchors = {str(part["$anchor"]): part for part in named}
        return self._anchors.get(name)


def _together(target: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return what holds where a reference has neighbours."""
    if all(key in _ANNOTATIONS or key not in target for key in own):
        return {**target, **own}
    return {"allOf": [target, own]}


def _pointed(root: Any, pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901); None where it leads to nothing."""
    for escaped in pointer.split("/")[1:]:
        name = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(root, Mapping):
            root = root.get(name)
        elif isinstance(root, list) and name.isdecimal() and int(name) < len(root):
            root = root[int(name)]
        else:
            return None
    return root


def _mapped(key: str, value: Any, change: Callable[[Schema], Any]) -> Any:
    """Return the value of a keyword with each schema in it changed; other values are data."""
    if isinstance(value, Mapping):
        if key in _OF_NAMES:
            return {
                name: change(part) if isinstance(part, Mapping) else part
                for name, part in value.items()
            }
        return change(value) if key in _OF_ONE else value
    if isinstance(value, list) and key in _OF_LISTS:
        return [change(part) if isinstance(part, Mapping) else part for part in value]
    return value


def _parts(schema: Schema, depth: int) -> Iterator[Schema]:
    """Yield a schema and all that are in it."""
    yield schema
    if depth > _DEEPEST:
        return
    found: list[Schema] = []
    for key, value in schema.items():
        _mapped(key, value, found.append)
    for part in found:
        yield from _parts(part, depth + 1)
