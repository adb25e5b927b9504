"""Whom to trust at an address with TLS, and what the person is told of who cannot be trusted."""

from __future__ import annotations

import ssl

from arriero.models.errors import ProviderUnavailable

_EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 10, 62, 64  # X509_V_ERR_…, of OpenSSL


def trusted(provider: str, base_url: str, ca_file: str | None) -> ssl.SSLContext | None:
    """Return what checks the certificates at an address, None where there is no TLS.

    All that is trusted anywhere is trusted (`SSL_CERT_FILE` says other), and besides it what is in
    `ca_file`. Raises ProviderUnavailable for a file that cannot be used.
    """
    if not base_url.lower().startswith("https:"):
        return None
    import httpx  # 60 ms, which most addresses can do without

    try:
        context = httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        raise _unusable("the file that SSL_CERT_FILE or SSL_CERT_DIR names", error) from error
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise _unusable(f"{ca_file} (`providers.{provider}.ca_file`)", error) from error
    return context


def refused(provider: str, base_url: str, error: BaseException) -> ProviderUnavailable | None:
    """Return what a failed connection means if TLS is what failed, else None."""
    at: BaseException | None = error
    # aiohttp's own errors are of these types too, and have nothing of what they know.
    while at is not None and type(at).__module__ != "ssl":
        at = at.__cause__ or at.__context__
    if not isinstance(at, ssl.SSLError):
        return None
    if isinstance(at, ssl.SSLCertVerificationError):
        told = (
            f"The certificate at {base_url} is not accepted ({at.verify_message.rstrip('.')}): "
            f"{_remedy(provider, at.verify_code)}."
        )
    else:
        told = (
            f"No connection by TLS can be made to {base_url} ({at.reason or at}): set "
            f"`providers.{provider}.base_url` to `http://` if the server has none, or look into "
            "its log."
        )
    return ProviderUnavailable(told, cause=repr(error))


def _remedy(provider: str, code: int) -> str:
    if code == _EXPIRED:
        return "renew it at the server"
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"set `providers.{provider}.base_url` to a name that it is for"
    return (
        f"set `providers.{provider}.ca_file` to a file with the certificate of who signed it, or "
        "with its own"
    )


def _unusable(file: str, error: OSError) -> ProviderUnavailable:
    why = error.strerror or "it holds no certificate in PEM form"
    if isinstance(error, ssl.SSLError):
        why = "it holds no certificate in PEM form"
    return ProviderUnavailable(
        f"Certificates cannot be read from {file}: {why}; name another file, or none.",
        cause=repr(error),
    )
