"""Providers at https addresses: who is trusted, and what is told of who is not."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import certificates
from arriero.models import trust
from arriero.models.errors import ModelError, ProviderUnavailable
from arriero.models.registry import make_provider
from arriero.models.types import ChatRequest, Message
from arriero.settings.provider import ProviderKind, ProviderSettings
from certificates import Certificate

NOTHING = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}"
KINDS: list[ProviderKind] = ["ollama", "openai"]

pytestmark = [
    pytest.mark.skipif(not certificates.installed(), reason=certificates.MISSING),
    # Python 3.10 says so at a server of a client that refused its certificate.
    pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning"),
]


@asynccontextmanager
async def served(certificate: Certificate | None) -> AsyncIterator[str]:
    """Answer everything with an empty object, by TLS where there is a certificate."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.file, certificate.key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # Rubbish, as TLS is where there is none, is answered at once as by any server.
            await (reader.readuntil(b"\r\n\r\n") if context else reader.read(1))
            writer.write(NOTHING)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "localhost", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


async def told(kind: ProviderKind, url: str, ca_file: Path | None) -> set[str]:
    """Return what listing models and asking one fail with."""
    address = f"{url}/v1" if kind == "openai" else url
    provider = make_provider(
        "mine",
        ProviderSettings(
            kind=kind, base_url=address, max_retries=0, ca_file=str(ca_file) if ca_file else None
        ),
    )
    found: set[str] = set()
    try:
        try:
            await provider.models()
        except ModelError as error:
            found.add(str(error))
        with pytest.raises(ModelError) as asking:
            async for _ in provider.chat(ChatRequest("m", (Message("user", "Hi"),))):
                pass
        found.add(str(asking.value))
    finally:
        await provider.aclose()
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_one_that_signed_for_itself(kind: ProviderKind, tmp_path: Path) -> None:
    made = certificates.make(tmp_path, "own")
    async with served(made) as url:
        (sentence,) = await told(kind, url, None)
        assert "is not accepted (self-signed certificate)" in sentence
        assert "set `providers.mine.ca_file` to" in sentence
        # It is reached with that, and says nothing that a model server would.
        for sentence in await told(kind, url, made.file):
            assert "certificate" not in sentence.lower()
            assert "does not answer" not in sentence


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_sentence_says(kind: ProviderKind, tmp_path: Path) -> None:
    old = certificates.make(tmp_path, "old", expired=True)
    async with served(old) as url:
        (sentence,) = await told(kind, url, old.file)
        assert "certificate has expired): renew it at the server." in sentence
    other = certificates.make(tmp_path, "other", of="other.example")
    async with served(other) as url:
        (sentence,) = await told(kind, url, other.file)
        assert "set `providers.mine.base_url` to a name that it is for." in sentence
    async with served(None) as url:
        for sentence in await told(kind, url, None):
            assert "No connection by TLS can be made" in sentence
            assert "to `http://`" in sentence


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_that_cannot_be_used(kind: ProviderKind, tmp_path: Path) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no certificate\n")
    for file, why in ((text, "no certificate in PEM form"), (tmp_path / "no", "No such file")):
        (sentence,) = await told(kind, "https://localhost:1", file)
        assert f"{file} (`providers.mine.ca_file`)" in sentence
        assert why in sentence


def test_what_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ProviderUnavailable, match="SSL_CERT_FILE"):
        trust.trusted("mine", "https://localhost", None)
    assert trust.trusted("mine", "http://localhost", "/nowhere") is None
