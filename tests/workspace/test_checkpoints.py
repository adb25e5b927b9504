from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from arriero.workspace.acceptance import accept_hunks
from arriero.workspace.blobs import BlobLost, Blobs
from arriero.workspace.changeset import ChangeSet, FileEffect
from arriero.workspace.checkpoints import Checkpoint, Checkpoints, RecordDamaged, RunRecord
from arriero.workspace.errors import NotText
from arriero.workspace.proposal import Draft, Proposal
from arriero.workspace.settlement import finish, settle
from arriero.workspace.truth import Current

BASE = "a\nb\nc\nd\ne\n"


@dataclass
class Texts:
    """A truth that a test writes down; None stands for a file that is no text."""

    texts: dict[str, str | None] = field(default_factory=dict)

    def text(self, path: str) -> Current:
        text = self.texts.get(path, "")
        if text is None:
            raise NotText(f"{path} is a binary file.")
        return Current(text or None)


def record(run_id: str = "run-1") -> RunRecord:
    proposal = Proposal.of(
        run_id,
        "session-1",
        "Make it so",
        [Draft("/w/f", BASE, "A\nb\nC\nd\ne\n"), Draft("/w/new", None, "n\n")],
    )
    return RunRecord(proposal, ("/w",))


def applying(texts: dict[str, str | None], chosen: set[str]) -> RunRecord:
    made = record()
    change = ChangeSet(Texts(texts))
    then = accept_hunks(made.proposal, chosen, change).proposal
    return replace(made, applying=Checkpoint("accept", 1.5, change.effects()), then=then)


@pytest.mark.parametrize("run_id", ["run-1", "../../etc/passwd", "", "é" * 300, ".hidden", "a/b"])
def test_a_record_comes_back_under_any_name(tmp_path: Path, run_id: str) -> None:
    stored = record(run_id)
    full = replace(
        stored,
        applied=(Checkpoint("accept", 2.5, (FileEffect("/w/f", "a", None, "/w/g"),), ("/w/k",)),),
        undone=True,
        applying=Checkpoint("undo", 3.5, ()),
        then=stored.proposal.with_states({"1": "accepted"}),
    )
    checkpoints = Checkpoints(tmp_path / "state")
    for version in (stored, full):
        checkpoints.save(version)
        assert Checkpoints(tmp_path / "state").load(run_id) == version
    assert checkpoints.load("another") is None
    assert checkpoints.pending() == [run_id]
    checkpoints.save(stored)
    assert checkpoints.pending() == []
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": 99}', b'{"version": 1}'])
def test_a_damaged_record_is_told(tmp_path: Path, data: bytes) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(record())
    (tmp_path / "runs" / "run-1.json").write_bytes(data)
    with pytest.raises(RecordDamaged, match="run-1"):
        checkpoints.load("run-1")


def test_a_lost_text_is_told(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(record())
    for path in (tmp_path / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(BlobLost):
        checkpoints.load("run-1")


def test_runs_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for run_id in ("old", "pending", "new"):
        checkpoints.save(record(run_id))
    waiting = replace(record("pending"), applying=Checkpoint("accept", 1.0, ()))
    checkpoints.save(replace(waiting, then=waiting.proposal))
    (tmp_path / "runs" / "damaged.json").write_bytes(b"{")
    orphan = Blobs(tmp_path / "blobs").put("a text of an earlier step")
    long_ago = time.time() - 10_000
    for path in (*tmp_path.glob("runs/*"), *tmp_path.glob("blobs/*/*")):
        if path.name not in ("new.json", "damaged.json"):
            os.utime(path, (long_ago, long_ago))
    assert checkpoints.prune(time.time() - 5_000) == 1
    assert checkpoints.load("old") is None
    assert checkpoints.load("new") == record("new")
    assert checkpoints.load("pending") is not None
    with pytest.raises(BlobLost):
        Blobs(tmp_path / "blobs").get(orphan)


F, NEW = "/w/f", "/w/new"


@pytest.mark.parametrize(
    ("now", "states", "effects"),
    [
        # all of it, none of it, also with what the user typed since
        ({F: "A\nb\nC\nd\ne\n", NEW: "n\n"}, "accepted accepted accepted", [F, NEW]),
        ({F: BASE}, "open open open", []),
        ({F: "U\nA\nb\nC\nd\nU\ne\n", NEW: "n\nU\n"}, "accepted accepted accepted", [F, NEW]),
        ({F: "U\n" + BASE}, "open open open", []),
        # texts of one file that were never saved are lost with their editor
        ({F: BASE, NEW: "n\n"}, "open open accepted", [NEW]),
        ({F: "A\nb\nC\nd\ne\n"}, "accepted accepted open", [F]),
        # the user took one hunk back
        ({F: "A\nb\nc\nd\ne\n", NEW: "n\n"}, "accepted open accepted", [F, NEW]),
        # what stands there has nothing to do with it
        ({F: "A\nb\nC\nd\ne\n", NEW: "u\nv\nw\n"}, "accepted accepted open", [F]),
        ({F: None, NEW: "n\n"}, "open open accepted", [NEW]),
    ],
)
def test_the_texts_tell_what_was_applied(
    now: dict[str, str | None], states: str, effects: list[str]
) -> None:
    waiting = applying({F: BASE}, {"1", "2", "3"})
    settled = settle(waiting, Texts(now))
    assert (settled.applying, settled.then) == (None, None)
    assert [hunk.state for hunk in settled.proposal.hunks] == states.split()
    assert [e.path for checkpoint in settled.applied for e in checkpoint.effects] == effects


def test_what_was_applied_in_part_is_taken_back_in_part() -> None:
    settled = settle(applying({F: BASE}, {"1", "2"}), Texts({F: "A\nb\nc\nd\ne\n"}))
    ((effect,),) = (checkpoint.effects for checkpoint in settled.applied)
    assert effect == FileEffect(F, BASE, "A\nb\nc\nd\ne\n")
    assert settled.proposal.files[0].base == "A\nb\nc\nd\ne\n"
    assert settled.proposal.files[0].proposed == "A\nb\nC\nd\ne\n"


def test_an_applied_change_is_noted() -> None:
    waiting = applying({F: BASE}, {"1", "2", "3"})
    assert finish(waiting) == settle(waiting, Texts({F: "A\nb\nC\nd\ne\n", NEW: "n\n"}))
    assert finish(record()) == settle(record(), Texts()) == record()
