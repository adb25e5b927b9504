"""The user types between any two things that happen to a proposal, and loses nothing.

Every line that the user types is unique, and so is every line that the run proposes. So it can be
counted: each of the user's is there once until the user removes it, each of the run's at most once,
those of an accepted hunk exactly once, and what neither changed is there still.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.proposal_fakes import FakeEditor, FakeView, write
from arriero.agent import proposals, records, undoing
from arriero.agent.proposals import Proposals
from arriero.workspace.proposal import Draft
from memory import memory_folder
from scale import by_scale

INTERLEAVINGS = by_scale(60, full=1_000)


class Story:
    """One run's proposal, one user, and the notes of what must be there."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.chance = chance
        self.editor = FakeEditor()
        self.state = folder / "state"
        self.proposals = Proposals(self.state)
        self.root = folder / "workspace"
        self.typed: dict[str, set[str]] = {}  # the user's lines in each file
        self.kept: dict[str, list[str]] = {}  # lines of each file that the run does not change
        self.touched: set[str] = set()  # other lines that the user has changed
        self.count = 0
        self.drafts = [self.draft(str(self.root / name)) for name in ("one", "two")]

    def draft(self, path: str) -> Draft:
        """Make a file of lines that may be alike, and hunks for it."""
        alike = self.chance.random() < 0.3
        base = [
            self.chance.choice(["}\n", "\n"]) if alike else f"base {number}\n"
            for number in range(self.chance.randrange(12))
        ]
        lines = list(base)
        for _ in range(self.chance.randrange(1, 5)):
            at = self.chance.randrange(len(lines) + 1)
            new = [self.unique("run") for _ in range(self.chance.randrange(3))]
            lines[at : at + self.chance.randrange(3)] = new
        self.typed[path] = set()
        self.kept[path] = [] if alike else [line for line in base if line in lines]
        if self.chance.random() < 0.8:
            self.editor.buffers.type(path, "".join(base))
        write(path, "".join(base))
        return Draft(path, "".join(base), "".join(lines))

    def unique(self, who: str) -> str:
        self.count += 1
        return f"{who} {self.count};\n"

    def user(self) -> None:
        """Let the user do something, perhaps."""
        if self.chance.random() > 0.25:
            return
        path = self.chance.choice(list(self.typed))
        buffer = self.editor.buffers.open.get(path)
        if buffer is None:
            return
        lines = buffer.text.splitlines(keepends=True)
        at = self.chance.randrange(len(lines) + 1)
        deed = self.chance.random()
        if deed < 0.5 or at == len(lines):
            lines.insert(at, self.unique("user"))
            self.typed[path].add(lines[at])
        elif deed < 0.75:  # within a line, whoever wrote it
            mark = self.unique("user")
            self.typed[path].discard(lines[at])
            self.touched.add(lines[at])
            lines[at] = mark.rstrip("\n") + lines[at]
            self.typed[path].add(lines[at])
        else:
            self.typed[path].discard(lines[at])
            self.touched.add(lines[at])
            del lines[at]
        self.editor.buffers.type(path, "".join(lines))

    def check(self) -> None:
        """Check that no line of the user is lost, and none of the run is there twice."""
        for path, typed in self.typed.items():
            lines = (self.editor.text(path) or "").splitlines(keepends=True)
            for line in typed:
                assert lines.count(line) == 1, (line, lines)
            for line in lines:
                assert not line.startswith("run") or lines.count(line) == 1, (line, lines)
            for line in self.kept[path]:
                assert line in self.touched or lines.count(line) == 1, (line, lines)

    async def tell(self) -> None:
        view = FakeView((str(self.root),), self.drafts)
        if await self.proposals.propose("run-1", "session-1", "Make it so", view) is None:
            return
        for _ in range(self.chance.randrange(1, 6)):
            self.editor.denials = self.chance.random() < 0.1
            if self.chance.random() < 0.1:
                self.editor.refusals.append("No.")
            await self.chance.choice([self.accept, self.accept, self.reject, self.undo, self.die])()
            self.editor.refusals.clear()
            self.check()

    async def accept(self) -> None:
        hunks = (await self.proposals.get("run-1")).hunks
        ids = None
        if self.chance.random() < 0.6 and hunks:
            ids = [hunk.id for hunk in hunks if self.chance.random() < 0.5]
        outcome = await self.proposals.accept("run-1", self.editor, ids)
        for hunk in hunks:
            if hunk.id in outcome.hunks:
                text = self.editor.text(hunk.path) or ""
                for line in hunk.new_lines:
                    if line.startswith("run") and line not in self.touched:
                        assert text.count(line) == 1, (hunk, text)

    async def reject(self) -> None:
        await self.proposals.reject("run-1")

    async def undo(self) -> None:
        accepted = [h for h in (await self.proposals.get("run-1")).hunks if h.state == "accepted"]
        outcome = await self.proposals.undo("run-1", self.editor)
        for hunk in accepted if outcome.applied else ():
            if hunk.path not in outcome.kept:
                text = self.editor.text(hunk.path) or ""
                assert not [n for n in hunk.new_lines if n.startswith("run") and n in text]

    async def die(self) -> None:
        """Forget all that is not on disk."""
        self.proposals = Proposals(self.state)
        await self.proposals.reconcile()


@settings(max_examples=INTERLEAVINGS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(seed=936089)  # the editor refuses an undo, one file of which the user did by himself
@given(st.integers(0, 2**32))
def test_the_user_types_at_any_moment(seed: int) -> None:
    with memory_folder() as folder:
        story = Story(random.Random(seed), Path(folder))

        async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
            # The same thread, so that it is the same story every time.
            story.user()
            await asyncio.sleep(0)
            result = function(*arguments)
            story.user()
            return result

        story.editor.buffers.user = story.user
        with (
            patch.object(proposals, "in_thread", in_thread),
            patch.object(records, "in_thread", in_thread),
            patch.object(undoing, "in_thread", in_thread),
            patch("os.fsync"),
        ):
            asyncio.run(story.tell())
