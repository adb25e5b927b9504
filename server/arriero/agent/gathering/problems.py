"""Problems that the editor knows, as lines; the worst come first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arriero.agent.editor import Problem, Severity

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "information": 2, "hint": 3}
_LONGEST = 300  # characters of a message


def problem_entries(
    problems: Sequence[Problem], display: Callable[[str], str], near: int = 0
) -> list[str]:
    """Return a line for each problem; among equals, those near a line (from 1) come first."""
    ordered = sorted(
        set(problems),
        key=lambda one: (
            _ORDER[one.severity],
            abs(one.line - near) if near else 0,
            one.path,
            one.line,
            one.message,
            one.source,
            one.code,
        ),
    )
    return [_line(one, display(one.path)) for one in ordered]


def _line(one: Problem, shown: str) -> str:
    message = " ".join(one.message.split())
    if len(message) > _LONGEST:
        message = message[:_LONGEST] + "…"
    source = " ".join(part for part in (one.source, one.code) if part)
    return f"{shown}:{one.line}: {one.severity}: {message}{f' ({source})' if source else ''}"
