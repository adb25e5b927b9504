"""A model's Markdown for an editor's own preview: nothing in it is loaded from anywhere.

An image of a preview is fetched as soon as it is shown, and its address can carry out what a model
was made to put there. So images and HTML with attributes become the text that they are written as;
links stay, as they lead somewhere only when somebody follows them.
"""

from __future__ import annotations

import re

# Every form of image needs one of these somewhere, be it in its definition.
_LINKS = re.compile(r"\]\s{0,8}[(\[:]")
# Elements that load by an attribute, or without one.
_LOADING = re.compile(
    r"<(?=[A-Za-z][^<>]*[\s/\"'][^<>]*=|/?(?:style|link|script|base|meta)\b)", re.IGNORECASE
)
_LINE = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # Markdown's ends of lines, not Python's
_ROUNDS = 8
_LONGEST = 200_000  # characters that are parsed


def harmless(markdown: str) -> str:
    """Return a text that a preview shows without loading anything; blocks of code stay as they are.

    Takes some milliseconds for ten thousand characters: call it in a thread.
    """
    images = _LINKS.search(markdown) is not None
    if not images and not _LOADING.search(markdown):
        return markdown
    # Where these begin something else than Markdown, a block of code in it is none.
    if len(markdown) <= _LONGEST and "$$" not in markdown and not markdown.startswith("---"):
        text = markdown
        for _ in range(_ROUNDS):
            safe = _outside_code(text, images)
            if safe == text:  # read as a preview will read it, there is nothing left to load
                return safe
            text = safe
    return _inert(markdown, images)


def _outside_code(markdown: str, images: bool) -> str:
    from markdown_it import MarkdownIt

    code: set[int] = set()
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        if token.type in ("fence", "code_block") and token.map:
            code.update(range(*token.map))
    lines = _LINE.split(markdown)
    parts: list[str] = []
    start = 0
    for number in range(len(lines) + 1):
        if number == len(lines) or number in code:
            parts.append(_inert("".join(lines[start:number]), images))
            parts += lines[number : number + 1]
            start = number + 1
    return "".join(parts)


def _inert(text: str, images: bool) -> str:
    text = _LOADING.sub("&lt;", text)
    return text.replace("![", "!\\[") if images else text
