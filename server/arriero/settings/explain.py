"""What the model's validation found, in words for the person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from arriero.settings.fields import Leaf, find
from arriero.settings.yaml_file import KeyPath


@dataclass(frozen=True)
class Mistake:
    """A value that the model refuses, and the sentence that says what it must be."""

    path: KeyPath
    message: str


def explain(error: ValidationError) -> Iterator[Mistake]:
    """Yield one mistake for each value."""
    seen = set()
    for item in error.errors(include_url=False):
        path = _setting(tuple(str(part) for part in item["loc"]))
        if path in seen:
            continue  # one value, tried as each type of a union
        seen.add(path)
        name = ".".join(path)
        node = find(path)
        if item["type"] == "missing":
            yield Mistake(path, f"`{'.'.join(path[:-1])}` needs `{path[-1]}`")
        elif item["type"] == "value_error":
            yield Mistake(path, f"`{name}` {item['msg'].removeprefix('Value error, ')}")
        elif isinstance(node, Leaf):
            given = "" if node.is_secret else f", not {json.dumps(item['input'])}"
            yield Mistake(path, f"`{name}` must be {node.expects}{given}")
        else:
            yield Mistake(path, f"`{name}`: {item['msg']}")


def _setting(location: KeyPath) -> KeyPath:
    """Cut the names of a union's types and the index in a list off an error's location."""
    for length in range(1, len(location) + 1):
        if isinstance(find(location[:length]), Leaf):
            return location[:length]
    return location
