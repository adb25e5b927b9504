"""What a listed host may answer to `fetch_document`: bytes that want memory, time, or another host.

Each answer is sent as it stands here. Nothing may come of it but a document of bounded size or a
sentence, while the daemon's loop goes on.
"""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest

from arriero.shadow.hosts import is_public
from arriero.tools.base import ToolError
from arriero.tools.web import MOST_BYTES, Web

pytestmark = pytest.mark.timeout(60)

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain"
_CHUNKED = _OK + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
_GZIP = _OK + b"\r\nContent-Encoding: gzip\r\n\r\n"
_UNREADABLE = "could not be read from"
_LATE = "took longer than"


def _charset(name: str, body: bytes) -> bytes:
    return _OK + f"; charset={name}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _moved(location: bytes) -> bytes:
    return b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"


# What is sent, what is then sent again and again, and what is said of it; "" is a document.
ANSWERS: dict[str, tuple[bytes, bytes, str]] = {
    "headers without an end": (b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n" * 2000, _UNREADABLE),
    "a header without an end": (b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65536, _UNREADABLE),
    "a status without an end": (b"HTTP/1.1 200 ", b"O" * 65536, _UNREADABLE),
    "always about to begin": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", _LATE),
    "hints without an end": (b"", b"HTTP/1.1 103 X\r\nLink: x\r\n\r\n", _LATE),
    "trailers without an end": (_CHUNKED + b"1\r\na\r\n0\r\n", b"X-A: b\r\n" * 2000, _UNREADABLE),
    "a chunk's words without an end": (_CHUNKED + b"1;", b"a" * 65536, _LATE),
    "a chunk of 16 exabytes": (_CHUNKED + b"ffffffffffffffff\r\na", b"", _UNREADABLE),
    "a chunk of no number": (_CHUNKED + b"zz\r\na", b"", _UNREADABLE),
    "members of gzip without an end": (_GZIP, gzip.compress(b"") * 3000, ""),
    "a bomb in a bomb": (_GZIP + gzip.compress(gzip.compress(b"a" * 10_000_000)), b"", ""),
    "a negative length": (_OK + b"\r\nContent-Length: -1\r\n\r\na", b"", _UNREADABLE),
    "two lengths": (_OK + b"\r\nContent-Length: 1" * 2 + b"0\r\n\r\na", b"", _UNREADABLE),
    "less than it says": (_OK + b"\r\nContent-Length: 9\r\n\r\na", b"", _UNREADABLE),
    "no HTTP": (b"hello\r\n\r\n", b"", _UNREADABLE),
    "nothing": (b"", b"", _UNREADABLE),
    "a status of five digits": (b"HTTP/1.1 99999 X\r\n\r\n", b"", _UNREADABLE),
    "another protocol": (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n", b"", "status 101"),
    "no type": (b"HTTP/1.1 200 X\r\nContent-Length: 1\r\n\r\na", b"", "is no text"),
    "an odd type": (b"HTTP/1.1 200 X\r\nContent-Type: ;;=\r\n\r\na", b"", "is no text"),
    "a charset that takes hours": (_charset("punycode", b"a-" + b"b" * 300_000), b"", ""),
    "a charset of names": (_charset("idna", b"a." * 150_000), b"", ""),
    "a charset of halves": (_charset("unicode_escape", rb"\ud800" * 9), b"", ""),
    "a charset of seven bits": (_charset("utf-7", b"+2AA-abcd"), b"", ""),
    "a charset of no name": (_charset('"a\\0b"', b"abcd"), b"", ""),
    "a charset of another system": (_charset("mbcs", b"abcd"), b"", ""),
    "moved to a user": (_moved(b"http://a:b@docs.example.org/"), b"", "names a user"),
    "moved to bytes": (_moved(b"/\xff\xfe"), b"", "characters that no address has"),
    "moved to a script": (_moved(b"javascript:alert(1)"), b"", "does not begin with"),
    "moved to data": (_moved(b"data:text/plain,x"), b"", "does not begin with"),
    "moved to this machine": (_moved(b"//127.0.0.1/x"), b"", "not the name of a server"),
    "moved to a bracket": (_moved(b"http://["), b"", _UNREADABLE),
    "moved by backslashes": (_moved(b"\\\\evil\\x"), b"", "characters that no address has"),
    "moved to another port": (_moved(b"http://docs.example.org:1/"), b"", "not among the user's"),
}  # fmt: skip


async def _fetched(answer: bytes, again: bytes, seconds: float) -> str:
    """Return the text that is fetched from a server that answers so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            while again:
                writer.write(again)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # it has had enough
        finally:
            writer.close()

    async def lookup(host: str, port: int) -> list[str]:
        assert host == "docs.example.org"
        return ["127.0.0.1"]

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        web = Web((f"docs.example.org:{port}",), lookup, lambda _: True, "http", seconds)
        return (await web.fetch(f"http://docs.example.org:{port}/x")).text
    finally:
        server.close()


@pytest.mark.parametrize("name", ANSWERS)
async def test_answer_does_no_harm(name: str) -> None:
    answer, again, said = ANSWERS[name]
    begun = time.process_time()
    work = _fetched(answer, again, 0.3 if said == _LATE else 30.0)
    if said:
        with pytest.raises(ToolError, match=said):
            await work
    else:
        text = await work
        assert len(text) <= MOST_BYTES
        assert text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") == text
    assert time.process_time() - begun < 10, "seconds of work for one page"


@pytest.mark.parametrize("charset", ["utf-16", "cp1251", "koi8-r", "iso-8859-5"])
async def test_pages_of_other_charsets_are_read(charset: str) -> None:
    assert await _fetched(_charset(charset, "Привет".encode(charset)), b"", 30.0) == "Привет"


@pytest.mark.parametrize(
    "address",
    ["fec0::1", "fe80::1%eth0", "::127.0.0.1", "::ffff:0:127.0.0.1", "2002:7f00:1::",
     "64:ff9b::a00:1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "0.0.0.0", "100.64.0.1",
     "198.18.0.1", "127.1", "0x7f.1", "010.0.0.1", "ff0e::1", "100::1", ""],
)  # fmt: skip
def test_no_address_of_a_network_of_ones_own_is_public(address: str) -> None:
    assert not is_public(address)
