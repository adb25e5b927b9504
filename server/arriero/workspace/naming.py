"""Names as they are shown: printable, on one line, and how to find the name that was meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Return a name with everything that cannot be seen spelled out.

    Control, bidirectional and other format characters become `\x1b` or `\u202e`; a byte of a name
    that is not UTF-8 becomes `\xe9`. What a person or a model reads is what is there.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(character) for character in text)


def same_when_shown(shown: str, name: str) -> bool:
    """Tell whether `shown` is how `name` looks, in whichever Unicode form it was typed."""
    return _normal(visible(name)) == _normal(shown)


def nearest(wanted: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` names that `wanted` may have meant, best first, whatever their case."""
    import difflib  # rarely needed, and what imports this module is waited for

    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(name.casefold(), name)
    keys = difflib.get_close_matches(wanted.casefold(), by_key, n=count, cutoff=0.6)
    return [by_key[key] for key in keys]


def bare(name: str) -> str:
    """Return what is left of a name on file systems that ignore case and invisible characters.

    `.GIT`, `.g\u200cit` and `.git.` name the same folder as `.git` on some of them.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return kept.rstrip(" .") or name


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _spelled(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # os.fsdecode: one byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
