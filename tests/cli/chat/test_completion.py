"""What the input line completes."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from arriero.cli.chat import table
from arriero.cli.chat.completion import ChatCompleter, Files
from arriero.cli.chat.mentions import read_prompt
from arriero.workspace.uris import path_to_uri

PATHS = [
    "/w/src/ledger.py",
    "/w/src/money.py",
    "/w/tests/test_ledger.py",
    "/w/my notes.md",
    "/w/\x1b",
]


def completed(typed: str) -> list[str]:
    files = Files("/w", listing=lambda _: PATHS)
    completer = ChatCompleter(files, lambda: ("qwen3:8b", "gpt-oss"))
    found = completer.get_completions(Document(typed), CompleteEvent())
    return [f"{typed[: len(typed) + one.start_position]}{one.text}" for one in found]


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("/mod", ["/model ", "/mode "]),
        ("/qu", ["/quit"]),
        ("/model gp", ["/model gpt-oss"]),
        ("/mode a", ["/mode ask", "/mode agent", "/mode plan"]),
        ("/nothing x", []),
        ("explain /qu", []),
        ("explain @ledg", ["explain @src/ledger.py ", "explain @tests/test_ledger.py "]),
        ("explain @tsl", ["explain @tests/test_ledger.py "]),
        ("@notes", ['@"my notes.md" ']),
        ("me@ledg", []),
        ("@nothing like that", []),
    ],
)
def test_completions(typed: str, whole: list[str]) -> None:
    assert completed(typed) == whole


def test_files_are_listed_again_after_a_while() -> None:
    now, listed = 0.0, ["/w/a.py"]
    files = Files("/w", clock=lambda: now, listing=lambda _: list(listed))
    assert files.matching("") == ["a.py"]
    listed.append("/w/b.py")
    assert files.matching("") == ["a.py"]
    now = 11.0
    assert files.matching("") == ["a.py", "b.py"]


@pytest.mark.parametrize(
    "name",
    ["plain.py", "na me.py", "quo'te.py", 'dou"ble.py', "back\\slash.py", "all ' of \"\\.py", "@a"],
)
def test_what_is_completed_is_read_as_that_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("It.")
    files = Files(str(tmp_path), listing=lambda _: [str(tmp_path / name), f"{tmp_path}/a\nb"])
    completer = ChatCompleter(files, tuple)
    (found,) = completer.get_completions(Document("See @"), CompleteEvent())
    words, file, end = read_prompt(f"See {found.text}", str(tmp_path)).blocks
    assert (words["text"], end["text"]) == ("See ", " ")
    assert file["resource"] == {"uri": path_to_uri(str(tmp_path / name)), "text": "It."}


def test_the_beginning_of_several_commands() -> None:
    told = "/re may be /review, /reject, /redo, /retry or /resume; type more of it."
    assert table.refusal("/re 1") == told


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("/quit", "quit"),
        ("/q", "quit"),
        ("/exit", "quit"),
        ("/und", "undo"),
        ("/model qwen3", "model"),
        ("/re", None),
        ("/", None),
        ("/etc/passwd", None),
        ("quit", None),
        ("", None),
    ],
)
def test_commands_by_name(line: str, name: str | None) -> None:
    found = table.find(line)
    assert (found and found.name) == name


def test_a_path_is_no_command() -> None:
    assert table.looks_like_command("/nothing here")
    assert not table.looks_like_command("/etc/passwd")
    assert not table.looks_like_command("words")
