"""Grep by the index finds what ripgrep finds, in its order."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from arriero.index.grep import GrepResult, Pattern, candidates, grep
from arriero.index.indexer.work import Options
from arriero.index.overlay import LaidText
from arriero.index.reader import Reader
from arriero.workspace.confine import Confinement
from arriero.workspace.matcher import BadPattern
from index.harness import Disk, built, may_match, settle

MIXED: dict[str | bytes, bytes] = {
    "a-b/x.py": b"needle one\n",
    "a/x.py": b"x\nneedle two\r\nneedle\n",
    "a.py": b"Needle three",
    b"caf\xe9.txt": b"needle four\n",
    "utf16.txt": "needle five\n".encode("utf-16"),
    "bom.txt": b"\xef\xbb\xbfneedle six\n",
    "binary": b"needle\0seven\n",
    ".hidden/x": b"needle eight\n",
    "long.js": b"x" * 1_000_000 + b"needle" + b"y" * 100_000,
    "ignored.log": b"needle\n",
    ".gitignore": b"*.log\n",
    "empty": b"",
    "only_a_mark": b"\xef\xbb\xbf",
    "one_end": b"\n",
    "kelvin.txt": "nee\u212aKdle \u017fs\n".encode(),
}

Found = list[tuple[str, int]]


def ours(disk: Disk, pattern: Pattern, glob: str | None = None, **more: object) -> Found:
    result = search(disk, pattern, glob, **more)
    assert result.complete
    found = [
        (os.path.relpath(file.path, disk.root), n) for file in result.files for n, _ in file.lines
    ]
    assert [file.count for file in result.files] == [len(file.lines) for file in result.files]
    return found


def search(disk: Disk, pattern: Pattern, glob: str | None = None, **more: object) -> GrepResult:
    paths = may_match(disk, pattern, glob)
    limits = {"most": 1_000_000, "most_of_a_file": 100_000, "seconds": 60.0} | more
    return grep(Confinement([disk.root]), paths, pattern, **limits)  # type: ignore[arg-type]


def theirs(root: str, pattern: Pattern, glob: str | None = None) -> Found:
    program = shutil.which("rg")
    if program is None:
        pytest.skip("ripgrep, the reference, is not installed")
    command = [program, "--no-config", "--hidden", "--no-require-git", "--no-ignore-global"]
    command += ["--no-ignore-parent", "--sort=path", "--line-number", "--no-heading", "--null"]
    command += ["--color=never", "--max-filesize=4M", "--glob=!.git"]
    command += ["--fixed-strings"] if pattern.literal else []
    command += ["--ignore-case"] if pattern.ignore_case else ["--case-sensitive"]
    command += [f"--glob={glob}"] if glob else []
    answer = subprocess.run(
        [*command, f"--regexp={pattern.text}", "."], cwd=root, stdout=subprocess.PIPE, check=False
    )
    found = []
    for line in answer.stdout.split(b"\n"):
        name, nul, rest = line.partition(b"\0")
        number = rest.partition(b":")[0]
        if nul and number.isdigit():  # what is not is about a binary file
            found.append((os.path.relpath(os.fsdecode(name)), int(number)))
    return found


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    disk = Disk(tmp_path_factory.mktemp("mixed"))
    for name, data in MIXED.items():
        disk.write(name, data)
    return built(disk)


@pytest.mark.parametrize(
    ("pattern", "glob"),
    [
        (Pattern("needle", literal=True), None),
        (Pattern("needle", literal=True, ignore_case=True), None),
        (Pattern("need.e"), None),
        (Pattern("NEEDLE (one|two)", ignore_case=True), None),
        (Pattern(r"needle\s*$"), None),
        (Pattern("needle"), "*.py"),
        (Pattern("needle"), "a/**"),
        (Pattern("nowhere"), None),
        (Pattern("^x$"), None),
        (Pattern("^$"), None),
        (Pattern("a*"), "[eo]*"),
        (Pattern(""), "[eo]*"),
        (Pattern("kkdle", ignore_case=True), None),
    ],
)
def test_as_ripgrep(mixed: Disk, pattern: Pattern, glob: str | None) -> None:
    assert ours(mixed, pattern, glob) == theirs(mixed.root, pattern, glob)
    assert ours(mixed, pattern, glob, ripgrep=None) == ours(mixed, pattern, glob)


def test_candidates_are_few(mixed: Disk) -> None:
    reader = Reader(mixed.root, mixed.index)
    with reader.read() as snapshot:
        paths = candidates(snapshot, Pattern("needle two"))
        unknown = os.path.join(mixed.root, "unknown.py")
        more = candidates(snapshot, Pattern("needle two"), [unknown])
    reader.close()
    # One of the two has a word without end.
    assert [os.path.relpath(path, mixed.root) for path in paths] == ["a/x.py", "long.js"]
    assert more == [*paths, unknown]


def test_what_the_index_is_not_sure_of_is_a_candidate(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    changed = disk.write("changed.py", "old text\n")
    large = disk.write("large.txt", "x" * (5 << 20) + "\nneedle\n")
    build = disk.build()
    settle(build)
    new = disk.write("new.py", "needle\n")
    disk.write("changed.py", "needle\n")
    build.changed([(disk.root, "rescan")], 1)
    build.step()  # looked at, and not read
    found = search(disk, Pattern("needle"))
    assert [file.path for file in found.files] == [changed, large, new]
    build.close()


def test_a_buffer_stands_for_its_file(mixed: Disk) -> None:
    path = os.path.join(mixed.root, "a/x.py")
    laid = {path: LaidText(path, "a/x.py", "one\nthe needle\n")}
    found = search(mixed, Pattern("needle"), "a/*", laid=laid)
    assert found.files[0].lines == ((2, "the needle"),)


def test_limits_and_bad_patterns(mixed: Disk) -> None:
    few = search(mixed, Pattern("needle"), most=2)
    assert not few.complete
    assert sum(file.count for file in few.files) == 3
    slow = search(mixed, Pattern(r"(x+x+)+z"), seconds=0.5)
    assert not slow.complete
    with pytest.raises(BadPattern):
        search(mixed, Pattern("("))


REAL = Path(sysconfig.get_paths()["purelib"])


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Some hundred files of an installed package."""
    disk = Disk(tmp_path_factory.mktemp("real"), Options(batch_files=200))
    for package in ("hypothesis", "pygls", "rich", "click"):
        if (REAL / package).is_dir():
            shutil.copytree(
                REAL / package, os.path.join(disk.root, package),
                ignore=shutil.ignore_patterns("__pycache__", "*.so"),
            )  # fmt: skip
    return built(disk)


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern("def __init__", literal=True),
        Pattern("isinstance(", literal=True),
        Pattern("self"),
        Pattern(r"def \w+_(get|set)\w*\("),
        Pattern(r"raise \w+Error"),
        Pattern("unicode", ignore_case=True),
        Pattern(r"^import (os|sys)$"),
        Pattern(r"\bTODO\b|\bFIXME\b|XXX"),
        Pattern(r"[0-9]{4}-[0-9]{2}"),
        Pattern("é|ü|→"),
        Pattern("class .*Exception"),
    ],
)
def test_as_ripgrep_on_real_files(real: Disk, pattern: Pattern) -> None:
    found = ours(real, pattern)
    assert found == theirs(real.root, pattern)


RULED = [
    Pattern("def __init__", literal=True),
    Pattern(r"raise \w+Error"),
    Pattern("unicode", ignore_case=True),
    Pattern(r"[0-9]{4}-[0-9]{2}"),
    Pattern("é|ü|→"),
]


@pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")
@pytest.mark.parametrize("pattern", RULED)
def test_ruling_files_out_changes_nothing(
    real: Disk, monkeypatch: pytest.MonkeyPatch, pattern: Pattern
) -> None:
    plain = search(real, pattern, ripgrep=None)
    monkeypatch.setattr("arriero.index.ruling._FIRST", 8)
    monkeypatch.setattr("arriero.index.ruling._FEW_FOR_EXPRESSIONS", 0)
    monkeypatch.setattr("arriero.index.ruling._MANY_MATCH", 2.0)
    monkeypatch.setattr("arriero.index.linesearch._FIRST_CHARACTERS", 20)
    monkeypatch.setattr("arriero.index.linesearch._MOST_CHARACTERS", 500)
    ruled = search(real, pattern)
    assert ruled.files == plain.files
    assert ruled.read <= plain.read
