"""Secrets in what a model is shown: hidden behind names that an edit can be given back from.

A secret is shown as `***masked-3f9a***`. The four digits are of its hash, so that one secret has
one name everywhere, and two have different ones. What a model writes with such a name into the file
that has the secret is written with the secret (`revealed`).

Precision counts here, since a model works with what it is shown: found are tokens of known forms
(`detectors`), private keys, passwords in addresses, and literal values of names that say what they
are. `masking.masked`, for logs, hides more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from arriero.observe import detectors
from arriero.observe.private_keys import with_keys_hidden

NAME = re.compile(r"\*\*\*masked-[0-9a-f]{4}\*\*\*")

_CHUNK = 8_000  # characters that a pattern sees at a time, which keeps all others waiting
_BETWEEN = ("\n", ",;{}", " \t\"'")  # what stands between values, the surest first
_DIGITS = 2  # at least, in a token that nothing else tells from words
_LEAST = 8  # characters; what is shorter is hidden where it stands only
# What is given to a name: in .env, shells, YAML and INI it ends the line, in code it has quotes.
_GIVEN = re.compile(
    r"(?P<sign>[=:])[=>]?[ \t]{0,8}(?:"
    r"[fbru]?(?P<quote>[\"'])(?P<quoted>[^\s\"'`<>(){}\[\],;$\\]{8,200})(?P=quote)"
    r"|(?=(?P<bare>[^\s\"'`<>(){}\[\],;$&|\\=]{8,100}={0,2}))(?P=bare)(?=[ \t]*(?:\r?\n|\Z|\#)))"
)
_TO_A_NAME = re.compile(
    r"(?i)(?:(?:api|access|secret|private|auth|encryption|account|master|signing)[_-]?key|token|"
    r"secret|passw(?:or)?d|passphrase|pwd|credentials?)[\"']?[ \t]{0,8}:?\Z"
)
_LONGEST_NAME = 32  # characters before the sign that are looked at
_ADDRESS = re.compile(r"://[^\s/:@\"'<>]{0,80}:(?P<value>[^\s/@:\"'<>{}$*]{6,200})@(?=[\w\[])")
_HEADER = re.compile(r"[Bb](?:earer|asic)[ \t]+(?P<value>[A-Za-z0-9._~+/=-]{20,2000})")
_TOKEN = re.compile(
    r"(?P<value>(?:sk-|gh[oprsu]_|github_pat_|glpat-|npm_|hf_|xox[abprs]-|AIza|arr_|gsk_|xai-|"
    r"dop_v1_|shpat_|ya29\.)[A-Za-z0-9_-]{20,250})"
)
_JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(?P<value>eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,8000}\."
    r"[A-Za-z0-9_-]{0,2000})"
)
_LAYOUT = re.compile(r"\s*\n[ \t]*(?:\d+\t)?|\s+")  # of a key: numbers of lines, as tools show them
# Each with a word that stands in whatever it finds: most texts need not be read for it.
_PATTERNS = (("://", _ADDRESS), (" ", _HEADER), ("", _TOKEN), ("eyJ", _JWT))
# What stands where a secret will be, or is only like one.
_NO_SECRET = re.compile(
    r"(?i)\*\*\*masked|\*{3}|x{4}|\.\.\.|…|example|change-?_?me|your[_-]|placeholder|dummy|redacted|"
    r"^\[|^(?:pass|password|secret|token|user(?:name)?|test|none|null|true|false|undefined)\d*$|"
    r"^(?:https?|file|s3)://|^[./~]|^%|^#"
)

_REFERENCE = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_][\w.]*")


def load() -> None:
    """Make ready what takes long to import; call it in a thread."""
    detectors.load()


def hidden(text: str) -> str:
    """Return a text with names in the places of its secrets; the same for the same text, always.

    Takes about 0.1 s for a megabyte, in pieces of a millisecond: call it in a thread.
    """
    return _hidden(text, _name)


def revealed(text: str, source: str) -> str:
    """Return a text with the secrets of `source` in the places of their names.

    Names of other secrets stay: `unknown_names` tells them.
    """
    if not NAME.search(text):
        return text
    known: dict[str, str] = {}

    def note(value: str) -> str:
        name = _name(value)
        known.setdefault(name, value)
        return name

    _hidden(source, note)
    return NAME.sub(lambda found: known.get(found[0], found[0]), text)


def unknown_names(text: str, source: str) -> list[str]:
    """Return the names of secrets in a text that do not stand in `source` as they are."""
    return [name for name in dict.fromkeys(NAME.findall(text)) if name not in source]


def _name(value: str) -> str:
    bare = _LAYOUT.sub("", value)
    return f"***masked-{hashlib.sha256(bare.encode('utf-8', 'replace')).hexdigest()[:4]}***"


def _hidden(text: str, name: Callable[[str], str]) -> str:
    text = with_keys_hidden(text, name)
    return "".join(_in_chunk(chunk, name) for chunk in _chunks(text))


def _in_chunk(text: str, name: Callable[[str], str]) -> str:
    for value in sorted(detectors.known_tokens(text), key=len, reverse=True):
        if len(value) >= _LEAST and not _NO_SECRET.search(value):
            text = text.replace(value, name(value))
    for word, pattern in _PATTERNS:
        if word in text:
            text = pattern.sub(lambda found: _put(found, name), text)
    return _with_named_hidden(text, name)


def _with_named_hidden(text: str, name: Callable[[str], str]) -> str:
    def put(found: re.Match[str]) -> str:
        given = "quoted" if found["quote"] else "bare"
        before = text[max(0, found.start() - _LONGEST_NAME) : found.start()]
        type_like = given == "bare" and found["sign"] == ":"
        if not _is_literal(found[given], type_like) or not _TO_A_NAME.search(before):
            return found[0]
        start, end = found.start(given) - found.start(), found.end(given) - found.start()
        return found[0][:start] + name(found[given]) + found[0][end:]

    return _GIVEN.sub(put, text)


def _is_literal(value: str, type_like: bool) -> bool:
    """Tell a value from a word, a path, a reference, a type or a placeholder."""
    digits = sum(map(str.isdigit, value))
    least = 3 if type_like else 1  # types have fewer
    if not least <= digits < len(value) or not any(map(str.isalpha, value)):
        return False
    return not _NO_SECRET.search(value) and not _REFERENCE.fullmatch(value)


def _put(found: re.Match[str], name: Callable[[str], str]) -> str:
    value = found["value"]
    if not _looks_secret(found):
        return found[0]
    start, end = found.start("value") - found.start(), found.end("value") - found.start()
    return found[0][:start] + name(value) + found[0][end:]


def _looks_secret(found: re.Match[str]) -> bool:
    value, pattern = found["value"], found.re
    if _NO_SECRET.search(value):
        return False
    return pattern is _ADDRESS or sum(map(str.isdigit, value)) >= _DIGITS


def _chunks(text: str) -> Iterator[str]:
    """Cut at line ends, else where no secret goes on, where there are such places."""
    start = 0
    while len(text) - start > _CHUNK:
        stop = start + _CHUNK
        ends = (max(text.rfind(one, start, stop) for one in marks) + 1 for marks in _BETWEEN)
        end = next((one for one in ends if one > start), stop)
        yield text[start:end]
        start = end
    yield text[start:]
