"""Markdown read by its lines, which takes a tenth of the time of parsing it.

Headings are told by their own line, or by the one below, once fenced code, HTML and what belongs to
lists are out of the way. What is found is as the grammar has it
(`tests/index/extract/test_markdownlines.py` compares the two); where a heading depends on what only
a parser knows, nothing is said, and the text is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.sections import sections
from arriero.index.extract.types import Definition, Reference

_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_HASHES = re.compile(r"#{1,6}(?:[ \t]|$)")
_MARKED = re.compile(r"(?:(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*)+")
_LABEL = re.compile(r"(\[[^\[\]\\]+\]):[ \t]*\S+(?:[ \t]+[\"'(].*[\"')])?$")
_RULE = re.compile(r"(?:-[ \t]*){3,}$|(?:\*[ \t]*){3,}$|(?:_[ \t]*){3,}$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
# What begins a block of HTML that a blank line ends: names of blocks, and any tag in its own line.
_BLOCK = re.compile(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details"
    r"|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr"
    r"|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search"
    r"|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:\s|/?>|$)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?:/[A-Za-z][\w-]*\s*|[A-Za-z][^<>]*)>$")
_ENDS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))
_RAW = re.compile(r"<(pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_NOT_IN_AN_ITEM = (
    _HASHES, _FENCE, _LABEL, _RAW, _UNDERLINE, re.compile(r"<[!?]"),
)  # fmt: skip
_TELLING = frozenset("#=-`~>[<+*_0123456789")
"""What a line begins with that is more than a paragraph's text."""
_ODD = re.compile(r"[\x0b\x0c\x1c-\x1f\0\x85\xa0\u2028\u2029\ufeff]")


class _Unclear(Exception):
    """Only a parser can tell what a line is."""


class _Reader:
    """What has been seen of a text, line by line."""

    def __init__(self) -> None:
        self.headings: list[tuple[int, int]] = []
        self.references: list[Reference] = []
        self._fence = ""  # what ends it
        self._html = ""  # what ends it; a blank line if that is a line break
        self._listed = False  # whether the lines may belong to an item of a list
        self._paragraph = 0  # its first line; 0 where none is open, and -1 where none is plain

    def take(self, number: int, line: str) -> None:
        """Take the next line, without white space at its end. Raises `_Unclear`."""
        bare = line.lstrip(" \t")
        if self._fence:
            if bare and self._listed and line[0] not in " \t" and not bare.startswith(self._fence):
                raise _Unclear  # the item has ended, and with it the fence
            if bare.startswith(self._fence) and not bare.strip(self._fence[0]):
                self._fence = ""
            return
        if self._html and not self._take_html(bare):
            return
        if not bare:
            self._paragraph = 0
        elif bare[0] not in _TELLING and (not self._listed or line[0] in " \t"):
            self._paragraph = self._paragraph or number
        elif line is not bare and _columns(line, bare) > 3:
            self._take_indented(bare)
        else:
            self._take_telling(number, line, bare)

    def close(self) -> None:
        """Take note that the text is at its end. Raises `_Unclear`."""
        if self._html and self._html != "\n":
            raise _Unclear

    def _take_html(self, bare: str) -> bool:
        """Tell whether a line of HTML is to be looked at as any other."""
        if self._html == "\n":
            if bare:
                return False
            self._html = ""
            return True
        if self._html in bare.lower():
            self._html = ""
        return False

    def _take_indented(self, bare: str) -> None:
        """Take a line of code, or of a paragraph, or of an item of a list."""
        if not self._listed:
            return
        fence = _FENCE.match(bare)
        if fence is not None and not self._paragraph:
            self._fence = fence[1] or fence[2]
            return
        marked = _MARKED.match(bare)
        rest = bare[marked.end() :] if marked is not None else bare
        if fence is not None or bare[0] == "<" or any(one.match(rest) for one in _NOT_IN_AN_ITEM):
            raise _Unclear
        self._paragraph = -1

    def _take_telling(self, number: int, line: str, bare: str) -> None:
        if (fence := _FENCE.match(bare)) is not None:
            self._fence = fence[1] or fence[2]
            self._paragraph = 0
            self._listed = self._listed and line is not bare
        elif _HASHES.match(bare):
            self.headings.append((number, number))
            self._paragraph = 0
            self._listed = self._listed and line is not bare
        elif bare[0] in "=-" and _UNDERLINE.match(bare) and self._paragraph:
            if self._paragraph < 0 or self._listed:
                raise _Unclear
            self.headings.append((self._paragraph, number))
            self._paragraph = 0
        elif _RULE.match(bare):
            self._paragraph, self._listed = 0, False
        elif (marked := _MARKED.match(bare)) is not None:
            rest = bare[marked.end() :]
            if any(one.match(rest) for one in _NOT_IN_AN_ITEM):
                raise _Unclear
            self._paragraph = -1
            self._listed = True
        elif bare[0] == "<" and (end := _html_ends(bare, in_text=self._paragraph != 0)):
            self._html = end if end == "\n" or end not in bare.lower()[2:] else ""
            self._paragraph = 0
        elif self._paragraph == 0 and (label := _LABEL.match(bare)) is not None:
            self.references.append((label[1], number))
        else:
            self._take_text(number, line, bare)

    def _take_text(self, number: int, line: str, bare: str) -> None:
        if not self._paragraph:
            self._listed = self._listed and line is not bare
            if bare.startswith("[") and "]:" in bare:
                raise _Unclear
            self._paragraph = number


def read(lines: Sequence[str]) -> tuple[list[Definition], list[Reference]] | None:
    """Return sections and labels of a text in Markdown; None if it has to be parsed."""
    if lines and lines[0].rstrip() in ("---", "+++"):  # what is before the text, in YAML or TOML
        return None
    reader = _Reader()
    try:
        for number, line in enumerate(lines, 1):
            reader.take(number, line.rstrip(" \t"))
        reader.close()
    except _Unclear:
        return None
    if any(_ODD.search(lines[line - 1]) for line, _ in reader.headings):
        return None
    return sections(reader.headings, lines), reader.references


def _columns(line: str, bare: str) -> int:
    return len(line[: len(line) - len(bare)].expandtabs(4))


def _html_ends(bare: str, *, in_text: bool) -> str:
    """Return what ends the HTML that a line begins, a line break for a blank line; "" if none."""
    raw = _RAW.match(bare)
    if raw is not None:
        return f"</{raw[1].lower()}>"
    for begin, end in _ENDS:
        if bare.startswith(begin):
            return end.lower()
    if _BLOCK.match(bare) or (not in_text and _TAG.match(bare)):
        return "\n"
    return ""
