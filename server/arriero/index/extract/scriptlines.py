"""JavaScript read without a grammar, in a third of the time.

Functions, methods and classes are found by the words and arrows that make them, and where they
end by matched brackets; the end of an expression is where a semicolon is, or would be put. What is
found is as the grammar has it (`tests/index/extract/test_scriptlines.py` compares the two); where a
text is not as it should be, or has tags, nothing is said, and it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.brackets import Unclear
from arriero.index.extract.scriptends import begins_statement, end_of, is_whole, left_of
from arriero.index.extract.scriptfound import Found, definitions
from arriero.index.extract.scripttext import ScriptText
from arriero.index.extract.scriptuses import uses
from arriero.index.extract.scriptvariables import NAME, fields, variables
from arriero.index.extract.types import Definition, Reference

# Each begins with a letter or sign, which is what the search for them is fast by.
_HEAD = re.compile(
    rf"class\b(?:\s+(?!extends\b)({NAME}))?"
    rf"|function\b\s*(?:\*\s*)?(?:({NAME})\s*)?\("
    r"|=>|\)\s*\{"
)
_VARIABLES = re.compile(r"(?:const|let|var)(?=[\s\[{])")
# In a text that is read backwards: a name; what a function is given to, which has its name; async.
_LAST_NAME = r"([\w$]*[A-Za-z_$\u0080-\uffff]#?)(?![\w$])"
_OWN_NAME = re.compile(rf"\s*{_LAST_NAME}")
_GIVEN = re.compile(rf"\s*(?:=(?![=!<>+*/%&|^?-])|(:))\s*{_LAST_NAME}(\s*\.\s*\??[\w$\])])?")
_ASYNC = re.compile(r"\s*cnysa(?![\w$.])")
_BEFORE_A_BODY = re.compile(r"[(\[{;}=,:]|(?<![\w$.])class\b")
_DECLARE = ("const", "let", "var")
_STATEMENTS = frozenset(("if", "for", "while", "switch", "catch", "with", "await", "function"))
_MOST_CHARACTERS = 2 << 20  # the places of brackets take more memory than the text
_LONG_LINE = 3_000  # characters: what looks like a regular expression ends with its line


def read(lines: Sequence[str]) -> tuple[list[Definition], list[Reference]] | None:
    """Return definitions and references of a text in JavaScript; None if it has to be parsed."""
    if sum(map(len, lines)) > _MOST_CHARACTERS or max(map(len, lines), default=0) > _LONG_LINE:
        return None
    try:
        text = ScriptText("\n".join([*lines, ""]))
        reader = _Reader(text)
        reader.read()
    except Unclear:
        return None
    return definitions(text, reader.found), uses(text, reader.heads)


class _Reader:
    """Finds the definitions of a text. `heads` are the brackets of parameters."""

    def __init__(self, text: ScriptText) -> None:
        self.found: list[Found] = []
        self.heads: set[int] = set()
        self._text = text
        self._classes: set[int] = set()  # the brackets of their bodies
        self._objects: dict[int, bool] = {}  # curly brackets, and whether they are of objects
        self._arrows: dict[int, tuple[int, int]] = {}  # of a bracket: its last function's body

    def read(self) -> None:
        """Look at all that makes a function, a class or a variable. Raises `Unclear`."""
        text, bare = self._text, self._text.bare
        for match in _HEAD.finditer(bare):
            start = match.start()
            sign = bare[start]
            if sign == "=":
                self._arrow(start, match.end())
            elif sign == ")":
                self._method(text.pairs[start], match.end() - 1)
            elif start and (bare[start - 1].isalnum() or bare[start - 1] in "_$.#"):
                continue  # part of a name, or a member
            elif sign == "c":
                self._class(match)
            else:
                self._function(match)
        end = 0
        for match in _VARIABLES.finditer(bare):
            start = match.start()
            if text.around(start) < 0 and self._is_of_the_program(start, bare[start]):
                if start < end:  # what the one before is given does not end
                    raise Unclear
                found, end = variables(text, match.end())
                self.found += found
        for body in self._classes:
            self.found += fields(text, body + 1, text.pairs[body])

    def _is_of_the_program(self, start: int, sign: str) -> bool:
        """Tell whether a declaration, of which one sign is given, is neither part of a statement
        nor of a word.
        """
        text, bare = self._text, self._text.bare
        last = text.before(start)
        before = bare[last - 1 : last]
        if before == ")":  # of a call, or of a condition
            begin = text.before(text.pairs[last - 1])
            return "\n" in bare[last:start] and text.word_before(begin) not in _STATEMENTS
        if before in ("", ";", "}"):
            return True
        word = text.word_before(last)
        if word == "export":  # the grammar's query leaves out what `export var` declares
            return sign != "v"
        return "\n" in bare[last:start] and word not in ("else", "do")

    def _class(self, match: re.Match[str]) -> None:
        text, bare = self._text, self._text.bare
        begin = match.end()
        while (stop := _BEFORE_A_BODY.search(bare, begin)) is not None and stop[0] in "([":
            begin = text.pairs[stop.start()] + 1
        if stop is None or stop[0] == "class":
            raise Unclear
        begin = stop.start()
        if stop[0] != "{":
            if match[1] is None:
                return  # a name or a key that is called so
            raise Unclear
        self._classes.add(begin)
        end = text.pairs[begin] + 1
        if match[1]:
            self.found.append(Found(match.start(), end, 2, "class", match[1]))
        given = self._given(match.start(), end)
        if given is not None and given.kind == "declared" and self._is_declared(given.start):
            self.found.append(given._replace(kind="class", rank=2))

    def _is_declared(self, at: int) -> bool:
        text = self._text
        last = text.before(at)
        return text.bare[last - 1 : last] == "," or text.word_before(last) in _DECLARE

    def _function(self, match: re.Match[str]) -> None:
        text, bare = self._text, self._text.bare
        begin = match.end() - 1
        self.heads.add(begin)
        body = text.after(text.pairs[begin] + 1)
        if bare[body : body + 1] != "{":
            raise Unclear
        end = text.pairs[body] + 1
        start = match.start()
        start = self._with_async(start)
        if match[2] and begins_statement(text, start):
            self.found.append(Found(start, end, 1, "function", match[2]))
        elif is_whole(text, end):
            self._add_given(start, end)

    def _arrow(self, at: int, after: int) -> None:
        text, bare = self._text, self._text.bare
        last = text.before(at)
        if bare[last - 1] == ")":
            start = text.pairs[last - 1]
            self.heads.add(start)
        else:
            start = last
            while start and (bare[start - 1].isalnum() or bare[start - 1] in "_$"):
                start -= 1
        start = self._with_async(start)
        body = text.after(after)
        end = text.pairs[body] + 1 if bare[body : body + 1] == "{" else self._end_of(body)
        self._add_given(start, end)

    def _end_of(self, body: int) -> int:
        """Return the end of an arrow's expression, which is that of the arrows in it as well."""
        around = self._text.around(body)
        begin, end = self._arrows.get(around, (0, 0))
        if not begin <= body < end:
            end = end_of(self._text, body)
            self._arrows[around] = body, end
        return end

    def _method(self, begin: int, body: int) -> None:
        text, bare = self._text, self._text.bare
        if begin in self.heads:  # of a function
            return
        around = text.around(begin)
        if around < 0 or bare[around] != "{" or not self._has_members(around):
            return
        match = _OWN_NAME.match(text.backwards, len(bare) - begin)
        if match is None:
            return
        name = match[1][::-1]
        if around in self._classes or name not in _STATEMENTS:
            self.heads.add(begin)
            start = len(bare) - match.end(1)
            self.found.append(Found(start, text.pairs[body] + 1, 0, "method", name))

    def _with_async(self, start: int) -> int:
        text = self._text
        match = _ASYNC.match(text.backwards, len(text.bare) - start)
        return len(text.bare) - match.end() if match is not None else start

    def _has_members(self, bracket: int) -> bool:
        """Tell whether a curly bracket is that of a class or of an object."""
        if bracket in self._classes:
            return True
        found = self._objects.get(bracket)
        if found is None:
            found = self._objects[bracket] = self._is_object(bracket)
        return found

    def _is_object(self, bracket: int) -> bool:
        text, bare = self._text, self._text.bare
        last = text.before(bracket)
        before = bare[last - 1 : last]
        if before == ">" and bare[last - 2 : last] == "=>":
            return False
        if before in tuple("(,=:[?&|"):
            return True
        return text.word_before(last) in ("return", "default", "yield", "await", "throw")

    def _add_given(self, start: int, end: int) -> None:
        given = self._given(start, end)
        if given is not None:
            kind = "method" if given.kind == "field" else "function"
            self.found.append(given._replace(kind=kind))

    def _given(self, start: int, end: int) -> Found | None:
        """Return what a function is given to; the kind is "declared", "field", or else ""."""
        text, bare = self._text, self._text.bare
        length = len(bare)
        match = _GIVEN.match(text.backwards, length - start)
        if match is None:
            return None
        at, name = length - match.end(2), match[2][::-1]
        last = text.before(at)
        before = bare[last - 1 : last]
        around = text.around(at)
        if match[1]:
            is_key = match[3] is None and around >= 0 and bare[around] == "{"
            if not is_key or before not in ("{", ",") or name[0] == "#":
                return None
            return Found(at, end, 1, "", name)
        if match[3] is not None:
            return (
                None
                if name[0] == "#"
                else Found(left_of(text, length - match.end(3) + 1), end, 1, "", name)
            )
        if around in self._classes:
            return Found(at, end, 0, "field", name)
        if name[0] == "#":
            return None
        if around >= 0 and bare[around] in "([":
            after = text.after(text.pairs[around] + 1)
            if bare[around] == "[" or bare.startswith(("{", "=>"), after):
                return None  # what a parameter is by default
        elif (
            around >= 0
            and before in ("{", ",")
            and (self._has_members(around) or text.word_before(text.before(around)) in _DECLARE)
        ):
            return None
        return Found(at, end, 1, "declared", name)
