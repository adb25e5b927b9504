from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from arriero.workspace.acceptance import accept_hunks
from arriero.workspace.blobs import BlobLost, Blobs
from arriero.workspace.changeset import ChangeSet, FileEffect
from arriero.workspace.checkpoints import Checkpoints, RecordDamaged
from arriero.workspace.days import DAY
from arriero.workspace.errors import NotText
from arriero.workspace.proposal import Draft, Proposal
from arriero.workspace.runrecord import RunRecord, Sending
from arriero.workspace.settlement import finish, settle
from arriero.workspace.steps import Move, Share, Step
from arriero.workspace.takeback import EVERYTHING, take_back
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
    plan = accept_hunks(made.proposal, chosen, change)
    sending = Sending("accept", 1.5, change.effects(), plan.proposal, plan.steps)
    return replace(made, applying=sending)


@pytest.mark.parametrize("run_id", ["run-1", "../../etc/passwd", "", "é" * 300, ".hidden", "a/b"])
def test_a_record_comes_back_under_any_name(tmp_path: Path, run_id: str) -> None:
    stored = record(run_id)
    step = Step(1, "/w/f", "a\n", "b\n", None, (Share(("1", "2"), 0, 2, 0, 2),))
    full = replace(
        stored,
        applied=(step,),
        taken_back=(replace(step, number=2, shares=(), together=("3",)),),
        moves=(Move(1, "/w/f", "/w/g"),),
        at=2.5,
        applying=Sending(
            "undo",
            3.5,
            (FileEffect("/w/f", "a", None, "/w/g"),),
            stored.proposal.with_states({"1": "accepted"}),
            (step,),
        ),
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


FIRST = """{"version": 1, "folders": ["/w"], "undone": false, "applying": null, "then": null,
 "proposal": {"run_id": "r", "session_id": "s", "label": "l", "files": [
  {"path": "/w/g", "kind": "edit", "base": BASE, "proposed": BASE, "new_path": null, "hunks": [
   {"id": "1", "path": "/w/g", "line": 1, "old_lines": [], "new_lines": [], "state": "accepted",
    "kind": "rename"},
   {"id": "2", "path": "/w/g", "line": 1, "old_lines": ["a\\n"], "new_lines": ["A\\n"],
    "state": "accepted", "kind": "edit"}]}]},
 "applied": [{"kind": "accept", "at": 5.0, "kept": [], "effects": [
  {"path": "/w/f", "before": BEFORE, "after": BASE, "new_path": "/w/g"}]}]}"""


def test_a_record_of_an_earlier_version_can_be_taken_back(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    text = FIRST.replace("BASE", f'"{blobs.put("A@b@".replace("@", chr(10)))}"')
    text = text.replace("BEFORE", f'"{blobs.put("a@b@".replace("@", chr(10)))}"')
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "r.json").write_text(text)
    found = Checkpoints(tmp_path).load("r")
    assert found is not None
    texts = ChangeSet(Texts({"/w/g": "A\nb\nU\n"}))
    done = take_back(found.applied, found.moves, texts, EVERYTHING, found.next_step)
    assert (done.left, done.failed, done.hunks) == ([], [], {"1", "2"})
    assert (texts.text("/w/f"), texts.text("/w/g")) == ("a\nb\nU\n", None)


def test_runs_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for run_id in ("old", "pending", "new"):
        checkpoints.save(record(run_id))
    waiting = record("pending")
    checkpoints.save(replace(waiting, applying=Sending("accept", 1.0, (), waiting.proposal)))
    (tmp_path / "runs" / "damaged.json").write_bytes(b"{")
    orphan = Blobs(tmp_path / "blobs").put("a text of an earlier step")
    long_ago = time.time() - 3 * DAY
    for path in (*tmp_path.glob("runs/*"), *tmp_path.glob("blobs/*/*")):
        if path.name not in ("new.json", "damaged.json"):
            os.utime(path, (long_ago, long_ago))
    days_of_use(tmp_path, 2)
    assert checkpoints.collect(2, 1 << 30) == 1
    assert checkpoints.load("old") is None
    assert checkpoints.load("new") == record("new")
    assert checkpoints.load("pending") is not None
    with pytest.raises(BlobLost):
        Blobs(tmp_path / "blobs").get(orphan)


def days_of_use(folder: Path, count: int) -> None:
    """Write down that checkpoints were looked after on so many days before this one."""
    now = time.time()
    (folder / "days").write_text("".join(f"{int(now - n * DAY)}\n" for n in range(count, 0, -1)))


JUMP = 1000.0  # days


@pytest.mark.parametrize(
    ("days", "clock", "left"),
    [
        # By day: what the clock says when an editor comes. The run is of day 0.
        pytest.param(5, range(5), True, id="younger"),
        pytest.param(5, range(8), False, id="older"),
        pytest.param(5, (0, JUMP), True, id="a jump ahead"),
        pytest.param(5, (0, JUMP, 0.1, 1.2), True, id="a jump ahead and back"),
        pytest.param(5, (0, JUMP, 0.1, 1.2, 2.3, 3.4), True, id="some days after it"),
        pytest.param(0.5, (0, JUMP), True, id="a jump, with a short time"),
        pytest.param(0.5, (0, 1.1, 2.2), False, id="a short time"),
        pytest.param(5, (0, -JUMP, 0.2), True, id="a jump back"),
        pytest.param(5, (0, *[JUMP + n / 100 for n in range(9)]), True, id="often on one day"),
        pytest.param(5, (0, 300), True, id="after a long absence"),
    ],
)
def test_a_clock_that_jumps_makes_nothing_old(
    tmp_path: Path, days: float, clock: Iterable[float], left: bool
) -> None:
    made = 1_800_000_000.0
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(record("run"))
    for path in (*tmp_path.glob("runs/*"), *tmp_path.glob("blobs/*/*")):
        os.utime(path, (made, made))
    for day in clock:
        checkpoints.collect(days, 1 << 30, now=made + day * DAY)
    assert (checkpoints.load("run") is not None) == left


def test_a_run_of_a_day_with_a_wrong_clock_has_its_whole_time(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    today = 1_800_000_000.0
    for day in range(20):
        checkpoints.collect(5, 1 << 30, now=today + day * DAY)
    checkpoints.collect(5, 1 << 30, now=100.0)  # it begins at 1970
    checkpoints.save(record("run"))
    for path in tmp_path.glob("runs/*"):
        os.utime(path, (200.0, 200.0))
    for day in range(20, 24):
        checkpoints.collect(5, 1 << 30, now=today + day * DAY)
        assert checkpoints.load("run") is not None
    for day in range(24, 28):
        checkpoints.collect(5, 1 << 30, now=today + day * DAY)
    assert checkpoints.load("run") is None


@pytest.mark.parametrize("content", [b"", b"x\n", b"\xff\xff", b"9" * 400 + b"\n", b"1.5\n"])
def test_days_that_cannot_be_read_are_counted_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "days").write_bytes(content)
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(record("run"))
    assert checkpoints.collect(1, 1 << 30) == 0
    assert int((tmp_path / "days").read_text()) == pytest.approx(time.time(), abs=3600)


def test_the_oldest_are_forgotten_first_until_it_is_small_enough(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    now = time.time()
    for number in range(6):
        lines = "".join(f"{number} {line * line}\n" for line in range(2000))
        made = Proposal.of(f"run-{number}", "s", "l", [Draft("/w/f", BASE, lines)])
        checkpoints.save(RunRecord(made, ("/w",)))
        os.utime(tmp_path / "runs" / f"run-{number}.json", (now - 60 + number,) * 2)
    for path in tmp_path.glob("blobs/*/*"):
        os.utime(path, (now - 10_000,) * 2)  # no longer young, so that they may go
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert checkpoints.collect(90, size) == 0
    most = size * 6 // 10
    assert checkpoints.collect(90, most, spared=["run-0"]) == 3
    left = {f"run-{number}" for number in range(6) if checkpoints.load(f"run-{number}")}
    assert left == {"run-0", "run-4", "run-5"}
    after = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert after <= most


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
    assert settled.applying is None
    assert [hunk.state for hunk in settled.proposal.hunks] == states.split()
    assert [step.path for step in settled.applied] == effects


def test_what_was_applied_in_part_is_taken_back_in_part() -> None:
    settled = settle(applying({F: BASE}, {"1", "2"}), Texts({F: "A\nb\nc\nd\ne\n"}))
    (step,) = settled.applied
    assert (step.path, step.before, step.after) == (F, BASE, "A\nb\nc\nd\ne\n")
    assert step.shares == (Share(("1",), 0, 2, 0, 2),)
    assert settled.proposal.files[0].base == "A\nb\nc\nd\ne\n"
    assert settled.proposal.files[0].proposed == "A\nb\nC\nd\ne\n"


def test_an_applied_change_is_noted() -> None:
    waiting = applying({F: BASE}, {"1", "2", "3"})
    assert finish(waiting) == settle(waiting, Texts({F: "A\nb\nC\nd\ne\n", NEW: "n\n"}))
    assert finish(record()) == settle(record(), Texts()) == record()
