"""What the model is given, and how much is wanted of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.completion.marked import spot_at
from arriero.agent.completion.extent import several_lines
from arriero.agent.completion.prompted import code_of, messages
from arriero.agent.completion.recent import Edited, RecentEdits
from arriero.agent.completion.snippets import Snippet, as_comments, edited, names_near
from arriero.agent.completion.spot import language_at
from arriero.agent.completion.syntax import open_quote
from arriero.agent.completion.window import around
from arriero.workspace.buffers import Buffer


@pytest.mark.parametrize(
    ("name", "text", "several"),
    [
        ("a.py", "x = |", False),
        ("a.py", "if x:|", True),
        ("a.py", "if x:  # why|", True),
        ("a.py", "# so:|", False),
        ("a.py", "x = {|}", True),
        ("a.py", "x = {| 1}", False),
        ("a.py", "foo(|)", False),
        ("a.py", "foo(|", True),
        ("a.py", "def f():\n    |", True),
        ("a.py", "def f():\n|", False),
        ("a.py", "def f():\n    x = 1\n    |\n\ny = 2", True),
        ("a.py", "def f():\n    x = 1\n    |\n    return x", False),
        ("a.py", "x = 1\n|\ny = 2", False),
        ("a.py", "d: |", False),
        ("a.yaml", "d: |", False),
        ("a.ts", "items.map(x =>|", True),
        ("a.ts", "label:|", False),
        ("a.rb", "items.each do|", True),
        ("a.rb", "class A|", True),
        ("a.lua", "for a in b do|", True),
        ("a.sh", "if true; then|", True),
        ("a.yaml", "a:|", True),
        ("a.md", "as follows:|", False),
        ("a.md", "as follows (|", False),
        ("a.txt", "a {|", False),
    ],
)
def test_one_line_or_several(name: str, text: str, several: bool) -> None:
    assert several_lines(spot_at(name, text)) is several


@pytest.mark.parametrize(
    ("name", "text", "inside"),
    [
        ("a.py", "x = 1  # and |", True),
        ("a.py", "x = '# no' + |", False),
        ("a.py", "# so\n|", False),
        ("a.ts", "/* a\n b |", True),
        ("a.ts", "/* a */ |", False),
        ("a.ts", "/* a */|", False),
        ("a.ts", "// see http://x |", True),
        ("a.ts", "const a = 'http://x' + |", False),
        ("a.sh", "echo $# |", False),
        ("a.html", "<!-- a |", True),
        ("a.sql", "SELECT 1 -- one |", True),
        ("a.css", "/* a |", True),
        ("a.css", "a { color: #fff; |", False),
        ("a.txt", "# a |", False),
    ],
)
def test_in_a_comment(name: str, text: str, inside: bool) -> None:
    assert spot_at(name, text).scan_before.in_comment is inside


@pytest.mark.parametrize(
    ("name", "head", "quote"),
    [
        ("a.py", 'print("a', '"'),
        ("a.py", 'print("a")', ""),
        ("a.py", "x = 'it", "'"),
        ("a.py", "# don't", ""),
        ("a.ts", "const a = `b ${c}", "`"),
        ("a.rs", "fn f<'a>(", ""),
        ("a.md", "it's", ""),
        ("a.c", 'printf("%s\\"', '"'),
    ],
)
def test_in_a_string(name: str, head: str, quote: str) -> None:
    assert open_quote(head, language_at(name, "")) == quote


@pytest.mark.parametrize(
    ("path", "told", "language"),
    [
        ("/a.py", "text", "python"),
        ("/a", "shellscript", "bash"),
        ("untitled:1", "typescriptreact", "tsx"),
        ("/a", "Cobol", "cobol"),
    ],
)
def test_languages(path: str, told: str, language: str) -> None:
    assert language_at(path, told) == language


def test_the_text_begins_at_the_same_place_while_one_types() -> None:
    lines = "".join(f"value_{n} = compute({n})\n" for n in range(1000))
    spots = [spot_at("a.py", f"{lines}{'x' * n}|") for n in range(1, 30)]
    begins = {around(spot, 800).before[:40] for spot in spots}
    assert len(begins) == 1
    moved = [around(spot_at("a.py", lines + "x = 1\n" * n + "|"), 800).before for n in range(64)]
    assert len({text.partition("\n")[0] for text in moved}) <= 4


def test_a_very_long_line_is_cut_and_not_weighed() -> None:
    near = around(spot_at("a.js", "f();" * 50_000 + "|" + "g();" * 50_000), 500)
    assert near.before.endswith("f();")
    assert len(near.before) <= 4000
    assert len(near.after) <= 1000


def test_snippets_are_comments_of_the_language_within_their_tokens() -> None:
    first = Snippet("a.py", ("def one():", "    return 1"))
    second = Snippet("b.py", ("x = 2", ""))
    assert as_comments([first, second, first], "python", 500, "c.py") == (
        "# Path: b.py\n# x = 2\n#\n# Path: a.py\n# def one():\n#     return 1\n# Path: c.py\n"
    )
    assert as_comments([first, second], "go", 25, "c.go").startswith("// Path: a.py\n// def one")
    assert as_comments([first], "python", 3, "c.py") == ""
    assert as_comments([first], "markdown", 500, "c.md") == ""
    assert as_comments([], "python", 500, "c.py") == ""


def test_names_near_the_cursor_are_the_nearest_first_and_no_keywords() -> None:
    spot = spot_at("a.py", "import other\n\nfor one in ledger.split_evenly(amount, ab):\n    |")
    assert names_near(spot) == ["amount", "split_evenly", "ledger", "one", "other"]


def test_recent_edits_are_places_of_other_documents() -> None:
    recent = RecentEdits()
    for path, line in [("/b", 3), ("/b", 5), ("/c", 1), ("/b", 40), ("/a", 0), ("/b", 6)]:
        recent.note(path, line)
    assert recent.newest == (Edited("/b", 6), Edited("/a", 0), Edited("/b", 40), Edited("/c", 1))
    text = "".join(f"line {n}\n" for n in range(60))

    class Open:
        def get(self, path: str) -> Buffer | None:
            return Buffer(path, text, 1) if path == "/b" else None

        def all(self) -> tuple[Buffer, ...]:
            return ()

    found = edited(recent.newest, Open(), spot_at("a.py", "|"), lambda path: Path(path).name)
    assert [(one.path, one.lines[0], len(one.lines)) for one in found] == [
        ("b", "line 1", 11),
        ("b", "line 35", 11),
    ]


@pytest.mark.parametrize(
    ("text", "answer", "code"),
    [
        ("x = |", "1", "1"),
        ("x = |", "x = 1", " 1"),
        ("x = |", "```python\nx = 1\n```", " 1"),
        ("x = |", "Sure:\n```\n1\n```\nThat is it.", "1"),
        ("x = |", "<think>so it is</think>1", "1"),
        ("x = |", "<think>so it", ""),
        ("if x:\n    |", "```\n    y()\n```", "    y()"),
        ("if x:\n    |", "\n    y()", "    y()"),
        ("x = |", "1<|cursor|>", "1"),
        ("x = |", "```python\n1", "1"),
    ],
)
def test_the_code_of_an_answer_in_words(text: str, answer: str, code: str) -> None:
    assert code_of(answer, spot_at("a.py", text)) == code


def test_what_a_chat_model_is_asked() -> None:
    spot = spot_at("a.py", "if x:|\ny = 1\n")
    system, user = messages(around(spot, 500), spot, several=True, max_lines=7)
    assert "at most 7 lines" in system.content
    assert "if x:<|cursor|>\ny = 1\n" in user.content
