"""JavaScript without what only looks like code: comments, strings, templates, regular expressions.

What stands for them has as many line breaks. The brackets of what is left are matched once.
"""

from __future__ import annotations

import re

from arriero.index.extract.brackets import Bracketed, Unclear

# Of a regular expression no more is looked at: lines of beginnings without an end cost a second.
_OPAQUE = re.compile(
    r"//[^\n]*"
    r"|/\*[^*]*(?:\*(?!/)[^*]*)*(\*/|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*("|(?=\n)|\Z)'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*('|(?=\n)|\Z)"
    r"|`[^`\\]*(?:\\.[^`\\]*)*(`|\Z)"
    r"|/(?:(?<=[(,=:\[!&|?{};+*%~^<>-]/)|(?<=[(,=:\[!&|?{};+*%~^<>-] /)|(?<=\breturn /)|(?<=\n/))"
    r"(?![*/])(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n]){0,80}\]){1,300}/[a-z]*",
    re.DOTALL,
)
_ENDLESS = "'"
_CALLED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*)\(")
# Escapes in names, decorators, HTML's comments and tags, and white space that is none to all.
_ODD = ("\\", "@", "<!--", "-->", "</", "/>", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\0")
_ODD_BEYOND_ASCII = ("\x85", "\u2028", "\u2029", "\xa0", "\ufeff")
_TAG = re.compile(r"<[A-Za-z>]")
_SEEN_OF_MARK = 1_500  # characters
_BEFORE_A_TAG = tuple("(,=?:&|[{}>;")
_WORD_BACKWARDS = re.compile(r"[A-Za-z]*(?![\w$.])")


class ScriptText(Bracketed):
    """A text in JavaScript with its brackets; `backwards` is the text read from its end."""

    def __init__(self, text: str) -> None:
        """Raises `Unclear` where the text is not as it should be."""
        if text.startswith("#!"):
            text = "//" + text[2:]
        if "@flow" in text[:_SEEN_OF_MARK]:  # has types
            raise Unclear
        if text.endswith("\\"):  # each string with an escape in it would be looked for to the end
            raise Unclear
        bare = _OPAQUE.sub(_blank, text)
        if _ENDLESS in bare or any(odd in bare for odd in _ODD):
            raise Unclear
        if not bare.isascii() and any(odd in bare for odd in _ODD_BEYOND_ASCII):
            raise Unclear
        super().__init__(bare)
        self.backwards = bare[::-1]
        if any(self._begins_tag(match.start()) for match in _TAG.finditer(bare)):
            raise Unclear

    def word_before(self, at: int) -> str:
        """Return the word of letters that ends at a place, "" if none does or it is a member."""
        match = _WORD_BACKWARDS.match(self.backwards, len(self.bare) - at)
        return match[0][::-1] if match is not None else ""

    def _begins_tag(self, at: int) -> bool:
        last = self.before(at)
        return (
            not last
            or self.bare[last - 1] in _BEFORE_A_TAG
            or (self.word_before(last) in ("return", "default"))
        )


def _blank(match: re.Match[str]) -> str:
    """Return what stands for what is no code: space for a comment, a number, or calls."""
    text = match[0]
    ending = match.lastindex
    if ending is None:
        return " " if text.startswith("//") else "0"
    if not match[ending]:
        return _ENDLESS
    if text.startswith("/*"):
        return "\n" * text.count("\n") or " "
    called = ""
    if text[0] == "`" and "${" in text:
        if text.rfind("}") < text.rfind("${"):  # a template in a template
            return _ENDLESS
        called = "".join([f",{name}()" for name in _CALLED.findall(text)])
    breaks = text.count("\n")
    return f"(0{called}" + "\n" * breaks + ")" if called or breaks else "0"
