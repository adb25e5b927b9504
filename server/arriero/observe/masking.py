"""Taking secrets out of text that is written down."""

from __future__ import annotations

import re

from arriero.observe.detectors import known_tokens

MASK = "***"

_PATTERNS = (
    # Authorization headers, whichever way they are printed.
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}"),
    # api_key=…, "token": "…", MY_PROVIDER_API_KEY='…'
    re.compile(
        r"""(?ix)( (?:api[_-]?key|access[_-]?key|token|secret|passw(?:or)?d|authorization)
        ["']? \s* [:=] \s* (?:b?["'])? ) (?!\*)[^\s"',;&}\])]{4,}"""
    ),
    # The password of an address: scheme://user:password@host
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)"),
    # Well-known forms of tokens.
    re.compile(
        r"\b((?:sk|pk|rk)-|gh[oprsu]_|github_pat_|hf_|xox[abprs]-|glpat-|AIza|arr_|gsk_|xai-|eyJ)"
        r"[A-Za-z0-9_.-]{10,}"
    ),
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)


def masked(text: str) -> str:
    """Return the text with what looks like a secret replaced by `***`.

    Tokens of known forms are among that once `secrets.load` has been called in this process.
    """
    for token in sorted(known_tokens(text), key=len, reverse=True):
        text = text.replace(token, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return _PRIVATE_KEY.sub(MASK, text)
