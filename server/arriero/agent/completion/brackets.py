"""Keeps the brackets of a text as they are when something is put into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from arriero.agent.completion.spot import Spot, indentation
from arriero.agent.completion.syntax import CLOSERS, OPENERS, scan


def balanced(text: str, spot: Spot) -> str:
    """Return of a text to be inserted what leaves no more brackets without a partner.

    A bracket that closes something counts where what it closes is open before the cursor and stays
    so after it; the text ends before any other. What the text itself leaves open is closed, or
    left out where nothing follows it.
    """
    opened, _ = _alone(_characters(spot.scan_before.brackets))
    needed, surplus = _partners(opened, _alone(_characters(spot.scan_after.brackets))[1])
    own: list[tuple[str, int]] = []
    for character, place in scan(text, spot.language).brackets:
        if character in OPENERS:
            own.append((character, place))
        elif own and own[-1][0] == CLOSERS[character]:
            own.pop()
        elif not own and opened and needed[-1] and opened[-1] == CLOSERS[character]:
            opened.pop()
            needed.pop()
        else:
            text = text[:place]
            break
    return _closed(spot.head, text, own, surplus)


def worsened(text: str, spot: Spot) -> bool:
    """Tell whether more brackets have no partner once a text is inserted.

    All is read anew, as a quote or a colon may make another thing of what stands beside it.
    """
    before, after, language = spot.before, spot.after, spot.language
    return unpaired(before + text + after, language) > unpaired(before + after, language)


def unpaired(text: str, language: str) -> int:
    """Count the brackets of a text that have no partner."""
    return _count(_characters(scan(text, language).brackets))


def _characters(brackets: Iterable[tuple[str, int]]) -> list[str]:
    return [character for character, _ in brackets]


def _count(brackets: Sequence[str]) -> int:
    opened, closing = _alone(brackets)
    return len(opened) + len(closing)


def _alone(brackets: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is opened and not closed, the innermost last, and what closes nothing."""
    opened: list[str] = []
    closing: list[str] = []
    for character in brackets:
        if character in OPENERS:
            opened.append(character)
        elif opened and opened[-1] == CLOSERS[character]:
            opened.pop()
        else:
            closing.append(character)
    return opened, closing


def _partners(opened: Sequence[str], closing: Sequence[str]) -> tuple[list[bool], list[str]]:
    """Tell of what is open whether it stays so, and return what closes nothing of it."""
    needed = [True] * len(opened)
    surplus: list[str] = []
    top = len(opened)
    for character in closing:
        wanted = CLOSERS[character]
        place = next((i for i in range(top - 1, -1, -1) if opened[i] == wanted), None)
        if place is None:
            surplus.append(character)
        else:
            needed[place] = False
            top = place
    return needed, surplus


def _closed(head: str, text: str, own: Sequence[tuple[str, int]], surplus: Sequence[str]) -> str:
    """Close what the text leaves open, the innermost first."""
    there = list(surplus)
    for character, place in reversed(own):
        if there and there[0] == OPENERS[character]:
            there.pop(0)  # what stands after the cursor closes it
        elif not text[place + 1 :].strip():
            text = text[:place].rstrip()
        elif text[place + 1 :].lstrip(" \t").startswith("\n"):
            line = (head + text[:place]).rpartition("\n")[2]
            text = f"{text.rstrip()}\n{indentation(line)}{OPENERS[character]}"
        else:
            text = text.rstrip() + OPENERS[character]
    return text
