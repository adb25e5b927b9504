"""The small parts: safe text, words, diffs, updates, a log that is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.cli.diff_view import summary
from arriero.cli.follow import follow, last_lines
from arriero.cli.printable import one_line, printable
from arriero.cli.proposals import Proposal, from_wire
from arriero.cli.show import changed_lines
from arriero.cli.turn import TurnEnd
from arriero.cli.updates import (
    CallEnded,
    CallStarted,
    NoticePiece,
    Place,
    PlanShown,
    PlanStep,
    RetryShown,
    ShownDiff,
    StepShown,
    TextPiece,
    Update,
    from_acp,
)
from arriero.cli.words import byte_count, duration

PRINTABLE = [
    ("plain\ttext\n", "plain\ttext\n"),
    ("crlf\r\n", "crlf\r\n"),
    ("rewrite\rthis", "rewrite\\x0dthis"),
    ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
    ("\x9b31m", "\\x9b31m"),
    ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    ("\udc80", "\\udc80"),
    ("café 😀 \u200d", "café 😀 \u200d"),
]


@pytest.mark.parametrize(("text", "shown"), PRINTABLE)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_printed_moves_the_cursor(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in shown)
    assert "\r" not in shown.replace("\r\n", "")


@given(st.text(), st.integers(2, 50))
def test_one_line_is_one_line(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line.splitlines()) <= 1
    assert len(line) <= width


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1500, "2 KB"), (4_700_000_000, "4.7 GB"), (2e16, "20000.0 TB")],
)
def test_byte_count(count: float, words: str) -> None:
    assert byte_count(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(5.9, "5 s"), (60, "1 min"), (7500, "2 h 5 min"), (90_000, "25 h 0 min")]
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("a\nb\nc", "a\nx\nc", (1, 1)),
        ("a\nb", "a\nb", (0, 0)),
        (None, "a\nb\n", (2, 0)),
        ("a\na\na", "a\na", (0, 1)),
        ("a\na", "a\na\na", (1, 0)),
        ("a\nb\n", None, (0, 2)),
    ],
)
def test_changed_lines(old: str | None, new: str | None, count: tuple[int, int]) -> None:
    assert changed_lines(old, new) == count


def content(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


STEP = {
    "step": 2,
    "promptTokens": 100,
    "answerTokens": 10,
    "loadMs": 3,
    "promptMs": 4,
    "answerMs": 5,
    "cachedTokens": None,
    "window": 8192,
    "rung": "native",
}
UPDATES: list[tuple[dict[str, Any], Update | None]] = [
    ({"sessionUpdate": "agent_message_chunk", "content": content("a")}, TextPiece("a")),
    (
        {
            "sessionUpdate": "agent_message_chunk",
            "content": content("\n> one\n> two\n\n"),
            "_meta": {"arriero": {"notice": "warning"}},
        },
        NoticePiece("warning", "one two"),
    ),
    (
        {
            "sessionUpdate": "tool_call",
            "toolCallId": "1",
            "title": "T",
            "locations": [{"path": "/a", "line": 3}, {"path": "/b"}],
        },
        CallStarted("1", "T", "other", None, (Place("/a", 3), Place("/b"))),
    ),
    (
        {
            "sessionUpdate": "tool_call_update",
            "toolCallId": "1",
            "status": "completed",
            "content": [
                {"type": "diff", "path": "/a", "newText": "x"},
                {
                    "type": "diff",
                    "path": "/b",
                    "oldText": "y",
                    "newText": "",
                    "_meta": {"arriero": {"deleted": True}},
                },
                {"type": "content", "content": content("r")},
                {"type": "terminal", "terminalId": "t"},
            ],
        },
        CallEnded("1", "ok", "r", 0, (ShownDiff("/a", None, "x"), ShownDiff("/b", "y", None))),
    ),
    ({"sessionUpdate": "tool_call_update", "toolCallId": "1", "status": "in_progress"}, None),
    (
        {
            "sessionUpdate": "plan",
            "entries": [{"content": "c", "priority": "high", "status": "pending"}],
        },
        PlanShown((PlanStep("c", "pending"),)),
    ),
    ({"sessionUpdate": "usage_update", "used": 1, "size": 2}, None),
    (
        {
            "sessionUpdate": "usage_update",
            "used": 110,
            "size": 8192,
            "_meta": {"arriero": {"step": STEP}},
        },
        StepShown(2, 100, 10, 3, 4, 5, None, 8192, "native"),
    ),
    (
        {
            "sessionUpdate": "agent_message_chunk",
            "content": content("\n> Asking again: it was empty\n\n"),
            "_meta": {
                "arriero": {"notice": "info", "retried": {"step": 2, "reason": "it was empty"}}
            },
        },
        RetryShown(2, "it was empty"),
    ),
    ({"sessionUpdate": "of_the_future"}, None),
]


@pytest.mark.parametrize(("update", "read"), UPDATES)
def test_updates(update: dict[str, Any], read: Update | None) -> None:
    assert from_acp(update) == read


def proposal(*files: dict[str, Any]) -> Proposal:
    return from_wire({"runId": "r", "label": "l", "files": files}, "/w")


def hunk(line: int, old: list[str], new: list[str], state: str = "open") -> dict[str, Any]:
    return {"id": "1", "state": state, "line": line, "oldLines": old, "newLines": new}


RENAMED = {
    "uri": "file:///w/a%20b.py",
    "newUri": "file:///w/c.py",
    "kind": "rename",
    "oldText": "1\n2\n3",
    "newText": "1\nII\n3",
    "hunks": [hunk(0, [], []), hunk(1, ["2\n"], ["II\n"])],
}


def test_a_rename_and_its_edit_are_shown_one_by_one() -> None:
    (file,) = proposal(RENAMED).files
    assert file.diff_of(file.hunks[0]).splitlines()[1:] == ["rename from a b.py", "rename to c.py"]
    assert file.diff_of(file.hunks[1]).splitlines()[1:] == [
        "--- a/c.py",
        "+++ b/c.py",
        "@@ -1,3 +1,3 @@",
        " 1",
        "-2",
        "+II",
        " 3",
        "\\ No newline at end of file",
    ]
    assert summary(proposal(RENAMED)) == "c.py (renamed, +1 -1)"
    assert proposal(RENAMED).uris == ("file:///w/a%20b.py", "file:///w/c.py")


def test_names_outside_of_the_folder_are_whole() -> None:
    file = {**RENAMED, "uri": "file:///x/a", "newUri": None, "kind": "delete"}
    assert proposal(file).files[0].name == "/x/a"
    assert summary(proposal(file)) == "/x/a (deleted, +1)"


def test_what_is_decided_is_not_open() -> None:
    file = {**RENAMED, "hunks": [hunk(1, ["2\n"], ["II\n"], "accepted")]}
    assert proposal(file).open_hunks == ()
    assert summary(proposal(file)) == ""


def test_the_end_in_words() -> None:
    assert TurnEnd("s", "r", "error", "Start Ollama.").sentence == "Start Ollama."
    assert TurnEnd("s", "r", "of_the_future", "").sentence == "of_the_future"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100_000])
def test_last_lines(count: int, tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [f"{number} é\n" for number in range(30_000)]
    path.write_text("".join(lines))
    assert last_lines(path, count) == "".join(
        lines[len(lines) - count :] if count < 30_000 else lines
    )


def test_a_log_is_followed_when_it_is_turned_over(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    got: list[str] = []

    class Enough(Exception):
        pass

    def steps() -> Iterator[None]:
        with path.open("a") as file:
            file.write("one\n")
        yield
        path.rename(tmp_path / "log.1")
        yield
        path.write_text("two\n")
        yield
        raise Enough

    happening = steps()
    with pytest.raises(Enough):
        follow(path, got.append, lambda: next(happening))
    assert got == ["one\n", "two\n"]
