"""Texts with a `|` where the cursor is."""

from __future__ import annotations

from arriero.agent.completion.extent import several_lines
from arriero.agent.completion.spot import Spot, language_at
from arriero.agent.completion.tidy import tidied
from arriero.workspace.text import LineIndex


def spot_at(name: str, marked: str) -> Spot:
    before, _, after = marked.partition("|")
    text = before + after
    return Spot(f"/work/{name}", language_at(name, "", text), LineIndex(text), len(before))


def shown(spot: Spot, raw: str, max_lines: int = 12, *, cut_off: bool = False) -> str:
    several = several_lines(spot)
    return tidied(raw, spot, several=several, max_lines=max_lines, cut_off=cut_off)
