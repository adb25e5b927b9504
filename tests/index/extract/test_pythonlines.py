"""Reading Python by its lines tells what parsing tells."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path

import pytest

from arriero.index.extract import extract, pythonlines
from arriero.index.extract.plain import lines_of
from arriero.index.extract.types import Extracted
from index.extract.checks import used


def parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> Extracted:
    with monkeypatch.context() as patch:
        patch.setattr(pythonlines, "read", lambda _: None)
        return extract(text, "python")


TRICKY = {
    "strings over lines": (
        'A = """\ndef no(): pass\n"""\nB = \'\'\'x\\\'\'\'\'\n\ndef f():\n    """a\n"""\n'
    ),
    "several names at once": (
        "A, b = 1, 2\nc = d = 3\ne, = f\ng.h, i = j\nk, *l = m\nn, (o, p) = q\nr = s.t = 4\n"
        "u, \\\n v = 1, 2\nw = x == y\nfoo(z, a=1)\nif b: c, d = 1, 2\nclass E:\n    f, g = 1, 2\n"
        "def h():\n    i, j = 1, 2\nif k:\n    default, l = 1, 2\nm = n = o = 5\np, p = 1, 2\n"
    ),
    "a string after the text": "def f():\n    return '#'  # '\nx = 1\n",
    "continued lines": (
        "x = 1 + \\\n  2\nif a and \\\n   b:\n    def f(a,\n          b=(1,\n"
        "             2)):\n        pass\n"
    ),
    "trailing comments": (
        "def f():\n    if x:\n        pass\n        # in\n    # in as well\n  # out\n"
        "# out\n\nclass A:\n    a = 1\n    # in\n\n    # in\ny = 2\n"
    ),
    "nested": (
        "class A:\n    class B:\n        def f(self):\n            def g():\n"
        "                class C:\n                    x = 1\n        Y = 2\n"
        "    def h(self): pass\n    z: int\n"
    ),
    "in branches": (
        "if x:\n    a = 1\n    def f(): ...\nelse:\n    class A: ...\ntry:\n    b = 2\n"
        "finally:\n    c = 3\nclass D:\n    if x:\n        y = 1\n    z = 2\n"
    ),
    "what is no definition": (
        "a == 1\nb.c = 1\nd[0] = 1\ne, f = 1, 2\ng += 1\nfor h in i: pass\nprint\n"
        "with j as k: pass\nl = m = 1\n(n) = 1\nelse_ = 1\n"
    ),
    "annotations": (
        "a: int\nb: 'c' = 1\nclass A:\n    d: list[int] = []\n    e.f: int = 1\n"
        "    def g(self, h: int = 1) -> dict[str, int]: ...\n"
    ),
    "in brackets": "x = dict(\na=1,\nb=2,\n)\ndef f(\n    a,\n):\n    return [\n1,\n]\n",
    "asynchronous": "async def f():\n    async with a: pass\n    async  def g(): pass\n",
    "types": "type A = int\ntype = 3\ntype B[T] = list[T]\nclass C:\n    type D = str\n",
    "types of types": (
        "type A[T] = tuple[T, T]\ntype [x]\ntype[x] = 1\ntype B [*T, **P,\n  U: int\n] = list[U]\n"
        "type(x)\ndef f():\n    type C[T: (int, str)] = T\n"
    ),
    "tabs": "class A:\n\tx = 1\n\tdef f(self):\n\t\tpass\n\t\t# in\n        # in the class\n\n",
    "a form feed": "import a\n\x0c\ndef f():\n    pass\n\x0c\nx = 1\n",
    "formatted": "x = f'{a(1)} {b!r:>{c(2)}}'\ny = f\"{d['e']}\"\n",
    "the text's end": "class A:\n    def f(self):\n        pass",
    "an empty line with spaces": "def f():\n    pass\n    \n    \n    # c\n    \nx = 1\n",
    "operators as names": (
        "match = 1\nmatch x:\n    case 1:\n        y = 2\n    case _:\n        def f(): pass\n"
    ),
    "decorated": "@a.b(c)\n@d\ndef f(): pass\n\n\n@e\nclass A(b.C, D[E], metaclass=F): pass\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_what_is_defined(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pythonlines.read(lines_of(text)) is not None
    assert extract(text, "python").definitions == parsed(text, monkeypatch).definitions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from .a import b as c, d\nimport e.f as g, h\n", "b:1 d:1 e:2 f:2 h:2"),
        ("from a.bimport import (\n  c,\n  d,\n)\nimported = 1\n", "a:1 bimport:1 c:2 d:3"),
        ("from __future__ import annotations\n", ""),
        ("a(b.c(d), e [f] (g))\n'h'.join(i)\n", "a:1 c:1 join:2"),
        ("if (a): pass\nreturn (b)\nx = not (c)\ndef d(e): pass\n", ""),
        ("class A(B, c.D, E[F], metaclass=G, *h()): pass\n", "B:1 D:1 E:1 G:1 h:1"),
        ("@a\n@b.c\n@d(e)\ndef f(): pass\n", "a:1 c:2 d:3"),
        ("def f(a: B, c: D[e.F, G] = h, *i: J | None) -> K:\n  pass\n", "B:1 D:1 F:1 G:1 J:1 K:1"),
        ("a: b.C = {d: e}\nx = {f: g}\nelse: h\n", "C:1"),
        ("f'{a(b)}' # c(d)\n'e(f)'\n", "a:1"),
    ],
)
def test_what_is_used(text: str, found: str) -> None:
    assert pythonlines.read(lines_of(text)) is not None
    assert used(extract(text, "python")) == found.split()


@pytest.mark.parametrize(
    "text",
    [
        'x = """\n', "x = '\n", "f(\n", "f)\n", "a = 1; b = 2\n", "class A: b = 1; c = 2\n",
        "x\v= 1\n", "\ufeffx = 1\n", "x = 1 \\ 2\n", "def f():\n  pass\f\n",
        "(" * 9_000, '"\\' * 9_000,
        '"""' + '\\"""' * 9_000, "class A(" + "(" * 3_000 + ")" * 3_000 + "):\n  b = '\n",
    ],
)  # fmt: skip
def test_what_is_left_to_the_parser(text: str) -> None:
    assert pythonlines.read(lines_of(text)) is None


def test_real_files_as_the_grammar_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is used may differ a little: in formatted strings, and where types are nested."""
    paths = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-z]*/*.py"))
    random.Random(7).shuffle(paths)
    read = both = either = 0
    for path in paths[:70]:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if len(text) > 30_000 or pythonlines.read(lines_of(text)) is None:
            continue
        read += 1
        mine, theirs = extract(text, "python"), parsed(text, monkeypatch)
        assert mine.definitions == theirs.definitions, path
        both += len(set(mine.references) & set(theirs.references))
        either += len(set(mine.references) | set(theirs.references))
    assert read > 40
    assert both > 0.95 * either
