"""The gateway's own certificate: whether it can be used, and whether clients will take it."""

from __future__ import annotations

import ssl
from pathlib import Path

from arriero.settings.gateway import GatewaySettings

_STEPS = 10  # of a handshake between two ends in this process; it takes three


class CannotServe(Exception):
    """The gateway cannot begin; the sentence says what to do."""


def check(own: GatewaySettings) -> str:
    """Return why clients will refuse the certificate, empty if they need not.

    Raises CannotServe where it cannot be used at all.
    """
    certificate, key = own.tls_certificate, own.tls_key
    if not certificate:
        if key:
            raise CannotServe(
                "gateway.tls_key is set and gateway.tls_certificate is not: set both, or none."
            )
        return ""
    for file in filter(None, (certificate, key)):
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise CannotServe(
                f"{file} cannot be read ({error.strerror or error}): set gateway.tls_certificate "
                "and gateway.tls_key to files that are there."
            ) from error
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        server.load_cert_chain(certificate, key, _no_password)
    except (OSError, ssl.SSLError) as error:
        raise CannotServe(
            f"The certificate {certificate} cannot be used ({_reason(error)}): set "
            "gateway.tls_certificate and gateway.tls_key to files in PEM form that belong together."
        ) from error
    problem = _refused(server, certificate)
    if not problem:
        return ""
    return (
        f"Clients will refuse the certificate {certificate} ({problem}): renew it, or name another "
        "in gateway.tls_certificate."
    )


def _no_password() -> str:
    """Nobody is asked: a server has no one at its terminal."""
    raise CannotServe(
        "The key of gateway.tls_certificate has a password: write it without one, such as by "
        "`openssl pkey`, into a file that only you can read."
    )


def _reason(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key belongs to another"
    return "a certificate or a key is missing in them"


def _refused(server: ssl.SSLContext, certificate: str) -> str:
    """Return what a client that trusts this very certificate does not like, such as its age."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(certificate)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(_STEPS):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message.rstrip(".")
            except ssl.SSLError:
                return ""  # what else is wrong is not the certificate
    return ""
