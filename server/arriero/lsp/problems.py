"""The editor's diagnostics, of all its servers, as far as it told us.

A client tells them whole with `arriero/diagnostics`, and in part with every request for code
actions: what stands in such a request's context is noted for its lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lsprotocol import types

from arriero.workspace.problem import Problem, Severity

_SEVERITIES: dict[types.DiagnosticSeverity, Severity] = {
    types.DiagnosticSeverity.Error: "error",
    types.DiagnosticSeverity.Warning: "warning",
    types.DiagnosticSeverity.Information: "information",
    types.DiagnosticSeverity.Hint: "hint",
}
_MOST_FILES = 2_000  # an editor with more files of problems than this names the newest


class Problems:
    """The known problems by path."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Problem, ...]] = {}
        self.told = False  # whether the client tells them whole
        self.being_taken = asyncio.Lock()  # by what tells many of them, one after the other

    def replace(self, path: str, problems: Sequence[Problem]) -> None:
        """Make these the problems of a file."""
        self._of.pop(path, None)
        if problems:
            self._of[path] = tuple(problems)
        while len(self._of) > _MOST_FILES:
            del self._of[next(iter(self._of))]

    def note(self, path: str, diagnostics: Sequence[types.Diagnostic]) -> None:
        """Add problems of some lines to those that are known, in place of what was there."""
        new = {(p.line, p.message): p for p in (problem(path, one) for one in diagnostics)}
        if not new:
            return
        lines = {line for line, _ in new}
        kept = [p for p in self._of.get(path, ()) if p.line not in lines]
        self._of[path] = tuple(sorted([*kept, *new.values()], key=lambda p: p.line))

    def forget(self, path: str) -> None:
        """Drop what is known of a file that is gone."""
        self._of.pop(path, None)

    def known(self, path: str | None = None) -> Sequence[Problem]:
        """Return the problems of one file, or of all; tools ask for them from their threads."""
        if path is not None:
            return self._of.get(path, ())
        return [one for problems in list(self._of.values()) for one in problems]


def problem(path: str, diagnostic: types.Diagnostic) -> Problem:
    """Convert LSP's diagnostic; its lines count from 0, ours from 1."""
    start, end = diagnostic.range.start, diagnostic.range.end
    # A range that ends at the start of a line does not touch that line.
    last = end.line - 1 if end.character == 0 and end.line > start.line else end.line
    return Problem(
        path=path,
        line=start.line + 1,
        end_line=last + 1,
        severity=_SEVERITIES.get(diagnostic.severity or types.DiagnosticSeverity.Error, "error"),
        message=diagnostic.message,
        source=diagnostic.source or "",
        code="" if diagnostic.code is None else str(diagnostic.code),
        column=start.character + 1,
    )
