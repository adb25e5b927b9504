"""Patterns for paths: `*`, `?` and `[…]` within a name, `**` for any folders, `{a,b}` for either.

Matching takes time in proportion to the lengths of pattern and path, whatever the pattern.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Sequence

_MOST_ALTERNATIVES = 200
_INNERMOST = re.compile(r"\{([^{}]*)\}")


class Glob:
    """A pattern for paths relative to a folder.

    A pattern without a slash is for the names of files in any folder; one that ends with a slash
    is for everything in those folders.
    """

    def __init__(self, pattern: str, *, ignore_case: bool = False) -> None:
        """Never raises: what is no valid part of a pattern stands for itself."""
        self._ignore_case = ignore_case
        self._forms = [_form(form) for form in _alternatives(self._cased(pattern))]

    def matches(self, path: str) -> bool:
        """Tell whether the pattern matches a relative path."""
        parts = self._cased(path).split("/")
        return any(matches_form(form, parts) for form in self._forms)

    def _cased(self, text: str) -> str:
        return text.casefold() if self._ignore_case else text


Part = re.Pattern[str] | None  # None stands for "**"
Form = Sequence[Part]


def form_of(names: Sequence[str]) -> Form:
    """Compile the patterns of the names of a path."""
    return [None if name == "**" else _compiled(name) for name in names]


def matches_form(form: Form, parts: Sequence[str]) -> bool:
    """Match names one by one; after a mismatch the latest "**" takes one name more."""
    at = here = 0
    again: tuple[int, int] | None = None
    while here < len(parts):
        if at < len(form) and (part := form[at]) is None:
            again = (at + 1, here)
            at += 1
        elif at < len(form) and part is not None and part.match(parts[here]):
            at, here = at + 1, here + 1
        elif again is not None:
            at, here = again[0], again[1] + 1
            again = (at, here)
        else:
            return False
    return all(part is None for part in form[at:])


@functools.lru_cache(maxsize=10_000)
def _compiled(name: str) -> re.Pattern[str]:
    # The standard library's translation never goes back over what a "*" took: no pattern is slow.
    # For each "[" that no "]" ends it would read the rest of the name: a zero, which no name has,
    # stands for those.
    end = name.rfind("]") + 1
    translated = fnmatch.translate(name[:end] + name[end:].replace("[", "\0"))
    return re.compile(translated.replace("\0", r"\["))


def _form(pattern: str) -> Form:
    pattern = re.sub(r"^(?:\./+)+", "", pattern.strip())
    names = [name for name in pattern.split("/") if name not in ("", ".")]
    if pattern.endswith("/"):
        names.append("**")
    elif "/" not in pattern and names:
        names.insert(0, "**")
    if names and names[-1] == "**":
        names.append("*")  # "**" at the end means what is in the folders, not the folders
    return form_of(names)


def _alternatives(pattern: str) -> list[str]:
    """Spell out `{a,b}`, also nested, as long as there are not too many of them."""
    done: list[str] = []
    todo = [pattern]
    while todo:
        form = todo.pop()
        braces = next((b for b in _INNERMOST.finditer(form) if "," in b[1]), None)
        if braces is None or len(todo) + len(done) > _MOST_ALTERNATIVES:
            done.append(form)
            continue
        head, tail = form[: braces.start()], form[braces.end() :]
        todo += [head + choice + tail for choice in braces[1].split(",")]
    return done
