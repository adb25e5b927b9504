from __future__ import annotations

from pathlib import Path

import pytest

from arriero.tools.list_directory import list_directory
from tools.bench import Bench, make_bench
from workspace.user import User


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def test_list_directory_marks_folders_and_counts_what_is_ignored(bench: Bench) -> None:
    bench.user.save("big.bin", b"\0" * 3_000_000)
    (bench.user.root / "link").symlink_to("src")
    bench.view.write("made/deep/a.py", "x\n")
    assert bench.text(list_directory) == (
        ".gitignore  6 B\nREADME.md  9 B\nbig.bin  2.9 MB\nempty.txt  0 B\nlink/ (link)\nmade/\n"
        "numbers.txt  231 B\nsrc/\n[1 ignored entry is left out.]"
    )
    assert bench.text(list_directory, path="made/deep") == "a.py  2 B"
    (bench.user.root / "nothing").mkdir()
    assert bench.text(list_directory, path="nothing") == "[nothing has no files.]"


@pytest.mark.parametrize(
    ("path", "said"),
    [("README.md", "read_file"), ("scr", "Did you mean src"), ("/", "outside")],
)
def test_list_directory_helps_on(bench: Bench, path: str, said: str) -> None:
    text = bench.text(list_directory, path=path)
    assert text.startswith("Error: ")
    assert said in text


def test_list_directory_of_many_files_and_folders(bench: Bench, tmp_path: Path) -> None:
    for n in range(310):
        bench.user.save(f"many/{n:03}.txt")
    text = bench.text(list_directory, path="many")
    assert text.endswith("\n[10 more entries are not shown; find files with glob_files.]")
    other = User(tmp_path / "other")
    other.save("x")
    two = Bench(bench.user, other)
    assert f"further folders: {other.root}" in two.text(list_directory)
