"""Where an edit that a model wrote belongs, or an error that helps it to write a better one.

The old text is looked for in stages, from the letter to what small models mean: exactly, as whole
lines before parts of them; whatever the line ends; by lines, whatever the blanks at their ends; by
lines, whatever the indentation; whatever signs that look alike. The first stage that finds it
decides, and must find it once. Where none does, the same is tried with what the old text may mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.workspace.changes import Replacement
from arriero.workspace.elision import elided_lines
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.nearest import nearest_lines
from arriero.workspace.readings import readings
from arriero.workspace.rewrites import left_out
from arriero.workspace.stages import STAGES, places
from arriero.workspace.text import LineIndex, split_lines, with_eol

_SHOWN = 200  # characters of a line in an error
_LONG = 20  # lines that are not blank, from which a rewrite may not lose half
_SHORT = 10  # the same where a third of what is left are lines of the old text
_WORD = re.compile(r"\w{3}")
_EDIT_IN_PARTS = "Write all lines out, or make several edits, each with only the lines that change."
_EDIT_INSTEAD = (
    "Change only the lines you mean with edit_file (to remove lines, give them as old_string), or "
    "write all lines out."
)
_WRITE_ALL = "Write the complete text of the file."


class NoMatch(WorkspaceError):
    """The old text is not there; `nearest` are numbers (from 1) and contents of like lines."""

    def __init__(self, message: str, nearest: tuple[tuple[int, str], ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


class Ambiguous(WorkspaceError):
    """The old text is there `count` times, beginning in `lines` (from 1)."""

    def __init__(self, message: str, count: int, lines: tuple[int, ...]) -> None:
        super().__init__(message)
        self.count = count
        self.lines = lines


class Elided(WorkspaceError):
    """The new text has lines that stand for text left out."""


class Shrinkage(WorkspaceError):
    """The new text of a file has lost most of the old one."""


class NoChange(WorkspaceError):
    """The edit changes nothing."""


def find_edit(
    text: str,
    old: str,
    new: str,
    replace_all: bool = False,
) -> tuple[Replacement, ...]:
    """Return the replacements that an edit of `old` into `new` means, sorted.

    Line ends become those of the text around, and indentation that of the lines found. With
    `replace_all` a stage may find `old` more than once.

    Raises NoChange, Elided, Ambiguous, NoMatch.
    """
    if old == new:
        raise NoChange(
            "old_string and new_string are the same, so nothing would change. "
            "Give in new_string what the lines are to become."
        )
    _check_elision(new, old, text, shrinks=new.count("\n") < old.count("\n"))
    if not old:
        return _fill(text, new)
    for target, replacement in readings(old, new):
        for stage in STAGES if not replace_all else STAGES[1:]:
            found = stage(text, target, replacement)
            if len(found) > 1 and not replace_all:
                raise _ambiguous(text, found)
            if found:
                if replacement is not new:
                    shrinks = replacement.count("\n") < target.count("\n")
                    _check_elision(replacement, target, text, shrinks=shrinks)
                return _changing(text, found)
    raise _no_match(text, old, new)


def check_rewrite(old_text: str | None, new_text: str, path: str = "") -> None:
    """Check the whole new text of a file; `old_text` None: it is a new file.

    `path` tells by its ending what the file is: in a stub `...` is what it says. Raises Elided,
    Shrinkage, NoChange.
    """
    if old_text is not None and old_text == new_text:
        raise NoChange("The file has exactly this text already, so nothing would change.")
    before, after = _count(old_text or ""), _count(new_text)
    way = _EDIT_INSTEAD if before else _WRITE_ALL
    found = left_out(old_text, new_text, path)
    if found is not None:
        raise _elided(*found, way)
    _check_elision(new_text, old_text or "", shrinks=after < before, way=way)
    if 2 * after < before and (before >= _LONG or _loses(old_text or "", new_text)):
        raise Shrinkage(
            f"The file has {before} lines that are not blank, the new text {after}: most of the "
            "file would be lost. Write the complete file, or change only the lines you mean with "
            "edit_file. To remove lines, give them to edit_file as old_string."
        )


def _loses(old: str, new: str) -> bool:
    """Tell whether a text that is short itself is the rest of another rather than a new one."""
    if _count(old) < _SHORT:
        return False
    left = [line for line in map(str.strip, new.splitlines()) if _WORD.search(line)]
    known = set(map(str.strip, old.splitlines()))
    return 3 * sum(line in known for line in left) >= len(left)


def _changing(text: str, found: Sequence[Replacement]) -> tuple[Replacement, ...]:
    parts: list[Replacement] = []
    for part in found:
        apart = not parts or parts[-1].end <= part.start
        if apart and text[part.start : part.end] != part.text:
            parts.append(part)
    if not parts:
        raise NoChange("These lines read so already, so nothing would change.")
    return tuple(parts)


def _fill(text: str, new: str) -> tuple[Replacement, ...]:
    if not text:
        return (Replacement(0, 0, new),)
    raise NoMatch(
        "old_string is empty, but the file has text. To insert lines, give in old_string the line "
        "before them and repeat it in new_string; to replace the whole file, use write_file."
    )


def _check_elision(new: str, *known: str, shrinks: bool, way: str = _EDIT_IN_PARTS) -> None:
    for number, line in elided_lines(new, known, shrinks=shrinks):
        raise _elided(number, line, way)


def _elided(number: int, line: str, way: str) -> Elided:
    return Elided(
        f"Line {number} of the new text, '{line}', stands for lines that were left out; it would "
        f"be written as it is and the lines would be lost. {way}"
    )


def _count(text: str) -> int:
    return sum(1 for line in split_lines(text) if line.strip())


def _ambiguous(text: str, found: Sequence[Replacement]) -> Ambiguous:
    index = LineIndex(text)
    lines = tuple(sorted({index.line_at(part.start) + 1 for part in found}))
    shown = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
    return Ambiguous(
        f"old_string is there {len(found)} times, in line{'s'[: len(lines) > 1]} {shown}. Add text "
        "around it to old_string and new_string until it is unique, or set replace_all to change "
        "every one.",
        len(found),
        lines,
    )


def _no_match(text: str, old: str, new: str) -> NoMatch:
    if not text:
        return NoMatch("The file is empty: give an empty old_string to fill it.")
    done = places(with_eol(text, "\n"), with_eol(new, "\n")) if new.strip() else []
    if len(done) == 1:
        line = LineIndex(with_eol(text, "\n")).line_at(done[0]) + 1
        return NoMatch(
            f"old_string is not in the file, but new_string is, in line {line}: the edit seems to "
            "be made already. Go on, or read the file again if you meant another place."
        )
    left_out = _left_out(text, old)
    if left_out is not None:
        return NoMatch(
            f"The line '{left_out}' of old_string stands for lines that were left out, and these "
            "are not looked for. Give all the lines, or only the few that change, copied from the "
            "file."
        )
    contents = [line.rstrip("\r\n") for line in split_lines(text)]
    nearest = nearest_lines(contents, [line.rstrip("\r\n") for line in split_lines(old)])
    if not nearest:
        return NoMatch(
            "old_string is not in the file, and nothing like it. Read the file again, and check "
            "that it is the file you mean."
        )
    shown = "\n".join(f"{number:>5}\t{_cut(line)}" for number, line in nearest)
    return NoMatch(
        f"old_string is not in the file. The nearest lines are:\n{shown}\n"
        "Copy the lines exactly as they are, without their numbers, and try again.",
        nearest,
    )


def _left_out(text: str, old: str) -> str | None:
    """Return the line of `old` by which a model left out others, if there is one."""
    for _, line in elided_lines(old, (text,), shrinks=True):
        return line
    bare = [line.strip() for line in split_lines(old) if line.strip() in ("...", "…")]
    return bare[0] if bare and bare[0] not in map(str.strip, split_lines(text)) else None


def _cut(line: str) -> str:
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
