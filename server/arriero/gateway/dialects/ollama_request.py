"""What both of Ollama's interfaces for answers have in common: options, format, errors.

Facts: Ollama's API, and answers of a real server that were recorded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from arriero.gateway.dialect import Fault, Refused
from arriero.gateway.dialects import client_tools, images
from arriero.gateway.dialects.fields import Fields, sampling
from arriero.models.types import Think

_STATUS: Mapping[Fault, int] = {
    "invalid": 400,
    "too_long": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "slow": 408,
    "too_large": 413,
    "limited": 429,
    "failed": 500,
    "upstream": 502,
    "unavailable": 503,
    "overloaded": 503,
    "timeout": 504,
}
_LEVELS: Mapping[str, Think] = {"low": "low", "medium": "medium", "high": "high", "max": "high"}
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_SAMPLING = (
    "top_p",
    "top_k",
    "min_p",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
)


def refusal(refused: Refused) -> tuple[int, Mapping[str, Any]]:
    """Return status and body of an error."""
    return _STATUS[refused.fault], {"error": str(refused)}


def model(fields: Fields) -> str:
    """Return the model's name; older clients call it `name`."""
    name = fields.text("model") or fields.text("name")
    if not name:
        raise Refused("invalid", "model is required", parameter="model")
    return name


def options(fields: Fields) -> dict[str, Any]:
    """Return what the options say, under the names of `Asked`.

    The window is not the client's to choose: another one would load the model anew.
    """
    given = fields.one("options") or Fields({}, "options")
    limit = given.whole("num_predict")
    others = fields.whole("top_logprobs", 0)
    return {
        "max_tokens": limit if limit is not None and limit > 0 else None,
        "temperature": given.number("temperature"),
        "seed": given.whole("seed"),
        "stop": given.texts("stop"),
        "sampling": sampling(given, *_SAMPLING),
        "format": _format(fields),
        "think": _think(fields),
        "top_logprobs": (others or 0) if fields.flag("logprobs") else None,
        "stream": fields.flag("stream", True),
        "include_usage": True,
    }


def keep_alive(fields: Fields) -> str | int | None:
    """Return how long a model is to stay in memory: a duration as Go writes it, or seconds."""
    value = fields.values.get("keep_alive")
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    if isinstance(value, str):
        raise fields.refused("keep_alive", 'a duration such as "5m", or seconds')
    return fields.whole("keep_alive")


def pictures(fields: Fields) -> tuple[bytes, ...]:
    """Return the pictures of a message or of a prompt."""
    found = []
    for position, text in enumerate(fields.items("images")):
        where = f"{fields.where('images')}[{position}]"
        if not isinstance(text, str):
            raise Refused("invalid", f"{where} must be a picture in base64.", parameter=where)
        found.append(images.from_base64(text, where))
    return tuple(found)


def _format(fields: Fields) -> Mapping[str, Any] | Literal["json"] | None:
    value = fields.values.get("format")
    if value in (None, "", "json"):
        return "json" if value else None
    if not isinstance(value, Mapping):
        raise fields.refused("format", '"json" or a JSON schema')
    return client_tools.schema_of(Fields(value, fields.where("format")))


def _think(fields: Fields) -> Think:
    value = fields.values.get("think")
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str) or value not in _LEVELS:
        raise fields.refused("think", "true, false, low, medium or high")
    return _LEVELS[value]
