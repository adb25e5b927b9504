"""Keys of the gateway as they stand in the settings: a name, the key's hash, and limits.

    laptop sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 requests=60

A key is 256 random bits, so that one round of SHA-256 is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

COMMAND_LINE = "command-line"  # the name of the key of --api-key

_ENTRY = re.compile(
    r"(?P<name>[\w.-]{1,64}) sha256:(?P<digest>[0-9a-fA-F]{64})(?P<limits>.*)", re.ASCII
)
_LIMIT = re.compile(r"(requests|tokens)=([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class ApiKey:
    """One key: `digest` is the SHA-256 of its text; limits are for a minute, None where none is.

    `admin` opens the dashboard, which shows all runs and changes settings.
    """

    name: str
    digest: bytes
    requests: int | None = None
    tokens: int | None = None
    admin: bool = False

    def __str__(self) -> str:
        limits = [
            f"{what}={most}"
            for what, most in (("requests", self.requests), ("tokens", self.tokens))
            if most is not None
        ]
        admin = ("admin",) if self.admin else ()
        return " ".join((self.name, f"sha256:{self.digest.hex()}", *limits, *admin))


def digest_of(text: str) -> bytes:
    """Return the hash by which a key is known."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def new_key() -> str:
    """Return the text of a new key: 256 random bits."""
    return f"arr_{secrets.token_urlsafe(32)}"


def read_key(entry: str) -> ApiKey:
    """Read an entry of the settings; raises ValueError with what it must be."""
    found = _ENTRY.fullmatch(" ".join(entry.split()))
    if found is None:
        raise ValueError(
            'must be a name and a hash such as "laptop sha256:…", which `arriero keys new laptop` '
            "prints; the key itself does not belong here"
        )
    limits: dict[str, int] = {}
    words = found["limits"].split()
    for word in words:
        if word == "admin":
            continue
        limit = _LIMIT.fullmatch(word)
        if limit is None or limit[1] in limits:
            raise ValueError(
                f'has "{word}" after the hash of {found["name"]}; what may follow it are '
                "requests=60 and tokens=100000, each for a minute, and admin"
            )
        limits[limit[1]] = int(limit[2])
    digest = bytes.fromhex(found["digest"])
    name, admin = found["name"], "admin" in words
    return ApiKey(name, digest, limits.get("requests"), limits.get("tokens"), admin)
