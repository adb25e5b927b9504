"""What stands where in a TOML text; pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KeyPath = tuple[str, ...]

_MOST_DOTS = 500  # of one line: the library takes the square of a key's parts
_MOST_PARTS = 8  # of a path: what is deeper tells nothing


def toml_values(text: str) -> Iterator[tuple[KeyPath, str]]:
    """Yield each value with its path; those of a list have the list's. A table has a value ''.

    What is no TOML has none, such as what somebody is just typing.
    """
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        return
    try:
        whole = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    waiting: list[tuple[KeyPath, object]] = [((), whole)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            if path:
                yield path, ""
            if len(path) == _MOST_PARTS:
                continue
            waiting += [((*path, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(path, inner) for inner in reversed(value)]
        else:
            yield path, str(value)
