"""What somebody is typing in does not parse: its outline stays."""

from __future__ import annotations

import time

import pytest

from arriero.index import extract as extraction
from arriero.index.extract import extract, grammars, outline, parse
from arriero.index.extract.barelines import bare_lines
from arriero.index.extract.heads import heads
from arriero.index.extract.respelled import respelled, respelled_if_broken
from arriero.index.extract.yamlkeys import keys
from arriero.index.languages import language_of
from index.extract.checks import check, used
from index.extract.test_broken import SAMPLES, found_on_this_machine

ROWS = {
    "a tag that is typed": (
        "tsx",
        "function A() {\n  return <div>{x.</div>;\n}\nfunction B() { return <a/>; }",
        ["1-3 function A", "4-4 function B"],
    ),
    "a member of Kotlin": (
        "kotlin",
        ("class A {\n  fun a() { }\n  fun b() {\n    val y = x.\n  }\n  fun c() {}\n}\n"
         "class D { fun m() {} }"),
        ["1-7 class A", "2-2 method a A", "3-5 method b A", "6-6 method c A", "8-8 class D",
         "8-8 method m D"],
    ),
    "bodies of Kotlin in one line": (
        "kotlin",
        ("class A { val x = 1 }\nfun interface F { operator fun invoke() }\n"
         "expect class B { fun n(): String }\nclass C"),
        ["1-1 class A", "1-1 field x A", "2-2 interface F", "2-2 method invoke F", "3-3 class B",
         "3-3 method n B", "4-4 class C"],
    ),
    "members of JavaScript": (
        "javascript",
        "class A {\n  a() { return this. }\n  b() { const x = }\n  c(\n}\nfunction d() {}",
        ["1-5 class A", "2-2 method a A", "3-3 method b A", "4-4 method c A", "6-6 function d"],
    ),
    "members of TypeScript": (
        "typescript",
        ("export class A {\n  private x?: number;\n  a() {\n    if (this.x {\n  }\n"
         "  async b<T>(c: T) {\n    for (const d of e) {\n    }\n  }\n}\n"
         "export const g = (a) => {\n};\n"),
        ["1-10 class A", "2-2 field x A", "3-5 method a A", "6-9 method b A", "11-12 function g"],
    ),
    "parameters of Python": (
        "python",
        ("class A:\n    def a(self):\n        pass\n\n    def b(x\n\n    def c(self):\n"
         "        pass\n\n\ndef d():\n    pass\n"),
        ["1-8 class A", "2-3 method a A", "5-5 method b A", "7-8 method c A", "11-12 function d"],
    ),
    "a block of Go": (
        "go",
        ("package a\n\nfunc (t *T) a() {\n\tif x {\n}\n\nfunc b() {\n\tc()\n}\n\n"
         "func (t T[K]) c() {}\n"),
        ["3-5 method a T", "7-9 function b", "11-11 method c T"],
    ),
    "a block of Java": (
        "java",
        ("class A {\n  int x;\n  void a() { x(); }\n  void b() {\n    if (x) {\n  }\n"
         "  void c() {\n    y();\n  }\n}\n"),
        ["1-10 class A", "2-2 field x A", "3-3 method a A", "4-6 method b A", "7-9 method c A"],
    ),
    "a bracket of Ruby": (
        "ruby",
        ("class A\n  def a\n    foo(1\n  end\n\n  def b\n    x\n  end\nend\n\n"
         "module M\n  def c; end\nend\n"),
        ["1-9 class A", "2-4 method a A", "6-8 method b A", "11-13 module M", "12-12 method c M"],
    ),
    "an end of Ruby": (
        "ruby",
        "class A\n  def a\n    if x\n  end\n\n  def b\n    x\n  end\nend\n",
        ["1-9 class A", "2-4 method a A", "6-8 method b A"],
    ),
    "a block of C++": (
        "cpp",
        ("class A {\n public:\n  void a() {\n    if (x) {\n  }\n  int b();\n  void c() { }\n"
         " private:\n  int d;\n};\n\nvoid A::e() {\n}\n\nint main() {\n}\n"),
        ["1-10 class A", "3-5 method a A", "6-6 prototype b A", "7-7 method c A",
         "12-13 method e A", "15-16 function main"],
    ),
    "templates of C++": (
        "cpp",
        ("namespace n {\ntemplate <class T>\nclass B {\n  T a() {\n    if (x {\n  }\n"
         "  T b() { return 1; }\n};\ntemplate <typename T>\nvoid f(T t) {\n}\n"
         "class Later;\nint g(int a,\n      int b);\n}\n"),
        ["1-14 module n", "3-8 class B n", "4-6 method a B", "7-7 method b B", "10-11 function f n",
         "13-14 prototype g n"],
    ),
    "an implementation of Rust": (
        "rust",
        "struct A;\nimpl A {\n    fn a() {\n        if x {\n    }\n    fn b() {}\n}\nfn c() {}\n",
        ["1-1 struct A", "3-5 method a A", "6-6 method b A", "8-8 function c"],
    ),
    "a block of C#": (
        "csharp",
        ("namespace N\n{\n    public class A\n    {\n        public A() { }\n"
         "        private List<B> x = new List<B>();\n        void B()\n        {\n"
         "            if (x) {\n        }\n        int C(int x) => 1;\n    }\n}\n"),
        ["1-13 module N", "3-13 class A N", "5-5 constructor A A", "6-6 field x A",
         "7-10 method B A", "11-11 method C A"],
    ),
    "an object of Scala": (
        "scala",
        ("class A {\n  def a() = {\n    x.\n  }\n  def b() = { if (x {\n  }\n}\n"
         "object B { def c = 1 }\n"),
        ["1-7 class A", "2-4 method a A", "5-7 method b A", "8-8 class B", "8-8 method c B"],
    ),
    "an extension of Swift": (
        "swift",
        ("class A {\n  func a() {\n    x.\n  }\n  func b() { if x { }\n}\n"
         "extension A {\n  func c() {}\n}\n"),
        ["1-6 class A", "2-4 method a A", "5-6 method b A", "8-8 method c A"],
    ),
    "a function of a shell": (
        "bash",
        "a() {\n  if x; then\n}\nb() {\n  c\n}\n",
        ["1-3 function a", "4-6 function b"],
    ),
    "triggers": (
        "sql",
        ("CREATE TABLE a (\n  x int\n);\nCREATE TRIGGER t AFTER UPDATE ON a\nBEGIN\n"
         "UPDATE a SET x = 1;\nEND;\nCREATE TABLE b (y int);\n"),
        ["1-3 table a", "4-7 trigger t", "8-8 table b"],
    ),
    "partitions": (
        "sql",
        ("CREATE TABLE m (x int) PARTITION BY RANGE (x);\n"
         "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (1) TO (2);\nCREATE TABLE b (y int);\n"),
        ["1-1 table m", "2-2 table m1", "3-3 table b"],
    ),
    "templates of YAML": (
        "yaml",
        ('apiVersion: v1\nmetadata:\n  name: {{ include "x.n" . }}-é\n  labels:\n'
         '    {{- include "x.labels" . | nindent 4 }}\n{{- if .z }}\n{{/* not: this\none: is */}}\n'
         "spec:\n  a: 1\n{{- end }}\n"),
        ["1-1 key apiVersion", "2-4 key metadata", "3-3 key name metadata",
         "4-4 key labels metadata", "9-11 key spec", "10-10 key a spec"],
    ),
    "indentation of YAML": (
        "yaml",
        "a: 1\nc:\n  d: 1\n   f: 2\ne: 2\n",
        ["1-1 key a", "2-4 key c", "3-4 key d c", "5-5 key e"],
    ),
}  # fmt: skip


def told(text: str, language: str) -> list[str]:
    return [
        f"{each.line}-{each.end_line} {each.kind} {each.name} {each.container}".strip()
        for each in outline(text, language)
    ]


@pytest.mark.parametrize(("language", "text", "expected"), ROWS.values(), ids=ROWS)
def test_what_is_found(language: str, text: str, expected: list[str]) -> None:
    assert told(text, language) == expected
    check(extract(text, language), text)


OPAQUE = {
    "python": 'def a(x\n\ns = """\ndef b():\n"""\n# def c(): pass\ndef d(): pass\n',
    "tsx": "/*\nclass A {}\n*/\n// class B {}\nlet a = `\nclass D {}\n`;\nfunction s() {}\nlet d\n",
    "ruby": "def a\n=begin\ndef b\n=end\n  x = <<~TEXT\n    def c\n  TEXT\n  def s\ndef d\nend\n",
    "go": "func a() {\n\nvar s = `\nfunc b() {\n}\n`\n\nfunc d() {}\n",
    "sql": "create table a\n$x$\ncreate table b\n$x$\ncreate view s\n/*\n*/ create view d\n",
    "rust": 'fn a() {\nlet x = r##"\nfn b() {}"#\n"##;\nfn s() {}\n"unclosed\nfn d() {}\n',
}


@pytest.mark.parametrize("language", OPAQUE)
def test_nothing_out_of_strings_and_comments(language: str) -> None:
    lines = bare_lines(OPAQUE[language].split("\n"), language)
    found = heads(lines, language, [True] * (len(lines) + 1))
    assert "".join(each.name for each in found) == "asd"


def test_statements_define_nothing() -> None:
    text = (
        "class A {\n  void a() {\n    if (x {\n    return b(\n      1);\n    c d(\n      2);\n  }\n"
    )
    text += "  void e() {\n    while (f(g)) {\n    }\n  }\n}\n"
    for language in ("cpp", "java", "csharp"):
        assert {each.name for each in outline(text, language)} <= {"A", "a", "d", "e"}
        assert "e" in {each.name for each in outline(text, language)}


def test_what_is_defined_is_not_used() -> None:
    found = extract("class A {\n  a() { return this. }\n  b() { c() }\n  d(\n}\n", "javascript")
    assert {each.name for each in found.definitions} == {"A", "a", "b", "d"}
    assert not {"b:3", "d:4"} & set(used(found))


def test_texts_that_parse_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "completed", None)
    monkeypatch.setattr(extraction, "respelled_if_broken", None)
    texts = [(text, language) for language, text in SAMPLES.items()]
    left = dict.fromkeys(grammars.PARSED, 15)
    for path in found_on_this_machine():
        language = language_of(path)
        if left.get(language, 0) > 0:
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append((file.read(60_000), language))
            left[language] -= 1
    clean = 0
    for text, language in texts:
        known = grammars.grammar(language)
        assert known is not None
        try:
            top = parse.root(respelled(text, language).encode("utf-8", "replace"), known)
        except parse.TooMuchWork:
            continue
        if not top.has_error and "\r" not in text:
            extract(text, language)
            clean += 1
    assert clean > 20


def test_keys_by_lines() -> None:
    text = (
        '# a: comment\na:\n  - b: 1\n    c: 2\nd: |\n  e: text\n"f g":\n    h:\n      i: 1\n'
        "    j: http://x:80\n---\n? k\nl: {m: 1\n'n': >-\n  o: text\n"
    )
    found = keys(text.split("\n"))
    assert [(each.name, each.line, each.end_line, each.container) for each in found] == [
        ("a", 2, 4, ""), ("d", 5, 6, ""), ("f g", 7, 10, ""), ("h", 8, 9, "f g"),
        ("j", 10, 10, "f g"), ("l", 13, 13, ""), ("n", 14, 15, ""),
    ]  # fmt: skip


SECONDS = 2.0  # of the processor; all of these take less than half of one
LINE = 400


@pytest.mark.parametrize("language", ["cpp", "java", "kotlin", "rust", "sql", "typescript"])
@pytest.mark.parametrize("unit", ["a ", "a<", "@a(", "a::", "(a)", "template <", "public "])
def test_no_head_takes_long(language: str, unit: str) -> None:
    lines = [(unit * LINE)[:LINE]] * 500
    began = time.process_time()
    assert len(list(heads(lines, language, [True] * 501))) <= 500
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("unit", ["'", '"', "`", "/*", '\\"', "<<A ", "$a$", '"""', "#", "[["])
@pytest.mark.parametrize("language", ["cpp", "python", "ruby", "sql", "typescript", "lua"])
def test_no_string_takes_long(language: str, unit: str) -> None:
    began = time.process_time()
    assert len(bare_lines([unit * 100] * 1_000, language)) == 1_000
    assert len(bare_lines([f"<<A{row} $b{row}$" for row in range(20_000)], language)) == 20_000
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("unit", ["{{", "{{ ", "{{/*", "{{}}#", "a: ", "{ ", "class a{ ", "x }"])
@pytest.mark.parametrize("language", ["yaml", "kotlin"])
def test_no_second_spelling_takes_long(language: str, unit: str) -> None:
    text = "{{" + unit * (500_000 // len(unit))
    began = time.process_time()
    assert len(respelled_if_broken(text, language)) == len(text)
    assert time.process_time() - began < SECONDS


def test_many_that_contradict_one_another() -> None:
    text = (
        "".join(" " * (row % 300) + "def a(\n" for row in range(9_000))
        + "\n" * 100_000
        + "def b(\n"
    )
    began = time.process_time()
    check(extract(text, "python"), text)
    assert time.process_time() - began < 2 * SECONDS
