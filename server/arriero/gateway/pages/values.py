"""The settings as the pages show them, and what a form says as a value to store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arriero.settings.fields import ANY, Leaf, find, leaves
from arriero.settings.layers import LoadedSettings, dotted
from arriero.settings.yaml_file import KeyPath, scalar

# What decides who may come in is not changed by who is in: a stolen cookie must not become a key.
FIXED = frozenset({"gateway.keys", "gateway.allowed_hosts", "gateway.allowed_origins"})


class NotAValue(Exception):
    """What was typed in cannot be stored; the sentence says what it must be."""


@dataclass(frozen=True)
class Value:
    """One setting. `layer` is where its value is from, `place` the file and line or the variable.

    `choices` are all values that it may have, empty where they are not few. `wins` if a layer above
    the user's file sets it, so that a change of the file is not seen. `kind` is the form's field.
    """

    name: str
    value: Any
    text: str
    layer: str
    place: str
    description: str
    expects: str
    kind: str
    choices: tuple[str, ...]
    wins: bool
    in_file: bool
    fixed: bool


def shown_values(loaded: LoadedSettings) -> dict[str, Value]:
    """Return every setting by its dotted name; secrets are not in it."""
    values = dotted(loaded.settings)
    return {
        name: _value(name, leaf, values.get(name), loaded)
        for path, leaf in _all(loaded)
        for name in (".".join(path),)
    }


def path_of(name: str, loaded: LoadedSettings) -> KeyPath:
    """Return the path of a setting that can be changed here; raises `NotAValue`."""
    for path, _ in _all(loaded):
        if ".".join(path) == name and name not in FIXED:
            return path
    raise NotAValue(f"There is no setting {name} that can be changed here.")


def typed(path: KeyPath, text: str) -> Any:
    """Return what a person wrote as a value; lists have one entry a line. Raises `NotAValue`."""
    leaf = find(path)
    assert isinstance(leaf, Leaf)
    if leaf.is_list:
        return [line.strip() for line in text.splitlines() if line.strip()]
    text = text.strip()
    if not text:
        raise NotAValue(f"Must be {leaf.expects}; `Use the default` takes the setting back.")
    return text if leaf.is_text else scalar(text)


def _all(loaded: LoadedSettings) -> Sequence[tuple[KeyPath, Leaf]]:
    found = []
    for path, leaf in leaves():
        if ANY not in path:
            found.append((path, leaf))
            continue
        found.extend(
            (tuple(provider if part == ANY else part for part in path), leaf)
            for provider in loaded.settings.providers
        )
    return found


def _value(name: str, leaf: Leaf, value: Any, loaded: LoadedSettings) -> Value:
    origin = loaded.origin(name)
    choices = _choices(leaf.schema)
    if leaf.is_secret:
        text = "(set)" if value else ""
    elif isinstance(value, (list, tuple)):
        text = "\n".join(map(str, value))
    elif isinstance(value, bool):
        text = json.dumps(value)
    else:
        text = "" if value is None else str(value)
    kind = (
        "secret" if leaf.is_secret
        else "lines" if leaf.is_list
        else "choice" if choices
        else "number" if leaf.schema.get("type") in {"integer", "number"}
        else "text"
    )  # fmt: skip
    return Value(
        name=name,
        value=value,
        text=text,
        layer=origin.layer,
        place=origin.place,
        description=leaf.description,
        expects=leaf.expects,
        kind=kind,
        choices=choices,
        wins=origin.layer not in {"default", "user"},
        in_file=origin.layer == "user",
        fixed=name in FIXED,
    )


def _choices(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the few values that are allowed, as they are written."""
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    found: list[str] = []
    for part in parts:
        if part.get("type") == "boolean":
            found += ["true", "false"]
        elif "enum" in part:
            found += [str(item) for item in part["enum"]]
        elif "const" in part:
            found.append(str(part["const"]))
        else:
            return ()
    return tuple(found)
