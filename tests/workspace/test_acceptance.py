"""Hunks that are accepted in a text of now, those among them that did not fit an earlier one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arriero.workspace.acceptance import accept_hunks
from arriero.workspace.changeset import ChangeSet
from arriero.workspace.proposal import Draft, FileProposal, Hunk, Proposal
from workspace.texts import Texts

F, NEW = "/w/f", "/w/new"
OLD, NEW_TEXT = ("b\n", "c\n"), ("B\n",)


def accepted(now: str, *hunks: Hunk) -> tuple[str | None, list[str]]:
    """Accept all of these hunks of a file that was `b, c`; return its text, and their states."""
    file = FileProposal(F, "edit", "b\nc\n", "B\n", None, hunks)
    texts = ChangeSet(Texts({F: now}))
    made = Proposal("run", "session", "label", (file,))
    plan = accept_hunks(made, {hunk.id for hunk in hunks}, texts)
    return texts.text(F), [hunk.state for hunk in plan.proposal.hunks]


def stale(old: str, new: str = "X\n") -> Hunk:
    return Hunk("1", F, 1, (old,), (new,), state="stale")


OPEN = Hunk("2", F, 1, OLD, NEW_TEXT)


@pytest.mark.parametrize(
    ("now", "old", "then"),
    [
        ("a\nb\nc\nz\n", "a\n", "X\nB\nz\n"),  # where the text begins, before the other one
        ("a\nb\nc\nz", "a\n", "X\nB\nz"),
        ("a\nb\nc\nz\n", "z\n", "a\nB\nX\n"),  # after it
        ("b\nc\nz", "z", "B\nX\n"),  # a last line without an end
        ("b\nc\nz", "c\n", None),  # in the other one's place
        ("b\nc\nz\nz\n", "z\n", None),  # twice
        ("b\nc\nyz\n", "z\n", None),  # a part of a line: its end
        ("b\nc\nzy\n", "z", None),  # its beginning
    ],
)
def test_what_did_not_fit_is_placed_where_its_lines_are_just_once(
    now: str, old: str, then: str | None
) -> None:
    text, states = accepted(now, stale(old), OPEN)
    if then is None:
        assert (text, states) == (now.replace("b\nc\n", "B\n"), ["stale", "accepted"])
    else:
        assert (text, states) == (then, ["accepted", "accepted"])


def test_edits_are_accepted_where_what_is_in_the_way_of_the_rename_is_no_text() -> None:
    made = Proposal.of("run", "session", "label", [Draft(F, "a\n", "A\n", NEW)])
    texts = ChangeSet(Texts({F: "a\n"}, frozenset({NEW})))
    plan = accept_hunks(made, {"1", "2"}, texts)
    assert [(hunk.kind, hunk.state) for hunk in plan.proposal.hunks] == [
        ("rename", "stale"),
        ("edit", "accepted"),
    ]
    assert texts.text(F) == "A\n"
    assert [step.hunks for step in plan.steps] == [{"2"}]


def test_a_file_that_is_deleted_already_is_not_deleted_again() -> None:
    made = Proposal.of("run", "session", "label", [Draft(F, "a\n", None)])
    texts = ChangeSet(Texts())
    plan = accept_hunks(made, {"1"}, texts)
    assert [hunk.state for hunk in plan.proposal.hunks] == ["accepted"]
    assert plan.steps == ()
    assert replace(plan.proposal.files[0], hunks=()).proposed is None
