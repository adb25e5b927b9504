"""The corpus of printed calls, and what a reader makes of them, folded to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from arriero.agent.toolcalls import BrokenCall, Piece, TextCallReader
from arriero.models.types import TextChunk, ThinkingChunk, ToolCallChunk
from arriero.tools.registry import TOOLS

FOLDER = Path(__file__).parents[2] / "faults" / "toolcalls"
OFFERED = {name: frozenset(tool.parameters.names) for name, tool in TOOLS.items()}


@dataclass(frozen=True)
class Folded:
    """An answer as read: neither order between the kinds nor cuts matter here."""

    says: str = ""
    thinks: str = ""
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    folded: Folded = field(default_factory=Folded)


def fold(pieces: Iterable[Piece]) -> Folded:
    listed = list(pieces)
    return Folded(
        "".join(p.text for p in listed if isinstance(p, TextChunk)),
        "".join(p.text for p in listed if isinstance(p, ThinkingChunk)),
        tuple(
            (p.call.name, dict(p.call.arguments)) for p in listed if isinstance(p, ToolCallChunk)
        ),
        tuple(p.name for p in listed if isinstance(p, BrokenCall)),
    )


def read(parts: Iterable[str]) -> list[Piece]:
    reader = TextCallReader(OFFERED)
    pieces = [piece for part in parts for piece in reader.feed(part)]
    return pieces + reader.finish()


def _case(form: str, row: Mapping[str, Any]) -> Case:
    calls = tuple((call["name"], call["arguments"]) for call in row.get("calls", ()))
    folded = Folded(row.get("says", ""), row.get("thinks", ""), calls, tuple(row.get("broken", ())))
    return Case(f"{form}: {row['name']}", row["text"], folded)


def _load() -> tuple[Case, ...]:
    cases = []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for file in sorted(FOLDER.glob("*.yaml")):
        rows = yaml.load(file.read_text(encoding="utf-8"), loader)
        cases += [_case(file.stem, row) for row in rows]
    return tuple(cases)


CASES = _load()
