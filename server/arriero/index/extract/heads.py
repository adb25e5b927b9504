"""What single lines seem to define, for texts that do not parse.

More is found than without any grammar, and so more has to be ruled out: what a rule's kind says of
where such a line may stand is looked at where it is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from arriero.index.extract.barelines import LONGEST_LINE
from arriero.index.extract.patterns import rules_of

SCOPE = "scope"
"""Gives a container to what is in it and defines nothing."""
MEMBER, MAKER, PART = "method", "constructor", "field"
"""Only right in a type; a maker is called like the type."""
OUTER = "outer "
"""Begins a kind that holds of the outermost lines, and of those right in a type or module."""
VALUE = "variable"
"""As `OUTER`, and in a type it is a field."""


class Head(NamedTuple):
    """The line that a definition seems to begin with."""

    name: str
    kind: str
    line: int
    indentation: int
    column: int
    container: str = ""


_NAME = r"(?P<name>(?:[^\W\d]|\$)[\w$]*)(?![\w$])"
_MODIFIERS = (
    r"(?:(?:@\w+(?:\([^)]*\))?|(?:abstract|actual|annotation|async|case|companion|const|constexpr|"
    r"convenience|data|declare|default|dynamic|expect|explicit|export|extern|external|file|"
    r"fileprivate|final|friend|implicit|indirect|infix|inline|inner|internal|lateinit|lazy|"
    r"mutating|new|non-sealed|nonisolated|open|operator|override|partial|private|protected|pub|"
    r"public|readonly|required|sealed|static|strictfp|suspend|synchronized|tailrec|transparent|"
    r"typedef|unsafe|value|virtual|weak)(?:\([^)]*\))?)\s+){0,8}"
)
_NO_STATEMENT = (
    r"(?!(?:assert|await|case|catch|class|co_await|co_return|co_yield|default|delete|do|else|enum|"
    r"export|extends|for|friend|goto|if|implements|import|interface|lock|namespace|new|operator|"
    r"package|return|sizeof|static_assert|struct|switch|throw|throws|try|typedef|using|when|while|"
    r"yield)\b)"
)
_TYPE = r"[^\W\d][\w:<>,.*&?\[\]\s]*[\s*&>\]]"
_ATTRIBUTES = r"(?:\[[^\]]*\]\s*){0,3}(?:@\w+(?:\([^)]*\))?\s+){0,4}"
_TEMPLATE = r"(?:template\s*<[^;{}]*>\s*)?"
_HEAD_GOES_ON = r"\((?:[^;{]*\{|[^;]*$)"
_NO_USE = r"(?!\s*[;*&,>=.)])"

_QUALIFIED = r"(?:\w+::)*(?P<container>\w+)(?:<[^<>]*>)?"
_CPP = (
    ("macro", rf"#\s*define\s+{_NAME}"),
    ("class", rf"{_TEMPLATE}{_MODIFIERS}class\s+(?:\w+::)*{_NAME}{_NO_USE}(?![^{{]*;\s*$)"),
    ("struct", rf"{_TEMPLATE}{_MODIFIERS}(?:struct|union)\s+{_NAME}\s*(?:final\s*)?(?:[{{:]|$)"),
    ("enum", rf"{_MODIFIERS}enum\s+(?:class\s+|struct\s+)?{_NAME}\s*(?:[{{:]|$)"),
    ("module", r"(?:inline\s+)?namespace\s+(?P<name>\w+(?:::\w+)*)\s*(?:\{|$)"),
    ("type", rf"using\s+{_NAME}\s*="),
    (
        OUTER + "method",
        rf"{_TEMPLATE}{_NO_STATEMENT}(?:{_TYPE})?{_QUALIFIED}::(?P<name>~?[^\W\d]\w*)\s*"
        + _HEAD_GOES_ON,
    ),
    (OUTER + "function", rf"{_TEMPLATE}{_NO_STATEMENT}{_TYPE}{_NAME}\s*{_HEAD_GOES_ON}"),
    (MAKER, rf"{_MODIFIERS}(?P<name>[^\W\d]\w*)\s*{_HEAD_GOES_ON}"),
    (MEMBER, rf"{_MODIFIERS}(?P<name>~[^\W\d]\w*)\s*{_HEAD_GOES_ON}"),
    ("prototype", rf"{_NO_STATEMENT}{_TYPE}{_NAME}\s*\([^;{{}}]*;"),
)
_JAVA = (
    ("enum", rf"{_MODIFIERS}enum\s+{_NAME}"),
    ("class", rf"{_MODIFIERS}(?:class|record(?:\s+(?:class|struct))?)\s+{_NAME}{_NO_USE}"),
    ("interface", rf"{_MODIFIERS}@?interface\s+{_NAME}"),
    ("struct", rf"{_MODIFIERS}(?:ref\s+)?struct\s+{_NAME}"),
    ("module", r"namespace\s+(?P<name>[\w.]+)\s*[{;]?\s*$"),
    (MEMBER, rf"{_ATTRIBUTES}{_NO_STATEMENT}{_TYPE}{_NAME}\s*(?:<[^()=;]*>\s*)?\("),
    (MAKER, rf"{_ATTRIBUTES}{_MODIFIERS}{_NAME}\s*\("),
)
_FUN = r"(?:<[^()]*>\s*)?"
_KOTLIN = (
    ("enum", rf"{_MODIFIERS}enum\s+class\s+{_NAME}"),
    ("class", rf"{_MODIFIERS}(?:class|object)\s+{_NAME}"),
    ("interface", rf"{_MODIFIERS}(?:fun\s+)?interface\s+{_NAME}"),
    ("type", rf"{_MODIFIERS}typealias\s+{_NAME}"),
    ("function", rf"{_MODIFIERS}fun\s+{_FUN}(?:[\w.<>?, ]+\.)?{_NAME}\s*\("),
    (VALUE, rf"{_MODIFIERS}va[lr]\s+{_FUN}{_NAME}\s*(?:[:=]|by\b|$)"),
)
_SWIFT = (
    ("class", rf"{_MODIFIERS}(?:class|actor)\s+(?!func\b|var\b|let\b){_NAME}"),
    ("struct", rf"{_MODIFIERS}struct\s+{_NAME}"),
    ("enum", rf"{_MODIFIERS}enum\s+{_NAME}"),
    ("interface", rf"{_MODIFIERS}protocol\s+{_NAME}"),
    (SCOPE, rf"{_MODIFIERS}extension\s+{_NAME}"),
    ("function", rf"{_MODIFIERS}(?:class\s+)?func\s+{_NAME}\s*[(<]"),
    (MEMBER, rf"{_MODIFIERS}(?P<name>init)\s*[?!]?\s*[(<]"),
    ("type", rf"{_MODIFIERS}typealias\s+{_NAME}"),
    (VALUE, rf"{_MODIFIERS}(?:let|var)\s+{_NAME}\s*[:={{]"),
)
_SCALA = (
    ("class", rf"{_MODIFIERS}(?:class|object)\s+{_NAME}"),
    ("interface", rf"{_MODIFIERS}trait\s+{_NAME}"),
    ("enum", rf"{_MODIFIERS}enum\s+{_NAME}"),
    ("function", rf"{_MODIFIERS}def\s+{_NAME}"),
    ("type", rf"{_MODIFIERS}type\s+{_NAME}"),
    (VALUE, rf"{_MODIFIERS}va[lr]\s+{_NAME}\s*[:=]"),
)
_GO = (
    (
        OUTER + "method",
        rf"func\s+\((?:\s*\w+)?\s*\*?\s*(?P<container>\w+)(?:\[[^\]]*\])?\s*\)\s*{_NAME}\s*[(\[]",
    ),
    (OUTER + "function", rf"func\s+{_NAME}\s*[(\[]"),
    (OUTER + "struct", rf"type\s+{_NAME}(?:\[[^\]]*\])?\s+struct\b"),
    (OUTER + "interface", rf"type\s+{_NAME}(?:\[[^\]]*\])?\s+interface\b"),
    (OUTER + "type", rf"type\s+{_NAME}\s*(?:\[|=|[\w*(])"),
    (OUTER + "constant", rf"const\s+{_NAME}"),
    (OUTER + "variable", rf"var\s+{_NAME}"),
)
_RUST = (
    ("macro", rf"macro_rules!\s+{_NAME}"),
    (SCOPE, rf"(?:unsafe\s+)?impl\b(?:<.*?>)?\s+(?:[^{{]*\sfor\s+)?(?:\w+::)*{_NAME}"),
    ("function", rf"{_MODIFIERS}(?:extern\s+\"\w*\"\s+)?fn\s+{_NAME}\s*[(<]"),
    ("struct", rf"{_MODIFIERS}(?:struct|union)\s+{_NAME}\s*(?:[{{(<;]|where\b|$)"),
    ("enum", rf"{_MODIFIERS}enum\s+{_NAME}\s*(?:[{{<]|where\b|$)"),
    ("interface", rf"{_MODIFIERS}trait\s+{_NAME}"),
    ("module", rf"{_MODIFIERS}mod\s+{_NAME}\s*[{{;]"),
    ("type", rf"{_MODIFIERS}type\s+{_NAME}\s*[=<:;]"),
    ("constant", rf"(?:pub(?:\([^)]*\))?\s+)?(?:const|static)\s+(?:mut\s+)?{_NAME}\s*:"),
)
_VALUES = rf"(?:export\s+)?(?:declare\s+)?(?:const|let|var)\s+{_NAME}\s*(?::[^=]*)?"
_MEMBER_NAME = r"(?P<name>#?(?:[^\W\d]|\$)[\w$]*)(?![\w$])"
_SCRIPT_MEMBER = (
    r"(?:(?:abstract|accessor|async|declare|get|override|private|protected|public|readonly|set|"
    rf"static)\s+){{0,6}}\*?\s*{_MEMBER_NAME}"
)
_ARROW = r"=\s*(?:async\s*)?(?:function\b|(?:\(.*|[\w$]+\s*)=>|\(\s*[{\w$]*\s*$)"
_JAVASCRIPT = (
    ("class", rf"{_MODIFIERS}class\s+{_NAME}"),
    ("function", rf"{_MODIFIERS}function\s*\*?\s*{_NAME}\s*[(<]"),
    ("function", rf"{_VALUES}{_ARROW}"),
    (OUTER + VALUE, rf"{_VALUES}(?:=|;|$)"),
    (MEMBER, rf"{_SCRIPT_MEMBER}\s*[?!]?\s*(?:<[^()]*>\s*)?\("),
    (MEMBER, rf"{_SCRIPT_MEMBER}\s*(?::[^=]*)?{_ARROW}"),
)
_TYPESCRIPT = (
    ("enum", rf"{_MODIFIERS}enum\s+{_NAME}"),
    ("interface", rf"{_MODIFIERS}interface\s+{_NAME}\s*(?:[{{<]|extends\b|$)"),
    ("type", rf"{_MODIFIERS}type\s+{_NAME}\s*(?:[=<]|$)"),
    ("module", rf"{_MODIFIERS}(?:namespace|module)\s+(?P<name>[\w.]+)\s*(?:\{{|$)"),
    *_JAVASCRIPT,
    (PART, rf"{_SCRIPT_MEMBER}\s*(?:[?!]?\s*:|=(?!=)|;)"),
)
_PHP = (
    ("class", rf"{_MODIFIERS}(?:class|trait)\s+{_NAME}"),
    ("interface", rf"{_MODIFIERS}interface\s+{_NAME}"),
    ("enum", rf"{_MODIFIERS}enum\s+{_NAME}\s*(?:[{{:]|implements\b|$)"),
    ("module", r"namespace\s+(?P<name>[\w\\]+)\s*[;{]"),
    ("function", rf"{_MODIFIERS}function\s+&?\s*{_NAME}\s*\("),
)
_PYTHON = (
    ("class", rf"class\s+{_NAME}"),
    ("function", rf"(?:async\s+)?def\s+{_NAME}"),
    (VALUE, rf"{_NAME}\s*(?::[^=]+)?=(?!=)"),
)
_LUA = (
    ("method", r"function\s+(?P<container>[\w.]+):(?P<name>\w+)\s*\("),
    ("function", r"function\s+(?P<container>[\w.]+)\.(?P<name>\w+)\s*\("),
    ("function", rf"(?:local\s+)?function\s+{_NAME}\s*\("),
)
_RULES = {
    "c": _CPP, "cpp": _CPP, "csharp": _JAVA, "go": _GO, "java": _JAVA, "javascript": _JAVASCRIPT,
    "kotlin": _KOTLIN, "lua": _LUA, "php": _PHP, "python": _PYTHON, "rust": _RUST,
    "scala": _SCALA, "swift": _SWIFT, "tsx": _TYPESCRIPT, "typescript": _TYPESCRIPT,
}  # fmt: skip
_COMPILED = {
    language: [(kind, re.compile(r"\s*" + rule)) for kind, rule in rules]
    for language, rules in _RULES.items()
}
_AS_WITHOUT_GRAMMAR = frozenset(("bash", "ruby", "sql"))
KEYWORDS = frozenset(
    (
        "as", "assert", "async", "await", "break", "case", "catch", "class", "const", "continue",
        "default", "defer", "delete", "do", "elif", "else", "end", "enum", "except", "export",
        "extends", "false", "finally", "for", "foreach", "from", "fun", "func", "function", "goto",
        "guard", "if", "implements", "import", "in", "instanceof", "interface", "lambda", "let",
        "match", "namespace", "new", "not", "null", "package", "raise", "return", "select",
        "sizeof", "struct", "super", "switch", "synchronized", "then", "this", "throw", "throws",
        "true", "try", "typeof", "unless", "until", "using", "var", "void", "when", "where",
        "while", "with", "yield",
    )
)  # fmt: skip


def is_known(language: str) -> bool:
    """Tell whether there are heads to look for in a language."""
    return language in _COMPILED or language in _AS_WITHOUT_GRAMMAR


def heads(lines: Sequence[str], language: str, wanted: Sequence[bool]) -> Iterator[Head]:
    """Yield what the wanted ones of the lines may define, one thing for each."""
    rules: Sequence[tuple[str, re.Pattern[str]]] | None = _COMPILED.get(language)
    if language in _AS_WITHOUT_GRAMMAR:
        rules = rules_of(language)
    for number, line in enumerate(lines, 1):
        if not wanted[number] or not line or len(line) > LONGEST_LINE:
            continue
        for kind, rule in rules or ():
            match = rule.match(line)
            if match is None:
                continue
            name = match["name"]
            if name not in KEYWORDS:
                container = match.groupdict().get("container") or ""
                yield Head(name, kind, number, indentation(line), match.start("name"), container)
                break


def indentation(line: str) -> int:
    """Return how many characters of white space a line begins with."""
    return len(line) - len(line.lstrip())
