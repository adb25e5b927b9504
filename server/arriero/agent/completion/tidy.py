"""From what a model wrote to what is suggested, which is often less and sometimes nothing."""

from __future__ import annotations

import re

from arriero.agent.completion import overlap
from arriero.agent.completion.brackets import balanced, worsened
from arriero.agent.completion.spot import Spot, indentation, width
from arriero.agent.completion.syntax import CLOSERS, open_quote, opens_block
from arriero.workspace.text import with_eol

_ROUNDS = 4
# What models end with, or mark places by, where their server does not take it away.
_MARKS = re.compile(
    r"<\|(?:endoftext|end_of_text|fim_\w+|file_sep|repo_name|im_start|im_end|eot_id|cursor)\|>"
    r"|<(?:fim_(?:prefix|middle|suffix|pad)|PRE|SUF|MID|EOT)>|</s>|<\uff5c[^\uff5c>]{1,40}\uff5c>"
)
_CLOSING_WORDS = ("end", "fi", "done", "esac")


def tidied(raw: str, spot: Spot, *, several: bool, max_lines: int, cut_off: bool = False) -> str:
    """Return what to insert at the cursor, with LF as line end; "" for nothing.

    `several`: lines of a block are wanted, at most `max_lines`, not the rest of one line.
    `cut_off`: the answer ended at its limit, so that its last line may not be whole.
    """
    text = _MARKS.split(with_eol(raw, "\n"), maxsplit=1)[0].replace("\0", "")
    text = _begun(text, spot, several=several)
    if several:
        text = within_block(text, spot, max_lines)
        if cut_off and "\n" in text:
            text = text.rpartition("\n")[0]
    else:
        text = text.partition("\n")[0]
    text = overlap.without_repetition(text, spot)
    text = _settled(_without_blanks(text), spot)
    if not text.strip():
        return ""
    whole = text + _before_closer(text, spot)
    return whole if whole == text or not worsened(whole, spot) else ""


def within_block(text: str, spot: Spot, max_lines: int) -> str:
    """Return the lines that belong to the block at the cursor, no more than `max_lines`."""
    lines = text.split("\n")
    opened = bool(spot.head.strip())
    base = width(spot.head)
    kept = [lines[0]]
    written = bool(lines[0].strip())
    for number, line in enumerate(lines[1:], 1):
        if not line.strip():
            if number > 1 and not lines[number - 1].strip():
                break  # two blank lines: something else begins
            kept.append(line)
            continue
        if sum(bool(one.strip()) for one in kept) >= max_lines:
            break
        outside = width(line) <= base if opened else width(line) < base
        if outside:
            closes = opened and written and width(line) == base and _closes(line)
            if not closes:
                break
            kept.append(line)
            if not opens_block(line, spot.language):
                break
            continue
        written = True
        kept.append(line)
    return "\n".join(kept)


def _begun(text: str, spot: Spot, *, several: bool) -> str:
    """Let the text begin where the cursor is: not with the blanks that stand before it."""
    if not spot.head.strip():
        if several:
            text = re.sub(r"\A(?:[ \t]*\n)+", "", text)
        if spot.head and text.startswith(spot.head):
            text = text[len(spot.head) :]
        return text.lstrip(" \t") if spot.head else text
    if spot.head[-1] in " \t":
        return text.lstrip(" \t")
    return text


def _closes(line: str) -> bool:
    begun = line.strip()
    return begun[0] in CLOSERS or begun.split(" ", 1)[0].rstrip(";") in _CLOSING_WORDS


def _without_blanks(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip()


def _settled(text: str, spot: Spot) -> str:
    """Take away what stands after the cursor already, and keep the brackets in order.

    One may undo the other: what does not come to rest is not suggested.
    """
    quotes = spot.scan_before.in_string or open_quote(spot.head, spot.language)
    if quotes:
        place = text.find(quotes)
        if place >= 0 and quotes in (spot.rest if len(quotes) == 1 else spot.after):
            text = text[:place]
    prose = bool(quotes) or spot.scan_before.in_comment
    for _ in range(_ROUNDS):
        new = overlap.without_suffix(text, spot, prose=prose)
        new = (new if prose else balanced(new, spot)).rstrip()
        if new == text:
            break
        text = new
    else:
        return ""
    return text if prose or not worsened(text, spot) else ""


def _before_closer(text: str, spot: Spot) -> str:
    """Return the line end and blanks that put what closes the block on a line of its own."""
    if text.startswith("\n") and spot.rest.strip():
        return "\n" + indentation(spot.head)
    return ""
