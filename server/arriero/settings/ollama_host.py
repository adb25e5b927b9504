"""`OLLAMA_HOST`, in all the forms that Ollama itself understands (its envconfig package)."""

from __future__ import annotations

import ipaddress

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only recognised, never bound


def base_url(value: str) -> str:
    """Return the address to connect to.

    `value` is `host`, `host:port`, `:port`, an IPv6 address with or without brackets, or a URL;
    what is left out is http, 127.0.0.1 and 11434 (80 or 443 after a scheme). A server's
    "listen everywhere" becomes loopback, and a port that is no port the default one.
    """
    text = value.strip().strip("\"'")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    scheme = scheme.lower()
    default_port = _DEFAULT_PORTS.get(scheme, "11434") if separator else "11434"
    if not separator and rest == "ollama.com":
        scheme, default_port = "https", "443"
    authority, slash, path = rest.partition("/")
    # A password stays where it is: the settings refuse it in a sentence.
    user, at, authority = authority.rpartition("@")
    host, port = _split(authority)
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        port = default_port
    host = _ANYWHERE.get(host, host) or "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{user}{at}{shown}:{port}{slash}{path}".rstrip("/")


def _split(authority: str) -> tuple[str, str]:
    bare = authority.strip("[]")
    if _is_ipv6(bare):
        return bare, ""
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False
