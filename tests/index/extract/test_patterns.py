"""What is found by regular expressions, where no grammar serves."""

from __future__ import annotations

import pytest

from arriero.index.extract import outline
from arriero.index.extract.patterns import defined_by_pattern

ROWS = [
    ("python", "class A(B):\n    async def f(self):\n        pass\n\n\ndef g(): pass\n",
     ["1-3 class A", "2-3 method f A", "6-6 function g"]),
    ("typescript",
     ("export abstract class A {\n  x = 1;\n}\nexport async function f<T>(a: T) {\n}\n"
     "export const g = async (a) => {\n};\nexport type P = string;\ninterface I {}\n"),
     ["1-3 class A", "4-5 function f", "6-7 function g", "8-8 type P", "9-9 interface I"]),
    ("go", "type A struct {\n}\n\nfunc (a *A) F(x int) {\n\treturn\n}\n",
     ["1-2 type A", "4-6 function F"]),
    ("rust", "pub struct A<T> {\n}\nimpl<T> A<T> {\n    pub(crate) fn f(&self) {}\n}\nmod m {\n}\n",
     ["1-2 struct A", "4-4 function f", "6-7 module m"]),
    ("java", "public final class A {\n  private static int f(int a) {\n    return g(a);\n  }\n}\n",
     ["1-5 class A", "2-4 method f A"]),
    ("kotlin", "data class A(val a: Int)\nfun f() = 1\n", ["1-1 class A", "2-2 function f"]),
    ("c", "#define M 1\nstatic struct s *f(int a)\n{\n\treturn g(a);\n}\nenum e {\n\tX\n};\n",
     ["1-1 macro M", "2-5 function f", "6-8 enum e"]),
    ("ruby", "module M\n  class A\n    def self.f?\n    end\n  end\nend\n",
     ["1-6 module M", "2-5 class A M", "3-4 method f? A"]),
    ("php", "class A {\n    public function f() {\n    }\n}\n", ["1-4 class A", "2-3 method f A"]),
    ("lua", "function M.f(a)\nend\nlocal function g()\nend\n",
     ["1-2 function f", "3-4 function g"]),
    ("bash", "f() {\n  :\n}\n", ["1-3 function f"]),
    ("sql", ("CREATE TABLE IF NOT EXISTS `db`.`items` (\n  id INT\n);\n"
     "create or replace view v as select 1;\nCREATE UNIQUE INDEX i ON t (a);\n"),
     ["1-3 table items", "4-4 view v", "5-5 index i"]),
    ("make", "all: build\n\tcc a.c\n\nVAR := 1\nbuild:\n\ttrue\n",
     ["1-4 target all", "5-6 target build"]),
    ("elixir", "defmodule A.B do\n  def f(x) do\n    x\n  end\nend\n",
     ["1-5 module A.B", "2-4 function f A.B"]),
    ("proto", "message A {\n  int32 a = 1;\n}\nservice S {\n  rpc F(A) returns (A);\n}\n",
     ["1-3 type A", "4-6 type S", "5-5 method F S"]),
    ("markdown", "# One\n\ntext\n\n## Two ##\n", ["1-4 heading One", "5-5 heading Two"]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "expected"), ROWS)
def test_what_is_found(language: str, text: str, expected: list[str]) -> None:
    found = defined_by_pattern(text.splitlines(), language)
    assert found is not None
    assert [
        f"{each.line}-{each.end_line} {each.kind} {each.name} {each.container}".strip()
        for each in found
    ] == expected


def test_a_language_without_grammar_has_an_outline() -> None:
    assert [each.name for each in outline("sub run {\n}\n", "perl")] == ["run"]


def test_a_language_without_anything() -> None:
    assert defined_by_pattern(["x"], "klingon") is None
    assert outline("x", "klingon") == []


@pytest.mark.parametrize("language", ["c", "java", "go", "sql", "typescript", "scss"])
@pytest.mark.parametrize(
    "line", ["a " * 200, "(" * 400, "a(" * 200, "create " * 57, "const a = (" * 36]
)
def test_no_line_takes_long(language: str, line: str) -> None:
    assert defined_by_pattern([line] * 200, language) is not None
