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
_MEMBER = re.compile(r"\[:([^\]]{0,20}):\]|\\?(.)", re.DOTALL)  # of a set
_CHARACTER = re.compile(r"\\?(.)", re.DOTALL)
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \t",
    "cntrl": "\x01-\x1f\x7f",
    "digit": "0-9",
    "graph": '"-.0-~!',
    "lower": "a-z",
    "print": " -.0-~",
    "punct": '"-.:-@[-`{-~!',
    "space": " \t\n\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_NO_END_OF_A_RANGE = frozenset("!-]/\0")  # in a set of ours
_MOST_SPELLED = 128  # characters of such a range
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
    spelled = map(_in_one_case, lines) if ignore_case else lines
    rules = [rule for rule in map(_rule, spelled) if rule is not None]
    return tuple(reversed(rules))


def lowered(text: str) -> str:
    """Return a text without capitals as git sees them: those of ASCII."""
    return text.translate(_LOWER)


def _in_one_case(line: str) -> str:
    return lowered(line).replace("[:upper:]", "[:lower:]")


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
    line = _without_trailing(line.removesuffix("\n").removesuffix("\r"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    pattern = line[negated:]
    only_folders = pattern.endswith("/")
    pattern = pattern[:-1] if only_folders else pattern
    if not pattern or pattern == "/":
        return None
    spelled = _spelled(pattern)
    if spelled is None:
        return None
    names = spelled.split("/")
    if "/" not in pattern and spelled != "**":
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


def _spelled(pattern: str) -> str | None:
    """Spell a pattern as one for us, with sets for escapes; None if git matches nothing with it."""
    if "[" not in pattern and "\\" not in pattern:
        return pattern
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        one = pattern[at]
        at += 1
        if one == "[":
            found = _set(pattern, at)
            if found is None:
                return None
            part, at = found
            parts.append(part)
        elif one != "\\":
            parts.append(one)
        elif at == len(pattern):
            return None
        else:
            parts.append(pattern[at] if pattern[at] == "/" else _set_of({pattern[at]}))
            at += 1
    return "".join(parts)


def _set(pattern: str, at: int) -> tuple[str, int] | None:
    """Return a set, which begins at a place, as one for us, and where it ends.

    None if it has no end, or nothing is in it.
    """
    is_negated = pattern.startswith(("!", "^"), at)
    at = begin = at + is_negated
    members: set[str] = set()
    ranges = ""
    first = ""  # of a range, if one comes
    while at == begin or not pattern.startswith("]", at):
        found = _MEMBER.match(pattern, at)
        if found is None:
            return None
        at = found.end()
        if found[1] is not None:
            if found[1] not in _CLASSES:
                return None
            ranges += _CLASSES[found[1]]
            first = ""
        elif found[0] == "-" and first and not pattern.startswith("]", at):
            last = _CHARACTER.match(pattern, at)
            if last is None:
                return None
            at = last.end()
            if _NO_END_OF_A_RANGE.isdisjoint((first, last[1])):
                ranges += f"{first}-{last[1]}" if first <= last[1] else ""
            else:
                end = min(ord(last[1]) + 1, ord(first) + _MOST_SPELLED)
                members.update(map(chr, range(ord(first), end)))
            first = ""
        else:
            first = found[2]
            members.add(first)
    members -= {"/", "\0"}  # which no name has
    if not members and not ranges:
        return ("?", at + 1) if is_negated else None
    return _set_of(members, ranges, is_negated=is_negated), at + 1


def _set_of(members: set[str], ranges: str = "", *, is_negated: bool = False) -> str:
    """Return a set for us: what means something else at one place stands at another."""
    if len(members) == 1 and not ranges and not is_negated:
        (one,) = members
        return one if one.isalnum() or one in "!^]" else f"[{one}]"
    others = "".join(sorted(members - set("]-!")))
    first, last = ("]", "-") if "]" in members else ("-", "")
    first, last = (one if one in members else "" for one in (first, last))
    negates = "!" if "!" in members else ""
    return f"[{'!' * is_negated}{first}{others}{ranges}{negates}{last}]"
