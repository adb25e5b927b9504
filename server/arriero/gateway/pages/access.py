"""Who may see the dashboard: it shows what was said and written, and changes settings.

A person signs in with a key that is marked `admin`, or by a link with a code, which is known to
whoever may read the user's own files: other users of the machine reach the port as well, and so may
a command of a model. What the browser then has is a cookie that this gateway signed: until when it
counts, an id of the sign-in, and a signature over both and the key, which the cookie need not name.
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
from arriero.gateway.pages.signed_out import SignedOut
from arriero.settings.api_keys import ApiKey

COOKIE = "arriero_dashboard"
SECONDS = 7 * 86_400  # a sign-in lasts
_TRIES = 20  # a minute, of anybody: keys of the command line may be short
_BYTES = 32
_CODE = b""  # stands for the key in a sign-in by the code: no key has an empty hash
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
    return Access(dashboard_secret(state), Keys, SignedOut(state)).link(base)


class Access:
    """Signs people in. `keys` are those of the moment; `clock` tells Unix seconds."""

    def __init__(
        self,
        secret: bytes,
        keys: Callable[[], Keys],
        signed_out: SignedOut,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._keys = keys
        self._signed_out = signed_out
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
            return self._cookie(_CODE)
        # Before the key is compared, or who guesses would see the right one among the refusals. A
        # stranger who uses up the tries keeps nobody out for long: the code, whose 256 bits need no
        # limit, still opens. Tries are not told apart by address, as most are from this machine.
        try:
            await self._tries.take(_ANYONE)
        except Refused as error:
            raise Refused(
                "limited",
                "There were too many tries to sign in; wait a minute.",
                retry_after=error.retry_after,
            ) from error
        key = self._keys().match(text)
        return self._cookie(key.digest) if key is not None and key.admin else None

    async def signed_in(self, cookie: str) -> bool:
        """Tell whether a cookie is one of ours that still counts; not if its key is gone."""
        known = self._known(cookie)
        return known is not None and not await self._signed_out.has(*known)

    async def sign_out(self, cookie: str) -> None:
        """End a sign-in, in whichever browser its cookie is; raises OSError."""
        known = self._known(cookie)
        if known is not None:
            await self._signed_out.add(*known)

    def form_token(self, cookie: str) -> str:
        """Return what a form carries, so that no other page can send it."""
        return self._sign(f"form|{cookie}")

    def is_form(self, cookie: str, token: str) -> bool:
        """Tell whether a form was made for who has this cookie."""
        return hmac.compare_digest(self.form_token(cookie).encode(), token.encode())

    def _known(self, cookie: str) -> tuple[str, int] | None:
        """Return id and end of a sign-in that was made here and is not over."""
        until, _, rest = cookie.partition("|")
        sign_in, _, signature = rest.partition("|")
        offered = signature.encode("utf-8", "surrogateescape")
        if not until.isdecimal() or len(until) > 12 or int(until) < self._clock():
            return None
        digests = (_CODE, *(key.digest for key in self._keys().entries if key.admin))
        for digest in digests:
            if hmac.compare_digest(offered, self._signature(until, sign_in, digest).encode()):
                return sign_in, int(until)
        return None

    def _cookie(self, digest: bytes) -> str:
        until, sign_in = str(int(self._clock()) + SECONDS), secrets.token_hex(16)
        return f"{until}|{sign_in}|{self._signature(until, sign_in, digest)}"

    def _signature(self, until: str, sign_in: str, digest: bytes) -> str:
        return self._sign(f"in|{until}|{sign_in}|{digest.hex()}")

    def _sign(self, text: str) -> str:
        made = hmac.new(self._secret, text.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode("ascii")
