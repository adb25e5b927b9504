"""The address of a document on the web, read strictly: what is judged is what is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
# What libraries read differently from each other, or leave out, is in no address.
_ODD = re.compile(r"[\s\\\x00-\x1f\x7f-\uffff\U00010000-\U0010ffff]")
_PORTS = {"https": 443, "http": 80}
_MOST_CHARS = 2000


@dataclass(frozen=True)
class Address:
    """Host in lower case, without a dot at its end; `target` begins with a slash."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host, and the port if it is an unusual one."""
        port = "" if self.port == _PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def read_address(text: str) -> Address:
    """Return the address that a text is; its fragment is left out. Raises ValueError."""
    if len(text) > _MOST_CHARS or _ODD.search(text):
        raise ValueError("it has characters that no address has, or is too long")
    parts = urlsplit(text)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError("it does not begin with https://")
    if "@" in parts.netloc:
        raise ValueError("it names a user")
    host = (parts.hostname or "").removesuffix(".")
    if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
        raise ValueError("its host is not the name of a server")
    target = parts.path or "/"
    return Address(
        scheme,
        host,
        parts.port or _PORTS[scheme],
        f"{target}?{parts.query}" if parts.query else target,
    )
