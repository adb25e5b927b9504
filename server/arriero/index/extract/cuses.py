"""Which names C uses: what it calls, and the types that it declares and converts with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from arriero.index.extract.ctext import CText
from arriero.index.extract.types import Reference

PRIMITIVE = frozenset(
    (
        "bool", "char", "int", "float", "double", "void", "size_t", "ssize_t", "ptrdiff_t",
        "intptr_t", "uintptr_t", "charptr_t", "nullptr_t", "max_align_t", "char8_t", "char16_t",
        "char32_t", "char64_t", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t",
        "uint32_t", "uint64_t", "signed", "unsigned", "long", "short",
    )
)  # fmt: skip
"""What the language has for types; the grammar counts some of its library among them."""
KEYWORDS = PRIMITIVE | frozenset(
    (
        "_Alignas", "_Alignof", "_Atomic", "_Generic", "_Noreturn", "__alignof__", "__asm__",
        "__attribute", "__attribute__", "__declspec", "__extension__", "__inline", "__inline__",
        "__restrict__", "__volatile__", "_unaligned", "alignas", "alignof", "asm", "auto", "break",
        "case", "const", "constexpr", "continue", "default", "defined", "do", "else", "enum",
        "extern", "for", "goto", "if", "inline", "noreturn", "offsetof", "register", "restrict",
        "return", "sizeof", "static", "struct", "switch", "thread_local", "typedef", "union",
        "volatile", "while",
    )
)  # fmt: skip
"""The words that name nothing; the grammar counts some of its extensions among them."""
# In a text that is read backwards: what stands before an open bracket.
_CALLED = re.compile(r"\(\s*(\w+)")
# Each begins with a letter or sign, which is what the search for them is fast by.
_TAGGED = re.compile(
    r"(?:struct(?<!\wstruct)|union(?<!\wunion)|enum(?<!\wenum))\s+([A-Za-z_]\w*)(?!\w|\s*\{)"
)
_QUALIFIED = (
    r"(?:(?:const|static|extern|register|volatile|inline|__inline__|__inline|typedef"
    r"|__extension__|_Noreturn)\s+)*"
)
_DECLARED = re.compile(
    rf"\n[ \t]*{_QUALIFIED}([A-Za-z_]\w*)(?:\s+const)?(?:\s*\*[\s*]*|\s+)"
    r"(?:(?:const|restrict|volatile)\s+)*[A-Za-z_]\w*\s*(?=[;,=\[)(:])"
)
_WITHIN = re.compile(
    rf"(?:for\s*\(|[{{;][ \t])\s*{_QUALIFIED}([A-Za-z_]\w*)(?:\s*\*[\s*]*|[ \t]+)"
    r"(?:const\s+)?[A-Za-z_]\w*\s*(?=[;,=\[(])"
)
_CONVERTED = re.compile(
    r"\(\s*(?:const\s+)?([A-Za-z_]\w*)(?:\s+const)?\s*(?:\*[\s*]*\)|(?<![0-9])\)\s*(?=[A-Za-z_0-9{]))"
)
_PARAMETER = re.compile(
    r"\s*(?:(?:const|register|volatile)\s+)*([A-Za-z_]\w*)(?:\s+const\b)?\s*"
    r"(?=$|\*|\[|[A-Za-z_(])"
)


def uses(text: CText, heads: Set[int]) -> list[Reference]:
    """Return the names that are used, each once per line, in no order.

    `heads` are the places of brackets that hold parameters.
    """
    bare = text.bare
    found = dict.fromkeys(_called(bare, heads))
    for pattern in (_TAGGED, _DECLARED, _WITHIN):
        found.update(dict.fromkeys(_placed(bare, pattern)))
    found.update(dict.fromkeys(_converted(text)))
    for head in heads:
        found.update(dict.fromkeys(_parameters(text, head)))
    return list(found)


def _called(bare: str, heads: Set[int]) -> Iterator[Reference]:
    """Yield names that are called, from the end to the beginning."""
    line, seen = bare.count("\n") + 1, 0
    backwards = bare[::-1]
    last = len(backwards) - 1
    for match in _CALLED.finditer(backwards):
        start = match.start()
        name = match[1][::-1]
        if name in KEYWORDS or name[0].isdigit() or last - start in heads:
            continue
        line, seen = line - backwards.count("\n", seen, match.end()), match.end()
        yield name, line


def _placed(bare: str, pattern: re.Pattern[str]) -> Iterator[Reference]:
    line, seen = 1, 0
    for match in pattern.finditer(bare):
        name, place = match[1], match.start(1)
        if name not in KEYWORDS:
            line, seen = line + bare.count("\n", seen, place), place
            yield name, line


def _converted(text: CText) -> Iterator[Reference]:
    """Yield what stands in brackets of its own before a value, or with a star."""
    bare = text.bare
    line, seen = 1, 0
    for match in _CONVERTED.finditer(bare):
        name, place = match[1], match.start(1)
        if name in KEYWORDS:
            continue
        if "*" not in match[0]:
            last = text.before(match.start())
            before = bare[last - 1 : last]
            is_word = before.isalnum() and not bare.endswith("return", 0, last)
            if is_word or before in (")", "]", "_"):
                continue  # of a call, or a condition
        line, seen = line + bare.count("\n", seen, place), place
        yield name, line


def _parameters(text: CText, head: int) -> Iterator[Reference]:
    bare = text.bare
    at = head + 1
    for part in bare[at : text.closing(head)].split(","):
        match = _PARAMETER.match(part)
        if match is not None and match[1] not in KEYWORDS:
            yield match[1], text.line(at + match.start(1) + 1)
        at += len(part) + 1
