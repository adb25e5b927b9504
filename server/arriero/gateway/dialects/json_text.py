"""Writes JSON for the wire: ASCII alone, so that no sign in it ends a line or cannot be encoded."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)


def written(value: Any) -> str:
    """Return a value as JSON without blanks."""
    return _ENCODER.encode(value)
