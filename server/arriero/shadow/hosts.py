"""Which hosts a proxy may reach, and at which addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
# Names that mean this machine or its network, whatever a list says.
_LOCAL = ("localhost", "local", "internal", "localdomain", "home.arpa", "lan")
PORTS = (80, 443)


class Hosts:
    """A list of names: `example.org`, `*.example.org` (what is below it), each with `:port`."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """A pattern without a port means 80 and 443."""
        self.patterns = tuple(patterns)
        self._allowed = [_parsed(pattern) for pattern in patterns]

    def allow(self, host: str, port: int) -> bool:
        """Whether a host may be asked; addresses and names of this machine's network never."""
        name = host.lower().rstrip(".")
        if not _NAME.fullmatch(name) or is_address(name) or name.split(".")[-1].isdigit():
            return False
        if any(name == local or name.endswith(f".{local}") for local in _LOCAL):
            return False
        return any(
            port in ports
            and (name.endswith(known[1:]) if known.startswith("*.") else name == known)
            for known, ports in self._allowed
        )


def is_address(host: str) -> bool:
    """Whether a host is named by its address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is out on the internet: not this machine, its network or a special one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.is_site_local:  # which Python takes for global
            return False
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _parsed(pattern: str) -> tuple[str, tuple[int, ...]]:
    name, mark, port = pattern.lower().partition(":")
    return name.rstrip("."), (int(port),) if mark and port.isdigit() else PORTS
