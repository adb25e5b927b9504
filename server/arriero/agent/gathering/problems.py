"""Problems that the editor knows, as lines; the worst come first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arriero.workspace.problem import Problem


def problem_entries(
    problems: Sequence[Problem], display: Callable[[str], str], near: int = 0
) -> list[str]:
    """Return a line for each problem; among equals, those near a line (from 1) come first."""
    ordered = sorted(
        set(problems),
        key=lambda one: (
            one.badness,
            abs(one.line - near) if near else 0,
            one.path,
            one.in_file,
        ),
    )
    return [_line(one, display(one.path)) for one in ordered]


def _line(one: Problem, shown: str) -> str:
    origin = f" ({one.origin})" if one.origin else ""
    return f"{shown}:{one.line}: {one.severity}: {one.words}{origin}"
