"""Reading C without a grammar tells what parsing tells, or more where macros mislead a parser."""

from __future__ import annotations

import time

import pytest

from arriero.index.extract import clines, extract
from arriero.index.extract.plain import lines_of
from arriero.index.extract.types import Extracted
from arriero.index.languages import language_of
from index.extract.checks import check, used
from index.extract.test_broken import FULL, found_on_this_machine


def parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> Extracted:
    with monkeypatch.context() as patch:
        patch.setattr(clines, "read", lambda _: None)
        return extract(text, "c")


TRICKY = {
    "functions": (
        "int a(void) { return 1; }\nstatic struct b *c(int d)\n{\n}\nvoid\ne (f, g)\n{\n}\n"
        "unsigned long **h(void) {}\nint ***i(void) {}\n"
        "void __attribute__((noreturn)) j(int k) {}\n"
    ),
    "prototypes": (
        "int a(void);\nextern char *b (int), c;\nint d(int), e(int);\nint **f(void);\n"
        'extern int g(int) __attribute__((format(printf, 1, 2)));\nextern "C" {\nint h(void);\n}\n'
        "#ifdef I\nint j(void);\n#endif\nint k(void);\n"
    ),
    "variables": (
        "int a = 1, *b = 0, c;\nint d;\nstatic const char *const e[] = { 1, 2 };\n"
        "struct f { int g; } h = { 1 }, *i = 0;\nint j[2][2] = {};\nint (*k)(int) = 0;\n"
        "int LIMIT = 3;\n#if L\nint m = 1;\n#endif\n"
    ),
    "variables that are given nothing": (
        "static int a;\nstruct b c, *d, e[3], **f, g[1][2];\nstruct h { int i; } j;\nstruct k;\n"
        "extern int l, *m;\nextern const int n = 1;\nunsigned long O;\nint (*p)(int);\n"
        "int q = 1, r;\n"
        "enum { S } t;\nenum u;\nstruct v { int w; };\n#if X\nint y;\n#endif\n"
        "static int __z;\nstatic struct a *__b;\nA(d) ;\n"
    ),
    "types of functions and lists": (
        "typedef void a(int, b_t);\ntypedef int c[10];\ntypedef char *d[3];\ntypedef int e[1][2];\n"
        "typedef void *f(int);\ntypedef struct g h[1];\ntypedef struct { int i; } j[1];\n"
    ),
    "structures": (
        "struct a { int b; struct c { int d; } e; };\n"
        "enum i { J, K = 2, L = (1 << 3), };\nenum { M,\n#ifdef N\n  O,\n#endif\n  P };\n"
        "struct q;\nstruct r *s;\nvoid t(void) { struct u { int v; } w; enum x { Y }; }\n"
    ),
    "types": (
        "typedef int a;\ntypedef struct b c;\ntypedef struct d { int e; } f, *g;\n"
        "typedef struct { int h; } *i;\ntypedef enum { J } k;\ntypedef void (*l)(int, char *);\n"
        "typedef void *(*m)(int);\ntypedef int n[3];\ntypedef int o(int);\ntypedef int **p;\n"
    ),
    "macros": (
        "#define A 1\n#  define B(c) \\\n  c + \\\n  1\n#undef A\n#define D /* x\n y */ 1\n"
        "int e(void) {\n#define F 1\n  return F;\n}\nstruct g {\n#define H 2\n  int i;\n};\n"
    ),
    "what looks like code": (
        "char *a = \"int b(void) { }\"; // int c(void) {}\n/* int d(void) {\n*/\nint e = '{';\n"
        '#error don\'t { do this\n#include "f{.h"\nint g(void) { return "}" ? \'"\' : 1; }\n'
    ),
    "a macro that goes on behind the end": "int a;\n#define B() \\\n  c() \\\n",
    "empty statements": ";\nint a(void) {};\n;int b;\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_what_is_defined(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clines.read(lines_of(text)) is not None
    assert extract(text, "c").definitions == parsed(text, monkeypatch).definitions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ATTRIBUTE_FORMAT ((printf, 1, 2))\nstatic void\nfail (char *a)\n{\n}\n", "2-5 fail"),
        ("static bool ATTRIBUTE_PURE\nready (void)\n{\n}\n", "1-4 ready"),
        ("extern int a (int b) ATTRIBUTE_PURE NODISCARD ();\n", "1-1 a"),
        ("LIST (x, y)\nLIST (z, w)\nint a(void) {}\n", "3-3 a"),
        ("DEFUN (a, b)\n  (int c)\n{\n}\nint d(void) {}\n", "5-5 d"),
        ("INLINE bool\nIS_A (int b)\n{\n}\n", "1-4 IS_A"),
        ("HEADER_BEGIN\n#if A\n#endif\nint a(void);\nHEADER_END\n", "4-4 a"),
        ("static int a __read_mostly;\n", "1-1 a"),
        ("static int a[2] __b __c = { 1 };\n", "1-1 a"),
        ("struct a { union b { int c; } d; };\n", "1-1 a 1-1 b"),
        ("int a(void)\n#if B\n  ATTRIBUTE\n#endif\n;\n", "1-5 a"),
        ("int a(void)\n{\n  if (b)\n    {\n#ifdef C\n    }\n  else {\n#endif\n    }\n", ""),
    ],
)
def test_macros_do_not_mislead(text: str, found: str) -> None:
    read = clines.read(lines_of(text))
    shown = [f"{d.line}-{d.end_line} {d.name}" for d in read[0]] if read is not None else []
    assert " ".join(shown) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("API_OF(a *) b(c *d, int);\n", "1-1 b prototype"),
        ("API_OF(a) *b(void)\n{\n}\n", "1-3 b function"),
        ("FORMAT(printf)\nvoid a(int b);\nLIST(x)\nb(y);\n", "2-2 a prototype"),
        ("extern Api(a_t) b(c_t *d)\n\tnothrow warn_unused;\n", "1-2 b prototype"),
        ("Api(int) _b(int);\nApi(void) _NO_RETURN c(int);\n", "1-1 _b prototype 2-2 c prototype"),
        ("Since(3.7) Api(int) b(void);\n", "1-1 b prototype"),
        ("static Api(int) b(int c)\n{\n}\n", "1-3 b function"),
        ("Api(a_t) b;\nApi(a_t) c[2];\nint d(void);\n", "3-3 d prototype"),
        ("int a(int b) nothrow;\nint c(d_t) quick pure;\n", "1-1 a prototype 2-2 c prototype"),
        ("a_t b(c_t) d(e);\nint f(void);\n", None),
        ("int a(b, c) d_t c;\n", None),
        ("int a(b) register c;\n", None),
        ("Api(int) (*b)(int);\n", None),
    ],
)  # fmt: skip
def test_macros_that_stand_for_a_type(text: str, found: str | None) -> None:
    """What is None is left to the parser: it may be of the oldest style."""
    read = clines.read(lines_of(text))
    shown = read and " ".join(f"{d.line}-{d.end_line} {d.name} {d.kind}" for d in read[0])
    assert shown == found


def test_types_and_parameters_behind_a_macro_are_used() -> None:
    found = extract("\nApi(a_t *) b(c_t *d, struct e f);\n", "c")
    assert {"c_t:2", "e:2"} <= set(used(found))
    assert "b:2" not in used(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("int a(b_t c, const d_t *e, struct f g, int h, i_t);\n", "b_t:1 d_t:1 f:1 i_t:1"),
        (
            "void a(void) {\nb_t c;\nconst d_t *e = f(g, (h_t *) i);\nj->k(l);\nm * n;\n}\n",
            "b_t:2 d_t:3 f:3 h_t:3 k:4 m:5",
        ),
        (
            "int a(void) {\n  if (b) c(1);\n  return (d_t) e;\n  while (f) g();\n}\n",
            "c:2 d_t:3 g:4",
        ),
        ("int a(void) { for (b_t *c = d; c; c++) e.f (c); sizeof(g_t *); }\n", "b_t:1 f:1 g_t:1"),
        ("struct a { b_t c; struct d *e; f_t (*g)(int); };\n", "b_t:1 d:1 f_t:1"),
        ("static a_t *\nb (void)\n{\n}\nint c = D(1);\n", "a_t:1 D:5"),
        ("#define A(b) c(b)\nint d; // e(f)\nchar *g = \"h(i)\";\n", ""),
    ],
)  # fmt: skip
def test_what_is_used(text: str, found: str) -> None:
    assert clines.read(lines_of("\n" + text)) is not None
    read = extract("\n" + text, "c")
    shown = [f"{name}:{int(line) - 1}" for name, line in (one.split(":") for one in used(read))]
    assert shown == sorted(found.split(), key=lambda one: (int(one.rpartition(":")[2]), one))


@pytest.mark.parametrize(
    "text",
    [
        '"', "'", "/*", "int a(b) int b; { }", "int a() {", "}", "int a(", "@a\n", "a \\\n b;",
        "int a # define B\n", "int a\x0bb;", "{" * 9_000,
        "/* " * 9_000,
    ],
)  # fmt: skip
def test_what_is_left_to_the_parser(text: str) -> None:
    assert clines.read(lines_of(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "#" * 60_000, "#define A " + "/* " * 20_000, '#"' * 30_000, "A ()\n" * 12_000,
        "int a(void);\n" * 4_000, "int " * 15_000, "(" * 60_000, "=" * 60_000, "A" * 60_000,
        "struct " * 9_000, "typedef " * 8_000, "a* " * 20_000, "\n " * 30_000,
        "int a" + "[1]" * 9_000, "int " + "a (b)\n" * 9_000 + ";", "struct {}\n" * 9_000 + ";",
        'extern "C" {\n' * 9_000 + "}" * 9_000,
        "enum {" + "A," * 20_000 + "};", "a(" * 20_000 + ")" * 20_000 + ";", "#\\\n" * 20_000,
    ],
    ids=range(20),
)  # fmt: skip
def test_hostile_texts_take_no_longer_than_their_length(text: str) -> None:
    """The worst of them takes a fraction of a second a megabyte more than a usual one."""
    began = time.process_time()
    clines.read(lines_of(text))
    assert time.process_time() - began < 1.5


def test_real_files_as_the_grammar_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    left = 2_000_000 if FULL else 120_000  # characters
    both = ours = theirs = 0
    for path in found_on_this_machine():
        if not path.endswith((".c", ".h")):
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        if language_of(path, text) != "c" or clines.read(lines_of(text)) is None:
            continue
        found = extract(text, "c")
        check(found, text)
        known = set(parsed(text, monkeypatch).definitions)
        both += len(known & set(found.definitions))
        ours += len(set(found.definitions))
        theirs += len(known)
        left -= len(text)
        if left <= 0:
            break
    if theirs > 200:
        assert both > 0.9 * theirs
        assert both > 0.8 * ours
