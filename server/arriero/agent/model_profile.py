"""What a model has shown it can do, kept from one day to the next.

One small JSON file for each model below the cache folder, beside what was learned of its tokens:
losing it costs a probe. A new digest is a new model and begins without a profile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from arriero.agent.token_profile import TokenProfiles
from arriero.models.residency import full_name
from arriero.models.types import Provider
from arriero.workspace.atomic import write_atomically

log = logging.getLogger(__name__)

Rung = Literal["native", "prompted", "constrained", "off"]
"""The form in which a model is given its tools; see `agent.ladder`."""

_FORMAT = 1
_MOST_BYTES = 65_536
_SUFFIX = ".model.json"


@dataclass(frozen=True)
class ModelProfile:
    """What is known of one model; None and 0 stand for what is not known.

    `key` is made by `model_key` with the digest. `rung` is where a session begins; `thinks` says
    whether the model was seen to think without being asked to. Speeds are tokens per second,
    `probed_at` is Unix time, 0 for a model that was not probed. `edit_format` is the way of editing
    that works best.
    """

    key: str
    digest: str = ""
    rung: Rung | None = None
    native_works: bool | None = None
    prompted_works: bool | None = None
    constrained_works: bool | None = None
    thinks: bool | None = None
    edit_format: str = ""
    tokens_per_second: float = 0.0
    prompt_tokens_per_second: float = 0.0
    probed_at: float = 0.0

    def works(self, rung: Rung) -> bool | None:
        """Tell whether a rung was seen to work; None where it was not tried."""
        return {
            "native": self.native_works,
            "prompted": self.prompted_works,
            "constrained": self.constrained_works,
        }.get(rung)


class ModelProfiles:
    """The profiles of all models; the files are in `folder`, which is made when needed."""

    def __init__(self, folder: Path) -> None:
        self._files = TokenProfiles(folder)  # for its file names: both profiles lie side by side
        self._known: dict[str, ModelProfile] = {}

    async def get(self, key: str) -> ModelProfile | None:
        """Return a model's profile; None where there is none, or none that can be read."""
        if key not in self._known:
            read = await asyncio.to_thread(self._read, key)
            if read is None:
                return self._known.get(key)
            self._known.setdefault(key, read)
        return self._known[key]

    def known(self, key: str) -> ModelProfile | None:
        """Return a model's profile if it was read or saved in this process before."""
        return self._known.get(key)

    async def save(self, profile: ModelProfile) -> None:
        """Keep a profile; one that cannot be written lasts as long as this process."""
        if self._known.get(profile.key) == profile:
            return
        self._known[profile.key] = profile
        try:
            await asyncio.to_thread(self._write, profile)
        except OSError as error:
            log.warning("the profile of %s cannot be kept: %s", profile.key, error)

    def path(self, key: str) -> Path:
        """Return the file of a model's profile."""
        return self._files.path(key).with_suffix(_SUFFIX)

    def _read(self, key: str) -> ModelProfile | None:
        path = self.path(key)
        try:
            with path.open("rb") as file:
                return _decode(file.read(_MOST_BYTES), key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.warning("the profile %s is not usable: %s", path, error)
            return None

    def _write(self, profile: ModelProfile) -> None:
        fields = {"format": _FORMAT, **asdict(profile)}
        write_atomically(self.path(profile.key), json.dumps(fields).encode())


async def digest_of(provider: Provider, model: str) -> str:
    """Return the digest that the provider lists for a model, "" where it lists none.

    Raises ModelError.
    """
    wanted = full_name(model)
    listed = await provider.models()
    return next((one.digest for one in listed if full_name(one.name) == wanted), "")


def _decode(data: bytes, key: str) -> ModelProfile:
    """Raise an error of Python's own for what is not the profile of this model."""
    fields = json.loads(data)
    if fields["format"] != _FORMAT or fields["key"] != key:
        raise ValueError("it is of another version or model")
    return ModelProfile(
        key,
        _text(fields, "digest"),
        _rung(fields.get("rung")),
        _answer(fields, "native_works"),
        _answer(fields, "prompted_works"),
        _answer(fields, "constrained_works"),
        _answer(fields, "thinks"),
        _text(fields, "edit_format"),
        _number(fields, "tokens_per_second"),
        _number(fields, "prompt_tokens_per_second"),
        _number(fields, "probed_at"),
    )


def _rung(value: Any) -> Rung | None:
    if value is None:
        return None
    for rung in get_args(Rung):
        if rung == value:
            known: Rung = rung
            return known
    raise ValueError(f"there is no rung {value!r}")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _answer(fields: dict[str, Any], name: str) -> bool | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{name} is neither true nor false")
    return value


def _number(fields: dict[str, Any], name: str) -> float:
    value = float(fields.get(name, 0.0))
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} is out of bounds")
    return value
