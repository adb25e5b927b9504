"""Documents from the web: what is read, and what is never asked for."""

from __future__ import annotations

import asyncio
import functools
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from arriero.agent.permissions import Call, Permissions
from arriero.settings.guard import Guard
from arriero.settings.model import Settings
from arriero.settings.permissions import PermissionSettings, Profile
from arriero.tools.base import ToolError
from arriero.tools.fetch_document import shown
from arriero.tools.registry import Mode, Tier, offered
from arriero.tools.web import MOST_BYTES, Document, Web
from arriero.tools.web_address import read_address
from arriero.tools.web_page import readable

PAGE = """<!doctype html><html><head><title>T</title><style>p {}</style></head><body>
<nav>Menu</nav><main><h1>Pumps &amp; wells</h1><!-- unseen --><p>Water
 is <code>wet</code>.</p><script>alert("<p>no</p>")</script><ul><li>one<li>two</ul>
<pre>a = 1
  b &lt; 2</pre></main><footer>Feet</footer></body></html>"""
WORDS = "# Pumps & wells\n\nWater is `wet`.\n\n- one\n- two\n\n```\na = 1\n  b < 2\n```"


class Site:
    """A server on this machine that names with public addresses seem to lead to."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []

    def web(self, *, addresses: tuple[str, ...] = ("127.0.0.1",), seconds: float = 20.0) -> Web:
        async def lookup(host: str, port: int) -> list[str]:
            self.asked.append(host)
            return list(addresses)

        return Web(
            (f"docs.example.org:{self.port}", f"other.example.org:{self.port}"),
            lookup,
            lambda address: address == "127.0.0.1",
            "http",
            seconds,
        )

    def url(self, path: str, host: str = "docs.example.org") -> str:
        return f"http://{host}:{self.port}{path}"


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(b"a" * 50_000_000, 9)


async def _answer(request: web.Request) -> web.StreamResponse:
    name = request.path[1:]
    port = request.url.port
    bodies: dict[str, tuple[bytes, dict[str, str]]] = {
        "page": (PAGE.encode(), {"Content-Type": "text/html; charset=utf-8"}),
        "json": (b'{"a": 1}', {"Content-Type": "application/json"}),
        "latin": ("é".encode("latin-1"), {"Content-Type": "text/plain; charset=latin-1"}),
        "nocharset": ("é".encode(), {"Content-Type": "text/plain; charset=hex"}),
        "image": (b"\x89PNG", {"Content-Type": "image/png"}),
        "bomb": (
            _bomb() if name == "bomb" else b"",
            {"Content-Type": "text/plain", "Content-Encoding": "gzip"},
        ),
        "broken": (b"no gzip", {"Content-Type": "text/plain", "Content-Encoding": "gzip"}),
        "brotli": (b"x", {"Content-Type": "text/plain", "Content-Encoding": "br"}),
    }
    moves = {
        "moved": "/page",
        "circle": "/circle",
        "home": f"http://127.0.0.1:{port}/page",
        "metadata": "http://169.254.169.254/latest",
        "file": "file:///etc/passwd",
        "elsewhere": f"http://other.example.org:{port}/page",
        "unlisted": f"http://evil.example.org:{port}/page",
    }
    if name in moves:
        return web.Response(status=302, headers={"Location": moves[name]})
    if name in ("slow", "endless"):
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        if name == "slow":
            await asyncio.Event().wait()
        while True:
            await response.write(b"a" * 65536)
    if name not in bodies:
        return web.Response(status=404)
    body, headers = bodies[name]
    return web.Response(body=body, headers=headers)


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    app = web.Application()
    app.router.add_get("/{name:.*}", _answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    yield Site(runner.addresses[0][1])
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/json", '{"a": 1}'),
        ("/latin", "é"),
        ("/nocharset", "é"),
        ("/page", PAGE),
        ("/moved", PAGE),
    ],
)
async def test_what_is_read(site: Site, path: str, text: str) -> None:
    document = await site.web().fetch(site.url(path))
    assert (document.text, document.cut) == (text, False)


@pytest.mark.parametrize("path", ["/bomb", "/endless"])
async def test_no_more_is_read_than_is_kept(site: Site, path: str) -> None:
    document = await site.web().fetch(site.url(path))
    assert (len(document.text), document.cut) == (MOST_BYTES, True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/circle", "without an end"),
        ("/home", "not the name of a server"),
        ("/metadata", "not the name of a server"),
        ("/file", "begin with https"),
        ("/elsewhere", "has moved to http://other.example.org"),
        ("/unlisted", "not among the user's hosts"),
        ("/image", "no text but image/png"),
        ("/broken", "could not be read from"),
        ("/brotli", "packed as br"),
        ("/nowhere", "status 404"),
    ],
)
async def test_what_is_not_read(site: Site, path: str, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        await site.web().fetch(site.url(path))
    assert set(site.asked) == {"docs.example.org"}  # nobody else was looked up


async def test_a_body_that_does_not_come_is_given_up(site: Site) -> None:
    with pytest.raises(ToolError, match="took longer than"):
        await site.web(seconds=0.2).fetch(site.url("/slow"))


@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("127.0.0.1", "169.254.169.254"), ()])
async def test_a_name_with_an_address_that_is_not_public(
    site: Site, addresses: tuple[str, ...]
) -> None:
    with pytest.raises(ToolError, match="not public"):
        await site.web(addresses=addresses).fetch(site.url("/page"))


async def test_by_itself_this_machine_is_not_public(site: Site) -> None:
    mine = site.web()
    web_as_it_is = Web(mine.hosts, mine.lookup, scheme="http")
    with pytest.raises(ToolError, match="not public"):
        await web_as_it_is.fetch(site.url("/page"))


@pytest.mark.parametrize(
    "url",
    [
        "", "docs.example.org", "file:///etc/passwd", "ftp://docs.example.org/",
        "http://docs.example.org/", "https://", "https:///x", "https://user@docs.example.org/",
        "https://docs.example.org@evil.org/", "https://docs.example.org:8443/",
        "https://docs.example.org:99999/", "https://docs.example.org:x/",
        "https://evil.org/docs.example.org", "https://docs.example.org.evil.org/",
        "https://docs.example.org\\@evil.org/", "https://docs.example.org\t.evil.org/",
        "https://docs\u3002example.org/", "https://d\u043ecs.example.org/", "https://127.0.0.1/",
        "https://2130706433/", "https://0x7f.1/", "https://[::1]/", "https://localhost/",
        "https://docs.example.org/\r\nHost: evil", "https://docs.example.org/" + "a" * 3000,
        "https://docs..example.org/", "https://%64ocs.example.org/", " https://docs.example.org/",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_a_listed_host(url: str) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(ToolError):
        await Web(("docs.example.org",), lookup).fetch(url)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTPS://Docs.Example.ORG./A?b=c#d", "https://docs.example.org/A?b=c"),
        ("https://docs.example.org:443", "https://docs.example.org/"),
        ("https://docs.example.org:8443/x", "https://docs.example.org:8443/x"),
    ],
)
def test_an_address_has_one_form(text: str, expected: str) -> None:
    assert str(read_address(text)) == expected


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (PAGE, WORDS),
        ("a < b &amp; c", "a < b & c"),
        ("<p>a<!-- b", "a"),
        ("<p>a<script>b", "a"),
        ("<main></main><p>a", "a"),
        ("<form><p>a<button>b</button></form>", "a"),  # some servers put whole pages into one
        ("<h2>a</h2><p>b", "## a\n\nb"),
        ("", ""),
    ],
)
def test_the_words_of_a_page(page: str, words: str) -> None:
    assert "\n".join(line for line in readable(page).split("\n") if line) == "\n".join(
        line for line in words.split("\n") if line
    )


@pytest.mark.parametrize("piece", ["<", "<!--", "<script>", "<main>", "<a ", "&", "<pre>", "</"])
def test_no_page_takes_long(piece: str) -> None:
    assert len(readable(piece * (500_000 // len(piece)))) <= 3_000_000


def test_a_long_document_is_read_in_parts() -> None:
    address = read_address("https://docs.example.org/a")
    document = Document(address, "text/plain", "a" * 12_000 + "b" * 10, cut=True)
    first, rest = shown(document, 0), shown(document, 12_000)
    assert first.endswith("[characters 0-12000 of 12010; use offset=12000 to continue]")
    assert "b" not in first
    assert "b" * 10 in rest
    assert "too long to fetch" in rest
    with pytest.raises(ToolError, match="smaller offset"):
        shown(document, 12_010)


@pytest.mark.parametrize(
    ("mode", "tier", "fetches", "there"),
    [
        ("ask", "large", True, True),
        ("agent", "medium", True, False),
        ("agent", "small", True, False),
        ("agent", "large", False, False),
    ],
)
def test_where_it_is_offered(mode: Mode, tier: Tier, fetches: bool, there: bool) -> None:
    names = {tool.name for tool in offered(mode, tier, fetches=fetches)}
    assert ("fetch_document" in names) is there


def _call(url: str) -> Call:
    return Call("fetch_document", "fetch", {"url": url}, (), ("/w",), "/w")


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [("locked", "ask"), ("read-only", "ask"), ("review", "ask"), ("trusted", "allow")],
)
def test_what_a_profile_says(profile: Profile, verdict: str) -> None:
    permissions = Permissions(PermissionSettings(profile=profile), ("/w",))
    assert permissions.judge(_call("https://docs.example.org/a")).verdict == verdict


def test_an_answer_holds_for_its_host_only() -> None:
    permissions = Permissions(PermissionSettings(), ("/w",))
    decision = permissions.judge(_call("https://docs.example.org/a"))
    permissions.allow_always(decision)
    assert decision.session == ("fetch_document(https://docs.example.org/*)",)
    verdicts: dict[str, str] = {
        "https://docs.example.org/b?c": "allow",
        "https://Docs.Example.org": "allow",
        "https://docs.example.org.evil.org/": "ask",
        "https://docs.example.org:8443/": "ask",
        "http://docs.example.org/": "ask",
        "https://docs.example.org\\@evil.org/": "ask",
        "nonsense": "ask",
    }
    assert {url: permissions.judge(_call(url)).verdict for url in verdicts} == verdicts
    assert permissions.judge(_call("nonsense")).session == ()


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ({"allow": ("fetch_document(https://docs.example.org/*)",)}, "allow"),
        ({"allow": ("fetch_document(https://other.example.org/*)",)}, "ask"),
        ({"deny": ("fetch_document",)}, "deny"),
        ({"profile": "trusted", "deny": ("fetch_document(https://docs.*)",)}, "deny"),
    ],
)
def test_rules(rules: dict[str, Any], verdict: str) -> None:
    permissions = Permissions(PermissionSettings(**rules), ("/w",))
    assert permissions.judge(_call("https://DOCS.example.org/a")).verdict == verdict


def test_a_workspace_only_narrows_the_hosts() -> None:
    below = Settings.model_validate({"fetch": {"hosts": ["docs.example.org"]}})
    guard = Guard(below, addresses=False)
    assert guard.allows(("fetch", "hosts"), [])
    assert guard.allows(("fetch", "hosts"), ["docs.example.org"])
    assert not guard.allows(("fetch", "hosts"), ["docs.example.org", "evil.example.org"])
    assert not guard.allows(("fetch", "hosts"), ["*.example.org"])
