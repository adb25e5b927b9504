"""The user types while the model works: nothing of either is lost that the other did not touch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from arriero.workspace.diff import apply
from arriero.workspace.errors import Conflict, FileMissing, NotSeen
from arriero.workspace.matching import NoMatch
from arriero.workspace.view import WorkspaceView
from memory import memory_folder
from scale import is_full
from workspace.user import User

FULL = is_full()
NAMES = ("a.py", "b.py")
WHERE = st.integers(min_value=0, max_value=30)
EOL = {"a.py": "\n", "b.py": "\r\n"}


@pytest.fixture(scope="module", autouse=True)
def folder() -> Iterator[None]:
    with memory_folder() as Interleaved.folder:
        yield


class Interleaved(RuleBasedStateMachine):
    """Each line is unique: `common N`, `user N` or `model N`.

    The model touches no line of the user's. `made` are the model's lines that must be there: those
    of its edits, without what it was told to be dropped and what the user removed after accepting.
    """

    folder: str

    def __init__(self) -> None:
        super().__init__()
        self.user = User(Path(os.path.realpath(self.folder)))
        self.view = WorkspaceView([str(self.user.root)], self.user)
        self.count = 0
        self.texts: dict[str, list[str]] = {}
        self.made: dict[str, set[str]] = {}

    @initialize()
    def open(self) -> None:
        for name in NAMES:
            self.texts[name] = [f"common {name} {n}" for n in range(12)]
            self.made[name] = set()
            self.push(name)

    def push(self, name: str) -> None:
        self.user.type(name, "".join(line + EOL[name] for line in self.texts[name]))

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"{what} {self.count}"

    def glance(self, name: str) -> tuple[list[str], str]:
        """What the model would read and be told now, without its knowing."""
        view = self.view
        seen = view._seen
        kept = dict(seen._digests), dict(seen._untold), dict(view._staging._files)
        document = view.read(name)
        seen._digests, seen._untold, view._staging._files = kept
        assert document.text.count("\n") == document.text.count(EOL[name])
        return document.text.replace("\r\n", "\n").splitlines(), document.notice

    def told(self, name: str) -> None:
        """The model was told that something was dropped."""
        self.made[name] &= set(self.glance(name)[0])

    # --- the user

    @rule(name=st.sampled_from(NAMES), where=WHERE)
    def user_inserts(self, name: str, where: int) -> None:
        lines = self.texts[name]
        lines.insert(where % (len(lines) + 1), self.fresh("user"))
        self.push(name)

    @rule(name=st.sampled_from(NAMES), where=WHERE)
    def user_replaces(self, name: str, where: int) -> None:
        lines = self.texts[name]
        if lines:
            self.made[name].discard(lines[where % len(lines)])
            lines[where % len(lines)] = self.fresh("user")
            self.push(name)

    @rule(name=st.sampled_from(NAMES), where=WHERE)
    def user_deletes(self, name: str, where: int) -> None:
        lines = self.texts[name]
        if lines:
            self.made[name].discard(lines.pop(where % len(lines)))
            self.push(name)

    @rule(name=st.sampled_from(NAMES))
    def user_accepts(self, name: str) -> None:
        """All that is proposed for a file reaches the editor, if it is for the text there."""
        for file in self.view.proposal("r", "s", "l").files:
            buffer = self.user.get(file.path)
            if file.path == self.user.path(name) and buffer and buffer.text == file.base:
                text = apply(buffer.text, [part for _, part in file.replacements()])
                assert text == file.proposed
                self.texts[name] = text.replace("\r\n", "\n").splitlines()
                self.push(name)

    # --- the model

    @rule(name=st.sampled_from(NAMES))
    def model_reads(self, name: str) -> None:
        if self.view.read(name).notice:
            self.told(name)

    @rule(name=st.sampled_from(NAMES), where=WHERE, guessed=st.booleans())
    def model_edits(self, name: str, where: int, guessed: bool) -> None:
        before, notice = self.glance(name)
        choice = [line for line in before if not line.startswith("user")]
        # A guessed line may be gone.
        old = (
            f"common {name} {where % 12}" if guessed or not choice else choice[where % len(choice)]
        )
        new = self.fresh("model")
        try:
            diff = self.view.edit(name, old + "\n", new + "\n")
        except (NoMatch, Conflict) as error:
            assert old not in before
            told = str(error)
        else:
            told = ""
        if told:
            assert not notice or notice in told
            return
        assert diff.notice == notice
        self.told(name)
        at = before.index(old)
        after = self.glance(name)[0]
        assert after == [*before[:at], new, *before[at + 1 :]]
        self.made[name] = (self.made[name] - {old}) | {new}

    @rule(name=st.sampled_from(NAMES), where=WHERE)
    def model_writes(self, name: str, where: int) -> None:
        """It writes the file with one more line; an outdated text is refused."""
        text = self.view.peek(name).text.replace("\r\n", "\n")
        lines = text.splitlines()
        new = self.fresh("model")
        lines.insert(where % (len(lines) + 1), new)
        try:
            self.view.write(name, "".join(line + "\n" for line in lines))
        except (NotSeen, Conflict):
            return
        assert self.glance(name) == (lines, "")
        self.made[name].add(new)

    @rule(name=st.sampled_from(NAMES), where=WHERE, typed=WHERE)
    def command_runs(self, name: str, where: int, typed: int) -> None:
        """A command puts a line into the text that it found, while the user types."""
        path = self.user.path(name)
        buffer = self.user.get(path)
        assert buffer is not None
        found = self.view.overlay().get(path)
        lines = (buffer.text if found is None else found.decode()).splitlines(keepends=True)
        new = self.fresh("model")
        lines.insert(where % (len(lines) + 1), new + EOL[name])
        self.user_inserts(name, typed)
        # The file on disk, which is not there, is not what the command saw: the buffer is laid.
        absorbed = self.view.absorb([Write(path, "".join(lines).encode())])
        self.made[name].add(new)
        if absorbed.skipped:  # it tells of all files what was dropped
            for other in NAMES:
                self.told(other)

    # --- what always holds

    @invariant()
    def nothing_of_either_is_lost(self) -> None:
        for name, mine in self.texts.items():
            lines, notice = self.glance(name)
            assert len(lines) == len(set(lines))
            shown = [line for line in lines if line.startswith("user")]
            assert shown == [line for line in mine if line.startswith("user")]
            assert notice or self.made[name] <= set(lines)

    @invariant()
    def the_proposal_leads_from_the_users_text_to_the_views(self) -> None:
        files = {file.path: file for file in self.view.proposal("r", "s", "l").files}
        for name, mine in self.texts.items():
            path = self.user.path(name)
            lines, notice = self.glance(name)
            if path not in files:
                assert lines == mine
            elif not notice:
                assert files[path].base == "".join(line + EOL[name] for line in mine)
                assert files[path].proposed == "".join(line + EOL[name] for line in lines)


class Write:
    def __init__(self, path: str, content: bytes | None) -> None:
        self.path = path
        self.content = content


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(
    max_examples=1000 if FULL else 30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_user_that_deletes_and_makes_files_is_never_overruled(tmp_path: Path) -> None:
    user = User(tmp_path)
    view = WorkspaceView([str(tmp_path)], user)
    user.save("a.py", "x\n")
    view.read("a.py")
    view.write("a.py", "y\n")
    (tmp_path / "a.py").unlink()
    try:
        view.write("a.py", "z\n")
    except (Conflict, FileMissing):
        return
    (file,) = view.proposal("r", "s", "l").files
    assert file.kind == "create"
