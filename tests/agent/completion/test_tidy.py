"""From what models write to what is shown: a row for each thing that they do."""

from __future__ import annotations

import pytest

from agent.completion.marked import shown, spot_at

# File, text with the cursor, what the model writes, what is inserted.
ROWS = [
    ("a.py", "x = |", "1", "1"),
    ("a.py", "x = |", " 1", "1"),
    ("a.py", "x =|", " 1", " 1"),
    ("a.py", "x = |", "1\ny = 2", "1"),
    ("a.py", "foo(|)", "a, b)", "a, b"),
    ("a.py", "foo(|)", "g(a), b)", "g(a), b"),
    ("a.py", "foo(|", "a, b)", "a, b)"),
    ("a.py", "foo(|", "a, b", "a, b"),
    ("a.py", "x = |", "foo(1", "foo(1)"),
    ("a.py", 'print("|")', 'hello")', "hello"),
    ("a.py", 'print("|', 'hello")', 'hello")'),
    ("a.py", "foo(|bar, baz)", "qux, bar, baz)", "qux,"),
    ("a.py", "return |value", "value", ""),
    ("a.py", "x = |  # note", "1  # note", "1"),
    ("a.py", "if x:|", "\n    return 1\nelse:\n    return 2\n", "\n    return 1"),
    ("a.py", "def f():\n    |", "    return 1\n\nprint(f())", "return 1"),
    ("a.py", "def f():\n    |", "\n    return 1\n", "return 1"),
    ("a.py", "def f(a):\n    x = 1\n    |\n", "y = 2\n    return x\n", "y = 2\n    return x"),
    ("a.py", "def f():\n    |\n    return 1\n", "x = 2\n    return 1\n", "x = 2"),
    ("a.py", "import os\nimport sys\n|", "import os\nimport sys\nimport re", ""),
    ("a.py", "first_value = 1\n|", "first_value = 1", ""),
    ("a.py", "x = |", "<|endoftext|>1", ""),
    ("a.py", "x = |", "1<|fim_pad|>", "1"),
    ("a.py", "x = |", "   \n\n", ""),
    (
        "a.py",
        "class A:\n    def f(self):\n        |",
        "self.a = 1\n        self.a = 1\n        self.a = 1\n",
        "self.a = 1",
    ),
    ("a.ts", "if (x) {|}", "\n    foo();\n}", "\n    foo();\n"),
    ("a.ts", "if (x) {|", "\n    foo();\n}\nbar();", "\n    foo();\n}"),
    ("a.ts", "if (x) {|\n}", "\n    foo();\n}\nbar();", "\n    foo();"),
    ("a.ts", "const a = |", "{ b: 1", "{ b: 1}"),
    ("a.ts", "const a = b.map(|)", "(x) => x + 1)", "(x) => x + 1"),
    ("a.ts", "const a = b.map(|);", "x => { return x; });", "x => { return x; }"),
    ("a.ts", "for|", "(const a of b) {", "(const a of b)"),
    ("a.ts", "const a = `${b} |`;", "and ${c}`;", "and ${c}"),
    ("a.go", "func f() int {|", "\n\treturn 1\n}\n\nfunc g() {}", "\n\treturn 1\n}"),
    ("a.go", "func f() int {\n\t|\n}", "return 1\n}\n", "return 1"),
    ("a.go", "\tif err != nil {|\n\t}", "\n\t\treturn err\n\t}\n\treturn nil", "\n\t\treturn err"),
    ("a.rs", "let x: &'a str = |;", '"y";', '"y"'),
    ("a.rs", "fn f() {|}", "\n    g();\n}", "\n    g();\n"),
    ("a.c", "int a[] = {|};", "1, 2};", "1, 2"),
    ("a.c", "#define A |", "1\n#define B 2", "1"),
    ("a.c", "if (a)|", "\n    b();", ""),
    (
        "a.java",
        "    public int size() {|\n    }",
        "\n        return n;\n    }",
        "\n        return n;",
    ),
    ("a.rb", "def f|", "(a)\n  a\nend", "(a)\n  a\nend"),
    ("a.rb", "def f(a)|", "\n  a\nend\n\nf(1)", "\n  a\nend"),
    ("a.rb", "def f(a)|\nend", "\n  a\nend", "\n  a"),
    ("a.lua", "if x then|", "\n  y()\nend\nz()", "\n  y()\nend"),
    ("a.sh", "for a in b; do|", "\n  echo $a\ndone\nls", "\n  echo $a\ndone"),
    ("a.sh", 'echo "${a|}"', "b}", "b"),
    ("a.html", "<p>|</p>", "text</p>", "text"),
    ("a.html", "<p>|", "text</p>", "text</p>"),
    ("a.css", "a {|\n}", "\n  color: red;\n}", "\n  color: red;"),
    ("a.sql", "SELECT a, |FROM b", "c FROM b", "c"),
    ("a.yaml", "a:|", "\n  b: 1\nc: 2", "\n  b: 1"),
    ("a.json", '{"a": |}', "1}", "1"),
    ("a.json", '{"a": [|]}', "1, 2]}", "1, 2"),
    ("a.md", "Hello |", "world (see", "world (see)"),
    ("a.py", "# a note about |", "(this", "(this"),
    ("a.py", "x = [|\n]", "\n    1,\n    2,\n]", "\n    1,\n    2,"),
    ("a.py", "x = f(a)|)", "", ""),
    ("a.py", "x = (|", "a))", "a)"),
    ("a.py", "d = {|}", '"a": 1}', '"a": 1'),
]


@pytest.mark.parametrize(("name", "text", "raw", "expected"), ROWS)
def test_what_is_shown(name: str, text: str, raw: str, expected: str) -> None:
    assert shown(spot_at(name, text), raw) == expected


@pytest.mark.parametrize(
    ("text", "raw", "max_lines", "cut_off", "expected"),
    [
        ("if x:|", "\n    a = 1\n    b = 2\n    c = 3\n", 2, False, "\n    a = 1\n    b = 2"),
        ("if x:|", "\n    a = 1\n    b = 2\n    c = so", 12, True, "\n    a = 1\n    b = 2"),
        ("if x:|", "\n    a = 1\n\n\n    b = 2\n", 12, False, "\n    a = 1"),
        ("if x:|", "\n    a = 1\n\n    b = 2\n", 12, False, "\n    a = 1\n\n    b = 2"),
        ("if x:|", " return 1", 12, True, " return 1"),
        ("x = |", "1\r\ny", 12, False, "1"),
    ],
)
def test_lines(text: str, raw: str, max_lines: int, cut_off: bool, expected: str) -> None:
    assert shown(spot_at("a.py", text), raw, max_lines, cut_off=cut_off) == expected


def test_a_text_with_other_line_ends() -> None:
    spot = spot_at("a.py", "def f():\r\n    |\r\n    return 1\r\n")
    assert shown(spot, "x = 2\r\n    return 1\r\n") == "x = 2"
