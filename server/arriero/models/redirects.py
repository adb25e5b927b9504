"""A server that sends requests on to another address: a proxy's page for signing in, or TLS.

None is followed: a prompt goes where the settings say, and a page for people is no answer.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from arriero.models import sentences
from arriero.models.errors import ProviderUnavailable

_STATUSES = frozenset({301, 302, 303, 307, 308})
_SHOWN = 120  # characters of an address


class Redirected(ProviderUnavailable):
    """Something answers at the provider's address, and only to say that one should go elsewhere."""


def redirected(
    provider: str, base_url: str, path: str, status: int, location: str | None
) -> Redirected | None:
    """Return what an answer's status and `Location` mean for a request, None if it is no redirect.

    `path` is what was asked for behind `base_url`, or a whole address.
    """
    if status not in _STATUSES or not location:
        return None
    asked = path if "://" in path else base_url.rstrip("/") + path
    try:
        to = urlsplit(urljoin(asked, location))
        shown, same = _shown(to), to.hostname == urlsplit(base_url).hostname
    except ValueError:
        to, shown, same = urlsplit(""), "an address that cannot be read", False
    cause = f"status {status}, Location: {location[:_SHOWN]!r}"
    setting = f"`providers.{provider}.base_url`"
    if same and "://" not in path and to.path.endswith(path) and not to.query:
        base = shown.removesuffix(path)
        return Redirected(
            f"What answers at {base_url} sends everything on to {base}: set {setting} to that.",
            cause=cause,
        )
    return Redirected(
        f"What answers at {base_url} sends on to {shown}, perhaps for signing in: set {setting} to "
        f"the address of the model server itself, or {sentences.key_variable(provider)} in the "
        "environment to the key that it wants.",
        cause=cause,
    )


def _shown(to: SplitResult) -> str:
    """Return an address without what may be secret in it; raises ValueError for a bad one."""
    host = to.hostname or ""
    port = f":{to.port}" if to.port else ""
    text = f"{to.scheme}://{f'[{host}]' if ':' in host else host}{port}{to.path}"
    text = "".join(letter if letter.isprintable() and letter != " " else "?" for letter in text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
