"""What a model may have meant by an edit that is not in the file as it is written.

Small models leave traces of how a text reached them or of the form in which they answer: line
numbers, marks of a diff, fences, escapes of JSON or HTML that were made twice. Each reading takes
one kind of trace away, from the old text and, where it is there too, from the new one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from arriero.workspace.text import split_lines

# Numbers as read_file shows them, as errors and other agents' tools do, and with the tab lost.
_NUMBERED = tuple(
    re.compile(pattern)
    for pattern in (
        r" {0,8}(\d{1,9})\t",
        r" {0,8}L?(\d{1,9})(?:: ?| ?\| ?|→)",
        r" {0,8}(\d{1,9}) ",
    )
)
_FENCED = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n(.*?)(?<=\n)[ \t]*\1\s*", re.DOTALL)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34);")
_ESCAPE = re.compile(r"\\([\\nrt\"'/])")
_ESCAPED_QUOTE = re.compile(r"\\([\"'`])")
_MEANT = {"n": "\n", "r": "\r", "t": "\t"}
_MARKUP = (".md", ".markdown", ".mdx", ".qmd", ".rmd", ".rst", ".adoc", ".txt")
_WRAPS = ("```", "`", '"', "'")


def readings(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Yield the edit as written, then what may be meant where it has traces of some form."""
    yield old, new
    seen = {old, ""}
    for read in (_unnumbered, _unfenced, _without_marks, _unescaped_quotes, _unescaped, _unentitied,
                 _unwrapped):  # fmt: skip
        for other_old, other_new in read(old, new):
            if other_old not in seen:
                seen.add(other_old)
                yield other_old, other_new


def unfenced(text: str) -> str | None:
    """Return what a fence around all of `text` holds, None if there is none."""
    match = _FENCED.fullmatch(text)
    if match is None or re.search(rf"^[ \t]*{match[1]}", match[2], re.MULTILINE):
        return None
    return match[2]


def file_text(path: str, text: str) -> str:
    """Return the text that a model gave for a file, as it is to be written.

    That is without a fence around all of it, but in a text with markup, where the fence may be
    meant; and without the numbers of `read_file` if all its lines bear them.
    """
    inner = None if path.lower().endswith(_MARKUP) else unfenced(text)
    text = text if inner is None else inner
    lines = split_lines(text)
    match = _NUMBERED[0].match(text)
    first = int(match[1]) if match else 0
    if lines and all(line.startswith(f"{n:>6}\t") for n, line in enumerate(lines, first)):
        return "".join(line.partition("\t")[2] for line in lines)
    return text


def new_text(path: str, old: str, new: str) -> str:
    """Return the new text of an edit as it is to be written; `old` is what it replaces."""
    if unfenced(old) is not None:
        return new
    text = file_text(path, new)
    return text if text == new or old.endswith("\n") else text.removesuffix("\n")


def _unnumbered(old: str, new: str) -> Iterator[tuple[str, str]]:
    lines = split_lines(old)
    for pattern in _NUMBERED:
        numbers = [match and int(match[1]) for match in map(pattern.match, lines)]
        first = numbers[0] if numbers else None
        if first is not None and numbers == list(range(first, first + len(lines))):
            yield (
                "".join(pattern.sub("", line, count=1) for line in lines),
                "".join(pattern.sub("", line, count=1) for line in split_lines(new)),
            )


def _unfenced(old: str, new: str) -> Iterator[tuple[str, str]]:
    inner = unfenced(old)
    if inner is not None:
        inner_new = unfenced(new)
        if inner_new is not None:
            yield inner, inner_new
        else:
            yield inner if new.endswith("\n") else inner.removesuffix("\n"), new


def _without_marks(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Take away the marks of a diff: `-` and blank before old lines, `+` and blank before new."""
    olds, news = split_lines(old), split_lines(new)
    marked = _marked(olds, "-")
    if marked and (_marked(news, "+") or not news):
        yield "".join(map(_unmarked, olds)), "".join(map(_unmarked, news))
    elif marked and not any(line.startswith(("+", "-")) for line in news):
        yield "".join(map(_unmarked, olds)), new


def _marked(lines: list[str], mark: str) -> bool:
    filled = [line for line in lines if line.strip()]
    return all(line[0] in (mark, " ") for line in filled) and any(
        line[0] == mark for line in filled
    )


def _unmarked(line: str) -> str:
    return line[1:] if line.strip() else line


def _unescaped_quotes(old: str, new: str) -> Iterator[tuple[str, str]]:
    if _ESCAPED_QUOTE.search(old):
        yield _ESCAPED_QUOTE.sub(r"\1", old), _ESCAPED_QUOTE.sub(r"\1", new)


def _unescaped(old: str, new: str) -> Iterator[tuple[str, str]]:
    if _ESCAPE.search(old):
        yield _ESCAPE.sub(_escaped, old), _ESCAPE.sub(_escaped, new)


def _escaped(match: re.Match[str]) -> str:
    return _MEANT.get(match[1], match[1])


def _unentitied(old: str, new: str) -> Iterator[tuple[str, str]]:
    if _ENTITY.search(old):
        yield _ENTITY.sub(_entity, old), _ENTITY.sub(_entity, new)


def _entity(match: re.Match[str]) -> str:
    return " " if match[0] == "&nbsp;" else html.unescape(match[0])


def _unwrapped(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Take away quotes around both texts."""
    for wrap in _WRAPS:
        size = len(wrap)
        if all(
            len(text) > 2 * size and text.startswith(wrap) and text.endswith(wrap)
            for text in (old, new)
        ):
            yield old[size:-size], new[size:-size]
            return
