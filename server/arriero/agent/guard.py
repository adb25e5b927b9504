"""Watches for a model that goes round in circles: the same calls, or the same words for ever."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

_STEPS = 10  # calls that are remembered
_EDITS = frozenset({"edit_file", "write_file"})
_TEXTS = frozenset({"old_string", "new_string", "content"})
_DURATION = re.compile(r"\b(?:after|in) [\d.]+ ?m?s\b|\b\d+(?:\.\d+)? ?(?:seconds|secs|ms|s)\b")

_SAME = (
    "You made this call {count} times now, each time with this result. Do not make it again: use "
    "what you know, try another way, or finish with an answer."
)
_SAME_FAILURE = (
    "You made this same call before, and it failed then too. Do not repeat it: change its "
    "arguments as the error says, or do something else."
)
_ALTERNATING = (
    "You are making the same two calls in turn, each time with the same results. Do something "
    "else, or finish with an answer."
)
_STOP = (
    "Stopped: the model called {name} {count} times with the same arguments and the same result. "
    "Ask for it in other words or in smaller steps, or choose another model."
)
_STOP_FAILURE = (
    "Stopped: the model made the same call of {name} {count} times, and it failed each time. Ask "
    "for it in other words or in smaller steps, or choose another model."
)

_LOOK = 2_048  # characters between two looks at a stream
_KEPT = 24_576  # characters that are looked at
_NEEDLE = 40
_MOST_CANDIDATES = 16
_REPEATS = 30
_LEAST = 3_000  # characters of words that repeat: less than that is in honest texts
_LEAST_AT_END = 300  # the same of an answer that was cut off
_MOST = 12_000  # of repetition, from which no number of repeats is asked but four
_LEAST_WITHOUT_WORDS = 20_000  # zeros, dashes and blanks: tables and drawings have many
_WORDS = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True)
class Verdict:
    """What becomes of the run; `words` are for the model to `warn`, for the person to `stop`."""

    action: Literal["go", "warn", "stop"]
    words: str = ""


GO = Verdict("go")


@dataclass(frozen=True)
class _Seen:
    """A call that was made: digests of the call and of its result."""

    name: str
    call: bytes
    result: bytes
    failed: bool


class LoopGuard:
    """Tells whether a run repeats itself, from its calls and their results."""

    def __init__(self) -> None:
        self._seen: deque[_Seen] = deque(maxlen=_STEPS)

    def saw(
        self, name: str, arguments: Mapping[str, Any], result: str, *, failed: bool | None = None
    ) -> Verdict:
        """Take note of a call and judge it.

        `failed`: None for what the result's beginning `Error:` says. An edit that landed makes
        other calls new: a test may well be run again after it.
        """
        if failed is None:
            failed = result.startswith("Error:")
        seen = _Seen(name, _call_digest(name, arguments), _result_digest(result), failed)
        if name in _EDITS and not failed:
            kept = [other for other in self._seen if other.name in _EDITS]
            self._seen = deque(kept, maxlen=_STEPS)
        self._seen.append(seen)
        if failed:
            failures = sum(other.failed and other.call == seen.call for other in self._seen)
            if failures >= 4:
                return Verdict("stop", _STOP_FAILURE.format(name=name, count=failures))
            if failures >= 2:
                return Verdict("warn", _SAME_FAILURE)
        same = sum(other == seen for other in self._seen)
        if same >= 4:
            return Verdict("stop", _STOP.format(name=name, count=same))
        if same == 3:
            return Verdict("warn", _SAME.format(count=same))
        return Verdict("warn", _ALTERNATING) if self._alternates() else GO

    def _alternates(self) -> bool:
        """Tell whether the last four calls are two calls in turn."""
        last = list(self._seen)[-4:]
        return len(last) == 4 and last[:2] == last[2:] and last[0].call != last[1].call


def _call_digest(name: str, arguments: Mapping[str, Any]) -> bytes:
    # In the texts of an edit blanks are what may be wrong: with others it is another attempt.
    said = {
        key: value.strip() if isinstance(value, str) and key not in _TEXTS else value
        for key, value in arguments.items()
    }
    return _digest(f"{name}\n{json.dumps(said, sort_keys=True, default=str)}")


def _result_digest(result: str) -> bytes:
    return _digest(_DURATION.sub("", result).strip())


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class RepeatWatch:
    """Tells whether a stream of text is certainly stuck in a repetition, or too long.

    It looks at fixed places of the stream, so that its answer does not depend on how it is cut.
    """

    def __init__(self, most: int | None = None) -> None:
        """`most`: characters after which the stream is stuck in any case; None for no limit."""
        self._most = most
        self._tail = ""
        self._new: list[str] = []
        self._until_look = _LOOK
        self._length = 0
        self._stuck = False

    def feed(self, text: str) -> bool:
        """Take the next part; return whether the stream is stuck, which it then stays."""
        self._length += len(text)
        if self._most is not None and self._length > self._most:
            self._stuck = True
        at = 0
        while not self._stuck and len(text) - at >= self._until_look:
            self._new.append(text[at : at + self._until_look])
            at += self._until_look
            self._until_look = _LOOK
            self._tail = (self._tail + "".join(self._new))[-_KEPT:]
            self._new = []
            self._stuck = _repeats(self._tail)
        if not self._stuck and at < len(text):
            self._new.append(text[at:] if at else text)
            self._until_look -= len(text) - at
        return self._stuck


def ends_in_repetition(text: str) -> bool:
    """Tell whether a text that was cut off ends in the same words again and again.

    Less of it is asked for than by `RepeatWatch`, for nothing depends on it but what is said.
    """
    return _repeats(text.rstrip()[-_KEPT:], _LEAST_AT_END, 3, 3)


def _repeats(tail: str, fewest: int = _LEAST, repeats: int = _REPEATS, units: int = 4) -> bool:
    """Tell whether the end of `tail` is one unit again and again.

    That is for `fewest` characters, and `repeats` times or at least `units` times if that is long.
    """
    if len(tail) < fewest:
        return False
    needle = tail[-_NEEDLE:]
    at = len(tail) - _NEEDLE
    for _ in range(_MOST_CANDIDATES):
        # A needle that overlaps itself is found as well: the unit may be shorter than it.
        at = tail.rfind(needle, max(len(tail) - _MOST // units - _NEEDLE, 0), at + _NEEDLE - 1)
        if at < 0:
            return False
        unit = len(tail) - _NEEDLE - at
        least = max(fewest, min(repeats * unit, _MOST), units * unit)
        if not _WORDS.search(tail, len(tail) - unit):
            least = _LEAST_WITHOUT_WORDS
        if least <= len(tail) and tail[-least:-unit] == tail[unit - least :]:
            return True
    return False
