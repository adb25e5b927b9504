"""For each language a small text, what it defines and what it uses.

A sample is the text, a line of `=`, the definitions (`line-end_line kind name <- container`), a
line of `-`, and the references (`name:line`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.index.extract import extract, outline, parse
from arriero.index.extract.grammars import PARSED, grammar
from arriero.index.extract.respelled import respelled
from index.extract.checks import used

SAMPLES = {path.stem: path for path in Path(__file__).with_name("samples").glob("*.txt")}


def parts(language: str) -> tuple[str, list[str], list[str]]:
    text, _, expected = SAMPLES[language].read_text(encoding="utf-8").partition("=====\n")
    defined, _, used = expected.partition("-----\n")
    return text, defined.splitlines(), used.split()


def written(language: str, text: str) -> list[str]:
    return [
        f"{each.line}-{each.end_line} {each.kind} {each.name}"
        + (f" <- {each.container}" if each.container else "")
        for each in outline(text, language)
    ]


def test_every_language_has_a_sample_and_a_grammar() -> None:
    assert set(SAMPLES) == PARSED
    assert len(PARSED) == 24
    assert all(grammar(language) is not None for language in PARSED)


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_what_is_defined(language: str) -> None:
    text, defined, _ = parts(language)
    assert written(language, text) == defined


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_what_is_used(language: str) -> None:
    text, _, expected = parts(language)
    assert used(extract(text, language)) == expected


@pytest.mark.parametrize("language", sorted(SAMPLES))
@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_line_breaks_change_nothing(language: str, line_break: str) -> None:
    text, defined, _ = parts(language)
    assert written(language, text.replace("\n", line_break)) == defined


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_it_does_not_matter_how_a_text_is_handed_to_the_parser(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _, _ = parts(language)
    at_once = extract(text, language)
    monkeypatch.setattr(parse, "_PIECE", 7)
    monkeypatch.setattr(parse, "_PIECE_OF_CONDITIONS", 7)
    assert extract(text, language) == at_once


MORE = {
    "a namespace for the whole file": (
        "csharp",
        "namespace A.B;\n\npublic class C { void F() {} }\n",
        ["1-1 module A.B", "3-3 class C", "3-3 method F <- C"],
    ),
    "what a protocol asks for": (
        "swift",
        ("protocol P {\n  var name: String { get }\n  init(x: Int)\n}\n"
         "enum E {\n  case a\n  static let most = 2\n}\n"),
        ["1-4 interface P", "2-2 field name <- P", "3-3 constructor init <- P", "5-8 enum E",
         "6-6 constant a <- E", "7-7 field most <- E"],
    ),
    "values without one, and two at once": (
        "scala",
        "trait T {\n  val a: Int\n  var b: Int\n  val c, d = 1\n}\nval x, y = 3\nvar z = 4\n",
        ["1-5 interface T", "2-2 field a <- T", "3-3 field b <- T", "4-4 field c <- T",
         "4-4 field d <- T", "6-6 variable x", "6-6 variable y", "7-7 variable z"],
    ),
    "elements and components": (
        "java",
        "@interface A {\n  int value() default 1;\n}\nrecord R(int a, String b) {}\n",
        ["1-3 interface A", "2-2 method value <- A", "4-4 class R", "4-4 field a <- R",
         "4-4 field b <- R"],
    ),
    "a function beside what is none": (
        "lua",
        "local a, b = 1, function() end\nlocal c, d = function() end, 2\n",
        ["1-1 variable a", "1-1 variable b", "2-2 variable d", "2-2 function c"],
    ),
    "macros for what is exported": (
        "cpp",
        ("class MYLIB_API Widget : public Base {\n  int f() { return 1; }\n};\n"
         "struct\tQ_EXPORT Point final\n{\n  void g();\n};\nunion X_API U { int a; };\n"
         "enum class A_B Color { Red };\n"),
        ["1-3 class Widget", "2-2 method f <- Widget", "4-7 struct Point",
         "6-6 prototype g <- Point", "8-8 struct U", "9-9 enum Color", "9-9 constant Red <- Color"],
    ),
    "macros of an engine": (
        "cpp",
        "UCLASS()\nclass GAME_API AHero : public AActor\n{\npublic:\n  void Jump();\n};\n",
        ["2-6 class AHero", "5-5 prototype Jump <- AHero"],
    ),
    "names in capitals that are no macros": (
        "cpp",
        ("struct STAT f() { return {}; }\nclass WIDGET : public BASE { };\nstruct TM ns::g() {}\n"
         "struct TM now = {1};\nvoid h(struct TM t) {}\n"),
        ["1-1 function f", "2-2 class WIDGET", "3-3 method g <- ns", "4-4 variable now",
         "5-5 function h"],
    ),
    "conditions of branches": (
        "kotlin",
        ("class A {\n    fun f() = 1\n}\n\nfun g(x: Any) = when (x) {\n    is Int if x > 1 -> 1\n"
         "    Color.RED if a && b(x) -> { 2 }\n    is Map<*, *> if x.size > 1 -> 3\n"
         "    else if x == 2 -> 4\n    else -> if (c) 1 else if (d) 2 else 3\n}\n\n"
         "class B {\n    fun h() = 1\n}\n"),
        ["1-3 class A", "2-2 method f <- A", "5-11 function g", "13-15 class B",
         "14-14 method h <- B"],
    ),
    "contexts": (
        "kotlin",
        ("class A {\n    fun a() = 1\n}\n\ncontext(log: Logger)\nfun f() {\n    log.info()\n}\n\n"
         "context(\n    a: Map<A, B?>,\n    b: C\n)\nprivate inline fun g() {}\n\n"
         "class D {\n    context(a: A) fun h() {\n        context(a)\n        val b = 1\n    }\n\n"
         "    fun i() = 1\n}\n"),
        ["1-3 class A", "2-2 method a <- A", "6-8 function f", "14-14 function g", "16-23 class D",
         "17-20 method h <- D", "22-22 method i <- D"],
    ),
    "what constructors keep": (
        "kotlin",
        ("class User(val name: String, private var age: Int = old, id: Int) {\n"
         "    fun f() = 1\n"
         "}\n"),
        ["1-3 class User", "1-1 field name <- User", "1-1 field age <- User",
         "2-2 method f <- User"],
    ),
    "what a constructor of PHP keeps": (
        "php",
        ("<?php\n"
         "class A {\n"
         "    public function __construct(\n"
         "        private readonly string $email,\n"
         "        int $b,\n"
         "    ) {}\n"
         "}\n"),
        ["2-7 class A", "3-6 method __construct <- A", "4-4 field email <- A"],
    ),
    "what a constructor of TypeScript keeps": (
        "typescript",
        ("class A {\n"
         "  constructor(\n"
         "    private http: X,\n"
         "    readonly y?: number,\n"
         "    z: string,\n"
         "  ) {}\n"
         "}\n"),
        ["1-7 class A", "2-6 method constructor <- A", "3-3 field http <- A",
         "4-4 field y <- A"],
    ),
    "parameters of classes": (
        "scala",
        ("case class User[T](name: String)(k: Int)\n"
         "class B(val x: Int, private var y: Int, z: Int)\n"),
        ["1-1 class User", "1-1 field name <- User", "2-2 class B", "2-2 field x <- B",
         "2-2 field y <- B"],
    ),
    "givens and objects of packages": (
        "scala",
        ("given Show[Int] with\n"
         "  def show(x: Int): String = \"\"\n"
         "package object pk { def f = 1 }\n"),
        ["2-2 method show <- Show", "3-3 module pk", "3-3 function f <- pk"],
    ),
    "members with signs": (
        "csharp",
        ("record struct P(int Z) {\n"
         "  public static P operator +(P a, P b) => a;\n"
         "  public int this[int i] => i;\n"
         "  ~P() {}\n"
         "  public event Sold E { add { } remove { } }\n"
         "}\n"),
        ["1-6 class P", "1-1 field Z <- P", "2-2 method operator + <- P",
         "3-3 property this <- P", "4-4 method ~P <- P", "5-5 field E <- P"],
    ),
    "methods with long paths": (
        "cpp",
        ("void a::b::V::go() {}\n"
         "std::string ns::Foo::Bar::name() const { return n; }\n"
         "A::B::operator bool() const { return true; }\n"
         "int **a::b::c::d::p() { return 0; }\n"
         "const X &a::b::c::r() { return x; }\n"
         "template <class T> void ns::A<T>::s() {}\n"
         "template <> void ns::A::get<int>() {}\n"
         "int Foo::count = 0;\n"
         "X *ns::Foo::made;\n"),
        ["1-1 method go <- V", "2-2 method name <- Bar", "3-3 method operator bool <- B",
         "4-4 method p <- d", "5-5 method r <- c", "6-6 method s <- A", "7-7 method get <- A",
         "8-8 variable count <- Foo", "9-9 variable made <- Foo"],
    ),
    "operators": (
        "cpp",
        ("Vec operator+(Vec a, Vec b) { return a; }\n"
         "Vec &operator+=(Vec &a, Vec b) { return a; }\n"
         "void *operator new(size_t n) { return 0; }\n"
         "class Q {\n"
         "  operator bool() const { return 1; }\n"
         "  explicit operator int() const;\n"
         "  bool operator<(const Q &o) const;\n"
         "  Q &operator=(const Q &o);\n"
         "  template <class T> T get(int);\n"
         "  ~Q();\n"
         "};\n"),
        ["1-1 function operator+", "2-2 function operator+=", "3-3 function operator new",
         "4-11 class Q", "5-5 method operator bool <- Q", "6-6 prototype operator int <- Q",
         "7-7 prototype operator< <- Q", "8-8 prototype operator= <- Q",
         "9-9 prototype get <- Q", "10-10 prototype ~Q <- Q"],
    ),
    "behind a macro": (
        "cpp",
        ("class Q : public QObject {\n"
         "  Q_OBJECT\n"
         " public:\n"
         "  explicit Q(QObject *p = nullptr);\n"
         "};\n"),
        ["1-5 class Q", "4-4 prototype Q <- Q"],
    ),
    "variables that are given nothing": (
        "cpp",
        ("static int a;\n"
         "std::mutex b, *c;\n"
         "extern int d;\n"
         "extern const int e = 5;\n"
         "namespace n { extern int f; Foo g[2]; struct H { int i; } j; }\n"),
        ["1-1 variable a", "2-2 variable b", "2-2 variable c", "4-4 variable e", "5-5 module n",
         "5-5 variable g <- n", "5-5 struct H <- n", "5-5 variable j <- n"],
    ),
    "types that are implemented": (
        "rust",
        ("impl<'a> A for &'a Circle { fn a() {} }\n"
         "impl A for dyn Bar { fn b() {} }\n"
         "impl A for [T; N] { fn c() {} }\n"
         "impl<T> A for &mut T { fn d() {} }\n"
         "impl A for dyn m::Bar + Send { fn e() {} }\n"
         "impl A for u32 { fn f() {} }\n"),
        ["1-1 method a <- Circle", "2-2 method b <- Bar", "3-3 method c <- T",
         "4-4 method d <- T", "5-5 method e <- Bar", "6-6 method f <- u32"],
    ),
    "members that have no name": (
        "swift",
        ("class A {\n"
         "  subscript(i: Int) -> Int { return 1 }\n"
         "  static func == (a: A, b: A) -> Bool { true }\n"
         "  deinit { x() }\n"
         "}\n"
         "protocol P { associatedtype Item }\n"
         "extension Foo.Bar { func q() {} }\n"
         "extension Foo.Baz<T> { func r() {} }\n"),
        ["1-5 class A", "2-2 method subscript <- A", "3-3 method == <- A",
         "4-4 method deinit <- A", "6-6 interface P", "6-6 type Item <- P",
         "7-7 method q <- Bar", "8-8 method r <- Baz"],
    ),
    "sequences": (
        "sql",
        ("CREATE SEQUENCE s.numbers START 1;\n"),
        ["1-1 table numbers"],
    ),
    "identities": (
        "html",
        ("<div id=plain>a</div>\n"
         "<div ID=\"up\">b</div>\n"
         "<p data-id=\"no\">c</p>\n"),
        ["1-1 id plain", "2-2 id up"],
    ),
    "names in quotes": (
        "typescript",
        ("enum E { 'a-b' = 1, 'c', D }\n"
         "interface I { 'd-e': number; 'f'(): void }\n"
         "class G { 'h-i'() {} 'j' = 1 }\n"
         "const k = { 'l': () => 1 };\n"),
        ["1-1 enum E", "1-1 constant a-b <- E", "1-1 constant c <- E", "1-1 constant D <- E",
         "2-2 interface I", "2-2 field d-e <- I", "2-2 method f <- I", "3-3 class G",
         "3-3 method h-i <- G", "3-3 field j <- G", "4-4 variable k", "4-4 function l <- k"],
    ),
    "types of objects": (
        "typescript",
        ("type Props = {\n"
         "  a: string;\n"
         "  b?: number;\n"
         "  c(): void;\n"
         "} & { d: string };\n"),
        ["1-5 type Props", "2-2 field a <- Props", "3-3 field b <- Props",
         "4-4 method c <- Props", "5-5 field d <- Props"],
    ),
    "parts of a value": (
        "typescript",
        ("export const { a, b: c, d = 1, ...e } = f;\n"
         "const [g, h] = i();\n"
         "function j() { const { k } = l; }\n"),
        ["1-1 variable a", "1-1 variable c", "1-1 variable d", "1-1 variable e",
         "2-2 variable g", "2-2 variable h", "3-3 function j"],
    ),
    "keys in quotes": (
        "lua",
        ("local t = {\n"
         "  [\"a-b\"] = function() end,\n"
         "  [\"c\"] = 1,\n"
         "}\n"
         "t[\"d\"] = function() end\n"),
        ["1-4 variable t", "2-2 function a-b <- t", "5-5 method d <- t"],
    ),
    "made accessors": (
        "ruby",
        ("class A\n"
         "  attr_accessor :a, :b\n"
         "  private attr_reader :c\n"
         "  has_many :d\n"
         "end\n"),
        ["1-5 class A", "2-2 method a <- A", "2-2 method b <- A", "3-3 method c <- A"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("language", "text", "defined"), MORE.values(), ids=MORE)
def test_what_no_sample_has(language: str, text: str, defined: list[str]) -> None:
    assert written(language, text) == defined


def test_what_a_condition_uses_is_found() -> None:
    text = "fun f(x: Any) = when (x) {\n  is Int if near(x) -> far(x)\n  else -> no(x)\n}\n"
    assert used(extract(text, "kotlin")) == ["Any:1", "Int:2", "far:2", "near:2", "no:3"]


@pytest.mark.parametrize("language", ["cpp", "kotlin"])
@pytest.mark.parametrize(
    "piece",
    ["class ", "class A_B ", "class A_B c", "struct A_B c\n", "a if ", "is A if a\n", "else if ",
     "context(", "context(a) ", "context(a)\n", " \n", "\t"],
)  # fmt: skip
def test_no_text_takes_long_before_it_is_parsed(language: str, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    # What would be quadratic here takes minutes.
    assert len(respelled(text, language)) == len(text)


def test_equal_texts_give_equal_results() -> None:
    text, _, _ = parts("rust")
    assert extract(text, "rust") == extract(text, "rust")


def test_unknown_languages_have_chunks_and_identifiers() -> None:
    text = "".join(f"word{number} here\n" for number in range(150))
    found = extract(text, "")
    assert found.definitions == ()
    assert [(each.line, each.end_line) for each in found.chunks] == [(1, 60), (61, 120), (121, 150)]
    assert {name for name, line in found.references if line == 7} == {"word6", "here"}


def test_characters_beyond_ascii() -> None:
    text = "# größe 😀\nclass Größe:\n    def 名前(self):\n        return prüfe(self)\n"
    assert written("python", text) == ["2-4 class Größe", "3-4 method 名前 <- Größe"]
    assert [name for name, _ in extract(text, "python").references] == ["prüfe"]


@pytest.mark.parametrize("language", sorted(SAMPLES))
@pytest.mark.parametrize("text", ["", "\n", "\0", "\ufeff", "\ud800", " ", "é", "(" * 9_000])
def test_texts_of_nearly_nothing(language: str, text: str) -> None:
    found = extract(text, language)
    assert [(each.line, each.end_line) for each in found.chunks] == ([(1, 1)] if text else [])
