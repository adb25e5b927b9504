"""A daemon that dies at any moment of an accept or undo loses no accepted edit, doubles none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.proposal_fakes import FakeEditor, FakeView, write
from arriero.agent import records
from arriero.agent.editor import ApplyOutcome
from arriero.agent.proposals import Proposals
from arriero.workspace import blobs, checkpoints
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.proposal import Draft
from arriero.workspace.runrecord import RunRecord
from memory import memory_folder

BASE = "a\nb\nc\nd\ne\n"
EDITED = "A\nb\nc\nd\nN\ne\n"


class Killed(Exception):
    """Stands for the end of the process."""


class Death:
    """Ends the process before or after the n-th thing that can be seen from outside."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1  # moments to live; below 0: for ever
        for place in (blobs, checkpoints):
            write_atomically = place.write_atomically
            monkeypatch.setattr(place, "write_atomically", self.mortal(write_atomically))

    def mortal(self, act: Callable[..., None]) -> Callable[..., None]:
        def acting(*arguments: Any) -> None:
            self.moment()
            act(*arguments)
            self.moment()

        return acting

    def moment(self) -> None:
        self.left -= self.left >= 0
        if self.left == 0:
            raise Killed


class MortalEditor(FakeEditor):
    """Applies whole changes; the daemon may die before it is asked or before it has answered."""

    death: Death

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        self.death.moment()
        outcome = await super().apply(change, confirm=confirm)
        self.death.moment()
        return outcome


def texts(editor: FakeEditor, folder: Path) -> dict[str, str | None]:
    names = ("open", "closed", "new", "old", "from", "to")
    return {name: editor.text(str(folder / name)) for name in names}


def user(line: str, **texts: str | None) -> dict[str, str | None]:
    """The texts with what the user wrote above the open one."""
    texts["open"] = line + (texts["open"] or "")
    return texts


BEFORE = {
    "open": BASE + "V\n",
    "closed": BASE,
    "new": None,
    "old": "o\n",
    "from": "m\n",
    "to": None,
}
AFTER = {
    "open": EDITED + "V\n",
    "closed": EDITED,
    "new": "n\n",
    "old": None,
    "from": None,
    "to": "M\n",
}


@pytest.fixture
def place() -> Iterator[Path]:
    with memory_folder() as folder:
        yield Path(folder)


@pytest.mark.parametrize("typed", ["", "U\n"])
@pytest.mark.parametrize("act", ["accept", "undo", "redo"])
async def test_a_death_at_any_moment(
    act: str, typed: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    death = Death(monkeypatch)
    undecided = 0
    for number in itertools.count(1):
        folder, state = place / f"workspace-{number}", place / f"state-{number}"
        editor = MortalEditor()
        editor.death = death
        first = Proposals(state)
        death.left = -1
        await propose(first, editor, folder)
        if act != "accept":
            assert (await first.accept("run-1", editor)).applied
        if act == "redo":
            assert (await first.undo("run-1", editor)).applied
        done, start = (BEFORE, AFTER) if act == "undo" else (AFTER, BEFORE)
        assert texts(editor, folder) == start
        death.left = number
        try:
            await getattr(first, act)("run-1", editor)
        except Killed:
            pass
        else:
            break  # it has lived through all of it
        death.left = -1
        applied = texts(editor, folder) == done
        assert applied or texts(editor, folder) == start
        if typed:
            document = editor.buffers.open[str(folder / "open")]
            editor.buffers.type(document.path, typed + document.text)

        second = Proposals(state)
        await second.reconcile()
        states = {hunk.state for hunk in (await second.get("run-1")).hunks}
        undecided += bool(second._records.checkpoints.pending())
        await getattr(second, act)("run-1", editor)
        assert texts(editor, folder) == user(typed, **done)
        if act != "undo":
            assert {h.state for h in (await second.get("run-1")).hunks} == {"accepted"}
            if applied and act == "accept":
                assert len(editor.changes) == 1  # nothing was sent again
            assert (await second.undo("run-1", editor)).kept == ()
            assert texts(editor, folder) == user(typed, **BEFORE)
            assert (await second.redo("run-1", editor)).kept == ()
            assert texts(editor, folder) == user(typed, **AFTER)
        else:
            assert states <= {"accepted", "rejected", "open"}
            assert not (await second.undo("run-1", editor)).applied
            assert texts(editor, folder) == user(typed, **BEFORE)
        assert second._records.checkpoints.pending() == []
    assert number > 8
    assert undecided  # some deaths left it open whether the change was applied


async def propose(kept: Proposals, editor: FakeEditor, folder: Path) -> None:
    for name, text in BEFORE.items():
        if text is not None:
            write(str(folder / name), text)
    editor.buffers.type(str(folder / "open"), BASE + "V\n")  # V: typed during the run
    drafts = [
        Draft(str(folder / "open"), BASE, EDITED),
        Draft(str(folder / "closed"), BASE, EDITED),
        Draft(str(folder / "new"), None, "n\n"),
        Draft(str(folder / "old"), "o\n", None),
        Draft(str(folder / "from"), "m\n", "M\n", str(folder / "to")),
    ]
    view = FakeView((str(folder),), drafts)
    await kept.propose("run-1", "session-1", "Make it so", view)


async def test_texts_that_were_never_saved_are_lost_with_their_editor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = FakeEditor()
    first = Proposals(tmp_path / "state")
    await propose(first, editor, tmp_path)

    def die(_: RunRecord) -> RunRecord:
        raise Killed

    monkeypatch.setattr(records, "finish", die)
    with pytest.raises(Killed):
        await first.accept("run-1", editor)
    monkeypatch.undo()

    without = FakeEditor()
    assert texts(without, tmp_path) == {**AFTER, "open": BASE + "V\n"}
    second = Proposals(tmp_path / "state")
    await second.reconcile()
    assert (await second.accept("run-1", without)).hunks == ("1", "2")
    assert texts(without, tmp_path) == AFTER
    assert (await second.undo("run-1", without)).kept == ()
    assert texts(without, tmp_path) == BEFORE
