"""Who may ask the gateway: keys are compared by their hashes, in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from arriero.gateway.certificate import CannotServe
from arriero.gateway.dialect import Refused
from arriero.settings.api_keys import COMMAND_LINE, ApiKey, digest_of

# Whoever asks where no key is set, or by a browser's page of our own.
ANYBODY = ApiKey("anybody", b"")
_LONGEST = 1024  # characters of a key that is looked at


class Keys:
    """The keys of one gateway; without any, everybody is let in as `ANYBODY`."""

    def __init__(self, entries: Iterable[ApiKey] = (), *, clear: str | None = None) -> None:
        """`clear` is the text of a further key, as the command line gives it.

        Raises CannotServe for one that no client could send.
        """
        self.entries = (*entries, *(() if clear is None else (_of_text(clear),)))

    @property
    def required(self) -> bool:
        """Whether a key is asked for at all."""
        return bool(self.entries)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all keys, which bound what is counted by key."""
        return tuple(entry.name for entry in self.entries)

    def check(self, headers: Mapping[str, str]) -> ApiKey:
        """Return whose request this is, by `Authorization: Bearer` or `x-api-key`.

        `headers` are looked up by names in lower case. Raises `Refused`.
        """
        if not self.entries:
            return ANYBODY
        found = self.match(_offered(headers))
        if found is None:
            raise Refused(
                "unauthenticated",
                "This gateway needs a key: send one as `Authorization: Bearer …` or `x-api-key`; "
                "`arriero keys new NAME` makes one.",
            )
        return found

    def match(self, text: str) -> ApiKey | None:
        """Return the key with this text; takes as long whichever it is."""
        offered, found = digest_of(text[:_LONGEST]), None
        for entry in self.entries:
            if hmac.compare_digest(entry.digest, offered):
                found = entry
        return found


def _of_text(clear: str) -> ApiKey:
    text = clear.strip()  # such as the line end of the file that it was read from
    if not text:  # such as that of a variable that is not set
        raise CannotServe(
            "The key of --api-key (or ARRIERO_API_KEY) is empty, which would let everybody in: "
            "give one, or leave the option out."
        )
    if len(text) > _LONGEST or not (text.isascii() and text.isprintable()):
        raise CannotServe(
            f"The key of --api-key (or ARRIERO_API_KEY) must be {_LONGEST} printable ASCII "
            "characters at most, or no client can send it: choose another, such as of "
            "`openssl rand -hex 32`."
        )
    return ApiKey(COMMAND_LINE, digest_of(text), admin=True)


def _offered(headers: Mapping[str, str]) -> str:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("x-api-key", "").strip()
