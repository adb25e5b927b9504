"""Fetching a document: from listed hosts with public addresses, bounded in size and time."""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
import socket
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from arriero.shadow.hosts import Hosts, is_public
from arriero.tools.base import ToolError
from arriero.tools.web_address import Address, read_address
from arriero.within import within

log = logging.getLogger(__name__)

MOST_BYTES = 2_000_000
_MOST_REDIRECTS = 5
_PIECE = 65536
_READ = ("application/json", "application/xml", "application/javascript", "application/yaml")
# Those of the Encoding Standard of the web, by their names in Python; each reads in one pass.
_CHARSETS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|866|874|932|949)|koi8-[ru]|mac-(roman|cyrillic)"
    r"|gbk|gb2312|gb18030|big5|euc_(jp|kr)|shift_jis|iso2022_jp"
)
_HEADERS = {
    "Accept": "text/html, text/*;q=0.9, application/json;q=0.8",
    "Accept-Encoding": "gzip, identity",
    "User-Agent": "Arriero",
}

Lookup = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True)
class Document:
    """What was fetched: its last address, its media type, its text; `cut`: it was longer."""

    address: Address
    media_type: str
    text: str
    cut: bool


@dataclass(frozen=True)
class Web:
    """The web as far as `hosts` lists it. `lookup` returns a name's addresses, `reachable` judges.

    `seconds` are for one document, redirects included.
    """

    hosts: Sequence[str]
    lookup: Lookup | None = None
    reachable: Callable[[str], bool] = is_public
    scheme: str = "https"
    seconds: float = 20.0

    async def fetch(self, text: str) -> Document:
        """Return the document at an address. Raises ToolError."""
        address = self._allowed(text)
        try:
            return await within(self._followed(address), self.seconds)
        except asyncio.TimeoutError as error:
            raise ToolError(
                f"{address.host} took longer than {self.seconds:g} seconds; go on without it."
            ) from error
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            log.info("%s could not be fetched: %r", address.origin, error)
            raise ToolError(
                f"{address.host} could not be read from; check the address or go on without it."
            ) from error

    def _allowed(self, text: str) -> Address:
        try:
            address = read_address(text)
        except ValueError as error:
            raise ToolError(f"This address cannot be fetched: {error}.") from error
        if address.scheme != self.scheme:
            raise ToolError(f"Only addresses that begin with {self.scheme}:// can be fetched.")
        if not Hosts(self.hosts).allow(address.host, address.port):
            listed = ", ".join(self.hosts)
            raise ToolError(f"{address.host} is not among the user's hosts ({listed}).")
        return address

    async def _followed(self, address: Address) -> Document:
        connector = aiohttp.TCPConnector(
            resolver=_Judging(self.lookup or _addresses, self.reachable), use_dns_cache=False
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers=_HEADERS,
        ) as session:
            for _ in range(_MOST_REDIRECTS + 1):
                async with session.get(str(address), allow_redirects=False) as response:
                    if response.status not in (301, 302, 303, 307, 308):
                        return await _read(address, response)
                    leads_to = urljoin(str(address), response.headers.get("Location", ""))
                address = self._next(address, leads_to)
        raise ToolError(f"{address.host} sends from one address to the next without an end.")

    def _next(self, address: Address, leads_to: str) -> Address:
        """Return where a redirect leads. Another host is another question: the model must ask."""
        found = self._allowed(leads_to)
        if found.origin != address.origin:
            raise ToolError(f"{address} has moved to {found}; fetch that.")
        return found


class _Judging(AbstractResolver):
    """Returns the addresses of a name if all are public; they are what is connected to."""

    def __init__(self, lookup: Lookup, reachable: Callable[[str], bool]) -> None:
        self._lookup = lookup
        self._reachable = reachable

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002
    ) -> list[ResolveResult]:
        found = await self._lookup(host, port)
        # One that is not public among them is a name that plays tricks: none is taken.
        if not found or not all(map(self._reachable, found)):
            raise ToolError(f"{host} leads to an address that is not public; go on without it.")
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def _addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _read(address: Address, response: aiohttp.ClientResponse) -> Document:
    if response.status != 200:
        raise ToolError(f"{address.host} answered with status {response.status}.")
    kind = response.content_type.lower()
    if not (kind.startswith("text/") or kind in _READ or kind.endswith(("+json", "+xml"))):
        raise ToolError(f"{address} is no text but {kind}.")
    body = bytearray()
    while len(body) <= MOST_BYTES and (piece := await response.content.read(_PIECE)):
        body += piece
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        # No more is unpacked than is kept: few bytes may stand for very many.
        data = await asyncio.to_thread(
            zlib.decompressobj(wbits=31).decompress, bytes(body), MOST_BYTES + 1
        )
    elif encoding == "identity":
        data = bytes(body)
    else:
        raise ToolError(f"{address} is packed as {encoding}, which cannot be read.")
    text = await asyncio.to_thread(_decoded, data[:MOST_BYTES], response.charset)
    return Document(address, kind, text, cut=len(data) > MOST_BYTES or len(body) > MOST_BYTES)


def _decoded(data: bytes, charset: str | None) -> str:
    try:
        name = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):  # a name of no charset
        name = "utf-8"
    # Python knows others, such as `punycode`, which take hours for a megabyte.
    return data.decode(name if _CHARSETS.fullmatch(name) else "utf-8", "replace")
