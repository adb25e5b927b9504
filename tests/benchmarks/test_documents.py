"""1,000 incremental changes to a buffer of 1 MB, against pygls's own document."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

import pytest
from lsprotocol import types
from pygls.workspace import TextDocument

from arriero.rpc.documents import Document

pytestmark = pytest.mark.benchmark

CHANGES = 1_000

Change = types.TextDocumentContentChangePartial


def lines(count: int, width: int) -> str:
    return "".join(f"{number:05d} {'x' * (width - 7)}\n" for number in range(count))


CODE = lines(25_000, 40)
ONE_LINE = "x" * 1_000_000
TEXTS = {
    "code": CODE,
    "code with umlauts": CODE.replace("x", "ä", 1000),
    "code with emoji": CODE.replace("xx", "\U0001f999", 1000),
    "one line": ONE_LINE,
}


def typing(text: str) -> list[Change]:
    """Characters, words, replacements and new lines, at places that wander.

    All are within their lines: beyond them pygls has results of its own.
    """
    chance = random.Random(1)
    last, width = max(text.count("\n") - 1, 0), text.find("\n") % len(text)
    line, changes = 0, []
    for number in range(CHANGES):
        if number % 50 == 0:
            line = chance.randint(0, last)
        at = chance.randrange(width - 10)
        removed, new = chance.choice([(0, "y"), (0, "word"), (1, "z"), (3, "abcd"), (0, "\n")])
        if new == "\n":
            at, new = (0, "z" * width + "\n") if last else (at, "z")
        start, end = types.Position(line, at), types.Position(line, at + removed)
        changes.append(Change(range=types.Range(start, end), text=new))
    return changes


def seconds(apply: Callable[[Change], None], changes: Sequence[Change]) -> float:
    began = time.thread_time()
    for change in changes:
        apply(change)
    return time.thread_time() - began


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("code", 10),
        ("code with umlauts", 10),
        ("code with emoji", 2),  # most of it is copying a string of four bytes a character
        ("one line", 10),
    ],
)
def test_changes(kind: str, least: float) -> None:
    text = TEXTS[kind]
    changes = typing(text)
    # One long line is so slow in pygls that a part of the changes has to do.
    part = changes if text.count("\n") else changes[:10]
    ours, theirs = Document("file:///a", text), TextDocument("file:///a", text)
    own = seconds(lambda change: ours.change((change,), 1), changes)
    stock = seconds(theirs.apply_change, part) * len(changes) / len(part)
    if part is changes:
        assert ours.text == theirs.source
    print(f"{kind}: {own:.3f} s, pygls {stock:.3f} s, ratio {stock / own:.0f}")
    assert stock / own >= least
