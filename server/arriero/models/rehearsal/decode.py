"""Reads request bodies as Ollama does, with the sentences it refuses them with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arriero.models.rehearsal import gojson


class Refused(Exception):
    """A request that gets an error instead of an answer.

    `late` marks what Ollama finds only when the answer has begun: the error then has the form of
    a stream.
    """

    def __init__(self, status: int, text: str, *, late: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.late = late


# Field -> Go's name of its type, which the decoder's sentences show.
_COMMON = {
    "model": "string",
    "stream": "bool",
    "options": "map[string]interface {}",
    "truncate": "bool",
    "shift": "bool",
    "logprobs": "bool",
    "top_logprobs": "int",
}
CHAT = {**_COMMON, "messages": "[]api.Message", "tools": "api.Tools"}
GENERATE = {
    **_COMMON,
    "prompt": "string",
    "suffix": "string",
    "system": "string",
    "template": "string",
    "context": "[]int",
    "raw": "bool",
    "images": "[]api.ImageData",
}
EMBED = {**_COMMON, "dimensions": "int"}
SHOW = {"model": "string", "name": "string", "system": "string", "verbose": "bool"}
PULL = {"model": "string", "name": "string", "insecure": "bool", "stream": "bool"}
# Messages have a decoder of their own, whose struct is called Alias.
_MESSAGE = {
    "role": "string",
    "content": "string",
    "thinking": "string",
    "images": "[]api.ImageData",
    "tool_calls": "[]api.ToolCall",
    "tool_name": "string",
    "tool_call_id": "string",
}
_THINK_LEVELS = ("high", "medium", "low", "max")
_THINK_CHOICE = '"high", "medium", "low", "max", true, or false'

# The options of a runner first: another value of one of them reloads the model.
_RUNNER_OPTIONS = {
    "num_ctx": "integer",
    "num_batch": "integer",
    "num_gpu": "integer",
    "main_gpu": "integer",
    "use_mmap": "boolean",
    "num_thread": "integer",
}
_OPTIONS = {
    **_RUNNER_OPTIONS,
    "num_keep": "integer",
    "seed": "integer",
    "num_predict": "integer",
    "top_k": "integer",
    "top_p": "float32",
    "min_p": "float32",
    "typical_p": "float32",
    "repeat_last_n": "integer",
    "temperature": "float32",
    "repeat_penalty": "float32",
    "presence_penalty": "float32",
    "frequency_penalty": "float32",
    "stop": "array",
}


@dataclass(frozen=True)
class Options:
    """The options that a simulated model heeds. `runner` are those that are fixed by loading."""

    num_ctx: int | None = None
    num_predict: int = -1
    stop: tuple[str, ...] = ()
    runner: tuple[tuple[str, Any], ...] = field(default=())


def decode(raw: bytes, struct: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Decode a body into an object whose known fields have the types that Go demands.

    Refuses another one with status 400 and the decoder's sentence.
    """
    try:
        body = gojson.loads(raw)
    except gojson.GoJSONError as error:
        raise Refused(400, str(error)) from error
    if not isinstance(body, dict):
        raise Refused(400, _mismatch(body, f"value of type api.{struct}"))
    _check_fields(body, struct, fields)
    for tool in body.get("tools") or ():
        if not isinstance(tool, dict):
            raise Refused(400, _mismatch(tool, f"struct field {struct}.tools of type api.Tool"))
    for message in body.get("messages") or ():
        if not isinstance(message, dict):
            raise Refused(400, _mismatch(message, "value of type api.Alias"))
        _check_fields(message, "Alias", _MESSAGE)
        _check_calls(message.get("tool_calls") or ())
    think = body.get("think")
    if isinstance(think, str) and think not in _THINK_LEVELS:
        raise Refused(400, f'invalid think value: "{think}" (must be {_THINK_CHOICE})')
    if think is not None and not isinstance(think, (bool, str)):
        raise Refused(400, f"think must be a boolean or string ({_THINK_CHOICE})")
    keep_alive(body)
    return body


def keep_alive(body: Mapping[str, Any]) -> float | None:
    """Return how long the model shall stay loaded in seconds, None where the request is silent.

    A negative time is infinite. What is not a duration is refused with status 400.
    """
    value = body.get("keep_alive")
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str):
        seconds = _duration(value)
    else:
        raise Refused(400, f"Unsupported type: '{_go_kind(value)}'")
    return math.inf if seconds < 0 else seconds


def options(body: Mapping[str, Any]) -> Options:
    """Read the options; unknown ones are left alone, as Ollama leaves them.

    A value of the wrong type is refused with status 500.
    """
    given = {key: value for key, value in (body.get("options") or {}).items() if value is not None}
    for key, value in given.items():
        wanted = _OPTIONS.get(key)
        if wanted and not _has_type(value, wanted):
            raise Refused(500, f'option "{key}" must be of type {wanted}')
    stop = given.get("stop", [])
    if not all(isinstance(item, str) for item in stop):
        raise Refused(500, 'option "stop" must be of an array of strings')
    runner = tuple(
        (key, given[key]) for key in _RUNNER_OPTIONS if key in given and key != "num_ctx"
    )
    num_ctx = given.get("num_ctx")
    return Options(
        num_ctx=None if num_ctx is None else int(num_ctx),
        num_predict=int(given.get("num_predict", -1)),
        stop=tuple(stop),
        runner=runner,
    )


def check_format(body: Mapping[str, Any]) -> bool:
    """Tell whether the answer is to be JSON.

    A format that is neither "json" nor a schema is refused with status 500.
    """
    wanted = body.get("format")
    if wanted is None or wanted == "":
        return False
    if wanted == "json" or isinstance(wanted, dict):
        return True
    quoted = gojson.dumps(gojson.dumps(wanted))
    text = f'invalid format: {quoted}; expected "json" or a valid JSON Schema object'
    raise Refused(500, text, late=True)


def _check_fields(body: Mapping[str, Any], struct: str, fields: Mapping[str, str]) -> None:
    for key, value in body.items():
        go_type = fields.get(key)
        if go_type is None or value is None:
            continue
        if not _fits(value, go_type):
            raise Refused(400, _mismatch(value, f"struct field {struct}.{key} of type {go_type}"))


def _check_calls(calls: Any) -> None:
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        arguments = function.get("arguments") if isinstance(function, dict) else None
        if arguments is not None and not isinstance(arguments, dict):
            raise Refused(400, "Value looks like object, but can't find closing '}' symbol")


def _mismatch(value: object, target: str) -> str:
    return f"json: cannot unmarshal {_go_kind(value)} into Go {target}"


def _fits(value: object, go_type: str) -> bool:
    if go_type.startswith("[]") or go_type == "api.Tools":
        return isinstance(value, list)
    if go_type.startswith("map"):
        return isinstance(value, dict)
    if go_type == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "bool": bool}[go_type])


def _has_type(value: object, wanted: str) -> bool:
    if wanted == "boolean":
        return isinstance(value, bool)
    if wanted == "array":
        return isinstance(value, list)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _go_kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    kinds = {str: "string", int: "number", float: "number", dict: "object", list: "array"}
    return kinds.get(type(value), "null")


_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_STEP = re.compile(r"(\d+\.?\d*|\.\d+)([^\d.]*)")


def _duration(text: str) -> float:
    """Parse a duration as Go's `time.ParseDuration` does."""
    quoted = gojson.dumps(text)
    rest = text[1:] if text[:1] in {"+", "-"} else text
    if rest == "0":
        return 0.0
    total, position = 0.0, 0
    while position < len(rest) or not rest:
        step = _STEP.match(rest, position)
        if step is None:
            raise Refused(400, f"time: invalid duration {quoted}")
        number, unit = step.groups()
        if not unit:
            raise Refused(400, f"time: missing unit in duration {quoted}")
        if unit not in _UNITS:
            raise Refused(400, f"time: unknown unit {gojson.dumps(unit)} in duration {quoted}")
        total += float(number) * _UNITS[unit]
        position = step.end()
    return -total if text.startswith("-") else total
