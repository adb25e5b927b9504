"""Ripgrep rules files out, asked about each or about whole folders."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from arriero.index import ruling
from arriero.index.linesearch import Pattern
from arriero.index.ruling import Ruling
from arriero.workspace.ripgrep import Ripgrep

RIPGREP = shutil.which("rg")
pytestmark = pytest.mark.skipif(RIPGREP is None, reason="ripgrep is not installed")
LATE = time.monotonic() + 3_600


def asking(needle: str = "alpaca", program: str | None = None) -> Ripgrep:
    return Ripgrep(program or str(RIPGREP), needle, ignore_case=False, regular=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of which every third has an alpaca; some folders have several, others few."""
    for number in range(30):
        for place in ("many", "many/.hidden", "-many", f"few{number % 10}"):
            path = tmp_path / place / f"{number}\udcff ü.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("alpaca\n" if number % 3 == 0 else "llama\n")
    (tmp_path / "many" / ".gitignore").write_text("*\n")
    (tmp_path / "many" / "large.txt").write_text("alpaca\n" * 1_000)
    os.mkfifo(tmp_path / "many" / "alpaca.fifo")  # who opens it waits for ever
    return tmp_path


def files_of(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*.txt"))]


def test_whole_folders_tell_of_the_same_files(folder: Path) -> None:
    paths = files_of(folder)
    by_file = asking().of_files(paths, LATE)
    by_folder = asking().of_folders(paths, LATE)
    assert by_file == {path for path in paths if Path(path).read_text().startswith("alpaca\n")}
    assert by_folder is not None
    assert by_folder & set(paths) == by_file


def test_what_is_in_folders_beneath_is_left_alone(folder: Path) -> None:
    paths = [path for path in files_of(folder) if "/.hidden/" not in path]
    found = asking().of_folders(paths, LATE)
    assert found
    assert not [path for path in found if "/.hidden/" in path]


def test_what_cannot_be_opened_rules_the_rest_out_all_the_same(folder: Path) -> None:
    paths = files_of(folder)
    found = asking().of_files(paths, LATE)
    gone = [str(folder / "gone" / f"{number}.txt") for number in range(9)]
    assert asking().of_files([*paths, *gone, str(folder / "many" / "gone")], LATE) == found
    by_folder = asking().of_folders([*paths, *gone], LATE)
    assert by_folder is not None
    assert by_folder & set(paths) == found


def test_files_of_a_folder_that_cannot_be_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root everything can be: then it is told so."""
    told: list[str] = []

    def asked_about(_: Ripgrep, __: object, paths: Sequence[str], ___: float) -> list[str]:
        told.extend(paths)
        return []

    monkeypatch.setattr(os, "access", lambda path, _: not path.endswith("/-many"))
    monkeypatch.setattr(Ripgrep, "_told", asked_about)
    asking().of_folders(files_of(folder), LATE)
    assert f"{folder}/many/" in told
    assert f"{folder}/-many/" not in told
    assert set(told) >= {path for path in files_of(folder) if "/-many/" in path}


def test_what_ripgrep_does_not_understand_rules_nothing_out(folder: Path) -> None:
    paths = files_of(folder)
    for needle in ("(", "a\nb"):
        wrong = Ripgrep(str(RIPGREP), needle, ignore_case=False, regular=True)
        assert wrong.of_folders(paths, LATE) is None
        assert wrong.of_files(paths, LATE) == set(paths)
    assert asking().of_folders(paths, 0.0) is None
    assert asking(program="/nowhere/rg").of_folders(paths, LATE) is None


def test_a_needle_that_begins_with_a_sign(folder: Path) -> None:
    path = folder / "signs.txt"
    path.write_text("a == > --help")
    paths = [*files_of(folder), str(path)]
    for needle, found in (("== >", {str(path)}), ("=>", set()), ("--help", {str(path)})):
        assert asking(needle).of_files(paths, LATE) == found


def asked(
    folder: Path, tmp_path: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Sequence[str], list[str]]:
    """Return what is left of the files, and how ripgrep was asked; `first` is done before it."""
    log, program = tmp_path / "asked", tmp_path / "rg"
    way = 'case "$*" in *--max-depth=1*) echo folders;; *) echo files;; esac'
    program.write_text(f'#!/bin/sh\n{way} >>"{log}"\n{first}\nexec {RIPGREP} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(ruling, "_FIRST", 8)
    monkeypatch.setattr(ruling, "_MOST", 8)
    # No text is in each line that matches, so that ripgrep is asked before anything is looked at.
    made = Ruling(Pattern(r"^[ap]\w{4}[ac]$"), str(program), {}, 2_000, LATE)
    left = list(made.left(files_of(folder)))
    return left, log.read_text().split()


def test_folders_are_asked_about_while_that_is_quicker(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = 'case "$*" in *--max-depth=1*) ;; *) sleep 0.3;; esac'  # each file by itself
    left, ways = asked(folder, tmp_path, slow, monkeypatch)
    assert ways == ["files", *["folders"] * (len(ways) - 1)]
    assert len(ways) > 3
    assert set(left) == asking().of_files(files_of(folder), LATE)


@pytest.mark.parametrize("trouble", ["exec sleep 100", "exit 3", "sleep 0.3"])
def test_folders_that_take_longer_are_not_asked_about_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """There may be more in them than was asked for: gigabytes that nobody wants to search."""
    if trouble == "sleep 0.3":  # within what is waited for
        monkeypatch.setattr(ruling, "_PATIENCE", 1e6)
    slow = f'case "$*" in *--max-depth=1*) {trouble};; esac'
    left, ways = asked(folder, tmp_path, slow, monkeypatch)
    assert ways[:3] == ["files", "folders", "files"]
    assert ways.count("folders") == 1
    assert set(left) == asking().of_files(files_of(folder), LATE)


class Slowly:
    """Who goes through files that take long, by a clock that stands still otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now = time.monotonic()
        self.parts: list[int] = []
        self._seconds = seconds
        monkeypatch.setattr(ruling, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(ruling, "_FIRST", 8)

    def left(
        self, folder: Path, wanted: str, monkeypatch: pytest.MonkeyPatch, most: int = 2_000
    ) -> list[str]:
        """Return what is left; `parts` has how many files ripgrep was asked about each time."""

        def asked_about(asking: Ripgrep, paths: Sequence[str], deadline: float) -> set[str]:
            self.parts.append(len(paths))
            assert deadline > self.now
            return asking.of_files(paths, LATE)

        monkeypatch.setattr(Ripgrep, "of_folders", asked_about)
        made = Ruling(Pattern(wanted, literal=True), RIPGREP, {}, most, LATE)
        left = []
        for path in made.left(files_of(folder)):
            self.now += self._seconds
            if wanted in Path(path).read_text():
                made.matched += 1
                made.lines += 1
            left.append(path)
        return left


def test_what_nothing_has_so_far_is_asked_about_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Slowly(monkeypatch, 0.01)
    assert person.left(folder, "vicu", monkeypatch) == files_of(folder)[:8]
    assert person.parts == [len(files_of(folder)) - 8]


def test_as_many_are_asked_about_as_may_be_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 8 files 3 had a line: for 12 lines 24 more would do, and half as many again."""
    person = Slowly(monkeypatch, 0.01)
    left = person.left(folder, "alpaca", monkeypatch, most=12)
    assert set(left[8:]) == asking().of_files(files_of(folder)[8:], LATE)
    assert person.parts[0] == 36
    assert sum(person.parts) == len(files_of(folder)) - 8
    person.parts.clear()
    assert person.left(folder, "alpaca", monkeypatch) == left
    assert person.parts == [len(files_of(folder)) - 8]


def test_files_that_take_less_time_than_a_program_are_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Slowly(monkeypatch, 0.00001)
    assert person.left(folder, "alpaca", monkeypatch) == files_of(folder)
    assert not person.parts
