from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.tools.glob_files import glob_files
from tools.bench import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"pattern": "*.py"}, "src/main.py"),
        ({"pattern": "**/*.{md,py}"}, "README.md\nsrc/main.py"),
        ({"pattern": "src/*"}, "src/main.py"),
        ({"pattern": "/src/*"}, "src/main.py"),
        ({"pattern": "*.py", "path": "src"}, "src/main.py"),
        ({"pattern": "readme*"},
         "README.md\n[Nothing matches in this case of letters; these do in another.]"),
        ({"pattern": "*.log"},
         "[No file matches *.log. Ignored files are not looked at.]"),
    ],
)  # fmt: skip
def test_glob_files(bench: Bench, arguments: dict[str, Any], expected: str) -> None:
    assert bench.text(glob_files, **arguments) == expected


def test_glob_files_sees_the_proposal_and_takes_absolute_patterns(bench: Bench) -> None:
    bench.view.write("src/new.py", "x\n")
    bench.view.delete("src/main.py")
    assert bench.text(glob_files, pattern=f"{bench.user.root}/**/*.py") == "src/new.py"


def test_glob_files_tells_how_many_there_are(bench: Bench) -> None:
    for n in range(210):
        bench.user.save(f"many/{n:03}.txt")
    lines = bench.text(glob_files, pattern="many/*").split("\n")
    assert len(lines) == 201
    assert lines[-1] == "[The first 200 of 210 files; give a narrower pattern or a path.]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pattern": " "}, "pattern is empty"),
        ({"pattern": "*", "path": "README.md"}, "is a file"),
        ({"pattern": "*", "path": "scr"}, "Did you mean src"),
    ],
)
def test_glob_files_helps_on(bench: Bench, arguments: dict[str, Any], said: str) -> None:
    text = bench.text(glob_files, **arguments)
    assert text.startswith("Error: ")
    assert said in text
