"""Every edit in a text is read as it should be, however the stream is cut, and in linear time."""

from __future__ import annotations

import random
import time
from difflib import unified_diff
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.editing.block_cases import BLOCK_CASES
from agent.editing.case import BLOCK, KNOWN, Case, agrees, edit, fold, reader
from agent.editing.fence_cases import FENCE_CASES
from arriero.agent.editing import EditTextReader
from arriero.agent.editing.marks import fence, may_matter, path_line, search_mark
from arriero.agent.toolcalls import TextCallReader
from arriero.models.types import TextChunk
from arriero.workspace.diff import apply
from arriero.workspace.matching import Ambiguous, find_edit
from scale import is_full

FULL = is_full()

CASES = [*BLOCK_CASES, *FENCE_CASES]

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def read(case: Case, parts: list[str]) -> list[object]:
    edits = reader(case)
    pieces = [piece for part in parts for piece in edits.feed(part)]
    return fold([*pieces, *edits.finish()])


@each_case
def test_in_one_piece(case: Case) -> None:
    folded = read(case, [case.text])
    assert agrees(folded, case), folded


@each_case
def test_character_by_character(case: Case) -> None:
    folded = read(case, list(case.text))
    assert agrees(folded, case), folded


@each_case
def test_under_random_cuts(case: Case) -> None:
    chance = random.Random(case.name)
    for _ in range(100 if FULL else 3):
        places = [chance.randint(0, len(case.text)) for _ in range(chance.randint(1, 30))]
        cuts = sorted({0, *places, len(case.text)})
        folded = read(case, [case.text[a:b] for a, b in pairwise(cuts)])
        assert agrees(folded, case), folded


@each_case
def test_behind_the_reader_of_calls(case: Case) -> None:
    for parts in ([case.text], list(case.text)):
        calls = TextCallReader({"read_file": ("path",), "grep_search": ("pattern",)})
        edits = reader(case)
        texts = [piece for part in parts for piece in calls.feed(part)] + calls.finish()
        pieces = [
            got for text in texts if isinstance(text, TextChunk) for got in edits.feed(text.text)
        ]
        folded = fold([*pieces, *edits.finish()])
        assert agrees(folded, case), folded


LINES = st.sampled_from(
    [
        "src/a.py", "**b.py**:", "`docs/read me.md`", "File: b.py", "```", "```diff", "~~~", "",
        "```python src/a.py", "    ```", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "@@ -1 +1",
        "--- a/b.py", "+++ b/b.py", "-x", "+y", " z", "Some words.", "- `b.py` is it", "# b.py",
        "<<<<<<< HEAD", ">>>>>>> other", "new file", "x" * 250, "\t", "1. `b.py`", "\r",
        "<!-- b.py -->",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(LINES, max_size=25).map("\n".join),
    st.text(alphabet="`~<>=-+@# \n\rab./*:'\"", max_size=200),
)


@settings(max_examples=2_000 if FULL else 200, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 400), max_size=20), st.booleans(), st.booleans())
def test_what_is_read_does_not_depend_on_the_cuts(
    text: str, places: list[int], whole: bool, known: bool
) -> None:
    case = Case("any", text, (), whole=whole, known=known)
    at_once = read(case, [text])
    cuts = sorted({0, *(min(place, len(text)) for place in places), len(text)})
    assert read(case, [text[a:b] for a, b in pairwise(cuts)]) == at_once
    assert read(case, list(text)) == at_once


@settings(max_examples=2_000 if FULL else 200, deadline=None)
@given(st.one_of(LINES, st.text(alphabet="`~<>-# \tabF:ile./*'\"1)", max_size=40)))
def test_what_may_matter_is_ruled_out_only_once(line: str) -> None:
    matters = [may_matter(line[:end]) for end in range(len(line) + 1)]
    assert matters == sorted(matters, reverse=True)
    if path_line(line, KNOWN.__contains__) or fence(line) or search_mark(line) is not None:
        assert matters[-1]


def test_text_that_is_no_edit_flows_while_it_arrives() -> None:
    edits = EditTextReader()
    said = "Now I shall look at the file"
    shown = "".join(str(piece) for char in said for piece in edits.feed(char))
    assert shown.count("TextChunk") >= len(said) - len("Now I")


def test_each_edit_has_an_id_of_its_own() -> None:
    edits = EditTextReader()
    pieces = edits.feed(f"b.py\n{BLOCK}{BLOCK}")
    assert [piece.call.id for piece in pieces if hasattr(piece, "call")] == ["edit_1", "edit_2"]


@pytest.mark.parametrize(
    "line",
    ["x", "\n", "```\n", "b.py\n", "<<<<<<< SEARCH\n", "=======\n", "`", " ", "word word\n", BLOCK,
     "```diff\n--- a/b\n+++ b/b\n@@\n-a\n"],
)  # fmt: skip
def test_time_grows_with_the_text_only(line: str) -> None:
    characters = 200_000 if FULL else 50_000
    text = line * (characters // len(line))
    began = time.process_time()
    edits = EditTextReader(KNOWN.__contains__, whole_files=True)
    for start in range(0, len(text), 7):
        edits.feed(text[start : start + 7])
    edits.finish()
    assert time.process_time() - began < characters / 60_000


def test_forms_that_are_not_wanted_are_text() -> None:
    text = f"b.py\n{BLOCK}```diff\n--- b.py\n+++ b.py\n@@\n-a\n+A\n```\n"
    edits = EditTextReader(blocks=False, diffs=False)
    assert fold([*edits.feed(text), *edits.finish()]) == [text]
    edits = EditTextReader(diffs=False)
    folded = fold([*edits.feed(text), *edits.finish()])
    assert folded == [edit("b.py", "old\n", "new\n"), text.partition("REPLACE\n")[2]]


CODE = st.lists(
    st.sampled_from(
        ["a = 1", "b = 2", "    if a:", "    return b", "", "```", "-- c", "++ d", "@ e"]
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=1_000 if FULL else 80, deadline=None)
@given(CODE, CODE, st.integers(0, 3))
def test_a_diff_makes_of_the_old_text_the_new_one(
    before: list[str], after: list[str], context: int
) -> None:
    numbered = [f"{line}  # {n}" if line else "" for n, line in enumerate(before)]
    kept = [numbered[n] if n % 3 else line for n, line in enumerate(after) if n < len(numbered)]
    old, new = (["start", *each, "end"] for each in (numbered, kept))
    assume(old != new)
    diff = "\n".join(unified_diff(old, new, "a/b.py", "b/b.py", "", "", context + 1, ""))
    edits = EditTextReader(KNOWN.__contains__)
    text = "\n".join(old) + "\n"
    for got in fold([*edits.feed(f"So:\n```diff\n{diff}\n```\n"), *edits.finish()])[1:]:
        assert isinstance(got, tuple)
        assert got[:2] == ("edit_file", "b.py")
        try:
            text = apply(text, find_edit(text, str(got[2]), str(got[3])))
        except Ambiguous:
            assume(False)
    assert text == "\n".join(new) + "\n"
