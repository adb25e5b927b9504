"""Reading JavaScript without a grammar tells what parsing tells."""

from __future__ import annotations

import pytest

from arriero.index.extract import extract, scriptlines
from arriero.index.extract.plain import lines_of
from arriero.index.extract.types import Extracted
from index.extract.checks import used


def parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> Extracted:
    with monkeypatch.context() as patch:
        patch.setattr(scriptlines, "read", lambda _: None)
        return extract(text, "javascript")


TRICKY = {
    "functions": (
        "function a() {}\nasync function b() {\n}\nfunction* c() {}\nexport function d() {}\n"
        "export default function e() {}\nexport default async function f() {}\n"
    ),
    "expressions that have a name": (
        "(function a() {})();\nvar b = function c() {};\nd(function e() {});\n"
        "return_(function () {})"
    ),
    "called at once": (
        "var a = function () {}();\nvar b = (function () {})();\nc.d = function () {}.e;\n"
    ),
    "arrows": (
        "const a = () => 1;\nconst b = async (x) => {\n};\nlet c = x => x + 1,\n"
        "  d = async y =>\n    y\n"
        "a.b.c = x => ({\n  d: 1\n})\nconst e = () => [\n1,\n]\nlet f\n"
    ),
    "given to": (
        "exports.a = exports.b = function () {};\nthis.c = function () {};\n"
        "x += function () {};\n"
        "a['b'] = function () {};\na[0].c = function () {\n};\nmodule\n  .exports\n"
        "  .d = () => 1;\n"
    ),
    "of objects": (
        "const a = {\n  b() {\n  },\n  c: function () {},\n  d: () => 1,\n"
        "  'e': function () {},\n"
        "  get f() { return 1 },\n  async *g() {},\n  [h]() {},\n"
        "  i: x ? y : function () {},\n};\n"
    ),
    "fields": (
        "class A {\n  a = 1; static b = 2; #c = 3\n  d\n  e;\n  static f = () => 1\n"
        "  get g() { return 1 }\n  static { h(); }\n  async *i() {}\n  [j] = 4\n  [k]() {}\n"
        "  'l' = 5\n  get = 6\n  static = 7\n  m = { n() {}, o: () => 1 }\n"
        "  p = function () {}.bind(this)\n  q = class { r = 1 }\n  s = t\n    .u()\n  v = 8 }\n"
    ),
    "parts of a value": (
        "export const { a, b: c, d = 1, ...e } = f, g = 2;\n"
        "const [h, i] = j(), [, k = l(1, 2), [m]] = n;\n"
        "let { 'o-p': q, [r]: s, t: { u }, v: w = { x: 1 }, } = y\nexport var { z } = a;\n"
        "function b() { const { c } = d; }\n"
    ),
    "classes": (
        "class A extends b.C {\n  constructor() {}\n  static async d() {\n    if (x) {\n"
        "    }\n  }\n"
        "  get e() {}\n  #f() {}\n  catch(g) {}\n  h = () => 1;\n  #i = function () {};\n"
        "  j = 1;\n}\n"
        "const B = class {\n  k() {}\n};\nconst C = class D {};\nl = class E {};\n"
        "new (class {})();\n"
    ),
    "what begins no method": (
        "if (a) {\n}\nfor (;;) {\n}\nswitch (b) {\n  case c: {\n    if (d) {\n    }\n  }\n}\n"
        "try {\n} catch (e) {\n}\nlabel: {\n  while (f) {\n  }\n}\n"
    ),
    "by default": (
        "function a(b = () => 1) {}\nconst c = (d = function () {}) => 1;\n"
        "const { e = () => 1, f = function () {} } = g;\n({ h = () => 1 }) => h;\n"
    ),
    "variables": (
        "const a = 1, B = 2\nlet c\nvar d = require('d')\n  , e = 1\n"
        "const { f, g } = h, [i] = j, k = 1;\n"
        "export const l = 1;\nexport var m = 1;\nif (n)\n  var o = 1;\nelse var p = 1;\n"
        "{ let q = 1 }\n"
        "for (var r = 1;;) {}\nvar s = t\n++u\nvar v = w +\n  1\nvar x = a\n  .b()\n  .c\n"
        "let y = `\n`\n"
    ),
    "what looks like code": (
        "var a = 'function b() {}'; // function c() {}\n/* function d() {\n */\n"
        "var e = /\\/*[/'{]/g;\n"
        "var f = a / b / c;\nvar g = `function h() {} ${i(j)}`;\nreturn_ = k.function;\n"
        "l.class = 1;\n"
    ),
    "nested": (
        "function a() {\n  function b() {\n    return function c() {};\n  }\n"
        "  var d = function () {\n"
        "    e.f = () => { function g() {} };\n  };\n  class H { i() { function j() {} } }\n}\n"
    ),
    "without semicolons": (
        "const a = b\nfunction c() {}\nlet d = function () {}\nfunction e() {}\nf()\n"
        "function g() {}\n"
        "const h = i ? j\n  : k\nexport default {\n  l() {}\n}\n"
    ),
    "the text's beginning and end": "#!/usr/bin/env node\nfunction a() {}\nvar b = 1",
}  # fmt: skip


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_what_is_defined(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scriptlines.read(lines_of(text)) is not None
    assert extract(text, "javascript").definitions == parsed(text, monkeypatch).definitions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import a, { b as c,\n  d } from 'e';\nimport * as f from 'g';\n", "a:1 b:1 d:2 f:3"),
        ("export { a, b as c } from 'd';\nexport * from 'e';\n", "a:1 b:1"),
        ("a(b.c(d), new E(f), new g.H)\ni?.(j)\n", "E:1 H:1 a:1 c:1 i:2"),
        ("if (a) {} else while (b) {}\nfunction c(d) {}\nfor (const e of (f)) {}\n", ""),
        ("class A extends B { c() { super.d() } }\nclass E extends f.G {}\n", "B:1 d:1 G:2"),
        ("const a = require('b')\n`${c(d)}` // e(f)\n'g(h)'\n", "require:1 c:2"),
        ("renew(a)\nimported(b)\nc.new\n", "renew:1 imported:2"),
    ],
)
def test_what_is_used(text: str, found: str) -> None:
    assert scriptlines.read(lines_of(text)) is not None
    assert used(extract(text, "javascript")) == found.split()


@pytest.mark.parametrize(
    "text",
    [
        "'", '"a\nb"', "`", "/*", "f(\n", "f)\n", "(]", "var a = <b>c</b>;", "return <a.b />",
        "@a class B {}", "var \\u0061 = 1", "`${a ? `b` : ''}`", "// @flow\nvar a = 1",
        "function a() b", "class A\n", "(" * 9_000, "/* " * 9_000, "`${" * 9_000, "a\x0b = 1",
    ],
)  # fmt: skip
def test_what_is_left_to_the_parser(text: str) -> None:
    assert scriptlines.read(lines_of(text)) is None
