"""Lines that stand for text which a model left out ("... rest of the code unchanged").

Written into a file they delete what they stand for. A line counts only if it says nothing else: a
comment about existing users is a comment. Comments of most languages are known, and the words in
the languages that small models fall into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_LONGEST = 160  # characters; what is longer says more than "and so on"

_OPEN = r"(?:\#+|//+!?|\{?/\*+|\*+|--+|;+|%+|<!--+|\(\*|\{-|\"{3}|'{3}|::|@?rem\b|\.\.(?!\.)|!)"
_CLOSE = r"(?:\*+/\}?|--+>|\*\)|-\}|\"{3}|'{3})"
_DOTS = r"(?:\.{3,}|…+|\. \. \.|\[(?:\.{3}|…)\])"
_LINE = re.compile(
    rf"\s*(?P<mark>{_OPEN})?\s*(?P<bracket>[(\[<{{]+)?\s*(?P<lead>{_DOTS})?\s*"
    rf"(?P<words>.*?)\s*(?P<trail>{_DOTS})?\s*[)\]>}}]*\s*{_CLOSE}?\s*",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    rf"\s*(?:(?:pass|return|\.\.\.|…)?\s*(?:\#+|//+|--+|;+|%+|<!--|\(\*|\{{?/\*+)\s*[(\[]?{_DOTS}[)\]]?"
    rf"\s*(?:\*+/\}}?|--+>|\*\))?|{_DOTS}|.*\{{\s*(?:(?:/\*|//)\s*)?{_DOTS}\s*(?:\*/)?\s*\}}[;,)]*)\s*"
)
_EMPTY_BODY = re.compile(
    rf"\s*(?:pass|{_DOTS}|return)\s*(?:\#|//)\s*[(\[]?(?P<words>[^()\[\]]*?)[)\]]?[.\s]*"
)
_AFTER_CODE = re.compile(rf"\S.*?(?P<mark>\#|//|/\*|--)\s*{_DOTS}\s*(?P<words>\w.*)", re.IGNORECASE)

_PART = (
    r"(?:code|files?|class(?:es)?|functions?|methods?|implementations?|modules?|contents?|scripts?"
    r"|logic|body|imports?|tests?|test cases|lines|text|program|document|components?|styles|rules"
    r"|definitions|declarations|fields|properties|routes|handlers|cases|section|quer(?:y|ies)"
    r"|config(?:uration)?|settings|entries|items|data|html|css|markup|template)"
)
_THE = r"(?:the |all |your |this |of |our |any |that )*"
_STAYS = (
    r"(?:(?:will )?(?:remain|stay)(?:s|ing)?(?: here)?(?: the same| unchanged| as is| as before)?"
    r"|(?:(?:is|are|was|were|left|kept) )?(?:unchanged|the same|as is|as before|unmodified)"
    r"|(?:(?:is|are|was|were) )?(?:omitted|not shown)(?: for (?:brevity|clarity))?"
    r"|same as (?:before|above)|go(?:es)? here|here|continues?(?: here)?|without changes|follows)"
)
_KEPT = r"(?:existing|previous|original|remaining|unchanged|other|current|rest of)"
_NOT_NEW = r"(?:existing|unchanged|remaining|previous|original)"
_WHOLE = r"(?:code|implementation|contents?|file|logic|imports|methods|functions)"
_RETAIN = r"(?:keep|leave|retain|include|insert)"
_PHRASE = re.compile(
    "|".join(
        (
            rf"{_THE}(?:rest|remainder) {_THE}(?:{_KEPT} )*(?:[\w.'`]+ )?{_PART}(?:,? {_STAYS})?",
            rf"(?:{_THE}(?:rest|remainder)|everything else|nothing else)(?: \w+)? {_STAYS}",
            rf"{_THE}(?:{_KEPT} )+(?:[\w.'`]+ )?{_PART} {_STAYS}",
            rf"{_THE}{_NOT_NEW} (?:[\w.'`]+ )?{_WHOLE}",
            rf"{_RETAIN} {_THE}(?:{_KEPT}|rest)(?: {_THE}(?:[\w.'`]+ )?{_PART})?(?: {_STAYS})?",
            rf"{_PART} {_STAYS}",
            r"unchanged|unmodified|no changes?(?: here| needed)?|not changed",
            r"snip(?:ped)?|same as (?:before|above)",
            rf"(?:{_PART} )?(?:omitted|truncated|elided)(?: for (?:brevity|clarity))?(?: here)?",
        )
    ),
    re.IGNORECASE,
)
_WORD = re.compile(
    r"\b(?:rest|remain\w*|remainder|unchanged|existing|same|previous|omitted|others?|keep|original"
    r"|truncated|snip\w*|unmodified|as before|implementation|code|continue[sd]?)\b",
    re.IGNORECASE,
)
# What says so only where the text becomes shorter.
_VAGUE = re.compile(
    r"(?:the )?same(?: code)?|as (?:is|before|above)|continued",
    re.IGNORECASE,
)
# Spanish, Portuguese, Italian, French, German, Russian, Chinese, Japanese, Korean.
_ELSEWHERE = re.compile(
    r"\brest(?:o|ante) d(?:el|o|a) |\b(?:código|codice) (?:existente|esistente|anterior|original)\b"
    r"|\bsin (?:cambios|modificar)\b|\bsem (?:alterações|mudanças)\b"
    r"|\binalterad[oa]\b|\binvariat[oa]\b"
    r"|\breste d[ue] |\bcode existant\b|\binchangée?s?\b|\bsans changement\b"
    r"|\b(?:restlich|bestehend|vorhanden|übrig)e[rns]? |\brest des |\bunverändert\b"
    r"|остальн|без изменений|существующ\w+ код"
    r"|(?:其余|其他|剩余|现有|原有|已有|其餘|現有)\w*(?:代码|内容|部分|程式碼|不变|不變)|保持不变|不变|省略"
    r"|(?:既存|残り|以下)の?\w*(?:コード|処理|同じ)|変更なし"
    r"|(?:기존|나머지) ?(?:코드|내용|부분)|변경 ?없음|생략",
    re.IGNORECASE,
)
# What a line must have for a closer look.
_HINT = re.compile(
    r"\.\.|\. \.|[^\x00-\x7f]|rest|remain|exist|chang|same|omit|other|keep|snip|previous|original"
    r"|unmod|trunc|elid|everything|nothing|as is|not shown| here|sin |sem |inalt|invar|sans |retain"
    r"|leave|includ|insert|current|follows|before|above|without|continue",
    re.IGNORECASE,
)


def elided_lines(new: str, known: Iterable[str], *, shrinks: bool) -> Iterator[tuple[int, str]]:
    """Yield number (from 1) and text of each line of `new` that stands for omitted text.

    Lines that a `known` text has too are not meant. A comment of nothing but an ellipsis counts
    only where the text `shrinks`: in longer texts it is mostly a sample in a document.
    """
    meant: set[str] | None = None
    for number, line in enumerate(new.splitlines(), 1):
        if len(line) <= _LONGEST and _HINT.search(line) and _elides(_spaced(line), bare=shrinks):
            if meant is None:
                meant = {other.strip() for text in known for other in text.splitlines()}
            if line.strip() not in meant:
                yield number, line.strip()


def is_placeholder(line: str) -> bool:
    """Tell whether a line is an ellipsis and nothing else, but for a comment's marks or `pass`.

    It also is if it says in words, behind `pass` or an ellipsis, that code is left out.
    """
    if len(line) > _LONGEST:
        return False
    line = _spaced(line)
    return _PLACEHOLDER.fullmatch(line) is not None or _empties(line)


def is_bare_ellipsis(line: str) -> bool:
    """Tell whether a line is an ellipsis without a comment's marks."""
    return line.strip() in ("...", "…", ". . .")


def _spaced(line: str) -> str:
    """Return a line with one blank for many: the expressions take the fourth power of a run."""
    return " ".join(line.split())


def _empties(line: str) -> bool:
    behind = _EMPTY_BODY.fullmatch(line)
    return behind is not None and _PHRASE.fullmatch(behind["words"].strip()) is not None


def _elides(line: str, *, bare: bool) -> bool:
    match = _LINE.fullmatch(line)
    if match is None:
        return False
    words = match["words"].strip(" \t-\u2013\u2014:;,.()[]<>{}*`_=")
    lead, trail, mark = match["lead"], match["trail"], match["mark"] or match["bracket"]
    if not words:
        return bare and bool(match["mark"]) and bool(lead)
    if (mark or lead or trail) and _PHRASE.fullmatch(words):
        return True
    if bare and mark and _VAGUE.fullmatch(words):
        return True
    if mark and lead and _WORD.search(words):
        return True
    if (mark or lead) and len(words) <= 60 and _ELSEWHERE.search(words):
        return True
    if _empties(line):
        return True
    behind = _AFTER_CODE.fullmatch(line)
    return behind is not None and _WORD.search(behind["words"]) is not None
