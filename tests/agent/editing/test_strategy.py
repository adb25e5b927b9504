from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.editing import (
    EditFormat,
    EditStrategy,
    as_block,
    instructions,
    reader,
    tools_for,
)
from arriero.models.types import ToolCallChunk, ToolSpec

WRITE, FEWER, BLOCK, LEAVE = "call write_file", "only 1 to 3 lines", "<<<<<<< SEARCH", "Leave it"


def fail(strategy: EditStrategy, lines: int | None = 40, path: str = "a.py") -> str:
    return strategy.saw("edit_file", {"path": path}, "error", "Error: not in the file.", lines)


@pytest.mark.parametrize(
    ("form", "text", "lines", "ways"),
    [
        ("replace", True, 40, ["", WRITE, FEWER, BLOCK, LEAVE, LEAVE]),
        ("replace", False, 40, ["", WRITE, FEWER, LEAVE]),
        ("replace", True, 400, ["", FEWER, BLOCK, LEAVE]),
        ("replace", False, 400, ["", FEWER, LEAVE]),
        ("whole", True, 40, ["", BLOCK, WRITE, LEAVE]),
        ("blocks", True, 40, ["", FEWER, LEAVE]),
        ("udiff", True, 400, ["", "diff of one hunk", BLOCK, LEAVE]),
        ("replace", True, None, ["", "", ""]),  # there is no such file: another strategy is no help
    ],
)
def test_after_two_failures_another_way_is_offered(
    form: EditFormat, text: bool, lines: int | None, ways: list[str]
) -> None:
    strategy = EditStrategy(form, text)
    said = [fail(strategy, lines) for _ in ways]
    for words, wanted in zip(said, ways, strict=True):
        assert wanted in words if wanted else words == ""
    assert "{path}" not in "".join(said)


def test_failures_count_by_file_and_a_success_ends_the_row() -> None:
    strategy = EditStrategy("replace", True)
    assert fail(strategy) == fail(strategy, path="b.py") == ""
    assert "a.py" in fail(strategy, path="./a.py")
    assert strategy.saw("write_file", {"path": "a.py"}, "ok", "Replaced a.py.", 40) == ""
    assert fail(strategy) == ""
    assert (strategy.successes, strategy.failures) == (1, 4)


@pytest.mark.parametrize(
    ("name", "status", "result"),
    [
        ("read_file", "error", "Error: no such file."),
        ("edit_file", "refused", "The user refused."),
        ("edit_file", "cancelled", "Error: the user cancelled this call."),
        ("edit_file", "error", "Error: … the edit seems to be made already. Go on."),
    ],
)
def test_what_says_nothing_of_the_format(name: str, status: str, result: str) -> None:
    strategy = EditStrategy("replace", True)
    for _ in range(5):
        assert strategy.saw(name, {"path": "a.py"}, status, result, 40) == ""  # type: ignore[arg-type]
    assert (strategy.failures, strategy.format_failed) == (0, False)


@pytest.mark.parametrize(
    ("successes", "failures", "failed"),
    [(0, 0, False), (0, 3, False), (0, 4, True), (1, 4, True), (2, 4, False), (9, 9, False)],
)
def test_when_a_format_has_failed(successes: int, failures: int, failed: bool) -> None:
    strategy = EditStrategy("replace", True)
    for number in range(failures):
        fail(strategy, path=f"{number}.py")
    for _ in range(successes):
        strategy.saw("edit_file", {"path": "a.py"}, "ok", "Edited.", 40)
    assert strategy.format_failed == failed


FORMATS: tuple[EditFormat, ...] = ("replace", "whole", "blocks", "udiff")


@pytest.mark.parametrize("form", FORMATS)
def test_instructions_are_short_and_their_example_is_read(form: EditFormat) -> None:
    text = instructions(form)
    assert len(text) < 520  # some 120 tokens
    assert "\n\n\n" not in text
    edits = reader(form)
    pieces = [*edits.feed(text), *edits.finish()]
    calls = [piece.call for piece in pieces if isinstance(piece, ToolCallChunk)]
    if form in ("blocks", "udiff"):
        (call,) = calls
        assert call.arguments["path"] == "src/app.py"
        assert "    retries = 1\n" in call.arguments["old_string"]
        assert "    retries = 3\n" in call.arguments["new_string"]
    else:
        assert calls == []


DIFF = "```diff\n--- b.py\n+++ b.py\n@@\n-a\n+b\n```\n"
WHOLE = "b.py\n```python\nx\n```\n"


@pytest.mark.parametrize(
    ("form", "text", "read"),
    [(form, BLOCK, ["edit_file"]) for form in FORMATS]
    + [("blocks", DIFF, ["edit_file"]), ("udiff", DIFF, ["edit_file"])]
    + [("replace", DIFF, []), ("whole", DIFF, [])]
    + [("whole", WHOLE, ["write_file"]), ("blocks", WHOLE, []), ("replace", WHOLE, [])],
)
def test_what_is_read_in_which_format(form: EditFormat, text: str, read: list[str]) -> None:
    edits = reader(form)
    pieces = [*edits.feed(as_block("b.py", "old", "new") if text is BLOCK else text)]
    pieces += edits.finish()
    assert [piece.call.name for piece in pieces if isinstance(piece, ToolCallChunk)] == read


LINES = st.lists(st.sampled_from(["a", "  b", "", "```", "src/a.py", "@@", "+c"]), max_size=5)


@given(LINES, LINES)
def test_a_block_that_is_shown_is_read_again(old: list[str], new: list[str]) -> None:
    texts = ["".join(f"{line}\n" for line in lines) for lines in (old, new)]
    edits = reader("blocks")
    (piece,) = [*edits.feed(as_block("src/a.py", *texts)), *edits.finish()]
    assert isinstance(piece, ToolCallChunk)
    before = texts[0] if texts[0].strip() else ""
    assert list(piece.call.arguments.values()) == ["src/a.py", before, texts[1]]


@pytest.mark.parametrize(
    ("form", "offered"),
    [
        ("replace", ["read_file", "edit_file", "write_file"]),
        ("whole", ["read_file", "write_file"]),
        ("blocks", ["read_file"]),
        ("udiff", ["read_file"]),
    ],
)
def test_which_tools_are_offered(form: EditFormat, offered: list[str]) -> None:
    tools = [ToolSpec(name, "", {}) for name in ("read_file", "edit_file", "write_file")]
    assert [tool.name for tool in tools_for(form, tools)] == offered
