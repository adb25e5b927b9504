"""Reads values out of JSON that somebody else wrote. No input or output happens here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from arriero.models.types import Logprob

_STRICT, _LENIENT = json.JSONDecoder(), json.JSONDecoder(strict=False)
OBJECTS = (dict, Mapping)  # for isinstance: a dict, which nearly all are, is told at once


def decoded(text: str | bytes | bytearray, *, strict: bool = True) -> Any:
    """Return the value of a JSON text; raises ValueError, also for one that nests too deep."""
    try:
        if not isinstance(text, str):
            # Nearly all of it is UTF-8: the search for what else it may be costs as much again.
            text = str(text, "utf-8", "surrogatepass")
        decoder = _STRICT if strict else _LENIENT
        if text.startswith("{"):  # an object with nothing around it, as in streams
            value, end = decoder.raw_decode(text)
            if end == len(text) or not text[end:].strip(" \t\n\r"):
                return value
        return decoder.decode(text)
    except UnicodeDecodeError:
        return json.loads(text, strict=strict)
    except RecursionError as error:
        raise ValueError("the JSON nests too deep") from error


def an_object(value: object) -> Mapping[str, Any]:
    """Return a JSON object as it is, and an empty one for everything else."""
    # Most are told before the question costs anything.
    return value if value is not None and isinstance(value, OBJECTS) else {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a JSON list, none where there is no list."""
    return [one for one in value if isinstance(one, OBJECTS)] if isinstance(value, list) else []


def number(value: object) -> int:
    """Return a JSON number as a whole one, 0 for everything else."""
    return round(value) if isinstance(value, int | float) and math.isfinite(value) else 0


def vectors(value: object, count: int) -> list[list[float]] | None:
    """Return `count` lists of numbers, None if the value is anything else."""
    if not isinstance(value, list) or len(value) != count:
        return None
    if not all(isinstance(one, list) and one and all(map(_finite, one)) for one in value):
        return None
    return [[float(part) for part in one] for one in value]


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def logprobs(value: object) -> tuple[Logprob, ...]:
    """Return the chances of tokens, which Ollama and OpenAI's servers write alike."""
    return tuple(
        Logprob(
            str(one.get("token") or ""),
            float(chance),
            _bytes(one.get("bytes")),
            logprobs(one.get("top_logprobs")),
        )
        for one in objects(value)
        if _finite(chance := one.get("logprob")) and isinstance(chance, int | float)
    )


def _bytes(value: object) -> tuple[int, ...]:
    return tuple(one for one in value if isinstance(one, int)) if isinstance(value, list) else ()
