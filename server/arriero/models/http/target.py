"""Which requests are sent by this folder's own means, and what they begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

from arriero import __version__
from arriero.models.addresses import is_loopback

AT_ONCE = 256 * 1024  # bytes of a request that are written in one go
_PLAIN = re.compile(
    r"http://(?P<host>[\w.-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[\w/.~!$&'()*+,;=:@?%-]*)?",
    re.ASCII | re.IGNORECASE,
)

Place = tuple[str, int]
"""A name or address, and a port."""


@dataclass(frozen=True)
class Target:
    """Where a request goes, and what it begins with up to its body's length."""

    place: Place
    head: bytes


def target(url: str, headers: Mapping[str, str]) -> Target | None:
    """Return the target of a URL, None where more is needed than what is done here.

    `headers` are sent with each request; their names are tokens of HTTP.
    """
    parts = _PLAIN.fullmatch(url)
    if parts is None or int(parts["port"] or 0) > 65535:
        return None
    host = parts["host"].strip("[]")
    # A proxy of the environment cannot reach this machine's own loopback.
    if not is_loopback(url) and "http" in getproxies() and not proxy_bypass(host):
        return None
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        return None
    port = f":{parts['port']}" if parts["port"] else ""
    head = [
        f"POST {parts['path'] or '/'} HTTP/1.1",
        f"host: {parts['host']}{port}",
        f"user-agent: arriero/{__version__}",
        "accept: */*",
        "accept-encoding: identity",
        *(f"{name}: {value}" for name, value in headers.items()),
        "content-type: application/json",
        "content-length: ",
    ]
    return Target((host, int(parts["port"] or 80)), "\r\n".join(head).encode())
