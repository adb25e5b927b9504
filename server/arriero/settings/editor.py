"""Settings as editors send them, brought into the form of a settings file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.settings.fields import ANY, Leaf, Tree, find, snake_case

# Settings of the extensions themselves, in the same section of the editor's settings.
EDITOR_ONLY = frozenset({"trace", "server", "ui"})


def from_editor(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are set.

    Names may be in camel case (`numCtx`) or have dots (`window.numCtx`). Editors send something
    for every setting they know: null and "" stand for one that the user has not set.
    """
    result: dict[str, Any] = {}
    for name, value in sent.items():
        if name.partition(".")[0] not in EDITOR_ONLY:
            _put(result, name.split("."), value)
    return _cleaned(result, find(()))


def _put(target: dict[str, Any], path: list[str], value: Any) -> None:
    key, *rest = path
    if rest:
        inner = target.setdefault(key, {})
        if isinstance(inner, dict):
            _put(inner, rest, value)
    elif isinstance(value, Mapping):
        inner = target.setdefault(key, {})
        if isinstance(inner, dict):
            inner.update(value)
    else:
        target[key] = value


def _cleaned(values: Mapping[str, Any], node: Tree | Leaf | None) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or value == "":
            continue
        key = name
        if isinstance(node, dict) and name not in node and ANY not in node:
            key = snake_case(name) if snake_case(name) in node else name
        below = (node.get(key) or node.get(ANY)) if isinstance(node, dict) else None
        result[key] = _cleaned(value, below) if isinstance(value, Mapping) else value
    return result
