"""Edits as small models get them wrong: what a careful reader would accept, and what is refused."""

# ruff: noqa: E501, RUF001 - an edit reads best in one literal, and signs that look alike are meant
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace.diff import apply
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.matching import find_edit
from arriero.workspace.readings import file_text, new_text, readings, unfenced

PY = (
    "import os\n"
    "\n"
    "\n"
    "class Client:\n"
    '    """Talks to the server."""\n'
    "\n"
    "    def __init__(self, url):\n"
    "        self.url = url\n"
    "        self.retries = 1\n"
    "\n"
    "    def fetch(self, path):\n"
    '        if path == "/":\n'
    "            return None\n"
    "        return os.path.join(self.url, path)\n"
)
OLD = "        self.url = url\n        self.retries = 1\n"
NEW = "        self.url = url\n        self.retries = 3\n"
DONE = PY.replace("retries = 1", "retries = 3")
TABS = PY.replace("    ", "\t")
CRLF = PY.replace("\n", "\r\n")
GO = 'func main() {\n\tif a < b && c > d {\n\t\tfmt.Println("a\\n")\n\t}\n}\n'
GO_DONE = GO.replace("a < b", "a <= b")
CURLY = "He said “well – now” and didn’t go.\nThe end\u00a0is near.\n"


def lines(text: str, number: str, first: int = 8) -> str:
    return "".join(
        f"{number.format(first + n)}{line}\n" for n, line in enumerate(text.splitlines())
    )


def marked(mark: str, text: str) -> str:
    return "".join(mark + line + "\n" for line in text.splitlines())


ACCEPTED = [
    # indentation and blanks
    ("spaces for tabs", TABS, OLD, NEW, TABS.replace("retries = 1", "retries = 3")),
    ("tabs for spaces", PY, OLD.replace("    ", "\t"), NEW.replace("    ", "\t"), DONE),
    (
        "no indentation",
        PY,
        "self.url = url\nself.retries = 1",
        "self.url = url\nself.retries = 3",
        DONE,
    ),
    ("half the indentation", PY, OLD.replace("    ", "  "), NEW.replace("    ", "  "), DONE),
    ("first line not indented", PY, OLD.lstrip(), NEW.lstrip(), DONE),
    ("blanks at line ends", PY, OLD.replace("\n", "  \n"), NEW, DONE),
    ("blanks at line ends in the file", PY.replace("url = url", "url = url  "), OLD, NEW, DONE),
    ("blank lines around", PY, f"\n{OLD}\n\n", f"\n{NEW}\n\n", DONE),
    ("blank lines before only", PY, f"\n\n{OLD}", NEW, DONE),
    ("no last line end", PY, OLD.rstrip("\n"), NEW.rstrip("\n"), DONE),
    ("CR LF in the file", CRLF, OLD, NEW, DONE.replace("\n", "\r\n")),
    ("CR LF in the edit", PY, OLD.replace("\n", "\r\n"), NEW.replace("\n", "\r\n"), DONE),
    # blank lines
    (
        "a blank line left out",
        PY,
        "        self.retries = 1\n    def fetch(self, path):\n",
        "        self.retries = 3\n    def fetch(self, path):\n",
        DONE,
    ),
    (
        "a blank line left out where nothing changes",
        PY,
        "import os\nclass Client:\n",
        "import os\nclass Client:\n    x = 1\n",
        PY.replace("Client:\n", "Client:\n    x = 1\n"),
    ),
    (
        "a blank line too many",
        PY,
        "import os\n\n\n\n\nclass Client:\n",
        "import os\n\n\n\n\nclass Server:\n",
        PY.replace("class Client", "class Server"),
    ),
    (
        "a blank line too many between lines that stay",
        PY,
        "        self.url = url\n\n        self.retries = 1\n",
        "        self.url = url\n\n        self.retries = 1\n        self.n = 0\n",
        PY.replace("retries = 1\n", "retries = 1\n        self.n = 0\n"),
    ),
    (
        "blank lines and indentation",
        PY,
        "self.url = url\n\nself.retries = 1\n",
        "self.url = url\n\nself.retries = 3\n",
        DONE,
    ),
    (
        "a line becomes three, blank lines left out",
        PY,
        "import os\nclass Client:\n",
        "import os\nclass A:\n    x = 1\nclass Client(A):\n",
        PY.replace("class Client:", "class A:\n    x = 1\nclass Client(A):"),
    ),
    (
        "a blank line that is to come",
        PY,
        "import os\nclass Client:\n",
        "import os\n\n\n\nclass Client:\n",
        PY.replace("os\n\n\n", "os\n\n\n\n"),
    ),
    # line numbers
    ("numbers of read_file", PY, lines(OLD, "{:>6}\t"), lines(NEW, "{:>6}\t"), DONE),
    ("numbers in the old text only", PY, lines(OLD, "{:>6}\t"), NEW, DONE),
    ("numbers with a colon", PY, lines(OLD, "{}: "), lines(NEW, "{}: "), DONE),
    ("numbers with a bar", PY, lines(OLD, "{:>4} | "), lines(NEW, "{:>4} | "), DONE),
    ("numbers with an arrow", PY, lines(OLD, "{:>5}→"), lines(NEW, "{:>5}→"), DONE),
    ("numbers whose tab became blanks", PY, lines(OLD, "{:>6} "), lines(NEW, "{:>6} "), DONE),
    (
        "one number",
        PY,
        "     9\t        self.retries = 1",
        "     9\t        self.retries = 3",
        DONE,
    ),
    # escapes made twice
    ("escaped line ends", PY, OLD.replace("\n", "\\n"), NEW.replace("\n", "\\n"), DONE),
    (
        "escaped tabs and line ends",
        TABS,
        OLD.replace("    ", "\\t").replace("\n", "\\n"),
        NEW.replace("    ", "\\t").replace("\n", "\\n"),
        TABS.replace("retries = 1", "retries = 3"),
    ),
    ("escaped quotes", PY, 'if path == \\"/\\":', 'if path == \\"\\":', PY.replace('"/"', '""')),
    (
        "escaped quotes in several lines",
        PY,
        '        if path == \\"/\\":\n            return None',
        '        if path == \\"/\\":\n            return \\"\\"',
        PY.replace("return None", 'return ""'),
    ),
    (
        "escapes of the code itself escaped",
        GO,
        'fmt.Println(\\"a\\\\n\\")',
        'fmt.Println(\\"b\\\\n\\")',
        GO.replace('"a\\n"', '"b\\n"'),
    ),
    (
        "entities",
        GO,
        "if a &lt; b &amp;&amp; c &gt; d {",
        "if a &lt;= b &amp;&amp; c &gt; d {",
        GO_DONE,
    ),
    (
        "entities of quotes",
        PY,
        "if path == &quot;/&quot;:",
        "if path == &quot;&quot;:",
        PY.replace('"/"', '""'),
    ),
    (
        "entities in the old text only",
        GO,
        "if a &lt; b && c > d {",
        "if a <= b && c > d {",
        GO_DONE,
    ),
    # the answer's form
    ("fences around both", PY, f"```python\n{OLD}```", f"```python\n{NEW}```", DONE),
    ("a fence around the old text", PY, f"```\n{OLD}```\n", NEW, DONE),
    ("marks of a diff", PY, marked("-", OLD), marked("+", NEW), DONE),
    (
        "marks of a diff with context",
        PY,
        "         self.url = url\n-        self.retries = 1\n",
        "         self.url = url\n+        self.retries = 3\n",
        DONE,
    ),
    ("marks in the old text only", PY, marked("-", OLD), NEW, DONE),
    ("backticks around", PY, "`self.retries = 1`", "`self.retries = 3`", DONE),
    ("quotes around", PY, "'self.retries = 1'", "'self.retries = 3'", DONE),
    # signs that look alike
    (
        "curly quotes for straight ones",
        PY,
        "if path == “/”:",
        "if path == “”:",
        PY.replace('"/"', '""'),
    ),
    (
        "straight quotes for curly ones",
        CURLY,
        'He said "well - now" and didn\'t go.\n',
        'He said "well - now" and didn\'t go.\nNobody did.\n',
        CURLY.replace("go.\n", "go.\nNobody did.\n"),
    ),
    (
        "plain quotes within a line",
        CURLY,
        "and didn't go",
        "and didn't stay",
        CURLY.replace("go.", "stay."),
    ),
    (
        "a plain blank",
        CURLY,
        "The end is near.",
        "The end was near.",
        CURLY.replace("end\u00a0is", "end was"),
    ),
    (
        "wide signs",
        PY,
        "def fetch（self, path）：",
        "def fetch（self）：",
        PY.replace("self, path", "self"),
    ),
    (
        "a wide colon",
        PY,
        '        if path == "/"：\n            return None\n',
        '        if path == "/"：\n            return 0\n',
        PY.replace("return None", "return 0"),
    ),
    (
        "indented otherwise and curly",
        PY,
        "if path == “/”:\n    return None",
        "if path == “/”:\n    return 0",
        PY.replace("return None", "return 0"),
    ),
    # whole lines are meant before the ends of others
    ("the end of a longer line", "max_x = 1\nx = 1\n", "x = 1\n", "x = 2\n", "max_x = 1\nx = 2\n"),
    ("no line end behind the new lines", PY, OLD, NEW.rstrip("\n"), DONE),
    ("a fence around the old text, no line end", PY, f"```\n{OLD}```", NEW.rstrip("\n"), DONE),
    # what is in the file as it is written is not read otherwise
    ("numbers that are there", "1\ta\na\n", "1\ta\n", "1\tb\n", "1\tb\na\n"),
    ("marks that are there", "- a\na\n", "- a\n", "- b\n", "- b\na\n"),
    ("entities that are there", "a &lt; b\na < b\n", "a &lt; b", "a &gt; b", "a &gt; b\na < b\n"),
    ("escapes that are there", 'x = "\\n"\n', '"\\n"', '"\\t"', 'x = "\\t"\n'),
    (
        "fences that are there",
        "```\na\n```\na\n",
        "```\na\n```\n",
        "```\nb\n```\n",
        "```\nb\n```\na\n",
    ),
]


@pytest.mark.parametrize(
    ("text", "old", "new", "result"),
    [row[1:] for row in ACCEPTED],
    ids=[row[0] for row in ACCEPTED],
)
def test_what_was_meant_is_found(text: str, old: str, new: str, result: str) -> None:
    assert apply(text, find_edit(text, old, new)) == result


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (PY, OLD, OLD, "are the same"),
        (PY, "class Client:\n    ...\n    def fetch(self, path):\n", "x", "The line '...' of old_string"),
        (PY, "class Client:\n    # ... existing code ...\n", "x", "stands for lines that were left out"),
        (PY, "self.retries = 2", "self.retries = 3", "nearest lines are:\n.*self.retries = 1"),
        (PY, lines("        self.url = url\n        self.gone = 1\n", "{:>6}\t"), "x", "nearest"),
        (
            PY,
            OLD.replace("\n", "\\n"),
            "        self.url = url\\n        # ... existing code ...\\n",
            "left out",
        ),
        (PY, "def fetch(self, path):", "def fetch(self, path):\n        # ... rest of code", "left out"),
        (PY, NEW.replace("3", "4"), DONE, "nearest"),
        (DONE, OLD, NEW, "made already"),
        (CURLY * 2, "didn't", "did", "2 times"),
        (PY * 2, lines(OLD, "{:>6}\t"), NEW, "2 times, in lines 8, 22"),
        (PY, "8: x\n12: y\n", "x", "nothing like it"),  # numbers that do not follow each other
        (PY, "-        self.url = url\n+        self.retries = 1\n", "x", "nearest"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused(text: str, old: str, new: str, says: str) -> None:
    with pytest.raises(WorkspaceError, match=f"(?s){says}"):
        find_edit(text, old, new)


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("```\na\n```", "a\n"),
        ("\n```python\na\n\nb\n```\n\n", "a\n\nb\n"),
        ("~~~\na\n~~~", "a\n"),
        ("````md\n```\na\n```\n````\n", "```\na\n```\n"),
        ("```\n```", ""),
        ("```\na\n```\nb\n```\nc\n```", None),  # two blocks and text between
        ("a\n```\nb\n```", None),
        ("```a```", None),
        ("```\na", None),
        ("", None),
    ],
)
def test_a_fence_around_all(text: str, inner: str | None) -> None:
    assert unfenced(text) == inner


@given(st.text(alphabet="ab 1\t\n\r\\\"'`-+&lt;:|#.“”", max_size=60), st.text(max_size=20))
def test_the_edit_as_written_comes_first_and_no_reading_twice(old: str, new: str) -> None:
    found = list(readings(old, new))
    assert found[0] == (old, new)
    olds = [each for each, _ in found]
    assert len(olds) == len(set(olds))


@given(st.lists(st.integers(0, 2), min_size=3, max_size=10), st.data())
def test_blank_lines_that_were_left_out_stay(gaps: list[int], data: st.DataObject) -> None:
    lines = [f"    x{n} = {n}\n" for n in range(len(gaps))]
    text = "".join(line + "\n" * gap for line, gap in zip(lines, gaps, strict=True))
    first = data.draw(st.integers(0, len(gaps) - 2))
    last = data.draw(st.integers(first + 1, len(gaps) - 1))
    changed = data.draw(st.integers(first, last))
    new = f"    y = {changed}\n"
    edited = [*lines[first:changed], new, *lines[changed + 1 : last + 1]]
    found = find_edit(text, "".join(lines[first : last + 1]), "".join(edited))
    assert apply(text, found) == text.replace(lines[changed], new)


@pytest.mark.parametrize(
    ("path", "text", "written"),
    [
        ("a.py", "```python\nx = 1\n```\n", "x = 1\n"),
        ("a.md", "```python\nx = 1\n```\n", "```python\nx = 1\n```\n"),
        ("a.py", "     1\tx\n     2\t\n     3\ty\n", "x\n\ny\n"),
        ("a.py", "```\n     9\tx\n    10\ty\n```", "x\ny\n"),
        ("a.tsv", "1\tx\n2\ty\n", "1\tx\n2\ty\n"),
        ("a.tsv", "     1\tx\n     3\ty\n", "     1\tx\n     3\ty\n"),
        ("a.py", "x\n", "x\n"),
        ("a.py", "", ""),
    ],
)
def test_the_text_of_a_file_as_it_is_written(path: str, text: str, written: str) -> None:
    assert file_text(path, text) == written


@pytest.mark.parametrize(
    ("path", "old", "new", "written"),
    [
        ("a.py", "x", "```\ny\n```", "y"),
        ("a.py", "x\n", "```\ny\n```", "y\n"),
        ("a.py", "x", "     7\ty", "y"),
        ("a.md", "x", "```\ny\n```", "```\ny\n```"),
        ("a.py", "```\nx\n```", "```\ny\n```", "```\ny\n```"),  # both: the edit's reading decides
        ("a.py", "x", "y\n", "y\n"),
    ],
)
def test_the_new_text_of_an_edit(path: str, old: str, new: str, written: str) -> None:
    assert new_text(path, old, new) == written
