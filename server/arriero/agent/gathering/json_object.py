"""The objects in a JSON text, whatever is in it; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_object(text: str) -> dict[str, Any] | None:
    """Return the object that a text is, None where it is none; numbers stay texts."""
    try:
        # Of a number of many digits Python would make one for seconds.
        value = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def mapping(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a copy of the object that a key has, an empty one where it has none."""
    value = parent.get(key)
    return dict(value) if isinstance(value, dict) else {}
