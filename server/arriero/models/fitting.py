"""Which window fits a model on a server, where the careful one did not: kept between the days.

One small JSON file in the cache folder: losing it costs a session that is slow once more.
"""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

from arriero.models.types import ModelDetails
from arriero.workspace.atomic import write_atomically

log = logging.getLogger(__name__)

_FORMAT = 1
_MOST = 256  # models; the oldest are forgotten
_MOST_BYTES = 262_144


class FittingWindows:
    """One decision for a model and a server (host and port), in tokens, which is never changed.

    A model is known by its fingerprint: another one of the same name begins anew. `file` None: what
    is learned lasts as long as this object.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._windows: dict[str, int] = {}
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Read what was learned before; what cannot be read counts as nothing."""
        if self._file is None:
            return
        try:
            self._windows = await asyncio.to_thread(_read, self._file) | self._windows
        except FileNotFoundError:
            return
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            log.warning("the windows in %s are not usable: %s", self._file, error)

    def get(self, server: str, details: ModelDetails) -> int | None:
        """Return the window that fits, None where nothing is known."""
        return self._windows.get(_key(server, details))

    async def learn(self, server: str, details: ModelDetails, window: int) -> int | None:
        """Keep a decision unless there is one; return the one that counts.

        A model that cannot be told from another of its name has none.
        """
        if not details.fingerprint:
            return None
        key = _key(server, details)
        if key not in self._windows:
            log.info("%s at %s fits with a window of %d", details.name, server, window)
            self._windows[key] = window
            while len(self._windows) > _MOST:
                del self._windows[next(iter(self._windows))]
            await self._save()
        return self._windows[key]

    async def forget(self, server: str, details: ModelDetails) -> None:
        """Drop a decision."""
        if self._windows.pop(_key(server, details), None) is not None:
            await self._save()

    async def _save(self) -> None:
        if self._file is None:
            return
        async with self._writing:
            data = json.dumps({"format": _FORMAT, "windows": self._windows}).encode()
            try:
                await asyncio.to_thread(write_atomically, self._file, data)
            except OSError as error:
                log.warning("the windows in %s cannot be kept: %s", self._file, error)


def _key(server: str, details: ModelDetails) -> str:
    return f"{server} {details.fingerprint}"


def _read(file: Path) -> dict[str, int]:
    """Raise an error of Python's own for what was not written here."""
    with file.open("rb") as opened:
        data = opened.read(_MOST_BYTES)
    try:
        fields = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if fields["format"] != _FORMAT:
        raise ValueError("it is of another version")
    windows: dict[str, int] = {}
    for key, window in fields["windows"].items():
        if not isinstance(window, int) or not 0 < window < 2**31:
            raise ValueError("a window is out of bounds")
        windows[str(key)] = window
    return windows
