"""Where expressions of JavaScript begin and end, with semicolons put where the language does."""

from __future__ import annotations

import re

from arriero.index.extract.scripttext import ScriptText

_OF_EXPRESSIONS = frozenset(
    (
        "return", "new", "typeof", "void", "yield", "await", "in", "of", "delete", "throw", "case",
        "instanceof", "extends", "async",
    )
)  # fmt: skip
_GOES_ON = re.compile(r"(?:in|instanceof)\b")
_STOPS = re.compile(r"[(\[{,;)\]}\n]")


def begins_statement(text: ScriptText, start: int) -> bool:
    """Tell whether what is at a place is no part of an expression."""
    bare = text.bare
    last = text.before(start)
    if not last or bare[last - 1] in ";{})":
        return True
    if bare[last - 1] in "(,=:?[!&|+-~*/%<>^":
        return False
    word = text.word_before(last)
    if word in _OF_EXPRESSIONS:
        return False
    return "\n" in bare[last:start] or word in ("export", "default", "else", "do")


def is_whole(text: ScriptText, end: int) -> bool:
    """Tell whether an expression is at its end with a function's."""
    bare = text.bare
    at = text.after(end)
    return (
        at == len(bare)
        or bare[at] in ";,)]}"
        or ("\n" in bare[end:at] and bare[at] not in ".([?:+-*/%&|^<>=")
    )


def left_of(text: ScriptText, at: int) -> int:
    """Return where an expression of names and brackets begins."""
    bare = text.bare
    while at:
        if bare[at - 1] in ")]":
            at = text.pairs[at - 1]
        elif bare[at - 1].isalnum() or bare[at - 1] in "_$.?#":
            at -= 1
        elif bare[at : at + 1] == "." and bare[at - 1] in " \t\n":
            at = text.before(at)
        else:
            break
    return at


def end_of(text: ScriptText, at: int) -> int:
    """Return the place behind an expression that begins at one."""
    bare = text.bare
    begin = at
    while True:
        match = _STOPS.search(bare, at)
        if match is None:
            return text.before(len(bare))
        at, stop = match.start(), match[0]
        if stop in "([{":
            at = text.pairs[at] + 1
            continue
        if stop != "\n":
            return text.before(at)
        last, at = text.before(at), text.after(at)
        if last > begin and _ends_between(text, last, at):
            return last


def _ends_between(text: ScriptText, last: int, at: int) -> bool:
    """Tell whether a semicolon would be put between two places, on different lines."""
    bare = text.bare
    if at >= len(bare):
        return True
    if bare.startswith(("++", "--"), at):
        return True
    if bare[at] in ".?:+-*/%&|^<>=,;)]}([" or bare.startswith("!=", at):
        return bare[at] in ")]};,"
    before = bare[last - 1]
    if before in "=+-*/%&|^<>?:.,!~([{":
        return before in "+-" and bare[last - 2] == before
    word = text.word_before(last)
    if word in _OF_EXPRESSIONS and word != "return":
        return False
    return _GOES_ON.match(bare, at) is None
