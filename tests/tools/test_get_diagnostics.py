"""What the editor reports, as a model is told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arriero.tools.delete_file import delete_file
from arriero.tools.edit_file import edit_file
from arriero.tools.get_diagnostics import get_diagnostics
from arriero.tools.registry import MODES, Mode, Tier, offered
from arriero.tools.rename_file import rename_file
from arriero.tools.write_file import write_file
from arriero.workspace.problem import Problem, Severity
from arriero.workspace.view import WorkspaceView
from tools.bench import Bench, make_bench

NONE = "in the editor's last report. It knows of files that it has looked at; others may have some."


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def report(bench: Bench, *problems: Problem) -> None:
    """Let the editor report problems; their paths are taken from the workspace's folder."""
    found = [replace(one, path=str(bench.user.root / one.path)) for one in problems]
    bench.context = replace(bench.context, problems=lambda: found)


def problem(
    path: str, line: int = 1, severity: Severity = "error", message: str = "no", **more: Any
) -> Problem:
    return Problem(path, line, line, severity, message, **more)


def test_all_problems_the_worst_first(bench: Bench) -> None:
    report(
        bench,
        problem("README.md", 1, "hint", "hard to read", source="vale"),
        problem("numbers.txt", 3, "warning", "odd"),
        problem("src/main.py", 7, "information", "could be shorter"),
        problem(
            "src/main.py",
            2,
            message="no such\n  name",
            source="mypy",
            code="name-defined",
            column=9,
        ),
        problem("src/main.py", 1, "warning", "unused", code="F401"),
        problem("src/main.py", 1, "warning", "unused", code="F401"),
    )
    assert bench.text(get_diagnostics).split("\n") == [
        "src/main.py:2:9 error no such name [mypy name-defined]",
        "src/main.py:1:1 warning unused [F401]",
        "src/main.py:7:1 information could be shorter",
        "numbers.txt:3:1 warning odd",
        "README.md:1:1 hint hard to read [vale]",
        "[1 error, 2 warnings, 1 information, 1 hint in 3 files, as of the editor's last report.]",
    ]
    places = bench.call(get_diagnostics, {}).locations
    assert [(Path(one.path).name, one.line) for one in places[:2]] == [
        ("main.py", 2), ("main.py", 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (None, ["src/main.py:1:1 error no", "README.md:1:1 warning no"]),
        (".", ["src/main.py:1:1 error no", "README.md:1:1 warning no"]),
        ("src", ["src/main.py:1:1 error no"]),
        ("src/main.py", ["src/main.py:1:1 error no"]),
        ("README.md", ["README.md:1:1 warning no"]),
        ("numbers.txt", [f"No problems in numbers.txt {NONE}"]),
    ],
)
def test_of_a_file_or_a_folder(bench: Bench, path: str | None, lines: Sequence[str]) -> None:
    report(bench, problem("README.md", severity="warning"), problem("src/main.py"))
    told = bench.text(get_diagnostics, **({"path": path} if path else {}))
    assert [line for line in told.split("\n") if not line.startswith("[")] == lines


def test_without_problems_it_says_how_far_that_is_known(bench: Bench) -> None:
    report(bench)
    assert bench.text(get_diagnostics) == f"No problems {NONE}"
    assert bench.text(get_diagnostics, path="src") == f"No problems in src {NONE}"
    assert bench.call(get_diagnostics, {}).locations == ()


@pytest.mark.parametrize(("path", "said"), [("nowhere.py", "not exist"), ("../b.py", "workspace")])
def test_a_path_that_is_wrong(bench: Bench, path: str, said: str) -> None:
    report(bench, problem("src/main.py"))
    told = bench.text(get_diagnostics, path=path)
    assert told.startswith("Error: ")
    assert said in told


def test_a_file_that_only_the_editor_has_yet(bench: Bench) -> None:
    report(bench, problem("src/new.py"))
    assert bench.text(get_diagnostics, path="src/new.py").startswith("src/new.py:1:1 error no\n")


def test_what_is_too_much_is_counted(bench: Bench) -> None:
    many = [problem(f"f{file}.py", line) for file in range(3) for line in range(1, 31)]
    report(bench, *many)
    told = bench.text(get_diagnostics).split("\n")
    assert told[20] == "f0.py: … 10 more problems"
    assert told[-1] == "[90 errors in 3 files, as of the editor's last report.]"
    assert len(bench.text(get_diagnostics, path="f1.py").split("\n")) == 31
    long = [problem(f"f{n:02}.py", line, message="m" * 2000) for n in range(9) for line in range(9)]
    report(bench, *long)
    told = bench.text(get_diagnostics).split("\n")
    assert len("\n".join(told)) < 13_000
    assert all(len(line) < 400 for line in told)
    *lines, last = told
    shown = [line.partition(":")[0] for line in lines]
    assert shown == [f"f{n:02}.py" for n in range(4) for _ in range(9)] + ["f04.py"] * 2
    assert lines[-1] == "f04.py: … 8 more problems"
    assert last == (
        "[81 errors in 9 files, as of the editor's last report. 4 more files are not shown "
        "(f05.py, f06.py, f07.py, f08.py); give a path.]"
    )
    report(bench, *(problem("one.py", line, message="m" * 300) for line in range(200)))
    assert len(bench.text(get_diagnostics)) < 13_000


def test_the_run_s_edits_are_not_in_it(bench: Bench) -> None:
    report(bench, problem("src/main.py", 2), problem("README.md"))
    bench.text(edit_file, path="src/main.py", old_string="hello", new_string="bye")
    bench.text(write_file, path="new.py", content="x = 1\n")
    before = (
        "The editor does not have your edits of {} yet: its problems and line numbers there are "
        "from before these edits."
    )
    assert before.format("new.py, src/main.py") in bench.text(get_diagnostics)
    assert before.format("src/main.py") in bench.text(get_diagnostics, path="src/main.py")
    assert "before these" not in bench.text(get_diagnostics, path="README.md")
    told = bench.text(get_diagnostics, path="new.py")
    assert told == f"No problems in new.py {NONE} {before.format('new.py')}"
    bench.user.save("src/main.py", "def main():\n    print('bye')\n")  # accepted
    assert "src/main.py yet" not in bench.text(get_diagnostics, path="src/main.py")


def test_a_file_that_the_run_has_moved_or_deleted(bench: Bench) -> None:
    report(bench, problem("src/main.py", 2), problem("README.md"))
    bench.text(rename_file, path="src/main.py", new_path="lib/main.py")
    bench.text(delete_file, path="README.md")
    told = bench.text(get_diagnostics, path="lib/main.py")
    assert told.startswith("src/main.py:2:1 error no\n")
    assert "your edits of src/main.py yet" in told
    assert "your edits of README.md yet" in bench.text(get_diagnostics, path="README.md")


def test_what_may_not_be_read_and_what_is_elsewhere_is_not_shown(bench: Bench) -> None:
    root = bench.user.root
    view = WorkspaceView([str(root)], bench.user, unseen=["secrets", "*.key"])
    (root / "link.py").symlink_to("/etc/hostname")
    report(
        bench,
        problem("secrets/a.py", message="hunter2"),
        problem("src/b.KEY", message="hunter2"),
        problem("link.py", message="hunter2"),
        problem("/usr/include/stdio.h", message="hunter2"),
        problem("src/main.py"),
    )
    elsewhere = [
        problem(uri, message="hunter2") for uri in ("untitled:Untitled-1", "git:/x/a.py", "x/../..")
    ]
    here = bench.context.problems
    assert here is not None
    known = [*here(), *elsewhere]
    bench.context = replace(bench.context, view=view, problems=lambda: known)
    told = bench.text(get_diagnostics)
    assert told.startswith("src/main.py:1:1 error no\n[1 error in 1 file")
    assert "hunter2" not in told
    assert "hunter2" not in bench.text(get_diagnostics, path="secrets")


def test_without_an_editor_that_tells(bench: Bench) -> None:
    assert bench.text(get_diagnostics).startswith("Error: No editor tells its problems here; ")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("tier", "told", "there"),
    [
        ("large", True, True),
        ("large", False, False),
        ("medium", True, False),
        ("small", True, False),
    ],
)
def test_where_it_is_offered(mode: Mode, tier: Tier, told: bool, there: bool) -> None:
    names = {tool.name for tool in offered(mode, tier, problems=told)}
    assert ("get_diagnostics" in names) == there
