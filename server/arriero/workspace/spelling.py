"""What a path may mean that stands in marks, as small models write it.

They take the marks of prose and of compilers' messages along: backticks, quotes, invisible signs,
a line number behind, `file:` before. Nothing here looks at a disk or decides what may be opened.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_PAIRS = {"`": "`", '"': '"', "'": "'", "<": ">", "(": ")",
          "\u201c": "\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb"}  # fmt: skip
_LABEL = re.compile(r"(?:path|file):(?!//)\s*", re.IGNORECASE)
_RELATIVE_URI = re.compile(r"file://(?=[^/])(?!localhost/)", re.IGNORECASE)
_BULLET = re.compile(r"[-*]\s+(?=\S)")
_LINES = r"(?::\d+(?:[:-]\d+)*|#L\d+(?:-L?\d+)?)"
_BEHIND = re.compile(rf"(?:{_LINES}:?|[:,;])\Z")
_LINE_OF_A_FILE = re.compile(rf"(\.\w+|[`\"'>\u201d\u2019\u00bb]){_LINES}:?\Z")
_MOST_MARKS = 8  # one within the other
_LONGEST = 5_000  # characters; longer ones are no paths
_LONGEST_BEHIND = 40


def unmarked(path: str, *, there: bool) -> str:
    """Return a path without the marks around it; "" if it consists of marks.

    With `there` it is to be looked up; otherwise it may be the name of a new file, and a number
    behind is left out only where an extension is before it.
    """
    if len(path) > _LONGEST:
        return path
    for _ in range(_MOST_MARKS):
        before = path
        path = _seen(path)
        path = _BULLET.sub("", path, count=1) if _BULLET.match(path) else path
        if len(path) > 1 and _PAIRS.get(path[0]) == path[-1]:
            path = path[1:-1]
        path = _RELATIVE_URI.sub("", path, count=1) if _RELATIVE_URI.match(path) else path
        label = _LABEL.match(path)
        path = path[label.end() :] if label else path
        path = _without_line(path, there=there)
        if path == before:
            break
    return path


def with_slashes(path: str) -> str:
    """Return a path with the separators of POSIX for those of Windows."""
    return path.replace("\\", "/")


def _seen(path: str) -> str:
    """Leave out the signs at both ends that cannot be seen."""
    first, last = 0, len(path)
    while first < last and unicodedata.category(path[first]) in _UNSEEN:
        first += 1
    while last > first and unicodedata.category(path[last - 1]) in _UNSEEN:
        last -= 1
    return path[first:last]


def _without_line(path: str, *, there: bool) -> str:
    if path.startswith("untitled:"):
        return path
    head, behind = path[:-_LONGEST_BEHIND], path[-_LONGEST_BEHIND:]
    if there:
        return head + _BEHIND.sub("", behind)
    behind = _LINE_OF_A_FILE.sub(r"\1", behind)
    path = head + behind
    return path[:-1] if path[-1:] in (":", ",", ";") and len(path) > 1 else path
