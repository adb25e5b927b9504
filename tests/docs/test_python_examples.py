"""Every example of docs/python.md does what stands below it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from arriero.api.testing import Call, Rehearsal, Turn
from forked import program

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
READ = Turn(calls=[Call("read_file", {"path": "a.txt"})])
EDIT = Turn(calls=[Call("edit_file", {"path": "a.txt", "old_string": "two", "new_string": "2"})])


def order(article: str) -> Turn:
    return Turn(calls=[Call("order", {"article": article})])


TURNS: list[list[Turn]] = [
    [READ, EDIT, Turn("Done.")],
    [READ, Turn("Two lines.\n")],
    [Turn("Two lines."), Turn("Lines.")],
    [Turn(calls=[Call("stock", {"article": "A-17"})]), Turn("Twelve.")],
    [order("A-17"), order("B-2"), Turn("Well.")],
    [],
    [],
    [],
    [],
]


def examples() -> list[tuple[str, str | None]]:
    """Return the Python blocks of the page, each with what is said to come out of it."""
    blocks = [(match[1], match[2]) for match in _BLOCK.finditer(PAGE.read_text())]
    found: list[tuple[str, str | None]] = []
    for number, (language, text) in enumerate(blocks):
        if language == "python":
            after = blocks[number + 1] if number + 1 < len(blocks) else ("python", "")
            found.append((text, after[1] if not after[0] else None))
    return found


EXAMPLES = examples()


def test_each_example_has_its_turns() -> None:
    assert len(EXAMPLES) == len(TURNS)


@pytest.mark.parametrize("number", range(len(TURNS)))
def test_example(tmp_path: Path, number: int) -> None:
    example, expected = EXAMPLES[number]
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.txt").write_text("one\ntwo\n")
    with Rehearsal(*TURNS[number]) as model:
        settings = tmp_path / "config" / "arriero" / "config.yaml"
        settings.parent.mkdir(parents=True)
        settings.write_text(yaml.safe_dump(dict(model.settings)))
        done = subprocess.run(
            [*program(), "-c", example],
            cwd=tmp_path,
            env={
                "HOME": str(tmp_path),
                "PATH": "/usr/bin:/bin",
                "XDG_CONFIG_HOME": str(tmp_path / "config"),
            },
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    if expected is not None:
        assert lines(done.stdout) == lines(expected)


def lines(text: str) -> list[str]:
    """Return the lines without what is blank at the end, as a page cannot show it."""
    return [line.rstrip() for line in text.strip("\n").splitlines() if line.strip()]
