"""Where the marks of a proposal stand: in the text as it is, whatever was typed meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.lsp.marks import _marks, diagnostic, in_words
from arriero.workspace.proposal import Draft, FileProposal, Proposal
from arriero.workspace.text import LineIndex

BASE = "".join(f"{n}\n" for n in range(10))


def proposed(base: str | None, text: str | None, path: str = "/w/a.txt") -> FileProposal:
    return Proposal.of("run", "ses", "l", [Draft(path, base, text)]).files[0]


@pytest.mark.parametrize(
    ("base", "text", "now", "places"),
    [
        (BASE, BASE.replace("3", "three"), BASE, [(3, 3, 1)]),
        (BASE, BASE.replace("3", "three"), "new\n" + BASE, [(4, 4, 1)]),
        (BASE, BASE.replace("3", "three"), BASE.replace("3", "drei"), []),
        (BASE, BASE.replace("3\n4\n", "x\n"), BASE.replace("1\n", ""), [(2, 3, 1)]),
        (BASE, BASE + "ten\n", BASE, [(10, 10, 0)]),
        ("one", "one\ntwo\n", "one", [(0, 0, 3)]),
        ("one", "one\ntwo\n", "", []),
        ("\U0001f600 a\r\nb\r\n", "\U0001f600 b\r\nb\r\n", "\U0001f600 a\r\nb\r\n", [(0, 0, 4)]),
        (None, "new\n", "", [(0, 0, 0)]),
        (BASE, None, BASE, [(0, 0, 1)]),
        (BASE, None, "x\n" + BASE, [(0, 0, 1)]),
    ],
)
def test_places(base: str | None, text: str | None, now: str, places: object) -> None:
    found = _marks("run", proposed(base, text), now, "utf-16")
    assert [(mark.first, mark.last, mark.width) for mark in found] == places


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "é\U0001f600\n", "e"]), max_size=8)


@given(LINES, LINES, LINES)
def test_marks_are_within_the_text(base: list[str], text: list[str], now: list[str]) -> None:
    texts = ["".join(lines) for lines in (base, text, now)]
    if texts[0] == texts[1]:
        return
    index = LineIndex(texts[2])
    for mark in _marks("run", proposed(texts[0], texts[1]), texts[2], "utf-16"):
        assert 0 <= mark.first <= mark.last < index.line_count
        end = index.offset_at(mark.last, mark.width, "utf-16")
        assert index.position_at(end, "utf-16") == (mark.last, mark.width)


def test_words() -> None:
    (mark,) = _marks("run", proposed("a\r\nb\r\n", "a\r\nB\r\n"), "a\r\nb\r\n", "utf-8")
    shown = diagnostic(mark)
    assert shown.message == "Arriero proposes this:\n- b\n+ B"
    assert shown.data == {"runId": "run", "hunks": ["1"]}
    (gone,) = proposed("a\n", None).hunks
    assert in_words(gone) == "to delete this file"
    (long,) = proposed("a\n", "b" * 1000).hunks
    assert len(in_words(long)) == 400
