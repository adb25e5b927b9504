"""Turns a script's turn into what the simulated model really says, within its limits."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from arriero.models.rehearsal import tokens
from arriero.models.rehearsal.catalog import Path
from arriero.models.rehearsal.script import Call, Turn


@dataclass(frozen=True)
class Limits:
    """What a request allows. `length` is in tokens, 0 for no limit; `tools` None: none offered."""

    path: Path
    tools: frozenset[str] | None = None
    thinking: bool = False
    json: bool = False
    stop: tuple[str, ...] = ()
    length: int = 0


@dataclass(frozen=True)
class Plan:
    """An answer: its pieces in order, the calls after them, and its count of tokens."""

    thinking: tuple[str, ...]
    text: tuple[str, ...]
    calls: tuple[Call, ...]
    reason: Literal["stop", "length"]
    count: int


def plan(turn: Turn, limits: Limits) -> Plan:
    """Apply a request's limits to a turn.

    Calls become text where nobody reads them, and vanish where Ollama drops them: a name that was
    not offered (rendered path), and any call when the format is JSON.
    """
    thinking = _pieces(turn.thinking) if limits.thinking else []
    text = _pieces(turn.text)
    calls: Sequence[Call] = () if limits.json else turn.calls
    if limits.tools is None or limits.path == "leaky":
        text += [token for call in calls for token in _call_tokens(call)]
        calls = ()
    text = _stopped(text, limits.stop)
    spoken = _count(thinking) + _count(text)
    total = spoken + sum(len(_call_tokens(call)) for call in calls) + 1  # the end is a token too
    if limits.length <= 0 or total <= limits.length:
        return Plan(tuple(thinking), tuple(text), _delivered(calls, limits), "stop", total)
    room = limits.length
    thinking = _first(thinking, room)
    text = _first(text, room - _count(thinking))
    return Plan(tuple(thinking), tuple(text), (), "length", limits.length)


def _delivered(calls: Sequence[Call], limits: Limits) -> tuple[Call, ...]:
    if limits.path == "native":
        return tuple(calls)
    offered = limits.tools or frozenset()
    return tuple(call for call in calls if call.name in offered)


def _pieces(text: str | Sequence[str]) -> list[str]:
    return tokens.split(text) if isinstance(text, str) else [piece for piece in text if piece]


def _call_tokens(call: Call) -> list[str]:
    return tokens.split(tokens.call_text(call.name, call.arguments))


def _count(pieces: Sequence[str]) -> int:
    return sum(map(_length, pieces))


@functools.lru_cache(maxsize=4096)
def _length(piece: str) -> int:
    """Return the tokens of a piece: the same words come again and again."""
    return len(tokens.split(piece))


def _first(pieces: Sequence[str], room: int) -> list[str]:
    return [token for piece in pieces for token in tokens.split(piece)][: max(0, room)]


def _stopped(pieces: list[str], stop: Sequence[str]) -> list[str]:
    """Cut the pieces before the first of the stop strings."""
    whole = "".join(pieces)
    ends = [found for word in stop if word and (found := whole.find(word)) >= 0]
    if not ends:
        return pieces
    kept, left = [], min(ends)
    for piece in pieces:
        kept.append(piece[:left])
        left -= len(kept[-1])
    return [piece for piece in kept if piece]
