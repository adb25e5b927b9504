"""The words of an HTML page: its main part as plain text with a little Markdown.

Read in one pass whose time grows with the page's length only, whatever a page is made of.
"""

from __future__ import annotations

import html
import re

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNSEEN = frozenset(
    {"script", "style", "template", "noscript", "svg", "iframe", "textarea", "title"}
)
_BESIDE = frozenset({"nav", "footer", "aside", "button", "select"})
_BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figure",
        "header", "hr", "main", "ol", "p", "section", "table", "tr", "ul",
    }
)  # fmt: skip
_MAIN = re.compile(r"<(main|article)\b", re.IGNORECASE | re.ASCII)
_ENDS = {
    name: re.compile(rf"</{name}", re.IGNORECASE | re.ASCII)
    for name in (*_UNSEEN, *_BESIDE, "main", "article", "pre")
}


def readable(page: str) -> str:
    """Return the words of a page; its `main` or `article` alone where it has one."""
    found = _MAIN.search(page)
    if found:
        ends = list(_ENDS[found[1].lower()].finditer(page, found.end()))
        words = _words(page[found.start() : ends[-1].start() if ends else len(page)])
        if words:
            return words
    return _words(page)


def _words(page: str) -> str:
    pieces: list[str] = []
    at, in_code = 0, False
    while at < len(page):
        begin = page.find("<", at)
        end_of_text = begin if begin >= 0 else len(page)
        text = html.unescape(page[at:end_of_text])
        pieces.append(text if in_code else re.sub(r"\s+", " ", text))
        if begin < 0:
            break
        if page.startswith("<!--", begin):
            at = _after(page, "-->", begin + 4)
            continue
        tag = _NAME.match(page, begin)
        if tag is None:
            # A sign of its own, or a declaration.
            is_sign = page[begin + 1 : begin + 2] not in ("!", "?", "/")
            pieces.append("<" if is_sign else "")
            at = begin + 1 if is_sign else _after(page, ">", begin)
            continue
        name, closes = tag[2].lower(), bool(tag[1])
        at = _after(page, ">", begin)
        if name in _UNSEEN | _BESIDE and not closes:
            ends = _ENDS[name].search(page, at)
            at = _after(page, ">", ends.start()) if ends else len(page)
        elif name == "pre":
            in_code = not closes
            pieces.append("\n```\n")
        else:
            pieces.append(_mark(name, closes=closes, in_code=in_code))
    lines = (line.rstrip() for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _mark(name: str, *, closes: bool, in_code: bool) -> str:
    if in_code:
        return "\n" if name == "br" else ""
    if len(name) == 2 and name[0] == "h" and name[1] in "123456":
        return "\n\n" if closes else f"\n\n{'#' * int(name[1])} "
    if name == "li":
        return "" if closes else "\n- "
    if name in ("td", "th"):
        return " | " if closes else ""
    if name == "code":
        return "`"
    return "\n" if name in _BLOCKS else ""


def _after(page: str, what: str, begin: int) -> int:
    found = page.find(what, begin)
    return found + len(what) if found >= 0 else len(page)
