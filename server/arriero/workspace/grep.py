"""Search the texts of a view by line."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.workspace.errors import WorkspaceError
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.matcher import BadPattern, Hit, Matcher, OutOfTime, open_matcher
from arriero.workspace.ripgrep import find_ripgrep, may_have
from arriero.workspace.usertexts import MOST_BYTES
from arriero.workspace.view import WorkspaceView

_ENOUGH_FOR_RIPGREP = 200  # files; below, reading them is as fast as to start a program


@dataclass(frozen=True)
class FoundLine:
    """A line that matches: its number from 1, its text, and where the first match is in it."""

    number: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class FoundFile:
    """A file with its first matching lines; `count` lines match in all."""

    path: str
    lines: tuple[FoundLine, ...]
    count: int


@dataclass(frozen=True)
class Findings:
    """Files sorted by path. `stopped_at` is the file at which the time was over, "" if it was not.

    `enough` tells that the search ended because it had found what it may.
    """

    files: tuple[FoundFile, ...]
    searched: int
    enough: bool = False
    stopped_at: str = ""


def search(
    view: WorkspaceView,
    paths: Sequence[str],
    pattern: str,
    *,
    ignore_case: bool = False,
    seconds: float = 10.0,
    most_lines: int = 20,
    most_matches: int = 2_000,
    ripgrep: str | None = "",
) -> Findings:
    """Search files, given as canonical paths, for lines that match a regular expression.

    A match lies within one line. Files that are no text are left out. At most `most_lines` lines
    of a file are told, and the search ends after `most_matches` matching lines or `seconds`.
    `ripgrep` is the program that may help: by default the one on PATH, None for none; the result
    is the same. Raises `BadPattern`.
    """
    deadline = time.monotonic() + seconds
    matcher = open_matcher(pattern, ignore_case=ignore_case, most=most_lines, deadline=deadline)
    try:
        program = find_ripgrep() if ripgrep == "" else ripgrep
        wanted = _candidates(view, paths, matcher, program, ignore_case, deadline)
        return _searched(view, wanted, matcher, ignore_case, most_matches, deadline)
    finally:
        matcher.close()


def _searched(
    view: WorkspaceView,
    paths: Sequence[str],
    matcher: Matcher,
    ignore_case: bool,
    most_matches: int,
    deadline: float,
) -> Findings:
    found: list[FoundFile] = []
    total = 0
    for at, path in enumerate(paths):
        if time.monotonic() > deadline:
            return Findings(tuple(found), at, stopped_at=path)
        try:
            text = view.peek(path).text
        except WorkspaceError:  # binary, too large, gone meanwhile, not to be read
            continue
        if matcher.needle and matcher.needle not in (text.lower() if ignore_case else text):
            continue
        try:
            hits = matcher.hits(text, deadline)
        except OutOfTime:
            return Findings(tuple(found), at, stopped_at=path)
        if hits.count:
            lines = plain_lines(text) or [""]
            found.append(
                FoundFile(path, tuple(_line(lines, hit) for hit in hits.first), hits.count)
            )
            total += hits.count
        if total >= most_matches:
            return Findings(tuple(found), at + 1, enough=at + 1 < len(paths))
    return Findings(tuple(found), len(paths))


def _candidates(
    view: WorkspaceView,
    paths: Sequence[str],
    matcher: Matcher,
    program: str | None,
    ignore_case: bool,
    deadline: float,
) -> Sequence[str]:
    if not program or not matcher.needle.isascii() or not matcher.needle:
        return paths
    if len(paths) < _ENOUGH_FOR_RIPGREP:
        return paths
    on_disk = [path for path in paths if not view.is_laid(path)]
    may = may_have(
        program,
        on_disk,
        matcher.needle,
        ignore_case=ignore_case,
        most_bytes=MOST_BYTES,
        deadline=deadline,
    )
    ruled_out = set(on_disk) - may
    return [path for path in paths if path not in ruled_out]


def _line(lines: Sequence[str], hit: Hit) -> FoundLine:
    return FoundLine(hit.line, lines[hit.line - 1], hit.start, hit.end)


__all__ = ["BadPattern", "Findings", "FoundFile", "FoundLine", "search"]
