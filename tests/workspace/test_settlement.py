"""What a preview let a person choose, and what a death left: the texts alone tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arriero.workspace.acceptance import accept_hunks
from arriero.workspace.changeset import ChangeSet
from arriero.workspace.proposal import Draft, Proposal
from arriero.workspace.runrecord import RunRecord, Sending
from arriero.workspace.settlement import finish, settle
from arriero.workspace.steps import moves_of
from arriero.workspace.takeback import EVERYTHING, take_back
from workspace.texts import Texts

F, G, NEW = "/w/f", "/w/g", "/w/new"
BASE, FIRST, BOTH = "a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "A\nb\nC\nd\ne\n"


def sent(now: dict[str, str], *drafts: Draft) -> RunRecord:
    """Return a record all of whose hunks were sent to an editor."""
    proposal = Proposal.of("run", "session", "label", drafts)
    texts = ChangeSet(Texts(now))
    plan = accept_hunks(proposal, {hunk.id for hunk in proposal.hunks}, texts)
    moves = moves_of(plan.steps)
    sending = Sending("accept", 1.5, texts.effects(), plan.proposal, plan.steps, (), moves)
    return RunRecord(proposal, ("/w",), applying=sending)


def undone(record: RunRecord, now: dict[str, str]) -> dict[str, str | None]:
    """Return what is in the files that were there or are, once all of it is taken back."""
    texts = ChangeSet(Texts(now))
    done = take_back(record.applied, record.moves, texts, EVERYTHING, record.next_step)
    assert done.failed == []
    return {path: texts.text(path) for path in (F, G, NEW) if texts.text(path) is not None}


def states(record: RunRecord) -> list[tuple[str, str, str]]:
    return [(hunk.id, hunk.path, hunk.state) for hunk in record.proposal.hunks]


def accept_the_rest(record: RunRecord, now: dict[str, str]) -> dict[str, str | None]:
    """Return what is in the files once all that is still open is accepted."""
    texts = ChangeSet(Texts(now))
    accept_hunks(record.proposal, {hunk.id for hunk in record.proposal.open_hunks}, texts)
    return {path: texts.text(path) for path in (F, G, NEW) if texts.text(path) is not None}


def test_of_two_files_the_one_that_is_whole_stays_whole() -> None:
    record = sent({F: BASE, G: "x\n"}, Draft(F, BASE, BOTH), Draft(G, "x\n", "y\n"))
    now = {F: FIRST, G: "y\n"}
    settled = settle(record, Texts(now))
    assert states(settled) == [("1", F, "accepted"), ("2", F, "open"), ("3", G, "accepted")]
    assert undone(settled, now) == {F: BASE, G: "x\n"}
    assert accept_the_rest(settled, now) == {F: BOTH, G: "y\n"}


@pytest.mark.parametrize(("now", "state"), [({}, "accepted"), ({F: BASE}, "open")])
def test_a_file_that_was_to_be_deleted(now: dict[str, str], state: str) -> None:
    settled = settle(sent({F: BASE}, Draft(F, BASE, None)), Texts(now))
    assert states(settled) == [("1", F, state)]
    assert undone(settled, now) == {F: BASE}


def test_a_rename_without_one_of_its_edits() -> None:
    record = sent({F: BASE}, Draft(F, BASE, BOTH, NEW))
    now = {NEW: FIRST}
    settled = settle(record, Texts(now))
    assert states(settled) == [("1", NEW, "accepted"), ("2", NEW, "accepted"), ("3", NEW, "open")]
    assert undone(settled, now) == {F: BASE}
    assert accept_the_rest(settled, now) == {NEW: BOTH}


def test_a_rename_without_any_of_its_edits() -> None:
    record = sent({F: BASE}, Draft(F, BASE, BOTH, NEW))
    now = {NEW: BASE}
    settled = settle(record, Texts(now))
    assert states(settled) == [("1", NEW, "accepted"), ("2", NEW, "open"), ("3", NEW, "open")]
    assert undone(settled, now) == {F: BASE}
    assert accept_the_rest(settled, now) == {NEW: BOTH}


def test_edits_of_a_file_that_the_user_has_renamed_already() -> None:
    record = sent({NEW: BASE}, Draft(F, BASE, BOTH, NEW))
    now = {NEW: FIRST}
    settled = settle(record, Texts(now))
    assert states(settled) == [("1", NEW, "accepted"), ("2", NEW, "accepted"), ("3", NEW, "open")]
    assert undone(settled, now) == {NEW: BASE}
    assert accept_the_rest(settled, now) == {NEW: BOTH}


def test_a_file_that_takes_the_place_of_another() -> None:
    before, after = {F: BASE, NEW: "x\n"}, {NEW: BASE, G: "x\n"}
    record = sent(before, Draft(F, BASE, BASE, NEW), Draft(NEW, "x\n", "x\n", G))
    settled = settle(record, Texts(after))
    assert settled == finish(record)
    assert undone(settled, after) == before


def test_another_file_at_the_new_path_is_no_rename() -> None:
    record = sent({F: BASE}, Draft(F, BASE, BOTH, NEW))
    settled = settle(record, Texts({NEW: "u\nv\nw\n"}))
    assert states(settled) == [("1", F, "open"), ("2", F, "open"), ("3", F, "open")]
    assert (settled.applied, settled.moves) == ((), ())


@pytest.mark.parametrize(("text", "second"), [(FIRST, "open"), (BOTH, "accepted")])
def test_edits_without_their_rename(text: str, second: str) -> None:
    record = sent({F: BASE}, Draft(F, BASE, BOTH, NEW))
    now = {F: text}
    settled = settle(record, Texts(now))
    assert states(settled) == [("1", F, "open"), ("2", F, "accepted"), ("3", F, second)]
    assert settled.moves == ()
    assert undone(settled, now) == {F: BASE}
    assert accept_the_rest(settled, now) == {NEW: BOTH}


def test_what_is_taken_back_in_part_is_still_to_be_taken_back() -> None:
    applied = finish(sent({F: BASE}, Draft(F, BASE, BOTH)))
    texts = ChangeSet(Texts({F: BOTH}))
    back = take_back(applied.applied, (), texts, EVERYTHING, applied.next_step)
    sending = Sending("undo", 2.5, texts.effects(), applied.proposal, (), tuple(back.made))
    for now, left in (({F: FIRST}, applied.applied), ({F: BOTH}, applied.applied), ({F: BASE}, ())):
        settled = settle(replace(applied, applying=sending), Texts(now))
        assert (settled.applied, settled.applying) == (left, None)
