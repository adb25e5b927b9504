from __future__ import annotations

from pathlib import Path

import pytest

from arriero.tools.read_file import read_file
from arriero.tools.write_file import write_file
from tools.bench import NUMBERS, Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def test_write_file_makes_and_replaces(bench: Bench) -> None:
    result = bench.call(write_file, {"path": "new/a.py", "content": "x = 1\ny = 2\n"})
    assert result.text == "Created new/a.py (2 lines)."
    assert result.diffs[0].old_text is None
    assert "read_file" in bench.text(write_file, path="numbers.txt", content="x\n")
    bench.text(read_file, path="numbers.txt")
    text = bench.text(
        write_file, path="numbers.txt", content=NUMBERS.replace("line 3\n", "three\n")
    )
    assert text == "Replaced numbers.txt (30 lines: 1 new, 1 removed)."
    assert bench.text(write_file, path="numbers.txt", content="one\n").startswith("Error: ")
    assert (bench.user.root / "numbers.txt").read_text() == NUMBERS


def test_a_fence_around_the_whole_file_is_not_written(bench: Bench) -> None:
    bench.call(write_file, {"path": "a.py", "content": "```python\nx = 1\n```\n"})
    assert bench.text(read_file, path="a.py").startswith("     1\tx = 1\n[1 line]")
    bench.call(write_file, {"path": "a.md", "content": "```python\nx = 1\n```\n"})
    assert "```" in bench.text(read_file, path="a.md")
