"""A new text for a document, from what a model says of it."""

from __future__ import annotations

from arriero.workspace.alignment import align
from arriero.workspace.diff import apply
from arriero.workspace.encoding import Document
from arriero.workspace.errors import Conflict
from arriero.workspace.excerpt import around, plain_lines
from arriero.workspace.matching import Ambiguous, NoMatch, find_edit
from arriero.workspace.text import LineIndex, split_lines, with_eol


def edited(document: Document, old: str, new: str, *, replace_all: bool, stale: str) -> str:
    """Return the text with `old` replaced by `new`.

    `stale` is a sentence if the document is not what the model has seen; then `old` must be there
    exactly as it says, and once, for it may mean what was there before. Raises `Conflict` and the
    errors of `find_edit`.
    """
    text = document.text
    try:
        found = find_edit(text, old, new, replace_all)
    except (NoMatch, Ambiguous) as error:
        if not stale:
            raise
        raise Conflict(f"{stale} {error}") from error
    exact = {text.count(form) for form in (old, with_eol(old, document.eol))}
    if stale and 1 not in exact:
        index = LineIndex(text)
        first, last = index.line_at(found[0].start) + 1, index.line_at(found[-1].end) + 1
        raise Conflict(
            f"{stale} old_string is not in it exactly once. "
            "Repeat the edit with an old_string copied from the text as it is now:\n"
            + around(plain_lines(text), first, min(last, first + 20))
        )
    return apply(text, found)


def rewritten(document: Document, text: str) -> str:
    """Return a new text for a whole document with the line ends that the document has.

    The final newline stays, or stays away, unless it is all that would change.
    """
    old, eol = document.text, document.eol
    text = with_eol(text, eol)
    if with_eol(old, eol) != old:
        text = _with_mixed_ends(old, text)
    if not old or not text:
        return text
    styled = text
    if document.final_newline and text[-1] not in "\r\n":
        styled = text + eol
    elif not document.final_newline:
        styled = text.removesuffix(eol)
    return text if styled == old else styled


def _with_mixed_ends(old: str, text: str) -> str:
    """Give the lines that stay the line ends they had."""
    before, after = split_lines(old), split_lines(text)
    blocks = align([line.rstrip("\r\n") for line in before], [a.rstrip("\r\n") for a in after])
    pieces, at = [], 0
    for block in blocks:
        pieces += before[at : block.old_start] + after[block.new_start : block.new_end]
        at = block.old_end
    return "".join(pieces + before[at:])
