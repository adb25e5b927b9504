"""What is a reference in a prompt, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.gathering.references import MOST_REFERENCES, Reference, references


def path(written: str, name: str, first: int = 0, last: int = 0, *, sure: bool = True) -> Reference:
    return Reference("path", written, name, first, last, sure)


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("Look at @src/a.py", [path("@src/a.py", "src/a.py")]),
        ("Look at @src/a.py.", [path("@src/a.py", "src/a.py")]),
        ("(see @src/a.py, please)", [path("@src/a.py", "src/a.py")]),
        ("@src/a.py:10-20 is odd", [path("@src/a.py:10-20", "src/a.py", 10, 20)]),
        ("@src/a.py:10: why?", [path("@src/a.py:10", "src/a.py", 10, 10)]),
        ("@src/a.py:2:1", [path("@src/a.py:2:1", "src/a.py", 2, 2)]),
        ("@src/a.py:10:5: why?", [path("@src/a.py:10:5", "src/a.py", 10, 10)]),
        ('@"my notes.md":3:14 is odd', [path('@"my notes.md":3:14', "my notes.md", 3, 3)]),
        ("@src/a.py#L3-L4", [path("@src/a.py#L3-L4", "src/a.py", 3, 4)]),
        ("@a.py:20-10", [path("@a.py:20-10", "a.py", 10, 20)]),
        ("@a.py:0", [path("@a.py:0", "a.py", 1, 1)]),
        ("@src/", [path("@src/", "src/")]),
        ("@app/[slug]/page.tsx", [path("@app/[slug]/page.tsx", "app/[slug]/page.tsx")]),
        ("(@app/(shop)/[[...all]]/page.tsx:3)", [
            path("@app/(shop)/[[...all]]/page.tsx:3", "app/(shop)/[[...all]]/page.tsx", 3, 3)]),
        ("@app/[id].ts, @app/(.)photo/", [
            path("@app/[id].ts", "app/[id].ts"), path("@app/(.)photo/", "app/(.)photo/")]),
        ("[@src/] @src/(not this) @src/[", [path("@src/", "src/")]),
        ("@./src/x.rs", [path("@./src/x.rs", "./src/x.rs")]),
        ("@Makefile", [path("@Makefile", "Makefile", sure=False)]),
        ("@file Makefile", [path("@file Makefile", "Makefile")]),
        ("@folder src", [path("@folder src", "src")]),
        ('@file "my notes.md" now', [path('@file "my notes.md"', "my notes.md")]),
        ('@"my notes.md":3-4', [path('@"my notes.md":3-4', "my notes.md", 3, 4)]),
        ("@symbol A.read()", [Reference("symbol", "@symbol A.read", "A.read", sure=True)]),
        ("@symbol a::b.", [Reference("symbol", "@symbol a::b", "a::b", sure=True)]),
        ("Fix @problems.", [Reference("problems", "@problems", sure=True)]),
        ("@git: what changed?", [Reference("git", "@git", sure=True)]),
        ("@git and @problems", [
            Reference("git", "@git", sure=True), Reference("problems", "@problems", sure=True)]),
        ("@a/b.py and @a/b.py", [path("@a/b.py", "a/b.py")]),
        ("@src/@types/x.d.ts", [path("@src/@types/x.d.ts", "src/@types/x.d.ts")]),
        ("@packages/@scope/pkg/a.ts:3", [
            path("@packages/@scope/pkg/a.ts:3", "packages/@scope/pkg/a.ts", 3, 3)]),
        ("@logo@2x.png", [path("@logo@2x.png", "logo@2x.png", sure=False)]),
        ("@file a@1.py", [path("@file a@1.py", "a@1.py")]),
        ("@file (g)/p.tsx", [path("@file (g)/p.tsx", "(g)/p.tsx")]),
        ("@folder .", [path("@folder .", ".")]),
        ("@mian.py", [path("@mian.py", "mian.py")]),
        ("看 @src/a.py。", [path("@src/a.py", "src/a.py")]),
        ("看@src/a.py、@src/b.py。", [
            path("@src/a.py", "src/a.py"), path("@src/b.py", "src/b.py")]),
        ("“@src/a.py”, «@src/b.py»", [
            path("@src/a.py", "src/a.py"), path("@src/b.py", "src/b.py")]),
        ("@src/a.py—why?", [path("@src/a.py", "src/a.py")]),
        ("@src/a.py:10\u201320", [path("@src/a.py:10\u201320", "src/a.py", 10, 20)]),
        ("**@src/a.py**", [path("@src/a.py", "src/a.py")]),
        ("@日本/テスト.py を", [path("@日本/テスト.py", "日本/テスト.py")]),
        ("deploy @10:30", [path("@10:30", "10", 30, 30, sure=False)]),
        *(
            (f"@symbol {name}", [
                Reference("symbol", f"@symbol {name.rstrip('?!')}", name, sure=True)])
            for name in ("ok?", "save!", "my-func", "#priv", "~Foo", "--main-color", "$scope",
                         "App\\Models", "Foo#bar", ".card")
        ),
        ("añadir @café/menú.py", [path("@café/menú.py", "café/menú.py")]),
        # What may be meant otherwise is looked up, but nobody is told if there is no such thing.
        ("use @babel/core", [path("@babel/core", "babel/core", sure=False)]),
        ("@property\ndef f(): ...", [path("@property", "property", sure=False)]),
        ("thanks @maria", [path("@maria", "maria", sure=False)]),
        ("@github", [path("@github", "github", sure=False)]),
        # These are nothing at all.
        ("me@example.com", []),
        ("a.b+c@example.com", []),
        ("müller@example.py", []),
        ("git@github.com:a/b.git", []),
        ("https://x.org/@user/post", []),
        ("@app.route('/x')", []),
        ("@app.route(/x)", []),
        ("@babel/core@7.1.0", []),
        ("`@src/a.py`", []),
        ("```py\n@src/a.py\n```", []),
        ("```py\n@src/a.py and the fence is never closed", []),
        ("~~~\n@git\n~~~", []),
        ("@", []),
        ("@ src/a.py", []),
        ("@@src/a.py", []),
        ("@symbol", [path("@symbol", "symbol", sure=False)]),
        ("@file ", []),
        ("@...", []),
    ],
)  # fmt: skip
def test_what_is_found(prompt: str, found: list[Reference]) -> None:
    assert list(references(prompt)) == found


def test_no_more_than_a_few_dozen() -> None:
    prompt = " ".join(f"@a/f{n}.py" for n in range(200))
    assert len(references(prompt)) == MOST_REFERENCES


PIECES = st.lists(
    st.sampled_from(
        ["@", "file ", "symbol ", "git", "problems", "a/b.py", ":1-2", "#L3", '"', "'", "`", "```",
         "\n", " ", "(", ")", "[", "]", ".", "/", "é", "\0", "x", "-", "~~~"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(PIECES)
def test_whatever_is_written(prompt: str) -> None:
    for one in references(prompt):
        assert one.written.startswith("@")
        assert one.written in prompt
        assert one.kind in ("git", "problems") or one.name
        assert one.first <= one.last
        assert "\0" not in one.name or "\0" in prompt


@pytest.mark.parametrize(
    "piece",
    ["@", "`", "```", "@a", "@a/b.py ", "a" * 50 + "@", '@"', "@file ", "@a/[", "@a/(x",
     "@a/[x]", "@a/[" + "x" * 99 + "]/"],
)  # fmt: skip
def test_long_prompts_take_no_time(piece: str) -> None:
    # What would be quadratic here takes minutes.
    references(piece * (200_000 // len(piece)))
