"""C without what only looks like code: comments, strings, and what is for the preprocessor.

What stands for them has as many line breaks. Of a directive its kind is left behind a `#`: `#d` is
a macro, with its name and how many lines follow its first one; `#i` begins what is there on a
condition, `#n` ends it, `#o` is any other.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from arriero.index.extract.brackets import Bracketed, Unclear

_OPAQUE = re.compile(
    r"//[^\n]*"
    r"|/\*[^*]*(?:\*(?!/)[^*]*)*(\*/|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*("|(?=\n)|\Z)'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*('|(?=\n)|\Z)"
    # Comments in a directive are part of it, also over several lines.
    r'|#(?:[^\n\\/"]+|\\.|/\*[^*]*(?:\*(?!/)[^*]*)*\*/|//[^\n]*|/(?!\*)|"(?:[^"\\\n]|\\.)*"|")*',
    re.DOTALL,
)
_ENDLESS = "'"
_DIRECTIVE = re.compile(r"#\s*(?:define\s+([A-Za-z_]\w*)|(if|endif)?)")
_CURLY = re.compile(r"[{}]")
_ROUND = re.compile(r"[(){}\[\]]")
_DIRECTIVES = re.compile(r"[ \t\n]*(?:#[^\n]*\n[ \t\n]*)*")
_CONDITION = re.compile(r"#[in]")
# Escapes between lines of code, other languages' signs, and white space that is none to all.
_ODD = ("\\", "@", "`", "\v", "\x1c", "\x1d", "\x1e", "\x1f", "\0")
_ODD_BEYOND_ASCII = ("\x85", "\u2028", "\u2029", "\xa0", "\ufeff")


class CText(Bracketed):
    """A text in C; `pairs` has its curly brackets only, the others are looked for where needed."""

    def __init__(self, text: str) -> None:
        """Raises `Unclear` where the text is not as it should be."""
        if text.endswith("\\"):  # each string with an escape in it would be looked for to the end
            raise Unclear
        bare = _OPAQUE.sub(_blank, text.replace("\f", " "))
        if _ENDLESS in bare or any(odd in bare for odd in _ODD):
            raise Unclear
        if not bare.isascii() and any(odd in bare for odd in _ODD_BEYOND_ASCII):
            raise Unclear
        super().__init__(bare, _CURLY)
        self._depths: list[int] = []
        self._places_of_depths: list[int] = []
        depth = 0
        for match in _CONDITION.finditer(bare):
            depth += 1 if match[0] == "#i" else -1
            self._depths.append(depth)
            self._places_of_depths.append(match.start())

    def closing(self, at: int) -> int:
        """Return the place of the bracket that closes another one. Raises `Unclear`."""
        found = self.pairs.get(at)
        if found is not None:
            return found
        bare = self.bare
        if bare[at] == "(":  # with nothing else in it, as most are
            end = bare.find(")", at)
            inner = bare[at + 1 : end]
            if end > 0 and "(" not in inner and "[" not in inner and "{" not in inner:
                return end
        depth = 0
        for match in _ROUND.finditer(bare, at):
            depth += 1 if match[0] in "([{" else -1
            if not depth:
                return match.start()
        raise Unclear

    def is_conditional(self, at: int) -> bool:
        """Tell whether what is at a place is there on a condition only."""
        found = bisect_right(self._places_of_depths, at)
        return bool(found) and self._depths[found - 1] > 0

    def after_directives(self, at: int) -> int:
        """Return the first place from one on that has code; the text's length if none."""
        match = _DIRECTIVES.match(self.bare, at)
        assert match is not None
        return match.end()


def _blank(match: re.Match[str]) -> str:
    text = match[0]
    ending = match.lastindex
    if text[0] == "#":
        return _told(match)
    if ending is None:
        return " "
    if not match[ending]:
        return _ENDLESS
    breaks = "\n" * text.count("\n")
    return breaks or " " if text[0] == "/" else "0" + breaks


def _told(match: re.Match[str]) -> str:
    """Return what is left of a directive."""
    text = match.string
    line = text.rfind("\n", 0, match.start()) + 1
    if not (match.start() == line or text[line : match.start()].isspace()):
        return _ENDLESS
    breaks = match[0].count("\n")
    directive = _DIRECTIVE.match(match[0])
    assert directive is not None
    if directive[1]:
        return f"#d {directive[1]} {breaks}" + "\n" * breaks
    kind = {"if": "#i", "endif": "#n"}.get(directive[2] or "", "#o")
    return kind + "\n" * breaks
