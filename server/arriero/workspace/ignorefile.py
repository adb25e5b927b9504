"""One ignore file: its lines as rules (gitignore(5), "PATTERN FORMAT")."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arriero.workspace.globs import Form, form_of, matches_form

_MOST_BYTES = 1 << 20
_MARK = b"\xef\xbb\xbf"  # of UTF-8, as some editors write it
_ESCAPED = re.compile(r"\\(.)")
_LOWER = str.maketrans({chr(upper): chr(upper + 32) for upper in range(65, 91)})


@dataclass(frozen=True)
class Rule:
    """One line of an ignore file; `name` is the pattern of a rule for names in any folder."""

    negated: bool
    only_folders: bool
    name: re.Pattern[str] | None
    form: Form

    def matches(self, parts: Sequence[str], *, is_directory: bool) -> bool:
        """Tell whether the rule is about a path, given by its names below the ignore file."""
        if self.only_folders and not is_directory:
            return False
        if self.name is not None:
            return self.name.match(parts[-1]) is not None
        return matches_form(self.form, parts)


def parse(lines: Iterable[str], *, ignore_case: bool = False) -> tuple[Rule, ...]:
    """Return the rules of an ignore file, the last one first.

    With `ignore_case` they are for paths that went through `lowered`.
    """
    spelled = map(lowered, lines) if ignore_case else lines
    rules = [rule for rule in map(_rule, spelled) if rule is not None]
    return tuple(reversed(rules))


def lowered(text: str) -> str:
    """Return a text without capitals as git sees them: those of ASCII."""
    return text.translate(_LOWER)


def read_lines(path: str, *, follow: bool = False) -> list[str]:
    """Return the lines of an ignore file; none where there is none.

    Git reads none through a symbolic link in the work tree; `follow` is for those elsewhere. What
    is no regular file, such as a pipe, which would never end, is not read.
    """
    if "\0" in path or not os.access(path, os.F_OK):  # the usual case, without an exception
        return []
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return []
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        data = os.read(descriptor, _MOST_BYTES) if regular else b""
    except OSError:
        return []
    finally:
        os.close(descriptor)
    return os.fsdecode(data.removeprefix(_MARK)).split("\n")


def _rule(line: str) -> Rule | None:
    line = _without_trailing(line.rstrip("\r\n"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    pattern = line[negated:]
    only_folders = pattern.endswith("/")
    pattern = pattern[:-1] if only_folders else pattern
    if not pattern or pattern == "/":
        return None
    # What is a pattern for us has sets for escapes, and "!" for "not".
    before_end = max(pattern.rfind("]") - 1, 0)  # a set begins there at the latest
    spelled = pattern[:before_end].replace("[^", "[!") + pattern[before_end:]
    spelled = _ESCAPED.sub(lambda found: _set_of(found[1]), spelled)
    names = spelled.split("/")
    if len(names) == 1 and spelled != "**":
        form = form_of(names)
        return Rule(negated, only_folders, form[0], form)
    names = names[1:] if not names[0] else names
    if names[-1] == "**":
        names.append("*")  # what is in the folder, not the folder
    return Rule(negated, only_folders, None, form_of(names))


def _without_trailing(line: str) -> str:
    """Take the blanks from the end, but for one that has a backslash before it."""
    kept = line.rstrip(" ")
    return kept + line[len(kept) :][:1] if kept.endswith("\\") else kept


def _set_of(character: str) -> str:
    return character if character.isalnum() or character in "!^]/" else f"[{character}]"
