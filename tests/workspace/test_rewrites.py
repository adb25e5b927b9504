"""Whole files as small models write them: what loses code is refused, what is meant is not."""

from __future__ import annotations

import pytest

from arriero.workspace.diff import apply
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.matching import Elided, Shrinkage, check_rewrite, find_edit
from arriero.workspace.view import WorkspaceView
from workspace.user import User

PY = (
    '"""Amounts of money, in whole cents."""\n'
    "\n"
    "from __future__ import annotations\n"
    "\n"
    "\n"
    "def parse(text: str) -> int:\n"
    '    """Read an amount."""\n'
    '    whole, _, fraction = text.strip().partition(".")\n'
    "    if not whole.isdigit():\n"
    '        raise ValueError(f"not an amount of money: {text!r}")\n'
    '    return int(whole) * 100 + int(fraction.ljust(2, "0"))\n'
    "\n"
    "\n"
    "def show(cents: int) -> str:\n"
    '    """Write an amount with two decimals."""\n'
    '    sign = "-" if cents < 0 else ""\n'
    '    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"\n'
    "\n"
    "\n"
    "def split(cents: int, parts: int) -> list[int]:\n"
    '    """Split an amount into equal parts."""\n'
    "    share = cents // parts\n"
    "    return [share] * parts\n"
)
SPLIT = (
    "def split(cents: int, parts: int) -> list[int]:\n"
    "    share, odd = divmod(cents, parts)\n"
    "    return [share + 1] * odd + [share] * (parts - odd)\n"
)
HEAD = "".join(PY.splitlines(keepends=True)[:4])
PARSE = PY[PY.index("def parse") : PY.index("def show")]
SHOW = PY[PY.index("def show") : PY.index("def split")]
STORE = (
    "class Store:\n"
    "    def get(self, key):\n"
    "        row = self.db.find(key)\n"
    "        return row.value\n"
    "\n"
    "    def put(self, key, value):\n"
    "        self.db.insert(key, value)\n"
    "        self.db.commit()\n"
)
JS = (
    "import { api } from './api'\n"
    "\n"
    "export function load(id) {\n"
    "  const url = `/items/${id}`\n"
    "  return api.get(url)\n"
    "}\n"
    "\n"
    "export function save(item) {\n"
    "  validate(item)\n"
    "  return api.post('/items', item)\n"
    "}\n"
)
README = (
    "# Tally\n\nSplits bills.\n\n## Use\n\n```\n$ tally weekend.txt\nAnna pays 3\nBen pays 4\n"
    "Cleo pays 5\n```\n\n## More\n\nSee the code.\n\nIt is short.\n"
)
DOCTEST = (
    'def f(x):\n    """Double.\n\n    >>> f(1)\n    2\n    >>> f(2)\n    4\n    >>> f(None)\n'
    '    error\n    more\n    """\n    return 2 * x\n'
)
PLACEHOLDERS = [
    "    ...", "...", "…", "# ...", "// ...", "/* ... */", "# …", "    pass  # ...", "<!-- ... -->",
    "    pass  # rest of the code", "    ...  # existing code", "[...]", "# (same)", "# same",
    "    # [...]", "-- ...", "    return  # ...",
]  # fmt: skip


def hollow(body: str, text: str = PY) -> str:
    """Put `body` for the bodies of parse and show."""
    return text.replace(PARSE, f"def parse(text: str) -> int:\n{body}\n\n\n").replace(
        SHOW, f"def show(cents: int) -> str:\n{body}\n\n\n"
    )


REFUSED = [
    *((f"for the middle {one!r}", PY, f"{HEAD}{one}\n\n\n{SPLIT}") for one in PLACEHOLDERS),
    *((f"for one function {one!r}", PY, PY.replace(SHOW, f"{one}\n\n\n")) for one in PLACEHOLDERS
      if "same" not in one),
    *((f"for bodies {one!r}", PY, hollow(one)) for one in
      ("    ...", "    pass  # ...", "    # ...\n    pass", "    ...  # unchanged")),
    ("bodies with docstrings", PY, hollow('    """Doc."""\n    ...')),
    ("bodies on the line", PY, PY.replace(SHOW, "def show(cents: int) -> str: ...\n\n\n")),
    ("bodies, and more elsewhere", PY, hollow("    ...") + "\n\ndef new():\n    return 1\n" * 9),
    ("methods", STORE, STORE.replace("        row = self.db.find(key)\n        return row.value\n",
                                     "        ...\n")),
    ("a class", STORE + SPLIT, "class Store:\n    ...\n\n\n" + SPLIT),
    ("of a language with braces", JS, JS.replace("  const url = `/items/${id}`\n"
                                                 "  return api.get(url)\n", "  // ...\n")),
    ("bare, with braces", JS, JS.replace("  validate(item)\n", "  ...\n")),
    ("bare, with more elsewhere", JS, JS.replace("  validate(item)\n",
                                                 "  ...\n  check(1)\n  check(2)\n")),
    ("in braces", JS, JS.replace("{\n  const url = `/items/${id}`\n  return api.get(url)\n}",
                                 "{ /* ... */ }")),
    ("of a text", README, README.replace("See the code.\n\nIt is short.", "...")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_stands_for_code_is_refused(old: str, new: str) -> None:
    path = "a.md" if old is README else "a.js" if old is JS else "a.py"
    with pytest.raises(Elided, match=r"left out.*edit_file"):
        check_rewrite(old, new, path)
    with pytest.raises(Elided):
        check_rewrite(old, new)


@pytest.mark.parametrize("line", PLACEHOLDERS)
@pytest.mark.parametrize("old", [None, "", "x = 1\n", PY])
def test_a_placeholder_is_no_file(old: str | None, line: str) -> None:
    if "same" not in line or old == PY:
        with pytest.raises(Elided, match="edit_file" if old else "complete"):
            check_rewrite(old, f"\n{line}\n", "a.py")


PROTOCOL = (
    "from typing import Protocol\n\n\nclass Store(Protocol):\n"
    "    def get(self, key: str) -> str:\n        ...\n\n"
    "    def put(self, key: str, value: str) -> None: ...\n"
)
ACCEPTED = [
    ("a stub", None, "...\n", "a.pyi"),
    ("a stub of a module", None, "def f(x: int) -> int: ...\nclass A:\n    ...\n", "a.pyi"),
    ("a file becomes a stub", PY, ("def parse(t: str) -> int: ...\ndef show(c: int) -> str: ...\n"
     "def split(\n    cents: int,\n    parts: int,\n) -> list[int]:\n    ...\nA: int\nB: int\n"),
     "a.pyi"),
    ("a new protocol", None, PROTOCOL, "a.py"),
    ("a new skeleton", None, "def f():\n    ...\n\n\ndef g():\n    pass  # ...\n", "a.py"),
    ("a new exception", PY, PY + "\n\nclass Wrong(Exception):\n    ...\n", "a.py"),
    ("a class becomes a protocol", STORE, PROTOCOL, "a.py"),
    ("a class becomes abstract", STORE,
     ("from abc import ABC, abstractmethod\n\n\nclass Store(ABC):\n"
     "    @abstractmethod\n    def get(self, key):\n        ...\n\n"
     "    @property\n    @abstractmethod\n    def size(self) -> int: ...\n"), "a.py"),
    ("overloads", PY, PY.replace("def show(", "@overload\ndef show(cents: int) -> str: ...\n"
     "@overload\ndef show(cents: None) -> None:\n    ...\n@typing.overload\n"
     "def show(\n    cents: str,\n) -> str: ...\ndef show("), "a.py"),
    ("bodies that were so", PROTOCOL + SPLIT, PROTOCOL.replace("key", "name") + SPLIT, "a.py"),
    ("bodies that were empty", "def f():\n    pass\n\n\ndef g():\n    return 1\n",
     "def f():\n    ...\n\n\ndef g():\n    return 2\n", "a.py"),
    ("not implemented", PY + "\n\ndef f():\n    raise NotImplementedError\n",
     PY + "\n\ndef f():\n    ...\n", "a.py"),
    ("moved", f"def f():\n    ...\n\n\n{PY}", f"{PY}\n\ndef f():\n    ...\n", "a.py"),
    ("nothing to do in a block", PY, PY.replace("    if not whole.isdigit():\n", "    try:\n"
     "        check(whole)\n    except KeyError:\n        ...\n    if not whole.isdigit():\n"),
     "a.py"),
    ("an index", PY, PY.replace("[share] * parts", "array[..., 0]"), "a.py"),
    ("a test", ("import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
     "        self.assertEqual(f(1), 2)\n"),
     ("import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
     "        class A(Protocol): ...\n        self.assertEqual(f(A), ...)\n"), "a.py"),
    ("a doctest", DOCTEST, DOCTEST.replace("    4\n    >>> f(None)\n    error\n    more\n",
     "    4\n    >>> f(None)\n    Traceback (most recent call last):\n        ...\n    TypeError\n"
     "    >>> for x in y:\n    ...     f(x)\n    ...\n"), "a.py"),
    ("a shorter doctest", DOCTEST, DOCTEST.replace(
     "    2\n    >>> f(2)\n    4\n    >>> f(None)\n    error\n    more\n",
     "    Traceback (most recent call last):\n        ...\n    TypeError\n"), "a.py"),
    ("output in a text", README, README.replace("Anna pays 3\nBen pays 4\nCleo", "...\nCleo"),
     "a.md"),
    ("indented output in a text", README, README.replace("See the code.\n\nIt is short.",
     "    ..."), "a.md"),
    ("documents of YAML", "---\na: 1\nb: 2\nc: 3\n", "---\na: 1\n...\n---\n", "a.yaml"),
    ("a section in a comment", PY, PY + "\n# ...\nprint(split(1, 1))\n", "a.py"),
    ("a spread", JS, JS.replace("'/items', item", "'/items', { ...item }"), "a.js"),
    ("variadic", "void f(int a, int b);\nint g(void);\n",
     "void f(int a,\n       ...);\nint g(void);\n", "a.c"),
    ("generated", None, "[]\n", "a.json"),
    ("generated and small", "{}\n", '{"a": 1}\n', "a.json"),
    ("another text for a small file", "a\nb\nc\nd\ne\nf\n", "a\n", "requirements.txt"),
    ("other contents", "".join(f"old {n}\n" for n in range(15)), "new\n", "a.txt"),
    ("moved elsewhere", PY, "from tally.amounts import parse, show, split\n", "a.py"),
    ("a comment moved", "# ...\n" + PY, PY.replace(SHOW, "# ...\n\n\n"), "a.py"),
    ("declared first", PY, PY.replace("def show(", "def show(c): ...\n\n\ndef show("), "a.py"),
    ("another program", JS, "import { go } from './go'\n\ngo(() => {\n})\n", "a.js"),
    ("half of it", PY, HEAD + PARSE.rstrip() + "\n", "a.py"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "path"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
def test_an_honest_rewrite_is_accepted(old: str | None, new: str, path: str) -> None:
    check_rewrite(old, new, path)


@pytest.mark.parametrize(
    "new",
    [
        HEAD + SPLIT,  # the middle is gone without a word
        SPLIT,  # only the function that changes
        HEAD,  # it stopped
        "",
    ],
)
def test_a_small_file_does_not_lose_most_of_itself(new: str) -> None:
    with pytest.raises(Shrinkage, match="edit_file"):
        check_rewrite(PY, new, "a.py")


def test_what_is_to_go_goes_by_edits(user: User, view: WorkspaceView) -> None:
    user.save("a.py", PY)
    view.read("a.py")
    for part in (PARSE, SHOW):
        view.edit("a.py", part, "")
    view.edit("a.py", view.read("a.py").text, "")
    assert view.read("a.py").text == ""
    assert apply(PY, find_edit(PY, PY, "def split(): ...\n")) == "def split(): ...\n"


def test_the_view_knows_a_stub_by_its_name(user: User, view: WorkspaceView) -> None:
    for name in ("a.py", "a.pyi"):
        user.save(name, STORE)
        view.read(name)
    new = STORE.replace(
        "        row = self.db.find(key)\n        return row.value\n", "        ...\n"
    )
    assert view.write("a.pyi", new).new_text == new
    with pytest.raises(WorkspaceError, match="edit_file"):
        view.write("a.py", new)
