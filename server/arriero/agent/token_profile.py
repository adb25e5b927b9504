"""What was learned of each model's tokens, kept from one day to the next.

One small JSON file for each model below the cache folder: losing it costs a few cautious prompts.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import re
from pathlib import Path

from arriero.agent.tokens import Calibration, TokenEstimate
from arriero.workspace.atomic import write_atomically

log = logging.getLogger(__name__)

_FORMAT = 2  # ratios to the weights of `text_weight`: others are not comparable
_MOST_SAMPLES = 64
_MOST_BYTES = 65_536


def model_key(provider: str, model: str, digest: str = "") -> str:
    """Return the name under which a model's profile is kept; a new digest is a new model."""
    return f"{provider}/{model}@{digest}" if digest else f"{provider}/{model}"


class TokenProfiles:
    """The estimates of all models, one object for each; the files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._estimates: dict[str, TokenEstimate] = {}

    async def estimate(self, key: str) -> TokenEstimate:
        """Return the model's estimate, with what is known of it; an unreadable file counts none."""
        if key not in self._estimates:
            calibration = await asyncio.to_thread(self._read, key)
            self._estimates.setdefault(key, TokenEstimate(key, calibration))
        return self._estimates[key]

    async def save(self, estimate: TokenEstimate) -> None:
        """Write what was learned; a full disk is told to the log only."""
        try:
            await asyncio.to_thread(self._write, estimate.model_key, estimate.calibration)
        except OSError as error:
            log.warning("the token profile of %s cannot be kept: %s", estimate.model_key, error)

    def path(self, key: str) -> Path:
        """Return the file of a model's profile."""
        readable = re.sub(r"[^A-Za-z0-9._-]+", "_", key.partition("@")[0])[:60]
        return self._folder / f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.json"

    def _read(self, key: str) -> Calibration | None:
        path = self.path(key)
        try:
            with path.open("rb") as file:
                return _decode(file.read(_MOST_BYTES), key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            log.warning("the token profile %s is not usable: %s", path, error)
            return None

    def _write(self, key: str, calibration: Calibration) -> None:
        fields = {
            "format": _FORMAT,
            "model": key,
            "samples": list(calibration.samples),
            "whole": calibration.whole,
        }
        write_atomically(self.path(key), json.dumps(fields).encode())


def _decode(data: bytes, key: str) -> Calibration:
    """Raise ValueError, TypeError or KeyError for what is not the profile of this model."""
    fields = json.loads(data)
    if fields["format"] != _FORMAT or fields["model"] != key:
        raise ValueError("it is of another version or model")
    samples = tuple(float(one) for one in fields["samples"])[-_MOST_SAMPLES:]
    whole = float(fields["whole"])
    if not all(math.isfinite(one) and 0 <= one < 100 for one in (*samples, whole)):
        raise ValueError("a ratio is out of bounds")
    return Calibration(samples, whole)
