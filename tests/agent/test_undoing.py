"""Undo and redo by hunk, file, run and session; conflicts are told and never overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.proposal_fakes import FakeEditor, FakeView, write
from arriero.agent.proposals import Proposals, UnknownRun
from arriero.workspace.conflicts import Conflict
from arriero.workspace.proposal import Draft
from arriero.workspace.takeback import Selection

BASE = "a\nb\nc\nd\ne\nf\ng\n"
EDITED = "A\nb\nC\nc2\nd\ne\nG\n"  # changes a; c to two lines; deletes f and changes g
HUNKS = ("1", "2", "3")


@dataclass
class Place:
    """A workspace; every proposal is accepted at once. Names are relative to its folder."""

    folder: Path
    state: Path
    editor: FakeEditor
    proposals: Proposals

    def path(self, name: str) -> str:
        return str(self.folder / name)

    async def run(self, run_id: str, *drafts: Draft) -> None:
        placed = []
        for draft in drafts:
            path, new = self.path(draft.path), draft.new_path and self.path(draft.new_path)
            placed.append(Draft(path, draft.base, draft.proposed, new))
            if draft.base is not None and self.editor.text(path) is None:
                write(path, draft.base)
        view = FakeView((str(self.folder),), placed)
        await self.proposals.propose(run_id, "session-1", f"Do {run_id}", view)
        outcome = await self.proposals.accept(run_id, self.editor)
        assert outcome.applied
        assert not outcome.stale

    def restart(self) -> None:
        self.proposals = Proposals(self.state)

    def text(self, name: str = "f") -> str | None:
        return self.editor.text(self.path(name))

    def type(self, text: str, name: str = "f") -> None:
        write(self.path(name), text)

    async def states(self, run_id: str = "run-1") -> list[str]:
        return [hunk.state for hunk in (await self.proposals.get(run_id)).hunks]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Place(folder, tmp_path / "state", FakeEditor(), Proposals(tmp_path / "state"))


def only(*hunks: str) -> Selection:
    return Selection.of(hunks)


async def test_hunks_are_taken_back_and_done_again_in_any_order(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    undo, redo = place.proposals.undo, place.proposals.redo
    assert (await undo("run-1", place.editor, only("2"))).runs[0].hunks == ("2",)
    assert place.text() == "A\nb\nc\nd\ne\nG\n"
    assert await place.states() == ["accepted", "rejected", "accepted"]
    place.restart()
    undo, redo = place.proposals.undo, place.proposals.redo
    await undo("run-1", place.editor, only("1"))
    assert place.text() == "a\nb\nc\nd\ne\nG\n"
    await redo("run-1", place.editor, only("2"))
    assert place.text() == "a\nb\nC\nc2\nd\ne\nG\n"
    await undo("run-1", place.editor)
    assert place.text() == BASE
    assert set(await place.states()) == {"rejected"}
    assert (await redo("run-1", place.editor)).runs[0].hunks == HUNKS
    assert place.text() == EDITED
    assert set(await place.states()) == {"accepted"}


async def test_what_the_user_typed_meanwhile_stays_in_both_directions(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    place.type("A\nb\nC\nc2\nd\nmine\ne\nG\n")
    await place.proposals.undo("run-1", place.editor, only("1", "2"))
    place.type((place.text() or "").replace("b\n", "my own b\n"))
    assert place.text() == "a\nmy own b\nc\nd\nmine\ne\nG\n"
    await place.proposals.redo("run-1", place.editor)
    assert place.text() == "A\nmy own b\nC\nc2\nd\nmine\ne\nG\n"
    await place.proposals.undo("run-1", place.editor)
    assert place.text() == "a\nmy own b\nc\nd\nmine\ne\nf\ng\n"


async def test_a_conflict_is_told_with_all_three_texts_and_nothing_is_overwritten(
    place: Place,
) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    place.type("new\nA\nb\nC!\nc2\nd\ne\nG\n")
    outcome = await place.proposals.undo("run-1", place.editor)
    assert place.text() == "new\na\nb\nC!\nc2\nd\ne\nf\ng\n"
    assert outcome.runs[0].hunks == ("1", "3")
    assert outcome.conflicts == (
        Conflict(place.path("f"), ("2",), 4, "C\nc2\n", "c\n", "C!\nc2\n"),
    )
    assert outcome.reason == "Not all was taken back in f: you have changed the same places since."
    assert await place.states() == ["rejected", "accepted", "rejected"]
    place.type("new\na\nb\nC\nc2\nd\ne\nf\ng\n")  # the user takes his change back
    assert (await place.proposals.undo("run-1", place.editor)).runs[0].hunks == ("2",)
    assert place.text() == "new\n" + BASE
    place.type("new\n" + BASE.replace("a\n", "mine\n"))
    again = await place.proposals.redo("run-1", place.editor)
    assert place.text() == "new\n" + EDITED.replace("A\n", "mine\n")
    assert [(one.hunks, one.found) for one in again.conflicts] == [(("1",), "mine\n")]
    assert again.reason == "Not all was done again in f: you have changed the same places since."


@pytest.mark.parametrize(
    ("draft", "typed", "conflict"),
    [
        (Draft("f", None, "n\n"), {"f": "n\nU\n"}, ("f", "n\n", None, "n\nU\n")),
        (Draft("f", BASE, None), {"f": "mine\n"}, ("f", None, BASE, "mine\n")),
        (Draft("f", BASE, BASE, "g"), {"f": "mine\n"}, ("g", BASE, BASE, BASE)),
        (Draft("f", BASE, EDITED), {"f": None}, ("f", "A\n", "a\n", None)),
        (Draft("f", "a\nb\nc\n", "a\nc\n"), {"f": "a\nmine\nc\n"}, ("f", "", "b\n", "mine\n")),
    ],
)
async def test_conflicts_of_every_kind(
    place: Place,
    draft: Draft,
    typed: dict[str, str | None],
    conflict: tuple[str, str | None, str | None, str | None],
) -> None:
    await place.run("run-1", draft)
    for name, text in typed.items():
        Path(place.path(name)).unlink(missing_ok=True)
        if text is not None:
            place.type(text, name)
    outcome = await place.proposals.undo("run-1", place.editor, only("1"))
    (found,) = outcome.conflicts
    path, *texts = conflict
    assert (found.path, [found.written, found.wanted, found.found]) == (place.path(path), texts)
    assert not outcome.applied
    assert {name: place.text(name) for name in typed} == typed


async def test_one_file_of_a_run(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED), Draft("g", "x\n", "y\n", "h"))
    for name in ("h", "g"):  # the path that it has, or had
        meant = Selection.of(files=[place.path(name)])
        outcome = await place.proposals.undo("run-1", place.editor, meant)
        assert outcome.paths == (place.path("g"),)
        assert (place.text(), place.text("g"), place.text("h")) == (EDITED, "x\n", None)
        await place.proposals.redo("run-1", place.editor, meant)
        assert (place.text(), place.text("g"), place.text("h")) == (EDITED, None, "y\n")


async def test_an_edit_is_taken_back_where_its_file_is_now(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED, "g"))
    edits = only("2", "3", "4")
    await place.proposals.undo("run-1", place.editor, edits)
    assert (place.text(), place.text("g")) == (None, BASE)
    await place.proposals.undo("run-1", place.editor, only("1"))
    assert (place.text(), place.text("g")) == (BASE, None)
    await place.proposals.redo("run-1", place.editor, edits)
    assert (place.text(), place.text("g")) == (EDITED, None)
    await place.proposals.redo("run-1", place.editor)
    assert (place.text(), place.text("g")) == (None, EDITED)


async def test_made_and_deleted_files_come_and_go(place: Place) -> None:
    await place.run("run-1", Draft("new", None, "n\n"), Draft("old", "o\n", None))
    for _ in range(2):
        await place.proposals.undo("run-1", place.editor)
        assert (place.text("new"), place.text("old")) == (None, "o\n")
        await place.proposals.redo("run-1", place.editor)
        assert (place.text("new"), place.text("old")) == ("n\n", None)


async def test_several_runs_are_one_change(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    second = EDITED.replace("C\n", "CC\n")  # on lines of the first one
    await place.run("run-2", Draft("f", EDITED, second, "g"))
    await place.run("run-3", Draft("g", second, None), Draft("h", None, "h\n"))
    sent = len(place.editor.changes)
    outcome = await place.proposals.undo(["run-3", "run-2"], place.editor)
    assert (place.text(), place.text("g"), place.text("h")) == (EDITED, None, None)
    assert [run.run_id for run in outcome.runs] == ["run-3", "run-2"]
    assert len(place.editor.changes) == sent + 1
    assert place.editor.changes[-1].label == "Undo of 2 runs"
    place.restart()
    await place.proposals.redo(["run-2", "run-3"], place.editor)
    assert (place.text(), place.text("g"), place.text("h")) == (None, None, "h\n")
    await place.proposals.undo(["run-3", "run-2", "run-1"], place.editor)
    assert (place.text(), place.text("g"), place.text("h")) == (BASE, None, None)


async def test_a_later_run_in_the_same_lines_is_a_conflict(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    second = EDITED.replace("C\n", "CC\n")
    await place.run("run-2", Draft("f", EDITED, second))
    outcome = await place.proposals.undo("run-1", place.editor, only("2"))
    assert not outcome.applied
    assert [one.found for one in outcome.conflicts] == ["CC\nc2\n"]
    assert place.text() == second


async def test_what_the_user_took_back_by_hand_is_not_done_again(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    by_hand = EDITED.replace("A\n", "a\n")
    place.type(by_hand)
    assert (await place.proposals.undo("run-1", place.editor)).runs[0].hunks == HUNKS
    await place.proposals.redo("run-1", place.editor)
    assert place.text() == by_hand  # as it was before it was taken back


@pytest.mark.parametrize(
    ("direction", "meant", "reason"),
    [
        ("undo", only("9"), "Nothing was changed: there is no hunk 9 in this run."),
        ("redo", only("1"), "Nothing of that is taken back, to be done again."),
        ("redo", Selection(), "Nothing of this run is taken back, to be done again."),
        ("undo", Selection.of(files=["/elsewhere"]), "Nothing of this run is left to take back."),
    ],
)
async def test_what_cannot_be_is_said(
    place: Place, direction: str, meant: Selection, reason: str
) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    outcome = await getattr(place.proposals, direction)("run-1", place.editor, meant)
    assert (outcome.applied, outcome.runs, outcome.reason) == (False, (), reason)
    with pytest.raises(UnknownRun):
        await getattr(place.proposals, direction)("run-9", place.editor, meant)


async def test_a_refusal_changes_nothing(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    for direction, text in (("undo", EDITED), ("redo", BASE)):
        place.editor.refusals = ["Not now."]
        outcome = await getattr(place.proposals, direction)("run-1", place.editor)
        assert (outcome.applied, outcome.reason, place.text()) == (False, "Not now.", text)
        assert (await getattr(place.proposals, direction)("run-1", place.editor)).applied


async def test_which_runs_can_be_taken_back(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED, "g"))
    await place.run("run-2", Draft("h", None, "h\n"))
    await place.proposals.undo("run-1", place.editor, only("3"))
    runs = await place.proposals.changed_runs([str(place.folder)])
    assert [run.run_id for run in runs] == ["run-1", "run-2"]
    (file,) = runs[0].files
    assert (file.path, file.applied, file.taken_back) == (place.path("g"), ("1", "2", "4"), ("3",))
    assert await place.proposals.changed_runs(["/elsewhere"]) == []
    assert await place.proposals.changed_runs([str(place.folder)], "session-2") == []


async def test_an_id_is_not_used_again_while_something_may_be_done_again(place: Place) -> None:
    await place.run("run-1", Draft("f", BASE, EDITED))
    await place.proposals.undo("run-1", place.editor)
    view = FakeView((str(place.folder),), [Draft(place.path("f"), BASE, BASE + "more\n")])
    await place.proposals.propose("run-1", "session-1", "Do run-1", view)
    assert [hunk.id for hunk in (await place.proposals.get("run-1")).hunks] == ["4"]
    await place.proposals.accept("run-1", place.editor)
    await place.proposals.redo("run-1", place.editor)
    assert place.text() == EDITED + "more\n"
