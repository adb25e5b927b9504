"""Letters with accents as one character each, as most programs write them.

macOS and some input methods write an accent as a character of its own, behind its letter. What is
indexed and asked for is compared composed; what is read from a file and shown stays as it is.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

_FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")


def composed(text: str) -> str:
    """Return a text with composed letters; its line breaks stay where they are."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def ways_to_write(name: str) -> tuple[str, ...]:
    """Return a name as it is, composed and with accents of their own: what differs of these."""
    if name.isascii():
        return (name,)
    forms = (unicodedata.normalize(form, name) for form in _FORMS)
    return tuple(dict.fromkeys((name, *forms)))
