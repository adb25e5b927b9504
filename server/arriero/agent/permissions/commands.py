"""Whether a rule is about a command: its pattern against the words that a line runs.

A rule that allows must cover all that the line runs, word by word. A rule that asks or denies is
taken broadly: it is about a line if any program in it, however it is called or wrapped, has the
words of the pattern.
"""

from __future__ import annotations

import fnmatch
import posixpath
import shlex
from collections.abc import Iterator, Sequence

from arriero.agent.permissions.shell import Line, Simple, read_line

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
# Programs that run the words behind their own options, and those options that take a value.
_WRAPPERS = {
    "builtin": "",
    "busybox": "",
    "chroot": "",
    "command": "",
    "coproc": "",
    "doas": "u",
    "env": "uC",
    "eval": "",
    "exec": "a",
    "flock": "w",
    "ionice": "cn",
    "nice": "n",
    "nohup": "",
    "npx": "pc",
    "setsid": "",
    "stdbuf": "ioe",
    "strace": "eo",
    "sudo": "ugCDRTh",
    "time": "of",
    "timeout": "ks",
    "unshare": "",
    "xargs": "IdEnPsLa",
}
_MOST_DEEP = 4
_MOST_OPTIONS = 6  # before a subcommand, as in `git -C folder -c key=value push`


def covered(patterns: Sequence[str], line: Line) -> frozenset[str]:
    """Return the allowing patterns that together cover all that a line runs, none if they do not.

    A line that is not plain, or has files opened by the shell, is never covered.
    """
    if line.problem or any(opens_files(command) for command in line.commands):
        return frozenset()
    wanted = {pattern: split(pattern) for pattern in patterns}
    used: set[str] = set()
    for command in line.commands:
        found = [p for p, words in wanted.items() if words and _covers(words, command.texts)]
        if not found:
            return frozenset()
        used.add(found[0])
    return frozenset(used)


def touches(pattern: str, line: Line) -> bool:
    """Whether a pattern that asks or denies is about any program of a line."""
    wanted = split(pattern)
    if wanted and wanted[-1] == "*":
        wanted = wanted[:-1]
    return any(_touches(wanted, words, at) for words, at in _programs(line, 0))


def split(pattern: str) -> list[str]:
    """Return the words of a pattern."""
    try:
        return shlex.split(pattern)
    except ValueError:
        return pattern.split()


def opens_files(command: Simple) -> bool:
    """Whether the shell itself opens a file for a command, to read or to write."""
    return any(
        not (redirect.operator == ">&" and redirect.target.text in ("1", "2"))
        and not (">" in redirect.operator and redirect.target.text == "/dev/null")
        for redirect in command.redirects
    )


def _covers(wanted: Sequence[str], words: Sequence[str]) -> bool:
    if wanted[-1] == "*":
        return len(words) >= len(wanted) - 1 and _each(wanted[:-1], words)
    return len(words) == len(wanted) and _each(wanted, words)


def _each(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return all(fnmatch.fnmatchcase(w, p) for p, w in zip(wanted, words, strict=False))


def _touches(wanted: Sequence[str], words: Sequence[str], at: int) -> bool:
    if not wanted:
        return True
    # On some file systems `GIT` is `git`.
    name = posixpath.basename(words[at])
    if not any(fnmatch.fnmatchcase(one, wanted[0]) for one in (words[at], name, name.casefold())):
        return False
    return _follows(wanted[1:], words, at + 1, _MOST_OPTIONS)


def _follows(wanted: Sequence[str], words: Sequence[str], at: int, options: int) -> bool:
    """Whether the wanted words come first from `at`, options and their values passed over."""
    if not wanted:
        return True
    if at >= len(words):
        return False
    if fnmatch.fnmatchcase(words[at], wanted[0]):
        return _follows(wanted[1:], words, at + 1, options)
    if wanted[0].startswith("-"):  # an option may stand anywhere
        return any(fnmatch.fnmatchcase(w, wanted[0]) for w in words[at:]) and _follows(
            wanted[1:], words, at, options
        )
    if options and words[at].startswith(("-", "+")):
        return _follows(wanted, words, at + 1, options - 1) or _follows(
            wanted, words, at + 2, options - 1
        )
    return False


def _programs(line: Line, deep: int) -> Iterator[tuple[Sequence[str], int]]:
    """Yield the words of each program, as those of a command and where among them it begins.

    They are not cut off: a line may have thousands, and a program begin at each of them.
    """
    for command in line.commands:
        yield from _unwrapped(command.texts, 0, deep)


def _unwrapped(
    words: Sequence[str], at: int, deep: int, *, executes: bool = True
) -> Iterator[tuple[Sequence[str], int]]:
    """Yield a program's words, and those of the programs that it is told to run.

    `executes`: what follows `-exec` and the like is not looked at yet, by who looks at more words.
    """
    yield words, at
    if deep >= _MOST_DEEP:
        return
    program, rest = posixpath.basename(words[at]), at + 1
    if program in SHELLS or program in ("eval", "su"):
        for text in words[rest:]:
            if not text.startswith("-"):
                yield from _programs(read_line(text), deep + 1)
    if program in _WRAPPERS:
        inner = _behind_options(words, rest, _WRAPPERS[program])
        # `timeout 5 git push`: its own words come first
        for start in range(inner, min(inner + 3, len(words))):
            yield from _unwrapped(words, start, deep + 1, executes=False)
    for option in range(rest, len(words) - 1) if executes else ():
        if words[option] in ("-exec", "-execdir", "-ok", "-okdir", "-x", "--exec"):
            yield from _unwrapped(words, option + 1, deep + 1, executes=False)


def _behind_options(words: Sequence[str], at: int, with_value: str) -> int:
    while at < len(words):
        word = words[at]
        if word.startswith("-"):
            at += 2 if len(word) == 2 and word[1] in with_value else 1
        elif "=" in word:
            at += 1
        else:
            break
    return at
