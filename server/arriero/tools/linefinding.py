"""The lines that match in what the model sees: the user's texts and its own over the files.

The search is that of `arriero search`, whether the index ruled files out before or not.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arriero.index.grep import GrepFile, Pattern, grep
from arriero.index.overlay import LaidText
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.matcher import BadPattern, OutOfTime, open_matcher
from arriero.workspace.view import WorkspaceView

__all__ = ["BadPattern", "Findings", "GrepFile", "find_lines", "where_in_lines"]

_PLACE_SECONDS = 1.0  # to look where in long lines the matches are


@dataclass(frozen=True)
class Findings:
    """Files in the order in which they were searched, which `searched` of them were.

    `enough` tells that the search ended because it had found what it may; `stopped_at` is the file
    at which the time was over, "" if it was not.
    """

    files: tuple[GrepFile, ...]
    searched: int
    enough: bool = False
    stopped_at: str = ""


def find_lines(
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
    """Search texts, given by canonical paths, for lines that match a regular expression. Blocks.

    A match lies within one line. What is no text is left out. At most `most_lines` lines of a file
    are told, and the search ends after `most_matches` matching lines or `seconds`. `ripgrep` is as
    in `index.grep.grep`. Raises `BadPattern`.
    """
    laid: dict[str, LaidText] = {}
    unreadable: set[str] = set()
    for path in filter(view.is_laid, paths):
        try:
            laid[path] = LaidText(path, view.display(path), view.peek(path).text)
        except WorkspaceError:  # no text any more, or gone
            unreadable.add(path)
    found = grep(
        Confinement(view.roots),
        [path for path in paths if path not in unreadable] if unreadable else paths,
        Pattern(pattern, ignore_case=ignore_case),
        laid=laid,
        most=most_matches,
        most_of_a_file=most_lines,
        seconds=seconds,
        ripgrep=ripgrep,
    )
    enough = not found.complete and not found.stopped_at
    searched = len(paths) if found.complete else found.read
    return Findings(found.files, searched, enough, found.stopped_at)


def where_in_lines(pattern: str, lines: Iterable[str], *, ignore_case: bool) -> dict[str, int]:
    """Return for lines that match where their first match begins.

    Without those for which that takes too long.
    """
    wanted = list(dict.fromkeys(lines))
    if not wanted:
        return {}
    deadline = time.monotonic() + _PLACE_SECONDS
    try:
        matcher = open_matcher(
            pattern, ignore_case=ignore_case, most=len(wanted), deadline=deadline
        )
        try:
            hits = matcher.hits("\n".join([*wanted, ""]), deadline)
        finally:
            matcher.close()
    except OutOfTime:
        return {}
    return {wanted[hit.line - 1]: hit.start for hit in hits.first}
