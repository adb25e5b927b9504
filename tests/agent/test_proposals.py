from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.proposal_fakes import FakeEditor, FakeView, write
from arriero.agent.editor import ApplyOutcome
from arriero.agent.proposals import Proposals, UnknownRun
from arriero.agent.records import Records
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    RenameFile,
    Replacement,
    TextChange,
)
from arriero.workspace.proposal import Draft
from arriero.workspace.runrecord import RunRecord

BASE = "a\nb\nc\nd\ne\n"
EDITED = "A\nb\nc\nd\ne\n"


@dataclass
class Place:
    """A workspace with one run in it. Names are relative to its folder."""

    folder: Path
    state: Path
    editor: FakeEditor
    proposals: Proposals

    def path(self, name: str) -> str:
        return name if ":" in name else str(self.folder / name)

    async def propose(self, *drafts: Draft, run_id: str = "run-1") -> None:
        """Store a proposal; the files of the drafts are made first."""
        placed = []
        for draft in drafts:
            path, new = self.path(draft.path), draft.new_path and self.path(draft.new_path)
            placed.append(Draft(path, draft.base, draft.proposed, new))
            if draft.base is not None and self.editor.text(path) is None:
                write(path, draft.base)
        view = FakeView((str(self.folder),), placed)
        await self.proposals.propose(run_id, "session-1", "Make it so", view)

    def open(self, name: str, text: str) -> None:
        self.editor.buffers.type(self.path(name), text)

    def check(self, **texts: str | None) -> None:
        for name, text in texts.items():
            assert self.editor.text(self.path(name)) == text, name

    async def states(self) -> dict[str, str]:
        return {h.id: h.state for h in (await self.proposals.get("run-1")).hunks}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Place(folder, tmp_path / "state", FakeEditor(), Proposals(tmp_path / "state"))


async def test_all_is_accepted_as_one_versioned_change(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(
        Draft("f", BASE, "A\nb\nc\nd\nE\n"),
        Draft("closed", "x\ny\n", "x\nY\n"),
        Draft("new", None, "n\n"),
        Draft("old", "o\n", None),
        Draft("from", "m\n", "M\n", "to"),
    )
    outcome = await place.proposals.accept("run-1", place.editor, confirm=True)
    assert (outcome.applied, outcome.stale, outcome.reason) == (True, (), "")
    assert outcome.hunks == ("1", "2", "3", "4", "5", "6", "7")
    assert outcome.paths == tuple(map(place.path, ["f", "closed", "new", "old", "to"]))
    place.check(f="A\nb\nc\nd\nE\n", closed="x\nY\n", new="n\n", old=None, to="M\n")
    (change,) = place.editor.changes
    assert change.label == "Make it so"
    assert change.changes == (
        TextChange(place.path("f"), BASE, (Replacement(0, 1, "A"), Replacement(8, 9, "E")), 1),
        TextChange(place.path("closed"), "x\ny\n", (Replacement(2, 3, "Y"),)),
        TextChange(place.path("from"), "m\n", (Replacement(0, 1, "M"),)),
        DeleteFile(place.path("old"), "o\n"),
        RenameFile(place.path("from"), place.path("to")),
        CreateFile(place.path("new"), "n\n"),
    )
    assert place.editor.confirmed == [True]
    assert set((await place.states()).values()) == {"accepted"}
    again = await place.proposals.accept("run-1", place.editor)
    assert (again.applied, again.hunks) == (False, ())
    assert "Nothing of this proposal is open" in again.reason
    assert len(place.editor.changes) == 1


async def test_hunks_are_accepted_one_after_the_other_while_the_user_types(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nC\nd\ne\nN\n"))
    assert (await place.proposals.accept("run-1", place.editor, ["2"])).hunks == ("2",)
    place.check(f="a\nb\nC\nd\ne\n")
    file = (await place.proposals.get("run-1")).files[0]
    assert (file.base, file.proposed) == ("a\nb\nC\nd\ne\n", "A\nb\nC\nd\ne\nN\n")
    place.open("f", "U\na\nb\nC!\nd\ne\n")
    assert (await place.proposals.accept("run-1", place.editor, ["3"])).hunks == ("3",)
    place.check(f="U\na\nb\nC!\nd\ne\nN\n")
    assert await place.proposals.reject("run-1", ["1", "2", "9"]) == ("1",)
    assert await place.states() == {"1": "rejected", "2": "accepted", "3": "accepted"}
    said = await place.proposals.accept("run-1", place.editor, ["1", "3", "9"])
    assert said.reason == (
        "Nothing was changed: hunk 1 is rejected already, hunk 3 is accepted already, "
        "hunk 9 does not exist."
    )


async def test_what_stays_open_moves_with_what_is_accepted(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "1\n2\n3\nb\nd\nE\n"))
    for number, (ids, text) in enumerate(
        [
            ("1", "1\n2\n3\nb\nc\nd\ne\n"),
            ("2", "1\n2\n3\nb\nd\ne\n"),
            ("3", "1\n2\n3\nb\nd\nE\n"),
        ]
    ):
        lines = [h.line for h in (await place.proposals.get("run-1")).open_hunks]
        assert lines == [[1, 3, 5], [5, 7], [6]][number]
        assert (await place.proposals.accept("run-1", place.editor, [ids])).hunks == (ids,)
        place.check(f=text)


async def test_what_does_not_fit_any_more_is_stale_and_may_fit_again(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nC\nd\ne\n"))
    place.open("f", "a\nb\nmine\nd\ne\n")
    outcome = await place.proposals.accept("run-1", place.editor)
    assert (outcome.applied, outcome.hunks, outcome.stale) == (True, ("1",), ("2",))
    assert outcome.reason.startswith("What was proposed for f does not fit")
    place.check(f="A\nb\nmine\nd\ne\n")
    assert await place.states() == {"1": "accepted", "2": "stale"}
    place.open("f", "A\nb\nc\nd\ne\n")
    assert (await place.proposals.accept("run-1", place.editor, ["2"])).hunks == ("2",)
    place.check(f="A\nb\nC\nd\ne\n")


async def test_what_the_user_has_done_is_not_done_again(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nC\nd\ne\n"), Draft("new", None, "n\n"))
    place.open("f", "A\nb\nc\nd\ne\n")
    write(place.path("new"), "n\n")
    assert (await place.proposals.accept("run-1", place.editor)).hunks == ("1", "2", "3")
    place.check(f="A\nb\nC\nd\ne\n", new="n\n")
    assert len(place.editor.changes[0].changes) == 1
    await place.proposals.undo("run-1", place.editor)
    place.check(f="A\nb\nc\nd\ne\n", new="n\n")  # what the user did is not taken back


@pytest.mark.parametrize(
    ("draft", "now", "states"),
    [
        (Draft("f", BASE, None), {"f": "x" + BASE}, "stale"),
        (Draft("f", None, "n\n"), {"f": "mine\n"}, "stale"),
        (Draft("f", None, "n\n"), {"f": ""}, "accepted"),
        (Draft("f", BASE, None), {"f": None}, "accepted"),
        (Draft("f", BASE, "A\nb\nc\nd\ne\n"), {"f": None}, "stale"),
        (Draft("f", BASE, BASE, "g"), {"g": "mine\n"}, "stale"),
        (Draft("f", BASE, BASE, "g"), {"f": "x" + BASE}, "accepted"),
        (Draft("f", BASE, BASE, "g"), {"f": None}, "stale"),
        (Draft("f", BASE, BASE, "g"), {"f": None, "g": BASE}, "accepted"),
        (Draft("f", BASE, "A\nb\nc\nd\ne\n", "g"), {"f": None, "g": BASE}, "accepted accepted"),
        (Draft("f", BASE, "A\nb\nc\nd\ne\n", "g"), {"g": "mine\n"}, "stale accepted"),
    ],
)
async def test_files_that_the_user_made_deleted_or_renamed(
    place: Place, draft: Draft, now: dict[str, str | None], states: str
) -> None:
    await place.propose(draft)
    for name, text in now.items():
        Path(place.path(name)).unlink(missing_ok=True)
        if text is not None:
            write(place.path(name), text)
    await place.proposals.accept("run-1", place.editor)
    assert " ".join((await place.states()).values()) == states
    if "accepted" not in states:
        assert place.editor.changes == []


async def test_a_file_that_is_no_text_any_more_is_left_alone(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\n"), Draft("g", "x\n", "y\n"))
    Path(place.path("f")).write_bytes(b"\x00\x01\x02" * 100)
    outcome = await place.proposals.accept("run-1", place.editor)
    assert (outcome.hunks, outcome.stale) == (("2",), ("1",))
    Path(place.path("g")).write_bytes(b"\x00\x01\x02" * 100)
    undone = await place.proposals.undo("run-1", place.editor)
    assert (undone.applied, undone.kept) == (False, (place.path("g"),))


async def test_renames_in_a_row_come_in_a_possible_order(place: Place) -> None:
    await place.propose(Draft("a", "1\n", "1\n", "b"), Draft("b", "2\n", "2!\n", "c"))
    assert (await place.proposals.accept("run-1", place.editor)).stale == ()
    place.check(a=None, b="1\n", c="2!\n")
    assert (await place.proposals.undo("run-1", place.editor)).kept == ()
    place.check(a="1\n", b="2\n", c=None)


async def test_an_untitled_document_is_edited(place: Place) -> None:
    place.open("untitled:Untitled-1", "a\n")
    await place.propose(Draft("untitled:Untitled-1", "a\n", "A\n"))
    assert (await place.proposals.accept("run-1", place.editor)).applied
    assert place.editor.buffers.open["untitled:Untitled-1"].text == "A\n"


async def test_a_refused_change_leaves_the_hunks_open(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\n"))
    place.editor.refusals = ["You have discarded it."]
    outcome = await place.proposals.accept("run-1", place.editor)
    assert (outcome.applied, outcome.reason) == (False, "You have discarded it.")
    assert len(place.editor.changes) == 1  # not asked again: the texts are as they were
    assert await place.states() == {"1": "open"}
    place.check(f=BASE)
    assert (await place.proposals.accept("run-1", place.editor)).applied


@pytest.mark.parametrize(("typed", "applied"), [(1, True), (2, True), (3, False)])
async def test_a_stale_change_is_worked_out_again(place: Place, typed: int, applied: bool) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\n"))
    apply, times = place.editor.apply, iter(range(typed))

    async def hasty(change, *, confirm):  # type: ignore[no-untyped-def]
        for number in times:
            place.open("f", f"{place.editor.text(place.path('f'))}{number}\n")
            break
        return await apply(change, confirm=confirm)

    place.editor.apply = hasty  # type: ignore[method-assign]
    outcome = await place.proposals.accept("run-1", place.editor)
    assert outcome.applied is applied
    numbers = "".join(f"{n}\n" for n in range(typed))
    place.check(f=f"{'A' if applied else 'a'}\nb\nc\nd\ne\n{numbers}")


async def test_a_preview_that_was_answered_is_not_shown_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor may tell what the person let through only after it was asked for the texts."""
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\nE\n"))
    save, shown = Records.save, 0

    async def late(*_: object, **__: object) -> ApplyOutcome:
        nonlocal shown
        shown += 1
        return ApplyOutcome(True)

    async def saving(records: Records, record: RunRecord) -> None:
        await save(records, record)
        if shown:
            place.open("f", EDITED)

    with monkeypatch.context() as patch:
        patch.setattr(place.editor, "apply", late)
        patch.setattr(Records, "save", saving)
        await place.proposals.accept("run-1", place.editor, confirm=True)
    assert shown == 1
    assert (await place.proposals.accept("run-1", place.editor)).applied
    place.check(f="A\nb\nc\nd\nE\n")


async def test_an_editor_that_applies_and_says_no_is_found_out(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\n"), Draft("new", None, "n\n"))
    place.editor.denials = 1
    outcome = await place.proposals.accept("run-1", place.editor)
    assert (outcome.applied, outcome.hunks) == (True, ("1", "2"))
    place.editor.denials = 1
    assert (await place.proposals.undo("run-1", place.editor)).applied
    place.check(f=BASE, new=None)


@pytest.mark.parametrize(
    ("left_out", "there", "accepted"),
    [
        ((), "A\nb\nc\nd\nE\n", ("1", "2")),
        (("E",), "A\nb\nc\nd\ne\n", ("1",)),
        (("A", "E"), BASE, ()),  # an editor that took nothing says that it was applied
    ],
)
async def test_what_is_left_out_in_the_editors_preview_stays_open(
    place: Place, left_out: tuple[str, ...], there: str, accepted: tuple[str, ...]
) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\nE\n"))
    place.editor.left_out = left_out
    outcome = await place.proposals.accept("run-1", place.editor, confirm=True)
    assert (outcome.applied, outcome.hunks) == (bool(accepted), accepted)
    place.check(f=there)
    states = await place.states()
    assert {id_ for id_, state in states.items() if state == "accepted"} == set(accepted)
    place.editor.left_out = ()
    assert (await place.proposals.accept("run-1", place.editor)).applied is (len(accepted) < 2)
    place.check(f="A\nb\nc\nd\nE\n")
    assert (await place.proposals.undo("run-1", place.editor)).applied
    place.check(f=BASE)


@pytest.mark.parametrize(
    ("draft", "now", "result", "kept"),
    [
        # the user typed elsewhere, beside it too
        (Draft("f", BASE, EDITED), {"f": "A\nb!\nc\nU\n"}, {"f": "a\nb!\nc\nU\n"}, []),
        (
            Draft("f", BASE, "a\nb\nN\nc\nd\ne\n"),
            {"f": "a\nb\nN\nU\nc\nd\ne\n"},
            {"f": "a\nb\nU\nc\nd\ne\n"},
            [],
        ),
        (Draft("f", "a\nb\nc\n", "a\nc\n"), {"f": "a!\nc\n"}, {"f": "a!\nb\nc\n"}, []),
        # in the same line: that is kept, the rest is not
        (
            Draft("f", BASE, "A\nb\nC\nd\ne\n"),
            {"f": "A!\nb\nC\nd\ne\n"},
            {"f": "A!\nb\nc\nd\ne\n"},
            ["f"],
        ),
        # has taken it back by hand
        (Draft("f", BASE, EDITED), {"f": BASE}, {"f": BASE}, []),
        # created
        (Draft("f", None, "n\n"), {}, {"f": None}, []),
        (Draft("f", None, "n\n"), {"f": "n\nU\n"}, {"f": "n\nU\n"}, ["f"]),
        (Draft("f", None, "n\n"), {"f": None}, {"f": None}, []),
        # deleted
        (Draft("f", BASE, None), {}, {"f": BASE}, []),
        (Draft("f", BASE, None), {"f": "mine\n"}, {"f": "mine\n"}, ["f"]),
        # renamed
        (Draft("f", BASE, EDITED, "g"), {}, {"f": BASE, "g": None}, []),
        (Draft("f", BASE, EDITED, "g"), {"g": EDITED + "U"}, {"f": BASE + "U", "g": None}, []),
        (Draft("f", BASE, BASE, "g"), {"f": "mine\n"}, {"f": "mine\n", "g": BASE}, ["g"]),
        (Draft("f", BASE, BASE, "g"), {"g": None}, {"f": None, "g": None}, ["g"]),
        (Draft("f", BASE, EDITED, "g"), {"f": EDITED, "g": None}, {"f": BASE, "g": None}, []),
        # line ends and the end of the file
        (Draft("f", "a\r\nb", "a\r\nB\r\n"), {"f": "U\r\na\r\nB\r\n"}, {"f": "U\r\na\r\nb"}, []),
    ],
)
async def test_undo_takes_back_what_the_run_did_and_nothing_else(
    place: Place,
    draft: Draft,
    now: dict[str, str | None],
    result: dict[str, str | None],
    kept: list[str],
) -> None:
    await place.propose(draft)
    assert (await place.proposals.accept("run-1", place.editor)).applied
    for name, text in now.items():
        Path(place.path(name)).unlink(missing_ok=True)
        if text is not None:
            write(place.path(name), text)
    before = {name: place.editor.text(place.path(name)) for name in result}
    outcome = await place.proposals.undo("run-1", place.editor)
    place.check(**result)
    assert outcome.kept == tuple(map(place.path, kept))
    assert bool(outcome.reason) == bool(kept)
    assert outcome.applied is (before != result or not kept)
    sent = len(place.editor.changes)
    again = await place.proposals.undo("run-1", place.editor)
    assert (again.applied, again.paths) == (False, ())
    assert again.reason
    place.check(**result)
    assert len(place.editor.changes) == sent


async def test_undo_of_several_accepts_goes_back_to_the_start(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nC\nX\nd\ne\n", "g"), Draft("other", "x\n", "y\n"))
    for ids in (["2"], ["1"], ["3", "4"]):
        assert (await place.proposals.accept("run-1", place.editor, ids)).hunks == tuple(ids)
    place.check(f=None, g="A\nb\nC\nX\nd\ne\n", other="y\n")
    place.open("g", "A\nb\nC\nX\nd\ne\nU\n")
    outcome = await place.proposals.undo("run-1", place.editor)
    assert sorted(outcome.paths) == [place.path("f"), place.path("other")]
    place.check(f=BASE + "U\n", g=None, other="x\n")
    assert set((await place.states()).values()) == {"rejected"}


async def test_what_is_open_stays_open_after_an_undo(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nC\nd\ne\n"))
    await place.proposals.accept("run-1", place.editor, ["1"])
    await place.proposals.undo("run-1", place.editor)
    assert await place.states() == {"1": "rejected", "2": "open"}
    await place.proposals.accept("run-1", place.editor)
    place.check(f="a\nb\nC\nd\ne\n")
    assert (await place.proposals.undo("run-1", place.editor)).applied
    place.check(f=BASE)


async def test_a_refused_undo_can_be_tried_again(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\n"))
    await place.proposals.accept("run-1", place.editor)
    place.editor.refusals = ["No."]
    outcome = await place.proposals.undo("run-1", place.editor)
    assert (outcome.applied, outcome.reason) == (False, "No.")
    assert (await place.proposals.undo("run-1", place.editor)).applied
    place.check(f=BASE)


async def test_a_preview_changes_nothing(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nC\nd\ne\n"))
    write(place.path("f"), "U\n" + BASE)
    change = await place.proposals.change("run-1", place.editor, ["2"])
    parts = (Replacement(6, 7, "C"),)
    assert change.changes == (TextChange(place.path("f"), "U\n" + BASE, parts),)
    assert len((await place.proposals.change("run-1", place.editor)).changes) == 1
    assert place.editor.changes == []
    assert await place.states() == {"1": "open", "2": "open"}


async def test_a_run_that_goes_on_keeps_the_verdicts(place: Place) -> None:
    await place.propose(Draft("f", BASE, "A\nb\nC\nd\ne\n"))
    await place.proposals.accept("run-1", place.editor, ["1"])
    await place.proposals.reject("run-1", ["2"])
    await place.propose(Draft("f", "A\nb\nc\nd\ne\n", "A\nb\nC\nd\nE\n"))
    assert await place.states() == {"1": "accepted", "2": "rejected", "3": "open"}
    assert (await place.proposals.accept("run-1", place.editor)).hunks == ("3",)
    place.check(f="A\nb\nc\nd\nE\n")
    await place.proposals.undo("run-1", place.editor)
    place.check(f=BASE)


async def test_a_run_without_a_proposal_is_unknown(place: Place) -> None:
    assert await place.proposals.propose("run-1", "s", "l", FakeView(("/w",), [])) is None
    with pytest.raises(UnknownRun, match="no proposal of a run 'run-1'"):
        await place.proposals.get("run-1")
    for call in (place.proposals.accept, place.proposals.undo, place.proposals.change):
        with pytest.raises(UnknownRun):
            await call("../run-1", place.editor)
    with pytest.raises(UnknownRun):
        await place.proposals.reject("run-1")
    assert place.proposals.outcome("run-1") == ""
    await place.proposals.reconcile()


async def test_the_model_is_told_what_became_of_its_edits(place: Place) -> None:
    await place.propose(
        Draft("f", BASE, "A\nb\nc\nd\ne\n"), Draft("g", "x\n", "y\n"), Draft("h", "x\n", "y\n")
    )
    await place.proposals.accept("run-1", place.editor, ["1"])
    await place.proposals.reject("run-1", ["2"])
    assert place.proposals.outcome("run-1") == (
        "Your edits for 'Make it so': accepted by the user, so in the files: f; rejected or taken "
        "back by the user, so not in the files: g; not decided on by the user yet, so not in the "
        "files: h."
    )


async def test_two_accepts_at_once_apply_once(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\nN\n"))
    outcomes = await asyncio.gather(
        *(place.proposals.accept("run-1", place.editor) for _ in range(4))
    )
    assert [outcome.applied for outcome in outcomes].count(True) == 1
    place.check(f="A\nb\nc\nd\ne\nN\n")


async def test_a_cancelled_accept_is_settled_by_the_next_call(place: Place) -> None:
    place.open("f", BASE)
    await place.propose(Draft("f", BASE, "A\nb\nc\nd\ne\n"))
    apply, reached = place.editor.apply, asyncio.Event()

    async def slow(change, *, confirm):  # type: ignore[no-untyped-def]
        await apply(change, confirm=confirm)
        reached.set()
        await asyncio.Event().wait()

    place.editor.apply = slow  # type: ignore[method-assign]
    task = asyncio.create_task(place.proposals.accept("run-1", place.editor))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    place.editor.apply = apply  # type: ignore[method-assign]
    assert (await place.proposals.undo("run-1", place.editor)).applied
    place.check(f=BASE)


async def test_who_only_looks_does_not_wait_for_a_person_with_a_preview(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.propose(Draft("f", BASE, EDITED))
    looking, closed = asyncio.Event(), asyncio.Event()
    apply = place.editor.apply

    async def slow(change, *, confirm):  # type: ignore[no-untyped-def]
        looking.set()
        await closed.wait()
        return await apply(change, confirm=confirm)

    monkeypatch.setattr(place.editor, "apply", slow)
    accepting = asyncio.ensure_future(place.proposals.accept("run-1", place.editor, confirm=True))
    await looking.wait()
    change = await asyncio.wait_for(place.proposals.change("run-1", place.editor), 20)
    assert [one.path for one in change.changes] == [place.path("f")]
    closed.set()
    assert (await accepting).applied
    place.check(f=EDITED)
    assert not (await place.proposals.change("run-1", place.editor)).changes
