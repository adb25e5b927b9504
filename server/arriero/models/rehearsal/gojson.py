"""JSON and time as Go writes and reads them: what makes an imitation of a Go server exact."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timezone
from typing import Any, NoReturn

from arriero.models.rehearsal import gosyntax

# Go escapes these in strings, so that JSON may stand inside HTML and JavaScript.
_ESCAPES = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)
# Two escapes of one character, half of one, and any other escape.
_HALVES = re.compile(
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|(\\.)",
    re.DOTALL,
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class GoJSONError(ValueError):
    """A body that Go's decoder refuses; the text is the decoder's sentence."""


def dumps(value: object) -> str:
    """Encode as Go's `encoding/json` does: no blanks, and `<`, `>`, `&` escaped."""
    # Outside of strings none of the escaped characters can stand.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def timestamp(nanoseconds: int) -> str:
    """Format nanoseconds since 1970 as RFC 3339 in UTC, without zeros at the end."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    whole = datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:09d}".rstrip("0")
    return f"{whole}.{digits}Z" if digits else f"{whole}Z"


def http_date(seconds: float | None = None) -> str:
    """Format a time for the `Date` header, in English whatever the locale."""
    moment = time.gmtime(seconds)
    day = _DAYS[moment.tm_wday]
    month = _MONTHS[moment.tm_mon - 1]
    return (
        f"{day}, {moment.tm_mday:02d} {month} {moment.tm_year} "
        f"{moment.tm_hour:02d}:{moment.tm_min:02d}:{moment.tm_sec:02d} GMT"
    )


def loads(body: bytes) -> Any:
    """Decode the first JSON value of a request body; what follows it is not looked at.

    Half of a character becomes U+FFFD. Raises `GoJSONError` with the sentence that Ollama answers.
    """
    text = body.decode("utf-8", "replace")
    if "\\ud" in text or "\\uD" in text:
        text = _HALVES.sub(lambda found: found[1] or found[2] or "\\ufffd", text)
    start = len(text) - len(text.lstrip(" \t\r\n"))
    if start == len(text):
        raise GoJSONError("missing request body")
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    try:
        return decoder.raw_decode(text, start)[0]
    except json.JSONDecodeError as error:
        raise GoJSONError(gosyntax.problem(text) or str(error)) from error
    except RecursionError as error:
        raise GoJSONError("exceeded max depth") from error


def _no_constant(name: str) -> NoReturn:
    """Refuse what Python's decoder takes for a number and Go's does not."""
    raise GoJSONError(gosyntax.problem(name) or name)
