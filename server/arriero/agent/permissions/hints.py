"""Whether what a program of a line is given might be what a rule is about: then somebody is asked.

A rule that denies is about a line that runs its words, and `commands.touches` finds them. Here is
what cannot be told so surely: words that another program may run, a text that is code, words that
come from a pipe or that the shell puts for a pattern.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Sequence

from arriero.agent.permissions.commands import SHELLS, split
from arriero.agent.permissions.shell import Line, Simple

_TAKES_WORDS = frozenset({"xargs", "parallel"})
_DEVICES = ("/dev/", "/proc/")
_WORD = re.compile(r"[^\s'\"()\[\]{},;|&<>$`=!\\]+")  # of a text that may be code
_OTHER_NAMES = re.compile(r"(alias|include|includeif)\b", re.IGNORECASE)


def hint(pattern: str, line: Line, harmless: Callable[[Simple], bool]) -> str:
    """Return why a line might be about a pattern, empty where nothing says so.

    `harmless` tells of one command whether it is known to only look at files.
    """
    wanted = [word for word in split(pattern) if word != "*"]
    for command in line.commands:
        if not wanted or harmless(command):
            continue
        for found, why in (
            (_reads_its_input(command), "it runs what comes from a pipe or a file"),
            (_mentions(wanted, command.texts[1:]), "it may run what it is given"),
            (_lacks_words(wanted, command.texts), "it runs words that come from elsewhere"),
            (_is_called_otherwise(wanted, command.texts), "it says what its words mean"),
            (_may_become(wanted, command), "the shell puts names of files into it"),
        ):
            if found:
                return why
    return ""


def _reads_its_input(command: Simple) -> bool:
    """Whether a shell runs what no word of the line shows: its input."""
    program, rest = posixpath.basename(command.texts[0]), command.texts[1:]
    if program in ("source", "."):
        return any(word.startswith(_DEVICES) for word in rest[:1])
    if program not in SHELLS:
        return False
    at = 0
    while at < len(rest) and rest[at][:1] in ("-", "+"):
        letters = "" if rest[at].startswith("--") else rest[at][1:]
        if "c" in letters:
            return False
        if "s" in letters:
            return True
        at += 2 if letters[-1:] in ("o", "O") else 1
    return at >= len(rest) or rest[at].startswith(_DEVICES)


def _mentions(wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Whether all wanted words stand among those of a program, or in its code, in their order."""
    # What is attached to an option, as in `env -S'…'`, is a text of its own.
    attached = (word[2:] for word in words if word[:1] == "-" and word[:2] != "--")
    left = list(wanted)
    for found in _WORD.finditer(" ".join((*words, *attached))):
        names = {found[0].casefold(), posixpath.basename(found[0]).casefold()}
        if any(fnmatch.fnmatchcase(name, left[0].casefold()) for name in names):
            del left[0]
            if not left:
                return True
    return False


def _lacks_words(wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Whether a program that gets further words from elsewhere begins as what is wanted."""
    if posixpath.basename(words[0]) not in _TAKES_WORDS:
        return False
    return any(fnmatch.fnmatch(posixpath.basename(word), wanted[0]) for word in words[1:])


def _is_called_otherwise(wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Whether git is told by an option what a subcommand means."""
    if posixpath.basename(words[0]) != "git" or wanted[0] != "git":
        return False
    return any(_OTHER_NAMES.match(word.removeprefix("--config-env=")) for word in words[1:])


def _may_become(wanted: Sequence[str], command: Simple) -> bool:
    """Whether the subcommand is a pattern for names of files, which may be the one wanted."""
    program = posixpath.basename(command.texts[0])
    named = next((word for word in command.words[1:] if not word.text.startswith("-")), None)
    if len(wanted) < 2 or named is None or not fnmatch.fnmatch(program, wanted[0]):
        return False
    return named.globs and fnmatch.fnmatch(wanted[1], named.text)
