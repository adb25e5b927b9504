"""Random sequences of what runs and users do, against a model of what a person expects.

After each step every file is exactly what the model says: no character of the user's is lost, what
is taken back is taken back exactly, and so is what is done again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.proposal_fakes import FakeEditor, FakeView, write
from agent.undo_model import Cell, Model, ModelFile, Whole
from arriero.agent import proposals, records, undoing
from arriero.agent.outcomes import UndoOutcome
from arriero.agent.proposals import Proposals
from arriero.workspace.proposal import Draft
from arriero.workspace.takeback import Selection
from memory import memory_folder
from scale import by_scale

Tell = Callable[[random.Random, Path], Coroutine[Any, Any, None]]
SEQUENCES = by_scale(80, full=10_000)


class Story:
    """Some files, some runs, one user, and the model of them."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.chance = chance
        self.root = folder / "workspace"
        self.root.mkdir()
        self.state = folder / "state"
        self.editor = FakeEditor()
        self.proposals = Proposals(self.state)
        self.model = Model()
        self.runs: list[str] = []
        self.count = 0
        for name in ("one", "two"):
            lines = [self.unique("base") for _ in range(chance.randrange(3, 12))]
            file = ModelFile(str(self.root / name), [Cell([line], [line]) for line in lines])
            self.model.files.append(file)
            write(file.path, "".join(lines))
            if chance.random() < 0.6:
                self.editor.buffers.type(file.path, "".join(lines))

    def unique(self, who: str) -> str:
        self.count += 1
        return f"{who} {self.count}\n"

    async def tell(self) -> None:
        await self.run()
        deeds = [self.run, self.user, self.user, self.undo, self.undo, self.redo, self.redo]
        deeds += [self.back, self.accept, self.restart]
        for _ in range(self.chance.randrange(4, 16)):
            await self.chance.choice(deeds if self.runs else [self.run, self.user])()
            self.check()

    def check(self) -> None:
        for file in self.model.files:
            assert self.editor.text(file.path) == file.text, file.path
        names = {Path(file.path).name for file in self.model.files if file.there}
        opened = {Path(path).name for path in self.editor.buffers.open}
        assert {path.name for path in self.root.iterdir()} | opened == names

    # -- what happens

    async def user(self) -> None:
        """The user types."""
        file = self.chance.choice(self.model.files)
        if not file.there:
            return
        deed = self.chance.random()
        if deed < 0.5:
            file.insert(self.chance, self.unique("user"))
        else:
            file.change(self.chance, self.unique("user") if deed < 0.8 else None)
        assert file.text is not None
        if file.path in self.editor.buffers.open:
            self.editor.buffers.type(file.path, file.text)
        else:
            write(file.path, file.text)

    async def run(self) -> None:
        """A run proposes something, and some of it is accepted."""
        if len(self.runs) == 4:
            return
        run = f"run-{len(self.runs) + 1}"
        drafts: list[Draft] = []
        cells: list[tuple[ModelFile, Cell]] = []
        wholes: list[Whole] = []
        for file in [file for file in self.model.files if file.there]:
            deed = self.chance.random()
            if deed < 0.1 and file.text:
                wholes.append(Whole("delete", run, "", file, file.path, on=False))
                drafts.append(Draft(file.path, file.text, None))
                continue
            base = file.text
            made = self.hunks(file, run) if deed < 0.8 else []
            cells += [(file, cell) for cell in made]
            for cell in made:
                cell.shows_new = True
            proposed, new_path = file.text, None
            for cell in made:
                cell.shows_new = False
            if deed > 0.7 and (file.text or made):
                new_path = str(self.root / self.unique("moved").strip().replace(" ", "-"))
                move = Whole("rename", run, "", file, file.path, new_path, on=False)
                wholes.append(move)
            if made or new_path:
                drafts.append(Draft(file.path, base, proposed, new_path))
        if self.chance.random() < 0.3:
            lines = [self.unique("new") for _ in range(self.chance.randrange(1, 4))]
            path = str(self.root / self.unique("made").strip().replace(" ", "-"))
            file = ModelFile(path, [Cell([line], [line]) for line in lines], there=False)
            self.model.files.append(file)
            wholes.append(Whole("create", run, "", file, path, on=False))
            drafts.append(Draft(path, None, "".join(lines)))
        view = FakeView((str(self.root),), drafts)
        proposal = await self.proposals.propose(run, "session-1", run, view)
        if proposal is None:
            return
        self.runs.append(run)
        for hunk in proposal.hunks:
            if hunk.kind == "edit":
                (cell,) = [
                    cell
                    for file, cell in cells
                    if file.path == hunk.path
                    and (cell.old, cell.new) == ([*hunk.old_lines], [*hunk.new_lines])
                ]
                cell.hunk = hunk.id
            else:
                (whole,) = [w for w in wholes if w.file.path == hunk.path and w.kind == hunk.kind]
                whole.hunk = hunk.id
        self.model.wholes += wholes
        ids = [hunk.id for hunk in proposal.hunks if self.chance.random() < 0.8]
        outcome = await self.proposals.accept(run, self.editor, ids)
        assert [*outcome.hunks] == ids
        self.turn({(run, id_) for id_ in ids}, on=True)
        self.check()

    def hunks(self, file: ModelFile, run: str) -> list[Cell]:
        """Put hunks of a run into lines of a file that no other hunk has."""
        made: list[Cell] = []
        for _ in range(self.chance.randrange(1, 4)):
            at = self.chance.randrange(len(file.cells) + 1)
            size = self.chance.randrange(4)
            taken = file.cells[at : at + size]
            around = file.cells[max(0, at - 1) : at + size + 1]
            if any(not cell.is_line for cell in (*taken, *around)):
                continue
            new = [self.unique("run") for _ in range(self.chance.randrange(3))]
            old = [line for cell in taken for line in cell.lines]
            if old or new:
                cell = Cell(old, new, run)
                file.cells[at : at + size] = [cell]
                made.append(cell)
        return made

    async def accept(self) -> None:
        """What is still open of a run is accepted, as far as it fits."""
        run = self.chance.choice(self.runs)
        before = {hunk.id: hunk.state for hunk in (await self.proposals.get(run)).hunks}
        outcome = await self.proposals.accept(run, self.editor)
        new = {hunk for hunk in outcome.hunks if before[hunk] in ("open", "stale")}
        self.turn({(run, id_) for id_ in new}, on=True)

    async def undo(self) -> None:
        await self.turned("undo", [self.chance.choice(self.runs)])

    async def redo(self) -> None:
        await self.turned("redo", [self.chance.choice(self.runs)])

    async def back(self) -> None:
        """Go back to a point in the session, or forward again."""
        after = self.runs[self.chance.randrange(len(self.runs)) :]
        if self.chance.random() < 0.5:
            await self.turned("undo", after[::-1], whole=True)
        else:
            await self.turned("redo", after, whole=True)

    async def restart(self) -> None:
        self.proposals = Proposals(self.state)
        await self.proposals.reconcile()

    # -- undo and redo

    async def turned(self, direction: str, runs: list[str], *, whole: bool = False) -> None:
        """Take something back, or do it again, and let the model follow."""
        hunks: set[str] | None = None
        files: set[str] | None = None
        kind = 1.0 if whole else self.chance.random()
        if kind < 0.4:
            there = [hunk.id for hunk in (await self.proposals.get(runs[0])).hunks]
            hunks = {hunk for hunk in there if self.chance.random() < 0.5}
        elif kind < 0.6:
            files = {self.chance.choice(self.model.files).path}
        refused = self.chance.random() < 0.1
        self.editor.refusals = ["No."] * refused
        self.editor.denials = self.chance.random() < 0.1
        before = {file.path: file.text for file in self.model.files}
        act = getattr(self.proposals, direction)
        outcome: UndoOutcome = await act(runs, self.editor, Selection.of(hunks, files))
        taken = bool(not self.editor.refusals)
        self.editor.refusals, self.editor.denials = [], 0
        if refused and taken and any(run.paths for run in outcome.runs):
            raise AssertionError("it was refused")
        on = direction == "redo"
        must = [] if refused else self.musts(runs, hunks, files, on=on)
        done = {(change.run_id, hunk) for change in outcome.runs for hunk in change.hunks}
        missing = [(one.run, one.hunk) for one in must if (one.run, one.hunk) not in done]
        assert not missing, (direction, missing, outcome, before)
        for change in outcome.runs:
            assert change.run_id in runs
            if hunks is not None:
                assert {*change.hunks} <= hunks
            for conflict in change.conflicts:
                assert not {*conflict.hunks} & {*change.hunks}
                if conflict.found is not None:
                    text = self.editor.text(conflict.path) or ""
                    lines = text.splitlines(keepends=True)
                    assert "".join(lines[conflict.line - 1 :]).startswith(conflict.found)
        self.turn(done, on=on)
        self.check()

    def musts(
        self, runs: list[str], hunks: set[str] | None, files: set[str] | None, *, on: bool
    ) -> list[Cell | Whole]:
        """Return what has to be turned: what is meant and what nothing is in the way of."""
        if len(runs) > 1:
            return []
        found: list[Cell | Whole] = []
        for file in self.model.files:
            for cell in file.cells:
                if cell.run != runs[0] or cell.shows_new == on or cell.near:
                    continue
                if cell.frozen is not None or not cell.hunk or not file.there:
                    continue
                renamed = any(w.file is file and w.kind != "create" for w in self.model.wholes)
                fresh = on and not self.was_on(cell)
                if renamed or fresh or (files is not None and file.path not in files):
                    continue
                if hunks is None or cell.hunk in hunks:
                    found.append(cell)
        return found

    def was_on(self, cell: Cell) -> bool:
        return getattr(cell, "was_on", False)

    def turn(self, hunks: set[tuple[str, str]], *, on: bool) -> None:
        """Let the model do what the outcome says, where the model agrees that this can be."""
        for file in self.model.files:
            for cell in [c for c in file.cells if (c.run, c.hunk) in hunks]:
                if cell.frozen == (cell.new if cell.shows_new else cell.old):
                    cell.frozen = None  # the user took his own change of it back
                if cell.frozen is not None:
                    assert cell.frozen == (cell.new if on else cell.old), "the user's lines"
                    continue
                assert cell.shows_new != on
                file.turn(cell)
                cell.was_on = True  # type: ignore[attr-defined]
        for whole in self.model.wholes if on else reversed(self.model.wholes):
            if (whole.run, whole.hunk) in hunks:
                assert whole.on != on
                self.turn_whole(whole, on=on)
        for file in self.model.files:
            turned = [c for c in file.cells if (c.run, c.hunk) in hunks]
            text = self.editor.text(file.path)
            if file.there and text is not None:
                assert file.settle([c for c in turned if c.near], text), (
                    file.path,
                    file.text,
                    text,
                )
            for cell in turned:
                cell.near = False

    def turn_whole(self, whole: Whole, *, on: bool) -> None:
        whole.on = on
        file = whole.file
        if whole.kind == "rename":
            file.path = whole.new_path if on else whole.path
        elif file.path == whole.path:  # else another run has renamed it, and it is not there
            file.there = on == (whole.kind == "create")


async def layers(chance: random.Random, folder: Path) -> None:
    """Runs that change each other's lines, taken back to any point and done again, exactly."""
    root, editor, state = folder / "workspace", FakeEditor(), folder / "state"
    store, path, count = Proposals(state), str(root / "one"), 0
    lines = [f"base {number}\n" for number in range(chance.randrange(12))]
    write(path, "".join(lines))
    points: list[dict[str, str]] = []

    def now() -> dict[str, str]:
        return {file.name: file.read_text() for file in root.iterdir()}

    points.append(now())
    runs = []
    for number in range(chance.randrange(2, 6)):
        base = editor.text(path) or ""
        lines = base.splitlines(keepends=True)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(lines) + 1)
            alike = chance.random() < 0.3
            count += 1
            new = ["}\n"] if alike else [f"run {number} {count}\n"] * chance.randrange(2)
            lines[at : at + chance.randrange(4)] = new
        new_path = str(root / f"moved-{number}") if chance.random() < 0.3 and base else None
        draft = Draft(path, base, "".join(lines), new_path)
        view = FakeView((str(root),), [draft])
        proposal = await store.propose(f"run-{number}", "session-1", "l", view)
        if proposal is None:
            continue
        assert (await store.accept(f"run-{number}", editor)).stale == ()
        path = new_path or path
        runs.append(f"run-{number}")
        points.append(now())
    at = len(runs)
    for _ in range(6):
        target = chance.randrange(len(points))
        if chance.random() < 0.3:
            store = Proposals(state)
            await store.reconcile()
        if target < at:
            outcome = await store.undo(runs[target:at][::-1], editor)
            assert not outcome.kept
        elif target > at:
            outcome = await store.redo(runs[at:target], editor)
            assert not outcome.kept
        at = target
        assert now() == points[at]


def play(seed: int, tell: Tell | None = None) -> None:
    """Tell the story of a seed; the same one every time."""
    with memory_folder() as folder, ExitStack() as stack:

        async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
            return function(*arguments)

        for module in (proposals, records, undoing):
            stack.enter_context(patch.object(module, "in_thread", in_thread))
        stack.enter_context(patch("os.fsync"))
        chance = random.Random(seed)
        asyncio.run((tell or told)(chance, Path(folder)))


async def told(chance: random.Random, folder: Path) -> None:
    await Story(chance, folder).tell()


@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_no_character_is_lost_and_all_is_taken_back_exactly(seed: int) -> None:
    play(seed)


@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_runs_on_each_others_lines_go_back_and_forth_exactly(seed: int) -> None:
    play(seed, layers)
