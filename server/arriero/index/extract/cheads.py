"""Which brackets of a statement of C hold parameters, where macros stand for parts of it.

Macros that stand for attributes are written in capital letters or begin with an underscore. Others
have the type of what is declared in their brackets, as `PyAPI_FUNC(int)` and `LZMA_API(lzma_ret)`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.ctext import CText
from arriero.index.extract.cuses import KEYWORDS
from arriero.index.extract.lastword import last_word

HEAD = 400
"""Characters before a bracket that are looked at."""
# Attributes, and macros that stand for them; functions may be named so as well.
_DECORATION = re.compile(r"(?:_\w*|alignas|asm|[A-Z][A-Z0-9_]+)\b")
_CAPITALS = re.compile(r"_?[A-Z][A-Z0-9_]+")
_ATTRIBUTES = frozenset(
    ("__attribute__", "__attribute", "__declspec", "__asm__", "_Alignas", "alignas", "asm")
)
_STORAGE = re.compile(r"\s*(?:(?:extern|static|inline|const|_\w*)\s+)*[A-Za-z_]\w*\s*")
_TYPE = re.compile(r"\([\w\s*]+\)")
_NAMED = re.compile(r"[ \t*]*[A-Za-z_]\w*[ \t]*\(")
_DECLARED = re.compile(r"[\s*]*(?:_\w*\s+)?([A-Za-z_]\w*)\s*(?=([(;\[,])(?!\s*\*))")
_WORDS = re.compile(r"[\w\s]*")
_NAMES_ONLY = re.compile(r"\(\s*[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*\s*\)")
_LAST_WORD = re.compile(r"\b\w+\s*$")


def is_attribute(before: str) -> bool:
    """Tell whether a text ends with the name of an attribute that takes something in brackets."""
    return last_word(before) in _ATTRIBUTES


def behind_macros(text: CText, begin: int, parentheses: Sequence[int]) -> int:
    """Return where a statement begins, behind macros that need no semicolon."""
    for place in parentheses:
        match = _DECORATION.match(text.bare, begin)
        if match is None or text.after(match.end()) != place:
            break
        end = text.closing(place) + 1
        if _TYPE.fullmatch(text.bare, place, end) and _NAMED.match(text.bare, end):
            break  # what the macro gives a type
        begin = text.after_directives(end)
    return begin


def possible_heads(text: CText, begin: int, parentheses: Sequence[int]) -> list[int]:
    """Return the brackets that may hold parameters, the likely one first."""
    bare = text.bare
    words = [
        (one, last_word(bare[max(begin, one - HEAD) : one])) for one in parentheses if one > begin
    ]
    heads = [(one, word) for one, word in words if word not in _ATTRIBUTES]
    heads.sort(key=lambda head: _CAPITALS.fullmatch(head[1]) is not None)
    found = [one for one, _ in heads]
    if found and (behind := _behind_types(text, begin, found[0])) in found:
        found.remove(behind)
        found.insert(0, behind)
    return found


def declares_variable(text: CText, begin: int, head: int) -> bool:
    """Tell whether a bracket is of a macro for the type of something that takes no parameters."""
    declared = _typed_by_macro(text, begin, head)
    return declared is not None and declared[2] != "("


def is_whole(text: CText, head: int, end: int) -> bool:
    """Tell whether there are only attributes from a bracket to a place, or up to a comma.

    It is not, where what follows are parameters in the oldest style.
    """
    at = after = text.closing(head) + 1
    bare = text.bare
    while (at := text.after_directives(at)) < end and bare[at] not in ";,":
        match = _DECORATION.match(bare, at)
        if match is None:
            return _is_followed_by_words(text, head, after, end)
        at = text.after(match.end())
        if bare.startswith("(", at):
            at = text.closing(at) + 1
    return True


def _is_followed_by_words(text: CText, head: int, at: int, end: int) -> bool:
    """Tell whether only words follow, none of which is the name of a parameter."""
    bare = text.bare
    words = _WORDS.match(bare, at, end)
    assert words is not None
    if bare[words.end()] != ";" or not KEYWORDS.isdisjoint(words[0].split()):
        return False
    last = _LAST_WORD.search(words[0])
    parameters = _NAMES_ONLY.fullmatch(bare, head, at)
    if last is None or parameters is None:
        return last is not None
    return last[0].strip() not in re.findall(r"\w+", parameters[0])


def _behind_types(text: CText, begin: int, head: int) -> int:
    """Return the bracket behind macros that stand for attributes and a type, or the same one."""
    while (declared := _typed_by_macro(text, begin, head)) is not None and declared[2] == "(":
        begin, head = text.closing(head) + 1, declared.end()
    return head


def _typed_by_macro(text: CText, begin: int, head: int) -> re.Match[str] | None:
    """Return what follows a bracket, if that belongs to a macro which stands for a type."""
    bare = text.bare
    if head - begin > HEAD or _STORAGE.fullmatch(bare, begin, head) is None:
        return None
    declared = _DECLARED.match(bare, text.closing(head) + 1)
    return None if declared is None or declared[1] in KEYWORDS else declared
