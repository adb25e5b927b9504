"""The detectors of known forms of tokens: those of detect-secrets that are precise.

Its detectors of entropy and of key words are left out: on ordinary code they are wrong more often
than right. So are those whose patterns a hostile text can keep busy for ever; for their forms we
have patterns of our own. Others take long on every text, and are asked only where a word of theirs
stands.

The import takes a fifth of a second of the processor, so that whoever must not wait calls `load`
in a thread first.
"""

from __future__ import annotations

import logging
import re
import threading

from arriero.late_import import late_import

log = logging.getLogger(__name__)

_MODULES = (
    "aws", "azure_storage_key", "discord", "github_token", "gitlab_token", "pypi_token",
    "sendgrid", "slack", "square_oauth", "stripe", "telegram_token", "twilio",
)  # fmt: skip
_WITH_WORDS = {
    "artifactory": ("AKC", "artifactory"),
    "mailchimp": ("-us1", "-us2", "mailchimp"),
    "cloudant": ("cloudant", "CLOUDANT", "Cloudant"),
    "ibm_cloud_iam": ("ibm", "IBM"),
    "ibm_cos_hmac": ("hmac", "HMAC"),
    "softlayer": ("softlayer", "SOFTLAYER", "SoftLayer"),
}

_LEAST = 8  # characters; a shorter group of a pattern is the beginning of a token, not its value

_Words = tuple[str, ...]

_lock = threading.Lock()
_patterns: list[tuple[_Words, re.Pattern[str]]] | None = None


def load() -> None:
    """Import the detectors, once; returns when that is done. Without them our own patterns hold."""
    global _patterns  # noqa: PLW0603 - one list for the process
    with _lock:
        if _patterns is None:
            _patterns = _imported()


def known_tokens(text: str) -> set[str]:
    """Return the tokens of known forms in a text; none before `load`."""
    found: set[str] = set()
    for words, pattern in _patterns or ():
        if not words or any(word in text for word in words):
            for match in pattern.finditer(text):
                values = [group for group in match.groups() if group and len(group) >= _LEAST]
                found.update(values or (match[0],))
    return found


def _imported() -> list[tuple[_Words, re.Pattern[str]]]:
    try:
        base = late_import("detect_secrets.plugins.base").RegexBasedDetector
    except ImportError as error:
        log.warning("detect-secrets cannot be imported: %s", error)
        return []
    patterns: list[tuple[_Words, re.Pattern[str]]] = []
    for name in (*_MODULES, *_WITH_WORDS):
        module = late_import(f"detect_secrets.plugins.{name}")
        for item in vars(module).values():
            own = isinstance(item, type) and item.__module__ == module.__name__
            if own and issubclass(item, base):
                words = _WITH_WORDS.get(name, ())
                patterns.extend((words, pattern) for pattern in item().denylist)
    return patterns
