"""A certificate that cannot be used is told when the gateway begins, by the file's name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import certificates
from arriero.cli.gateway_workers import supervise
from arriero.gateway import certificate
from arriero.gateway.certificate import CannotServe
from arriero.gateway.gateway import Start
from arriero.settings.gateway import GatewaySettings
from arriero.settings.model import Settings

pytestmark = pytest.mark.skipif(not certificates.installed(), reason=certificates.MISSING)


def own(file: Path | None, key: Path | None) -> GatewaySettings:
    return GatewaySettings(
        tls_certificate=None if file is None else str(file),
        tls_key=None if key is None else str(key),
    )


def test_what_clients_take(tmp_path: Path) -> None:
    made = certificates.make(tmp_path, "good", of="models.lan")
    assert certificate.check(own(made.file, made.key)) == ""
    both = tmp_path / "both.pem"
    both.write_bytes(made.key.read_bytes() + made.file.read_bytes())
    assert certificate.check(own(both, None)) == ""
    assert certificate.check(own(None, None)) == ""


def test_one_that_has_expired_is_served_and_told(tmp_path: Path) -> None:
    made = certificates.make(tmp_path, "old", expired=True)
    told = certificate.check(own(made.file, made.key))
    why = f"Clients will refuse the certificate {made.file} (certificate has expired)"
    assert told == f"{why}: renew it, or name another in gateway.tls_certificate."


def test_what_cannot_be_used(tmp_path: Path) -> None:
    made, other = (certificates.make(tmp_path, name) for name in ("one", "other"))
    locked = certificates.with_password(made)
    nowhere = tmp_path / "nowhere"
    for file, key, words in (
        (nowhere, made.key, f"{nowhere} cannot be read"),
        (made.file, nowhere, f"{nowhere} cannot be read"),
        (tmp_path, made.key, f"{tmp_path} cannot be read"),
        (made.file, None, "a key is missing"),
        (None, made.key, "gateway.tls_certificate is not"),
        (made.file, other.key, "the key belongs to another"),
        (made.key, made.file, "a certificate or a key is missing"),
        (locked.file, locked.key, "has a password"),
    ):
        with pytest.raises(CannotServe) as told:
            certificate.check(own(file, key))
        assert words in str(told.value)


def test_it_is_told_once_and_not_by_each_worker(tmp_path: Path) -> None:
    gateway = own(tmp_path / "nowhere", None).model_copy(update={"port": 0})
    start = Start(Settings(gateway=gateway), str(tmp_path), {})
    with pytest.raises(CannotServe, match="nowhere cannot be read"):
        asyncio.run(asyncio.wait_for(supervise(start, 2, False), 30))
