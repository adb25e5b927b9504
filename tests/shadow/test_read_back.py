"""What a command changed comes back as writes; the workspace itself stays as it is."""

from __future__ import annotations

import asyncio

import pytest

from shadow.desk import Desk
from shadow.rows import ROWS, Row

pytestmark = pytest.mark.namespaces


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_changes_come_back(shared_desk: Desk, row: Row) -> None:
    desk = shared_desk
    result = await desk.run(row.script, row.files)
    assert (
        row.complaints(desk.writes(result), result.skipped, result.output, result.ignored) == []
    ), result
    # Nothing of it is there in the next command, unless it is supplied.
    again = await desk.run("find . -type f -o -type l | sort", {})
    names = "./.gitignore\n./link\n./readme.md\n./src/app.py\n./src/deep/leaf.txt\n./tool.sh\n"
    if desk.shadow.kind == "copy":
        names = names.replace("./link\n", "")
    kept = [line for line in again.output.splitlines() if not _stays(line)]
    assert "\n".join(kept) + "\n" == names
    assert again.writes == ()


def _stays(line: str) -> bool:
    return "/build/" in line or "__pycache__" in line or line.endswith(".log")


@pytest.mark.parametrize(
    ("first", "second", "output"),
    [
        pytest.param("mkdir -p build; echo o > build/x.o", "cat build/x.o", "o\n", id="made"),
        pytest.param(
            "mkdir -p lib/cache; echo c > lib/cache/k", "cat lib/cache/k", "c\n", id="new"
        ),
        pytest.param(
            "mkdir -p build; echo 1 > build/x",
            "echo 2 >> build/x; cat build/x",
            "1\n2\n",
            id="changed",
        ),
        pytest.param(
            "rm -rf src; mkdir -p src/cache; echo c > src/cache/k",
            "ls src",
            "app.py\ncache\ndeep\n",
            id="in a folder made anew",
        ),
        pytest.param("rm -rf ./* .gitignore", "ls -A . build", None, id="everything removed"),
    ],
)
async def test_ignored_results_stay_warm(
    desk: Desk, first: str, second: str, output: str | None
) -> None:
    await desk.run(first)
    result = await desk.run(second)
    if output is not None:
        assert result.output == output
    else:
        assert "readme.md" in result.output
        # What is ignored is back too, where the command sees it at all.
        assert ("old.o" in result.output) == (desk.shadow.kind == "overlay")
    assert result.writes == ()


async def test_warm_results_survive_what_the_user_does(desk: Desk) -> None:
    (desk.root / "lib").mkdir()
    (desk.root / "lib/a.txt").write_text("1\n")
    await desk.run("mkdir -p lib/build; echo o > lib/build/x.o")
    (desk.root / "lib/a.txt").write_text("2\n")
    result = await desk.run("cat lib/a.txt lib/build/x.o")
    assert result.output == "2\no\n"
    (desk.root / "lib/a.txt").unlink()
    (desk.root / "lib").rmdir()


async def test_the_newer_file_of_the_user_is_seen(desk: Desk) -> None:
    path = desk.root / "readme.md"
    before = path.stat()
    await desk.run("echo command > readme.md")
    path.write_text("user\n")
    assert (await desk.run("cat readme.md")).output == "user\n"
    path.write_text("hello\n")
    assert before.st_mode == path.stat().st_mode


async def test_a_file_saved_meanwhile_is_not_taken_for_the_command_s(desk: Desk) -> None:
    path = desk.root / "readme.md"
    script = "echo command >> readme.md; echo c >> src/app.py; mkfifo wait; echo go; sleep 0.2"
    task = asyncio.ensure_future(desk.run(script))
    await asyncio.sleep(0.1)
    path.write_text("user\n")
    result = await task
    assert desk.writes(result) == {"src/app.py": "print('app')\nc\n"}
    assert any("saved by the user" in note for note in result.skipped)
    path.write_text("hello\n")


async def test_unchanged_text_keeps_its_time_and_changed_text_gets_a_later_second(
    desk: Desk,
) -> None:
    async def stamp(text: str) -> int:
        return int((await desk.run("stat -c %Y readme.md", {"readme.md": text})).output)

    first = await stamp("1")
    assert await stamp("1") == first
    second = await stamp("2")
    assert second > first
    assert await stamp("2") == second


async def test_compiled_python_is_never_stale(desk: Desk) -> None:
    """Two texts of one size within one second, each imported: the second must be seen."""
    outputs = []
    for digit in "12":
        files = {"m.py": f"print({digit})\n"}
        outputs.append((await desk.run("python3 -c 'import m'", files)).output)
    assert outputs == ["1\n", "2\n"]
