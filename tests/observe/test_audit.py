"""The audit trail: whole whatever happens to its writers, and broken by whoever changes it."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.observe.audit import FIRST, AuditTrail
from observe.audit_writer import write, write_many


def test_lines_follow_each_other(tmp_path: Path) -> None:
    trail = write(tmp_path / "audit", 5)
    entries = list(trail.entries())
    assert [entry["number"] for entry in entries] == [0, 1, 2, 3, 4]
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0]["prev"] == FIRST
    verdict = trail.verify()
    assert (verdict.lines, verdict.flaws, verdict.last) == (5, (), entries[-1]["hash"])
    (file,) = trail.files()
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_empty_trail_holds(tmp_path: Path) -> None:
    assert AuditTrail(tmp_path / "none").verify().lines == 0


@settings(max_examples=40)
@given(data=st.data())
def test_whatever_is_changed_is_seen(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    trail = write(tmp_path_factory.mktemp("audit"), 4)
    (file,) = trail.files()
    lines = file.read_bytes().splitlines(keepends=True)
    number = data.draw(st.integers(0, 2), "line")  # of the last one only a copied hash knows
    way = data.draw(st.sampled_from(["change", "remove", "double", "swap"]), "way")
    if way == "change":
        entry = json.loads(lines[number])
        key = data.draw(st.sampled_from(sorted(entry)), "key")
        entry[key] = data.draw(st.integers(100, 200)) if key == "seq" else "something else"
        lines[number] = json.dumps(entry).encode() + b"\n"
    elif way == "remove" and number:
        del lines[number]
    elif way == "double":
        lines.insert(number, lines[number])
    else:
        lines[number], lines[number + 1] = lines[number + 1], lines[number]
    file.write_bytes(b"".join(lines))
    assert trail.verify().flaws


@pytest.mark.parametrize("what", ["folder", "full folder", "pipe", "link", "broken link"])
def test_what_is_no_file_is_set_aside(tmp_path: Path, what: str) -> None:
    place = tmp_path / "audit" / "audit.jsonl"
    place.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    if what == "pipe":
        os.mkfifo(place)
    elif what.endswith("link"):
        place.symlink_to(elsewhere)
        if what == "link":
            elsewhere.write_text("mine")
    else:
        place.mkdir()
        if what == "full folder":
            (place / "x").write_text("mine")
    assert AuditTrail(place.parent).verify().lines == 0
    trail = write(place.parent, 3)
    assert (trail.verify().lines, trail.verify().flaws) == (3, ())
    assert len(list(place.parent.glob("audit.jsonl.damaged-*"))) == 1
    assert what != "link" or elsewhere.read_text() == "mine"


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_line_that_was_written_half_does_not_end_the_trail(tmp_path: Path, cut: int) -> None:
    trail = write(tmp_path, 3)
    (file,) = trail.files()
    file.write_bytes(file.read_bytes()[:-cut])
    trail.append([{"kind": "test", "number": 9}])
    verdict = trail.verify()
    # Cut by one only the line's end is gone.
    assert (verdict.lines, len(verdict.flaws)) == ((4, 0) if cut == 1 else (3, 1))


def test_files_are_turned_over_and_the_chain_goes_on(tmp_path: Path) -> None:
    trail = write(tmp_path, 12, max_bytes=600, keep=2)
    assert 1 < len(trail.files()) <= 3
    verdict = trail.verify()
    assert not verdict.flaws
    assert list(trail.entries())[-1]["seq"] == 12
    again = AuditTrail(tmp_path, max_bytes=600, keep=2)
    again.append([{"kind": "test"}])
    assert not again.verify().flaws


def test_several_processes_write_one_trail(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(tmp_path, 25)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    verdict = AuditTrail(tmp_path).verify()
    assert (verdict.lines, verdict.flaws) == (75, ())
