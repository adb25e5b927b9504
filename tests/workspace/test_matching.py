from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arriero.workspace.diff import apply
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.matching import (
    Ambiguous,
    Elided,
    NoChange,
    NoMatch,
    Shrinkage,
    check_rewrite,
    find_edit,
)


def edited(text: str, old: str, new: str, replace_all: bool = False) -> str:
    return apply(text, find_edit(text, old, new, replace_all))


PYTHON = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"


@pytest.mark.parametrize(
    ("text", "old", "new", "result"),
    [
        # exactly, within a line too
        ("a b c\n", "b", "B", "a B c\n"),
        ("a\nb\n", "b\n", "", "a\n"),
        ("a\nb", "b", "b\nc", "a\nb\nc"),
        ("", "", "new\n", "new\n"),
        ("😀 é\t\n", "é\t", "è\t", "😀 è\t\n"),
        # whatever the line ends, which stay those of the text
        ("a\r\nb\r\nc\r\n", "a\nb", "A\nB\nN", "A\r\nB\r\nN\r\nc\r\n"),
        ("a\r\nb\r\n", "b", "B\nC", "a\r\nB\r\nC\r\n"),
        ("a\nb\n", "a\r\nb\r\n", "A\r\nB\r\n", "A\nB\n"),
        ("foo\r\nbar\r\n", "\nbar", "\nbaz", "foo\r\nbaz\r\n"),
        ("foo\r\nbar\r\n", "foo\n", "fu\n", "fu\r\nbar\r\n"),
        ("a\rb\rc\r", "a\nb", "A\nB", "A\rB\rc\r"),
        ("x\r\na\rb\n", "a\rb\n", "a\rB\n", "x\r\na\rB\n"),  # a mixed text means its line ends
        # whatever the blanks at line ends
        ("a  \nb\t\nc\n", "a\nb\n", "A\nB\n", "A\nB\nc\n"),
        ("a\nb\nc\n", "a  \nb", "A\nB", "A\nB\nc\n"),
        ("a \r\nb\r\n", "a\nb\n", "A\nB\n", "A\r\nB\r\n"),
        # the last line's end is as it was
        ("a\nb", "b\n", "B\n", "a\nB"),
        ("a \nb", "a\nb\n", "A\nB\n", "A\nB"),
        ("a \nb\n", "a\n", "A", "A\nb\n"),
        # blank lines that the model put around
        ("a \nb\n", "\n\na\n\n", "\n\nA\n\n", "A\nb\n"),
        ("a \nb\n", "\na\n", "A\n", "A\nb\n"),
        # whatever the indentation, with the new text indented in the same way
        (PYTHON, "def f(self):\n    return 1\n", "def f(self):\n    if x:\n        return 3\n",
         PYTHON.replace("        return 1\n", "        if x:\n            return 3\n")),
        (PYTHON, "            return 2", "            return 2\n            # end",
         PYTHON.replace("return 2\n", "return 2\n        # end\n")),
        ("if x:\n\tif y:\n\t\tz()\n", "if y:\n    z()\n", "if y:\n    if w:\n        z()\n",
         "if x:\n\tif y:\n\t\tif w:\n\t\t\tz()\n"),
        ("if x:\n  if y:\n    z()\n", "\tif y:\n\t\tz()\n", "\tif w:\n\t\tz()\n",
         "if x:\n  if w:\n    z()\n"),
        ("{\n    a;\n\n    b;\n}\n", "a;\n\nb;", "a;\n\n\nc;", "{\n    a;\n\n\n    c;\n}\n"),
        # with the line numbers of our own read_file
        ("a\nb\nc\n", "    2\tb\n    3\tc\n", "    2\tB\n    3\tC\n", "a\nB\nC\n"),
        ("a\nb\nc\n", "    2\tb", "B", "a\nB\nc\n"),
        ("1\tx\n", "1\tx", "1\ty", "1\ty\n"),  # where the text itself has such numbers
    ],
)  # fmt: skip
def test_an_edit_is_found(text: str, old: str, new: str, result: str) -> None:
    assert edited(text, old, new) == result


@pytest.mark.parametrize(
    ("text", "old", "new", "result"),
    [
        ("a b a\na\n", "a", "A", "A b A\nA\n"),
        ("aaaa", "aa", "b", "bb"),
        ("a \nb\na\t\nb\n", "a\nb\n", "c\n", "c\nc\n"),
        ("x\r\nx\r\n", "x\n", "y\n", "y\r\ny\r\n"),
        (" f()\n  f()\n", "f( )\n".replace(" ", ""), "g()\n", " g()\n  g()\n"),
    ],
)
def test_every_occurrence_is_replaced(text: str, old: str, new: str, result: str) -> None:
    assert edited(text, old, new, replace_all=True) == result


@pytest.mark.parametrize(
    ("text", "old", "new", "error", "says"),
    [
        ("a\n", "a", "a", NoChange, "are the same"),
        ("a \n", "a\n", "a \n", NoChange, "read so already"),
        ("a\n", "", "b", NoMatch, "old_string is empty"),
        ("", "a", "b", NoMatch, "file is empty"),
        ("a\nb\na\n", "a", "b", Ambiguous, "2 times, in lines 1, 3"),
        ("aaa", "aa", "b", Ambiguous, "2 times, in line 1."),
        ("a\r\na\r\n", "a\n", "b\n", Ambiguous, "in lines 1, 2"),
        ("  a\n    a\n", "\ta\n", "\tb\n", Ambiguous, "in lines 1, 2"),
        ("a\n", "completely different", "x", NoMatch, "nothing like it"),
        ("x\nnew line\n", "old line", "new line", NoMatch, "in line 2: the edit seems to be made"),
        # indentation that differs here and there says nothing about the new lines
        ("if a:\n  b\n   c\n", "if a:\n b\nc\n", "if a:\n b\n d\n", NoMatch, "nearest"),
    ],
)
def test_what_cannot_be_done_is_said(
    text: str, old: str, new: str, error: type[WorkspaceError], says: str
) -> None:
    with pytest.raises(error, match=says):
        find_edit(text, old, new)


@pytest.mark.parametrize(
    ("old", "nearest"),
    [
        ("def f(self):\n    return 3\n", [1, 2, 3, 4]),
        ("        retunr 2\n", [5, 6]),
        ("   def h(self, more):", [1, 2, 3]),
        ("        return 1\n        return 9\n        return 2\n", [2, 3, 4, 5, 6]),
    ],
)
def test_a_miss_shows_the_nearest_lines(old: str, nearest: list[int]) -> None:
    with pytest.raises(NoMatch) as caught:
        find_edit(PYTHON, old, "x")
    lines = PYTHON.split("\n")
    assert list(caught.value.nearest) == [(number, lines[number - 1]) for number in nearest]
    for number in nearest:
        assert f"{number:>5}\t{lines[number - 1]}\n" in str(caught.value)


def test_long_lines_are_cut_in_errors() -> None:
    with pytest.raises(NoMatch) as caught:
        find_edit("word " * 10_000, "wordy", "x")
    assert len(str(caught.value)) < 600


@given(st.text("ab \t\n\r", max_size=20), st.text("ab \t\n\r", min_size=1, max_size=6), st.data())
def test_what_occurs_exactly_is_replaced_exactly(
    around: str, new: str, data: st.DataObject
) -> None:
    old = "§" + data.draw(st.text("ab\n", max_size=4)) + "§"
    assume(new != old)
    at = data.draw(st.integers(0, len(around)))
    text = around[:at] + old + around[at:]
    result = edited(text, old, new)
    assert result.startswith(around[:at])
    assert result.endswith(around[at:])
    assert result[at : len(result) - len(around) + at].split() == new.split()


@given(
    st.text("ab \t\n\r§", max_size=30),
    st.text("ab \t\n\r§", max_size=6),
    st.text("xy\n ", max_size=6),
)
def test_any_edit_is_made_or_refused(text: str, old: str, new: str) -> None:
    with suppress(WorkspaceError):
        parts = find_edit(text, old, new)
        assert len(parts) == 1
        assert apply(text, parts) != text


@pytest.mark.parametrize(
    "line",
    [
        "# ... rest of the code unchanged",
        "... rest of the code unchanged",
        "// ... existing code ...",
        "// existing code",
        "# ... (unchanged)",
        "/* ... existing styles ... */",
        "<!-- ... rest of the file ... -->",
        "{/* ... existing code ... */}",
        "-- rest of the query remains the same",
        "# Rest of your code here",
        "; existing code",
        "% rest of the document",
        "(* ... rest of the implementation ... *)",
        "{- existing code -}",
        "REM rest of the script unchanged",
        ":: rest of the file unchanged",
        '""" ... rest of the docstring ... """',
        "[rest of the file unchanged]",
        "<rest of the code>",
        "* ... existing code ...",
        "# same as before",
        "// unchanged",
        "# other methods remain unchanged",
        "# code omitted for brevity",
        "// Keep existing code",
        "# keep the rest as is",
        "# everything else stays the same",
        "// [...] rest of implementation",
        "    return x  # ... rest unchanged",
        "# … resto del código sin cambios",
        "// ... restlicher Code unverändert",
        "// ... reste du code inchangé",
        "# ... остальной код без изменений",
        "// ... 其余代码保持不变",
        "// 既存のコード ...",
    ],
)
def test_elided_text_is_refused(line: str) -> None:
    with pytest.raises(Elided, match="Line 2"):
        find_edit("a\nb\nc\n", "b", f"B\n{line}\nc")
    with pytest.raises(Elided):
        check_rewrite("a\nb\n", f"x\n{line}\n")
    with pytest.raises(Elided):
        check_rewrite(None, f"x\n{line}\n")
    # it may stay where it is
    assert edited(f"a\n{line}\nb\n", f"{line}\nb", f"{line}\nB") == f"a\n{line}\nB\n"
    check_rewrite(f"a\n{line}\n", f"b\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "# existing users are skipped here",
        "def f(): ...",
        "    ...",
        "# other methods",
        "# Remaining fields",
        "// wait for the remaining tasks...",
        "# Check existing users...",
        "x = [*rest]",
        "const {a, ...rest} = props",
        "the rest of the day was sunny",
        'print("... rest of the code unchanged")',
        "# keep existing connections alive",
        "// same as above but for strings",
        "# original: https://example.org",
        "code",
        "unchanged",
        "* unchanged rows are kept in the cache for later",
        "# ...",  # in a text that grows
    ],
)
def test_other_comments_are_not(line: str) -> None:
    assert edited("a\nb\nc\n", "b", f"B\n{line}\nc") == f"a\nB\n{line}\nc\nc\n"


def test_a_bare_ellipsis_is_refused_where_the_text_shrinks() -> None:
    with pytest.raises(Elided):
        find_edit("a\nb\nc\nd\n", "a\nb\nc\nd\n", "a\n# ...\nd\n")


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        (40, 19, Shrinkage),
        (40, 0, Shrinkage),
        (40, 20, None),
        (19, 1, None),
        (40, 400, None),
    ],
)
def test_large_shrinkage_of_a_file_is_refused(
    before: int, after: int, error: type[Exception] | None
) -> None:
    old = "".join(f"line {n}\n\n" for n in range(before))
    new = "".join(f"new line {n}\n" for n in range(after))
    if error is None:
        check_rewrite(old, new)
        return
    with pytest.raises(error, match="most of the file would be lost"):
        check_rewrite(old, new)
    assert edited(old, old, "x") == "x"  # whoever gives all lines means it


def test_a_rewrite_that_changes_nothing_is_refused() -> None:
    with pytest.raises(NoChange):
        check_rewrite("a\n", "a\n")


def test_a_miss_in_a_big_file_is_quick() -> None:
    chance = random.Random(4)
    lines = [f"    value_{n} = compute_{n % 90}({chance.random()})\n" for n in range(24_000)]
    text = "".join(lines)
    assert len(text) > 1_000_000
    for old in ("    value_7 = compute_8(value)\n    other()\n", "∀x\n", "\n\n\n", "compute(" * 50):
        started = time.process_time()
        with pytest.raises(NoMatch):
            find_edit(text, old, "new text")
        assert time.process_time() - started < 0.4  # some 40 ms on a quiet core
