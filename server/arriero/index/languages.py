"""Which language a file is in, and which files are not written by people."""

from __future__ import annotations

import os
import re
from typing import Literal

Nature = Literal["source", "generated", "minified", "lock"]
"""Who made a text: a person, or a program, for people or for programs only."""
NOT_EXTRACTED = frozenset(("minified", "lock"))
"""Texts whose words tell nothing: they are known by their names."""
MOST_SOURCE_BYTES = 4 << 20
"""The longest file of a known language that is read."""
MOST_OTHER_BYTES = 1 << 20
"""The longest other file that is read."""


def _table(rows: str) -> dict[str, str]:
    """Read lines of a language and what tells it: `python: .py .pyi`."""
    found = {}
    for row in rows.strip().splitlines():
        language, _, marks = row.partition(":")
        found.update(dict.fromkeys(marks.split(), language.strip()))
    return found


_BY_EXTENSION = _table("""
    asm: .s .asm
    bash: .sh .bash .zsh .ksh .bats .ebuild
    batch: .bat .cmd
    c: .c .h
    clojure: .clj .cljs .cljc .edn
    cmake: .cmake
    cpp: .cpp .cc .cxx .c++ .hpp .hh .hxx .h++ .ipp .inl .tpp .cu .cuh .ino
    csharp: .cs .csx
    css: .css
    dart: .dart
    dockerfile: .dockerfile
    elixir: .ex .exs
    erlang: .erl .hrl
    fsharp: .fs .fsi .fsx
    go: .go
    graphql: .graphql .gql
    groovy: .groovy .gradle
    haskell: .hs
    html: .html .htm .xhtml .vue .svelte .jinja .j2
    ini: .ini .cfg .conf .properties .editorconfig
    java: .java
    javascript: .js .jsx .mjs .cjs
    json: .json .jsonc .json5 .webmanifest .geojson .code-workspace .ipynb
    julia: .jl
    kotlin: .kt .kts
    latex: .tex .sty .cls
    lisp: .lisp .el .scm .rkt
    lua: .lua
    make: .mk .mak
    markdown: .md .markdown .mdx .mkd
    nim: .nim
    nix: .nix
    objc: .m .mm
    ocaml: .ml .mli
    perl: .pl .pm
    php: .php .phtml .php5 .inc
    powershell: .ps1 .psm1 .psd1
    proto: .proto
    python: .py .pyi .pyw .pyx .pxd
    r: .r
    rst: .rst
    ruby: .rb .rake .gemspec .ru
    rust: .rs
    scala: .scala .sc .sbt
    scss: .scss .sass .less
    sql: .sql .ddl .psql
    swift: .swift
    terraform: .tf .tfvars .hcl
    text: .txt .text .adoc .org
    toml: .toml
    tsx: .tsx
    typescript: .ts .mts .cts
    vim: .vim
    xml: .xml .xsd .xsl .xslt .svg .plist .csproj .props .targets .resx
    yaml: .yaml .yml
    zig: .zig
""")
_BY_NAME = _table("""
    bash: .bashrc .bash_profile .profile .zshrc .zprofile .envrc pkgbuild
    cmake: cmakelists.txt
    dockerfile: dockerfile containerfile
    go-mod: go.mod go.work
    groovy: jenkinsfile
    ini: .gitconfig .gitmodules .npmrc setup.cfg
    json: .babelrc .eslintrc .prettierrc composer.lock pipfile.lock flake.lock
    make: makefile gnumakefile
    python: sconstruct sconscript wscript
    ruby: gemfile rakefile podfile vagrantfile brewfile fastfile guardfile
    starlark: build build.bazel workspace workspace.bazel tiltfile
    text: readme license copying authors changelog notice todo
    toml: cargo.lock poetry.lock pipfile uv.lock pdm.lock
    yaml: .clang-format .clang-tidy
    vim: .vimrc
""")
_BY_INTERPRETER = _table("""
    bash: sh bash dash zsh ksh ash bats
    javascript: node nodejs bun
    lua: lua luajit
    make: make
    perl: perl
    php: php
    powershell: pwsh
    python: python pypy uv
    r: rscript
    ruby: ruby jruby
    scala: scala
    swift: swift
    typescript: deno ts-node tsx
""")
_SHEBANG = re.compile(
    r"#!\s*(?:\S*/)?env\s+(?:-\S+\s+|\w+=\S*\s+)*(?:\S*/)?(\S+)|#!\s*(?:\S*/)?(\S+)"
)
_VERSION = "0123456789."

_SEEN_OF_HEADER = 1 << 15
# Each begins with a sign or letter, which is what the search for them is fast by.
_LINE_OF_CPP = re.compile(
    r"\n[ \t]*(?:class\s+\w+[^;]*$|namespace\s+\w*|template\s*<|using\s+\w"
    r"|(?:public|private|protected)\s*:"
    r"|#\s*include\s*<[a-z_]+>)",
    re.MULTILINE,
)
_NAME_OF_CPP = re.compile(r"std::(?<!\wstd::)")
_C_GUARD = re.compile(r"#\s*ifdef\s+__cplusplus")

_LOCKS = frozenset(
    (
        "bun.lock", "cargo.lock", "composer.lock", "deno.lock", "flake.lock", "gemfile.lock",
        "go.sum", "gradle.lockfile", "mix.lock", "npm-shrinkwrap.json", "package-lock.json",
        "packages.lock.json", "pdm.lock", "pipfile.lock", "pnpm-lock.yaml", "podfile.lock",
        "poetry.lock", "pubspec.lock", "uv.lock", "yarn.lock", "go.work.sum",
    )
)  # fmt: skip
_MINIFIED = re.compile(r"[.-]min\.(?:js|mjs|cjs|css)$|\.(?:js|css|mjs)\.map$|\.bundle\.js$")
_GENERATED_NAME = re.compile(
    r"_pb2(?:_grpc)?\.pyi?$|\.pb\.(?:go|cc|h)$|\.(?:g|freezed)\.dart$|\.(?:designer|g)\.cs$"
    r"|_generated\.\w+$|\.generated\.\w+$|\.snap$"
)
_GENERATED_TEXT = re.compile(
    r"@generated\b|\bcode generated\b.*\bdo not edit\b|\bdo not edit\b.*\bgenerated\b"
    r"|\b(?:this file (?:is|was) |<)?auto-?(?:matically )?[- ]?generated\b.*(?:\bdo not\b|\bby\b|>)"
    r"|\bgenerated (?:by|from) .*\bdo not (?:edit|modify|change)\b",
    re.IGNORECASE,
)
_SEEN_OF_MARK = 1_500  # characters: where a program says that it wrote a file
_FEW = 5_000  # characters: a shorter text may stand in one line
_LONG_LINE = 5_000
_LONG_LINE_OF_CODE = 400  # characters on the average
_PROSE = frozenset(("", "latex", "markdown", "rst", "text"))


def language_of(path: str, text: str = "") -> str:
    """Return the language of a file by its name, else by its first line; "" if not known.

    A header `.h` is C++ if its text says so.
    """
    name = os.path.basename(path).lower()
    language = _BY_NAME.get(name) or _BY_EXTENSION.get(os.path.splitext(name)[1], "")
    if not language and "." in name:
        language = _BY_NAME.get(name.split(".", 1)[0], "")  # Dockerfile.test, but not .env
        language = language if language in ("dockerfile", "make") else ""
    if not language and text.startswith("#!"):
        return _of_shebang(text[:200])
    if language == "c" and name.endswith(".h") and _seems_cpp(text[:_SEEN_OF_HEADER]):
        return "cpp"
    return language


def nature_of(path: str, text: str) -> Nature:
    """Tell whether a text was written by a person, by a program, or only for programs."""
    name = os.path.basename(path).lower()
    if name in _LOCKS:
        return "lock"
    if _MINIFIED.search(name) or _is_dense(path, text):
        return "minified"
    if _GENERATED_NAME.search(name) or _says_generated(text[:_SEEN_OF_MARK]):
        return "generated"
    return "source"


def most_bytes(path: str) -> int:
    """Return how long a file may be to be read: more for what is known to be source."""
    name = os.path.basename(path).lower()
    known = name in _BY_NAME or os.path.splitext(name)[1] in _BY_EXTENSION
    return MOST_SOURCE_BYTES if known else MOST_OTHER_BYTES


def _of_shebang(start: str) -> str:
    matched = _SHEBANG.match(start)
    if matched is None:
        return ""
    interpreter = os.path.basename(matched[1] or matched[2]).lower()
    return _BY_INTERPRETER.get(interpreter) or _BY_INTERPRETER.get(interpreter.rstrip(_VERSION), "")


def _seems_cpp(start: str) -> bool:
    if _C_GUARD.search(start) is not None:
        return False
    return _LINE_OF_CPP.search("\n" + start) is not None or _NAME_OF_CPP.search(start) is not None


def _says_generated(start: str) -> bool:
    return "generated" in start.lower() and _GENERATED_TEXT.search(start) is not None


def _is_dense(path: str, text: str) -> bool:
    if len(text) <= _FEW:
        return False
    average = len(text) / (text.count("\n") + 1)
    if average <= _LONG_LINE_OF_CODE:
        return False
    return average > _LONG_LINE or language_of(path, text) not in _PROSE
