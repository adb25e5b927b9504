"""By which words a known program's call is named, and whether what follows them is known too."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from arriero.agent.permissions.builds import BUILDS, EXACT, MODULES, OPTIONS
from arriero.agent.permissions.programs import GIT

PYTHON = frozenset({"python", "python3"})


def subcommand(words: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return the words by which a known program's call is named: `git log`, `npm run test`.

    The second value tells whether any words may follow them; else they are all that was said.
    """
    program = words[0]
    if program in EXACT:
        return tuple(words), False
    if program == "git":
        named = (program, *words[1:2])
        return (named, True) if named[1:] and named[1] in GIT.subcommands else (tuple(words), False)
    for name in sorted(BUILDS.get(program, ()), key=len, reverse=True):
        parts = name.split()
        if list(words[1 : 1 + len(parts)]) == parts:
            return (program, *parts), True
    if program in PYTHON:
        of_module = words[1:2] == ("-m",) and words[2:3] != () and words[2] in OPTIONS
        return (tuple(words[:3]), True) if of_module else (tuple(words), False)
    return (program,), True


def not_plain(words: Sequence[str]) -> str | None:
    """Return the first word of a call that builds which is no file, name or known option."""
    shown, may_have_more = subcommand(words)
    if not may_have_more:
        return None
    known = OPTIONS[shown[-1] if shown[-1] in OPTIONS else words[0]]
    return next((word for word in words[len(shown) :] if not _is_plain(word, known)), None)


def runs_a_file(words: Sequence[str]) -> bool:
    """Whether an interpreter is called with a file, or one of the modules that build and test."""
    if words[1:2] == ("-m",):
        return words[0] in PYTHON and words[2:3] != () and words[2] in MODULES
    return len(words) > 1 and (
        not words[1].startswith("-") or words[1:] in (("--version",), ("-V",))
    )


def _is_plain(word: str, known: Collection[str]) -> bool:
    if word[:1] not in ("-", "@") or word == "--" or word in known:
        return True
    name, equals, _ = word.partition("=")
    if equals and f"{name}=" in known:
        return True
    # Letters in one word, and a number behind one: `-xvs`, `-j4`.
    letters = re.fullmatch(r"-([a-zA-Z]+)", word)
    several = letters is not None and all(f"-{letter}" in known for letter in letters[1])
    return several or re.fullmatch(r"-[jn]?\d+", word) is not None
