"""Files that a run deletes and renames: proposals like any other edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.tools.delete_file import delete_file
from arriero.tools.read_file import read_file
from arriero.tools.registry import Mode, Tier, offered
from arriero.tools.rename_file import rename_file
from arriero.tools.write_file import write_file
from tools.bench import Bench, make_bench
from workspace.user import proposed


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def test_a_file_is_deleted_in_the_proposal_only(bench: Bench) -> None:
    result = bench.call(delete_file, {"path": "README.md"})
    assert result.text == "Deleted README.md."
    assert [(diff.old_text, diff.new_text) for diff in result.diffs] == [("# Sample\n", None)]
    assert bench.text(read_file, path="README.md").startswith("Error: ")
    assert (bench.user.root / "README.md").exists()
    assert proposed(bench.view) == {"README.md": ("delete", None, None)}


def test_a_file_is_renamed_with_what_was_done_to_it(bench: Bench) -> None:
    bench.text(read_file, path="README.md")
    bench.call(write_file, {"path": "README.md", "content": "# Sample\n\nMore.\n"})
    result = bench.call(rename_file, {"path": "README.md", "new_path": "docs/index.md"})
    assert result.text == "Renamed README.md to docs/index.md."
    assert "More." in bench.text(read_file, path="docs/index.md")
    assert bench.text(read_file, path="README.md").startswith("Error: ")
    assert [Path(place.path).name for place in result.locations] == ["index.md"]
    assert proposed(bench.view) == {"README.md": ("rename", "# Sample\n\nMore.\n", "docs/index.md")}


@pytest.mark.parametrize(
    ("mode", "tier", "there"),
    [
        ("edit", "large", True),
        ("edit", "medium", True),  # where no command can do it
        ("edit", "small", False),
        ("agent", "large", True),
        ("agent", "medium", False),
        ("agent", "small", False),
        ("ask", "large", False),
    ],
)
def test_where_they_are_offered(mode: Mode, tier: Tier, there: bool) -> None:
    names = {tool.name for tool in offered(mode, tier)}
    assert names & {"delete_file", "rename_file"} == (
        {"delete_file", "rename_file"} if there else set()
    )


@pytest.mark.parametrize(
    ("path", "new_path", "said"),
    [
        ("nowhere.md", "b.md", "nowhere.md"),
        ("README.md", "src/main.py", "exists"),
        ("README.md", "../b.md", "workspace"),
        ("src", "lib", "folder"),
    ],
)
def test_what_cannot_be_renamed(bench: Bench, path: str, new_path: str, said: str) -> None:
    told = bench.text(rename_file, path=path, new_path=new_path)
    assert told.startswith("Error: ")
    assert said in told
    if path != "README.md":
        assert bench.text(delete_file, path=path).startswith("Error: ")
