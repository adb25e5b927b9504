"""Who may see the dashboard: it shows what was said and written, and changes settings.

A person signs in with a key that is marked `admin`, or by a link with a code, which is known to
whoever may read the user's own files: other users of the machine reach the port as well, and so may
a command of a model. What the browser then has is a cookie that this gateway signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from arriero.gateway.dialect import Refused
from arriero.gateway.keys import Keys
from arriero.gateway.limits import LocalLimiter
from arriero.settings.api_keys import ApiKey

COOKIE = "arriero_dashboard"
SECONDS = 7 * 86_400  # a sign-in lasts
_TRIES = 20  # a minute, of anybody: keys of the command line may be short
_BYTES = 32
_CODE = "code"
_ANYONE = ApiKey("sign-in", b"")


def dashboard_secret(state: Path) -> bytes:
    """Return the secret in the state folder, which is made if there is none; raises OSError."""
    path = state / "dashboard.secret"
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        known = path.read_bytes()
        if len(known) == _BYTES:
            return known
        path.unlink()  # of a process that died while it wrote it
        return dashboard_secret(state)
    with os.fdopen(descriptor, "wb") as file:
        made = secrets.token_bytes(_BYTES)
        file.write(made)
    return made


def dashboard_link(base: str, state: Path) -> str:
    """Return the address that opens the dashboard of a gateway at `base`; raises OSError."""
    return Access(dashboard_secret(state), Keys).link(base)


class Access:
    """Signs people in. `keys` are those of the moment; `clock` tells Unix seconds."""

    def __init__(
        self, secret: bytes, keys: Callable[[], Keys], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret
        self._keys = keys
        self._clock = clock
        self._tries = LocalLimiter(_TRIES, clock=clock)

    @property
    def code(self) -> str:
        """What stands in the link that signs in."""
        return self._sign("the code")

    def link(self, base: str) -> str:
        """Return the address that opens the dashboard for its user; `base` without a last slash."""
        return f"{base}/dashboard/login?code={self.code}"

    async def sign_in(self, text: str) -> str | None:
        """Return a cookie's value for a key or the code, None for anything else.

        Raises `Refused` after too many tries.
        """
        if hmac.compare_digest(text.encode(), self.code.encode()):
            return self._cookie(_CODE, b"")
        key = self._keys().match(text)
        if key is not None and key.admin:
            return self._cookie(key.name, key.digest)
        try:
            await self._tries.take(_ANYONE)
        except Refused as error:
            raise Refused(
                "limited",
                "There were too many tries to sign in; wait a minute.",
                retry_after=error.retry_after,
            ) from error
        return None

    def signed_in(self, cookie: str) -> bool:
        """Tell whether a cookie is one of ours that still counts; not if its key is gone."""
        name, _, rest = cookie.partition("|")
        until = rest.partition("|")[0]
        if not until.isdecimal() or len(until) > 12 or int(until) < self._clock():
            return False
        digest = b"" if name == _CODE else self._digest(name)
        if digest is None:
            return False
        return hmac.compare_digest(cookie.encode(), self._signed(name, until, digest).encode())

    def form_token(self, cookie: str) -> str:
        """Return what a form carries, so that no other page can send it."""
        return self._sign(f"form|{cookie}")

    def is_form(self, cookie: str, token: str) -> bool:
        """Tell whether a form was made for who has this cookie."""
        return hmac.compare_digest(self.form_token(cookie).encode(), token.encode())

    def _cookie(self, name: str, digest: bytes) -> str:
        return self._signed(name, str(int(self._clock()) + SECONDS), digest)

    def _signed(self, name: str, until: str, digest: bytes) -> str:
        return f"{name}|{until}|{self._sign(f'in|{name}|{until}|{digest.hex()}')}"

    def _digest(self, name: str) -> bytes | None:
        return next((k.digest for k in self._keys().entries if k.name == name and k.admin), None)

    def _sign(self, text: str) -> str:
        made = hmac.new(self._secret, text.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode("ascii")
