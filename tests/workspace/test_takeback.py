"""Steps that are taken back in a text of now: what a person would miss if it went wrong."""

from __future__ import annotations

from arriero.workspace.changeset import ChangeSet
from arriero.workspace.steps import Move, Share, Step, names_of, now_at
from arriero.workspace.takeback import EVERYTHING, Selection, take_back
from workspace.texts import Texts


def test_hunks_that_come_to_share_a_line_are_taken_back_and_done_again_together() -> None:
    """The line that they share once the first is taken back is the last, which had no end."""
    before, after = "a\nb", "a\nB\nc\n"
    shares = (Share(("1",), 2, 3, 2, 4), Share(("2",), 3, 3, 4, 6))
    step = Step(1, "/f", before, after, shares=shares)
    texts = ChangeSet(Texts({"/f": after}))
    done = take_back([step], (), texts, EVERYTHING, 2)
    assert (texts.text("/f"), done.hunks, done.failed) == (before, {"1", "2"}, [])
    (made,) = done.made
    assert made.hunks == {"1", "2"}
    again = take_back([made], (), texts, Selection.of(hunks=["2"]), 3)
    assert (texts.text("/f"), again.hunks) == (after, {"1", "2"})
    assert again.made[0].hunks == {"1", "2"}


def test_a_file_is_followed_through_renames_that_came_after_a_step_only() -> None:
    step = Step(2, "/b", "x\n", "y\n", shares=(Share(("1",), 0, 2, 0, 2),))
    others = (Move(4, "/other", "/else"), Move(5, "/later", "/b"))
    moves = (Move(3, "/b", "/c"), Move(1, "/a", "/b"), Move(2, "/b", "/wrong"), *others)
    assert now_at(step, moves) == "/c"
    assert names_of(step, moves) == {"/a", "/b", "/c"}
    renamed = Step(3, "/b", "y\n", "y\n", "/c")
    later = (Move(3, "/b", "/c"), Move(4, "/c", "/d"))
    assert now_at(renamed, later) == "/d"
    assert names_of(renamed, later) == {"/b", "/c", "/d"}


def test_what_was_not_meant_can_still_be_taken_back() -> None:
    before, after = "a\nb\nc\n", "A\nb\nC\n"
    shares = (Share(("1",), 0, 2, 0, 2), Share(("2",), 4, 6, 4, 6))
    step = Step(1, "/f", before, after, shares=shares)
    texts = ChangeSet(Texts({"/f": after}))
    done = take_back([step], (), texts, Selection.of(hunks=["1"]), 2)
    assert texts.text("/f") == "a\nb\nC\n"
    assert [left.hunks for left in done.left] == [{"2"}]
    done = take_back(done.left, (), texts, Selection.of(files=["/f"]), 3)
    assert (texts.text("/f"), done.left) == (before, [])
