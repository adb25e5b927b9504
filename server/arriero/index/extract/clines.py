"""C read without a grammar, in a third of the time.

What stands outside of all brackets is taken statement by statement; structures, unions and
enumerations are found by their words wherever they are. What is found is as the grammar has it
(`tests/index/extract/test_clines.py` compares the two); where a text is not as it should be, as
where conditions of the preprocessor cut a statement, nothing is said, and it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.brackets import Unclear
from arriero.index.extract.cfound import Found, definitions
from arriero.index.extract.cheads import (
    HEAD,
    behind_macros,
    declares_variable,
    is_attribute,
    is_whole,
    possible_heads,
)
from arriero.index.extract.ctext import CText
from arriero.index.extract.cuses import KEYWORDS, PRIMITIVE, uses
from arriero.index.extract.cvariables import variables
from arriero.index.extract.lastword import last_name
from arriero.index.extract.types import Definition, Reference

_STEP = re.compile(r"[;{(\[=#]")
# In a text that is read backwards: a bracket, and the words before it.
_BODY = re.compile(
    r"\{(?:\s*(\w*[A-Za-z_])\s+(tcurts|noinu|mune)(?!\w)|\s+(?:tcurts|noinu|mune)(?!\w)|mune)"
)
_LINKAGE = re.compile(r"extern\s+0\s*")  # a number stands for a string
_HAS_BODY = re.compile(r"\b(?:struct|union|enum)(?:\s+[A-Za-z_]\w*)?\s*$")
_MACRO = re.compile(r"#d (\w+) (\d+)")
_ALONE = re.compile(r"_?[A-Z][A-Z0-9_]+[ \t]*\n\s*(?=#)")
_WITHOUT_END = re.compile(r"\w+\s*(?:\([^()]*\)\s*)?(?:#\w*\s*)*\Z")
_POINTED = re.compile(r"\(\s*\*\s*([A-Za-z_]\w*)\s*\)\s*\(")
_CONST = re.compile(r"\bconst$")
_DECLARED = re.compile(r"[,;(\[]")
_CONSTANT = re.compile(r"[,#({\[]")
_ENUMERATOR = re.compile(r"([A-Za-z_]\w*)")
_MOST_POINTERS = {"function": 2, "prototype": 1}
_MOST_CHARACTERS = 2 << 20  # the places of brackets take more memory than the text
_LONG_LINE = 3_000  # characters: a table, or what a program wrote
_MOST_BRACKETS = 500  # of one statement, those within others not counted


def read(lines: Sequence[str]) -> tuple[list[Definition], list[Reference]] | None:
    """Return definitions and references of a text in C; None if it has to be parsed."""
    if sum(map(len, lines)) > _MOST_CHARACTERS or max(map(len, lines), default=0) > _LONG_LINE:
        return None
    try:
        text = CText("\n".join([*lines, ""]))
        reader = _Reader(text)
        reader.read()
    except Unclear:
        return None
    return definitions(text, reader.found), uses(text, reader.heads)


class _Reader:
    """Finds the definitions of a text. `heads` are the brackets of parameters."""

    def __init__(self, text: CText) -> None:
        self.found: list[Found] = []
        self.heads: set[int] = set()
        self._text = text

    def read(self) -> None:
        """Look at all that defines something. Raises `Unclear`."""
        text, bare = self._text, self._text.bare
        self._statements(0, len(bare), is_outermost=True)
        size = len(bare)
        for match in _BODY.finditer(bare[::-1]):
            start, body = size - match.end(), size - match.start() - 1
            end = text.pairs[body] + 1
            if match[1]:
                kind, name = match[2][::-1], match[1][::-1]
                self.found.append(Found(start, end, kind, name, size - match.end(1)))
            if bare.startswith("enum", start):
                self._enumerators(body + 1, end - 1)
        for match in _MACRO.finditer(bare):
            # The last line of the text may promise one more.
            end = min(match.end() + int(match[2]) + 1, len(bare))
            self.found.append(Found(match.start(), end, "macro", match[1], match.start(1)))

    def _statements(self, at: int, end: int, *, is_outermost: bool) -> None:
        """Take what stands side by side from one place to another."""
        text, bare = self._text, self._text.bare
        while (begin := text.after_directives(at)) < end:
            alone = _ALONE.match(bare, begin)
            if alone is not None:  # a macro that stands for a directive
                at = alone.end()
            elif _WITHOUT_END.match(bare, begin):  # or one that needs no semicolon, at the end
                return
            else:
                at = self._statement(begin, end, is_outermost=is_outermost)

    def _statement(self, begin: int, end: int, *, is_outermost: bool) -> int:
        """Take one, and return where it ends."""
        text, bare = self._text, self._text.bare
        at = begin
        parentheses: list[int] = []
        count = 0
        is_given = False
        while (match := _STEP.search(bare, at, end)) is not None:
            place, sign = match.start(), match[0]
            if sign == ";":
                is_alone = is_outermost and not text.is_conditional(begin)
                self._declaration(begin, place + 1, parentheses, is_given, is_alone)
                return place + 1
            if sign == "=":
                is_given, at = True, place + 1
            elif sign == "#":
                at = bare.index("\n", place)
            else:
                at = text.closing(place) + 1
                if is_given:
                    continue
                count += 1
                if count > _MOST_BRACKETS:
                    raise Unclear
                if sign == "(":
                    parentheses.append(place)
                elif sign == "{" and not _HAS_BODY.search(bare, max(begin, place - HEAD), place):
                    self._body(begin, place, parentheses, is_outermost=is_outermost)
                    return at
        raise Unclear

    def _body(
        self, begin: int, place: int, parentheses: Sequence[int], *, is_outermost: bool
    ) -> None:
        if is_outermost and _LINKAGE.fullmatch(self._text.bare, begin, place):
            self._statements(place + 1, self._text.pairs[place], is_outermost=False)
        else:
            self._function(begin, place, parentheses)

    def _function(self, begin: int, body: int, parentheses: Sequence[int]) -> None:
        begin = behind_macros(self._text, begin, parentheses)
        if self._text.bare[begin] == "(":  # only the macro knows what it defines
            self.heads.add(begin)
            return
        heads = possible_heads(self._text, begin, parentheses)
        if not heads or not is_whole(self._text, heads[0], body):
            raise Unclear
        self._named(begin, self._text.pairs[body] + 1, heads[0], "function")

    def _named(self, begin: int, end: int, head: int, kind: str) -> bool:
        """Take what has its name before a bracket; False where that is no declaration."""
        bare = self._text.bare
        last = last_name(bare, max(begin, head - HEAD), head)
        if last is None or last[0] in PRIMITIVE:
            raise Unclear
        name, place = last
        before = bare[begin:place]
        if not before.strip():
            if kind == "function":
                raise Unclear
            return False
        self.heads.add(head)
        if before.count("*") <= _MOST_POINTERS[kind]:
            self.found.append(Found(begin, end, kind, name, place))
        return True

    def _declaration(
        self, begin: int, end: int, parentheses: Sequence[int], is_given: bool, is_alone: bool
    ) -> None:
        bare = self._text.bare
        begin = behind_macros(self._text, begin, parentheses)
        parentheses = [one for one in parentheses if one > begin]
        if bare.startswith("typedef", begin) and not bare[begin + 7].isalnum():
            self._type(begin, end)
        elif is_given or not parentheses:
            if is_alone:
                self.found += variables(self._text, begin, end)
        else:
            self._prototype(begin, end, parentheses, is_alone=is_alone)

    def _prototype(
        self, begin: int, end: int, parentheses: Sequence[int], *, is_alone: bool
    ) -> None:
        text, bare = self._text, self._text.bare
        heads = possible_heads(text, begin, parentheses)
        if not heads:
            return
        head = heads[0]
        if bare.startswith("*", text.after(head + 1)):  # a pointer to a function
            self.heads.update(heads[1:2])
            return
        if declares_variable(text, begin, head):
            return
        if not is_whole(text, head, end):
            raise Unclear  # as in the oldest style, where what follows are parameters
        count = len(self.found)
        self._named(begin, end, head, "prototype")
        if not is_alone:
            del self.found[count:]

    def _type(self, begin: int, end: int) -> None:
        """Take the first name that a `typedef` gives."""
        text, bare = self._text, self._text.bare
        at = begin + len("typedef")
        body = bare.find("{", at, end)
        has_body = body >= 0 and _HAS_BODY.search(bare, at, body) is not None
        if has_body:
            at = text.pairs[body] + 1
        stop = _DECLARED.search(bare, at, end)
        assert stop is not None
        place = stop.start()
        if stop[0] == "(":
            self._pointed(begin, end, at, place, has_body=has_body)
            return
        if stop[0] == "[":
            after = text.after(text.closing(place) + 1)
            if bare[after] == "[" or "*" in bare[at:place]:
                return
        last = last_name(bare, at, place)
        if last is None:
            raise Unclear
        name, named_at = last
        pointed = _CONST.sub("", bare[at:named_at].rstrip()).rstrip()
        before = pointed.rstrip("*")
        if "__attribute__" in before or (not has_body and not before.strip()):
            raise Unclear
        if len(pointed) - len(before) <= 1 and "*" not in before and name not in PRIMITIVE:
            self.found.append(Found(begin, end, "type", name, named_at))

    def _pointed(self, begin: int, end: int, at: int, place: int, *, has_body: bool) -> None:
        """Take the name of a function's type, or of a pointer to one."""
        text, bare = self._text, self._text.bare
        before = bare[at:place]
        if is_attribute(before):
            raise Unclear
        match = _POINTED.match(bare, place)
        if match is None:
            last = last_name(bare, at, place)
            after = text.after(text.closing(place) + 1)
            if last is not None and bare[after] in ";," and last[0] not in KEYWORDS:
                self.heads.add(place)
                before = bare[at : last[1]]
                if "*" not in before and (has_body or before.strip()):
                    self.found.append(Found(begin, end, "type", *last))
            return
        self.heads.add(match.end() - 1)
        if "*" not in before and (has_body or before.strip()):
            self.found.append(Found(begin, end, "type", match[1], match.start(1)))

    def _enumerators(self, at: int, end: int) -> None:
        text, bare = self._text, self._text.bare
        while (begin := text.after_directives(at)) < end:
            match = _ENUMERATOR.match(bare, begin)
            if match is None:
                raise Unclear
            at = match.end()
            while True:
                stop = _CONSTANT.search(bare, at, end)
                if stop is None or stop[0] in ",#":
                    break
                at = text.closing(stop.start()) + 1
            place = end if stop is None else stop.start()
            self.found.append(Found(begin, text.before(place), "constant", match[1], begin))
            at = place + (stop is not None and stop[0] == ",")
