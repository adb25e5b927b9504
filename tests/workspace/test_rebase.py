from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace.changes import Replacement
from arriero.workspace.diff import apply, diff, line_diff
from arriero.workspace.rebase import merged, rebase

P, D, C = "placed", "done", "conflict"


@pytest.mark.parametrize(
    ("base", "proposed", "current", "result", "fates"),
    [
        ("a b c", "a B c", "a b c", "a B c", [P]),
        # the user changed other lines, the neighbours too
        ("a b c", "a B c", "x a b c y", "x a B c y", [P]),
        ("a b c", "a B c", "A b C", "A B C", [P]),
        ("a b", "a N b", "A b", "A N b", [P]),
        ("a b", "a N b", "a B", "a N B", [P]),
        ("a b c", "a c", "A b C", "A C", [P]),
        ("a b c", "a B c", "a b U c", "a B U c", [P]),
        # the user has it already
        ("a b c", "a B c", "a B c", "a B c", [D]),
        ("a b c", "a B c", "x a B y c", "x a B y c", [D]),
        ("a b c", "a c", "a c x", "a c x", [D]),
        ("a b", "a N b", "a N b", "a N b", [D]),
        ("a b", "a N b", "a U N V b", "a U N V b", [D]),
        ("a }", "a } }", "a } }", "a } }", [D]),  # wherever it is said to be inserted
        ("x x", "y x", "y x Z", "y x Z", [D]),
        # the user changed the same lines
        ("a b c", "a B c", "a x c", "a x c", [C]),
        ("a b c", "a B c", "a c", "a c", [C]),
        ("a b c", "a c", "a b! c", "a b! c", [C]),
        ("a b c d", "a d", "a b x d", "a b x d", [C]),
        # inserted at the same place
        ("a b", "a N b", "a U b", "a U b", [C]),
        ("a", "a N", "a U", "a U", [C]),
        # inserted in the middle of what is replaced
        ("a b c d", "a X d", "a b U c d", "a b U c d", [C]),
        # has a part of it
        ("a d", "a b c d", "a b d", "a b d", [C]),
        # could not be told from what is not done, once it were done
        ("a a a a", "a a a a a", "U V a a a", "U V a a a", [C]),
        ("b b b", "b b", "b b b b a a", "b b b b a a", [C]),
        # each change for itself
        ("a b c d e", "A b C d E", "a b x d E", "A b x d E", [P, C, D]),
        ("a b c", "A b C", "A b c", "A b C", [D, P]),
        ("", "N", "", "N", [P]),
        ("", "N", "U", "U", [C]),
    ],
)
def test_small_texts(base: str, proposed: str, current: str, result: str, fates: list[str]) -> None:
    base, proposed, current, result = (
        "".join(f"{line}\n" for line in text.split()) for text in (base, proposed, current, result)
    )
    text, rebased = merged(base, line_diff(base, proposed), current)
    assert text == result
    assert [fate.kind for fate in rebased.fates] == fates
    assert rebased.conflicts == fates.count(C)


@pytest.mark.parametrize(
    ("base", "proposed", "current", "result"),
    [
        # no final line end
        ("a\nb", "a\nB", "x\na\nb", "x\na\nB"),
        ("a", "a\nb", "x\na", "x\na\nb"),
        ("a\n", "a", "x\na\n", "x\na"),
        ("a", "a\nb", "a\n", "a\n"),  # both wrote at the end of the same line
        # other line ends throughout, which ours take
        ("a\nb\nc\n", "a\nB\nN\nc\n", "a\r\nb\r\nc\r\nd\r\n", "a\r\nB\r\nN\r\nc\r\nd\r\n"),
        ("a\r\nb\r\n", "a\r\nB\r\n", "a\nb\n", "a\nB\n"),
        # of mixed ones each stays as it is
        ("a\r\nb\nc\rd\n", "a\r\nb\nC\rd\n", "x\na\r\nb\nc\rd\n", "x\na\r\nb\nC\rd\n"),
        # characters of one to four bytes, and those that are no line ends
        ("é\n中\u2028\n😀\n", "é\n中\u2028!\n😀\n", "é\n中\u2028\n😀😀\n", "é\n中\u2028!\n😀😀\n"),
        ("\ta\n\tb\n", "\ta\n\t\tb\n", "\ta\n\tb\n\t\n", "\ta\n\t\tb\n\t\n"),
    ],
)
def test_line_ends_and_characters_stay(base: str, proposed: str, current: str, result: str) -> None:
    assert merged(base, line_diff(base, proposed), current)[0] == result
    assert merged(base, diff(base, proposed), current)[0] == result


@pytest.mark.parametrize(
    ("base", "ours", "current", "result", "fates"),
    [
        # replacements in one line share their fate
        ("one two\nx\n", [(0, 3, "1"), (4, 7, "2")], "one two\ny\n", "1 2\ny\n", [P, P]),
        ("one two\n", [(0, 3, "1"), (4, 7, "2")], "one too\n", "one too\n", [C, C]),
        ("one two\nx\n", [(0, 3, "1"), (4, 7, "2")], "1 2\ny\n", "1 2\ny\n", [D, D]),
        # a replacement that joins lines carries both
        ("a\nb\nc\n", [(1, 2, "")], "a\nb\nC\n", "ab\nC\n", [P]),
        ("a\nb\nc\n", [(1, 2, "")], "a\nB\nc\n", "a\nB\nc\n", [C]),
        ("a\nb\n", [(2, 2, "x")], "A\nb\n", "A\nxb\n", [P]),
        # a CR that meets an LF makes one line end of two
        ("a\nb\n\nc\n", [(2, 4, "B\r")], "A\nb\n\nc\n", "A\nB\r\nc\n", [P]),
        ("a\r\nb\n", [(2, 3, "")], "a\r\nB\n", "a\rB\n", [P]),
    ],
)
def test_replacements_within_lines(
    base: str, ours: list[tuple[int, int, str]], current: str, result: str, fates: list[str]
) -> None:
    rebased = rebase(base, [Replacement(*part) for part in ours], current)
    assert [fate.kind for fate in rebased.fates] == fates
    if C not in fates:
        assert apply(current, rebased.replacements) == result


few = st.lists(st.sampled_from(["a\n", "b\n"]), max_size=7)
many = st.lists(st.sampled_from([f"line {n}\n" for n in range(9)]), max_size=7)


@st.composite
def versions(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    """A text, and two edits of it: the run's lines begin with R, the user's with U."""
    common = draw(st.sampled_from([few, many]))
    base = draw(common)
    edited = []
    for who in "RU":
        text = list(base)
        for number in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(text)))
            own = st.just(f"{who}{number}\n")
            new = draw(st.lists(st.one_of(own, *map(st.just, base[:2])), max_size=2, unique=True))
            text[at : at + draw(st.integers(0, 2))] = new
        edited.append(text)
    return base, edited[0], edited[1]


@given(versions())
def test_no_line_of_the_user_is_lost_and_none_of_the_run_doubled(
    texts: tuple[list[str], list[str], list[str]],
) -> None:
    base, proposed, current = map("".join, texts)
    result, rebased = merged(base, line_diff(base, proposed), current)
    count, ours = Counter(result.splitlines(True)), Counter(texts[1])
    for line, times in Counter(texts[2]).items():
        if line[0] == "U":
            assert count[line] == times
    for line in count:
        if line[0] == "R":
            assert count[line] <= ours[line]
    if all(fate.kind == P for fate in rebased.fates) and current == base:
        assert result == proposed


@given(versions())
def test_what_was_made_is_recognised_and_not_made_again(
    texts: tuple[list[str], list[str], list[str]],
) -> None:
    base, proposed, current = map("".join, texts)
    ours = line_diff(base, proposed)
    result, _ = merged(base, ours, current)
    assert merged(base, ours, result)[0] == result


@given(versions())
def test_trivial_cases(texts: tuple[list[str], list[str], list[str]]) -> None:
    base, proposed, current = map("".join, texts)
    ours = line_diff(base, proposed)
    assert merged(base, ours, base)[0] == proposed
    assert merged(base, ours, proposed)[0] == proposed
    assert merged(base, (), current)[0] == current
    assert merged(proposed, line_diff(proposed, base), proposed)[0] == base


@given(versions(), st.data())
def test_the_rest_is_made_where_some_is_done(
    texts: tuple[list[str], list[str], list[str]], data: st.DataObject
) -> None:
    base, proposed = map("".join, texts[:2])
    ours = line_diff(base, proposed)
    some = [part for part in ours if data.draw(st.booleans())]
    result, rebased = merged(base, ours, apply(base, some))
    if not rebased.conflicts:  # only where lines are alike may it not be told
        assert result == proposed
    if len(set(texts[0]) | set(texts[1])) == len(texts[0]) + len(set(texts[1]) - set(texts[0])):
        assert not rebased.conflicts


def test_big_texts() -> None:
    chance = random.Random(3)
    base = [chance.choice(["}\n", "\n", f"line {n}\n"]) for n in range(20_000)]
    ours, theirs = list(base), list(base)
    for at in chance.sample(range(0, 20_000, 4), 100):
        ours[at] = f"ours {at}\n"
    for at in chance.sample(range(2, 20_000, 4), 100):
        theirs[at] = f"theirs {at}\n"
    started = time.process_time()
    text, rebased = merged("".join(base), line_diff("".join(base), "".join(ours)), "".join(theirs))
    assert time.process_time() - started < 3
    assert rebased.conflicts == 0
    assert text.count("ours") == text.count("theirs") == 100
