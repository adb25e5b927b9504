"""Edits from a unified diff as models write it: line numbers are not believed, or even there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from arriero.agent.editing.blocks import EDIT
from arriero.agent.editing.marks import Known, path_like
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item

_NOWHERE = "/dev/null"
_NO_PATH = "The diff does not say which file it changes. Begin it with '--- path' and '+++ path'."
_DELETES = "A diff cannot delete a file here. Delete it with a command, or empty it."
_NO_CONTEXT = (
    "A hunk has only new lines, so it is not clear where they go. Repeat some lines of the file "
    "before and after them, each with a blank before it."
)
_AFTER_PATH = re.compile(r"\t.*|(?<!\s)\s+\d{4}-\d\d-\d\d.*")
_GIT = ("diff --git", "index ", "new file mode", "deleted file mode", "old mode", "new mode",
        "similarity index", "Index: ", "=====")  # fmt: skip
STARTS = ("--- ", "+++ ", "diff --git", "index ", "Index: ")


@dataclass
class _Hunk:
    """The lines of a hunk without the marks before them."""

    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changes: bool = False


@dataclass
class _File:
    """What a diff says of one file; both paths "" where none is said."""

    before: str = ""
    after: str = ""
    hunks: list[_Hunk] = field(default_factory=list)


def diff_edits(lines: Sequence[str], path: str | None, known: Known | None) -> list[Item]:
    """Return an edit for each hunk; `lines` have their ends, `path` is for a diff without one."""
    items: list[Item] = []
    for part in _files(lines):
        where = _path(part, known) or path
        raw = "".join(lines)
        hunks = [_without_blank_ends(hunk) for hunk in part.hunks if hunk.changes]
        if part.after == _NOWHERE:
            items.append(BrokenCall(EDIT, raw, _DELETES))
        elif where is None:
            items += [BrokenCall(EDIT, raw, _NO_PATH)] if hunks else []
        else:
            is_new = part.before == _NOWHERE or (known is not None and not known(where))
            if is_new and not any(hunk.old for hunk in hunks):
                new = [line for hunk in part.hunks for line in hunk.new]
                items += [_edit(_Hunk([], new), where)] if new else []
                continue
            items += [
                _edit(hunk, where) if hunk.old else BrokenCall(EDIT, raw, _NO_CONTEXT)
                for hunk in hunks
            ]
    return items


def _edit(hunk: _Hunk, path: str) -> Item:
    return FoundCall(
        EDIT,
        {"path": path, "old_string": "".join(hunk.old), "new_string": "".join(hunk.new)},
    )


def _files(lines: Sequence[str]) -> Iterator[_File]:
    part = _File()
    hunk: _Hunk | None = None
    plain = [*(line.rstrip("\r\n") for line in lines), "", ""]
    for line, following, third in zip(plain, plain[1:], plain[2:], strict=False):
        heads = _heads(line, following, third, within=hunk is not None)
        if heads or line.startswith("diff --git "):
            if part.hunks:
                yield part
            part, hunk = _File(before=_said(line) if heads else ""), None
        elif hunk is None and line.startswith("+++ "):
            part.after = _said(line)
        elif line.startswith("@@"):
            hunk = _Hunk()
            part.hunks.append(hunk)
        elif hunk is not None or (line.strip() and not line.startswith(_GIT)):
            if hunk is None:
                hunk = _Hunk()
                part.hunks.append(hunk)
            if not line.startswith("\\ "):
                _take(hunk, line)
    yield part


def _heads(line: str, following: str, third: str, *, within: bool) -> bool:
    """Tell whether two lines name a file; in a hunk they may be one taken out and one put in."""
    if not (line.startswith("--- ") and following.startswith("+++ ")):
        return False
    names = (_said(line), _said(following))
    return not within or third.startswith("@@") or all(path_like(name, None) for name in names)


def _take(hunk: _Hunk, line: str) -> None:
    mark, rest = line[:1], line[1:] + "\n"
    if mark == "-":
        hunk.old.append(rest)
    elif mark == "+":
        hunk.new.append(rest)
    else:
        same = rest if mark in ("", " ") else line + "\n"  # the blank before it was forgotten
        hunk.old.append(same)
        hunk.new.append(same)
    hunk.changes = hunk.changes or mark in ("-", "+")


def _without_blank_ends(hunk: _Hunk) -> _Hunk:
    """Drop blank lines around a hunk: they are mostly of the answer, not of the file."""
    old, new = hunk.old, hunk.new
    while old and new and old[-1] == new[-1] == "\n":
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0] == "\n":
        old, new = old[1:], new[1:]
    return _Hunk(old, new, hunk.changes)


def _said(line: str) -> str:
    return _AFTER_PATH.sub("", line[4:]).strip().strip('"`')


def _path(part: _File, known: Known | None) -> str | None:
    """Return the path that is meant, without the `a/` and `b/` that git puts before it."""
    for said, prefix in ((part.after, "b/"), (part.before, "a/")):
        if not said or said == _NOWHERE:
            continue
        if known is not None and known(said):
            return said
        other = {part.before, part.after} - {said}
        paired = not other or _NOWHERE in other or any(o.startswith(("a/", "b/")) for o in other)
        return said.removeprefix(prefix) if paired else said.removeprefix("./")
    return None
