"""Models in memory: with which options one is loaded, and whether it is.

Chat, completion, embeddings, preloading and probing must send the same runner options: a request
with others has Ollama load the model anew. So the options come from one plan for each model.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from arriero.models.errors import StreamBroken
from arriero.models.fitting import FittingWindows
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    LoadedModel,
    ModelDetails,
    Provider,
    RunnerOptions,
)
from arriero.settings.model import WindowSettings
from arriero.settings.provider import ProviderSettings

ResidenceState = Literal["unknown", "absent", "loading", "loaded"]
WindowSource = Literal["settings", "modelfile", "fits", "trained", "default", "loaded"]
"""Who says how large a window is: `fits` is what was learned from a load that did not fit, `loaded`
what the server really gives."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WindowChoice:
    """A window in tokens, and who says so; `num_ctx` is what is sent, None leaves it to the server.

    The size of one that is not sent is what to count on until the model is loaded.
    """

    num_ctx: int | None
    size: int
    source: WindowSource


# From the user's setting, the model, and the window that is known to fit, if any.
ChooseWindow = Callable[[int | None, ModelDetails, int | None], WindowChoice]


@dataclass(frozen=True)
class ModelPlan:
    """With which options every request uses a model. `provider` is the settings' name for it.

    `window` in tokens is what to count on until the model is loaded, `source` who says so.
    """

    provider: str
    model: str
    runner: RunnerOptions
    window: int = 0
    source: WindowSource = "default"


@dataclass(frozen=True)
class Residence:
    """Where a model is, for the person. `model` is empty while none is chosen.

    `window` in tokens, the real one; `cpu_share` is the part of its bytes, 0 to 1, that runs on the
    CPU; `expires_at` as the server says it, empty where it does not. `window_source` is who chose
    the window, None where somebody else did. `unknown`: the server does not tell, or does not
    answer.
    """

    provider: str
    model: str
    state: ResidenceState = "unknown"
    window: int = 0
    cpu_share: float = 0.0
    expires_at: str = ""
    window_source: WindowSource | None = None


class Plans:
    """The plans of all models in use, by server and model; `choose` decides on the window.

    The newest settings count, for everything that uses the model. `fitting` are the windows that
    were learned; without a file, those of this process.
    """

    def __init__(self, choose: ChooseWindow, fitting: FittingWindows | None = None) -> None:
        self._choose = choose
        self._fitting = fitting or FittingWindows()
        self._plans: dict[tuple[str, str], ModelPlan] = {}

    def plan(
        self,
        provider: str,
        entry: ProviderSettings,
        details: ModelDetails,
        window: WindowSettings,
        *,
        may_shrink: bool = False,
    ) -> ModelPlan:
        """Return the plan under these settings; it is the model's plan from now on.

        A smaller window that was learned takes the place of one in use only if it `may_shrink`:
        that loads the model anew.
        """
        plan = self.preview(provider, entry, details, window, may_shrink=may_shrink)
        key = _key(entry, details.name)
        old = self._plans.get(key)
        if old is not None and old.runner != plan.runner:
            log.info("%s is used with %s, no longer %s", details.name, plan.runner, old.runner)
        self._plans[key] = plan
        return plan

    def preview(
        self,
        provider: str,
        entry: ProviderSettings,
        details: ModelDetails,
        window: WindowSettings,
        *,
        may_shrink: bool = False,
    ) -> ModelPlan:
        """Return what `plan` would, and leave the model's plan as it is."""
        shrinks = self.shrinks(entry, details, window)
        fitting = None if shrinks and not may_shrink else self._fits(entry, details)
        chosen = self._choose(window.num_ctx, details, fitting)
        runner = RunnerOptions(chosen.num_ctx, window.keep_alive)
        return ModelPlan(provider, details.name, runner, chosen.size, chosen.source)

    def get(self, entry: ProviderSettings, model: str) -> ModelPlan | None:
        """Return the plan of a model that is in use; None if it is not."""
        return self._plans.get(_key(entry, model))

    def shrinks(
        self, entry: ProviderSettings, details: ModelDetails, window: WindowSettings
    ) -> bool:
        """Tell whether a smaller window was learned than the one that the model is used with."""
        old = self.get(entry, details.name)
        careful = self._choose(window.num_ctx, details, None)
        chosen = self._choose(window.num_ctx, details, self._fits(entry, details))
        return old is not None and chosen != careful and old.runner.num_ctx == careful.num_ctx

    async def learn(
        self, entry: ProviderSettings, details: ModelDetails, fitting: int
    ) -> int | None:
        """Remember a window that fits, unless one is remembered; return the one that counts.

        Of several hosts behind one name nothing is learned: they may differ.
        """
        if entry.hosts:
            return None
        return await self._fitting.learn(server_of(entry), details, fitting)

    async def forget(self, entry: ProviderSettings, details: ModelDetails) -> None:
        """Forget what was learned of a model: the user has set its window."""
        await self._fitting.forget(server_of(entry), details)

    def _fits(self, entry: ProviderSettings, details: ModelDetails) -> int | None:
        return None if entry.hosts else self._fitting.get(server_of(entry), details)


async def load(provider: Provider, plan: ModelPlan) -> None:
    """Load a model, or renew its time in memory: a chat request without messages.

    https://github.com/ollama/ollama/blob/main/docs/api.md, "Load a model".
    Raises ModelError. Only for Ollama: other servers have no such request.
    """
    request = ChatRequest(plan.model, (), runner=plan.runner)
    stream = cast("AsyncGenerator[Chunk, None]", provider.chat(request))
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finished):
                return
    raise StreamBroken(f"{plan.model} was not loaded; look at the model server's log.")


def find(loaded: Iterable[LoadedModel], model: str) -> LoadedModel | None:
    """Return the model among those in memory."""
    name = full_name(model)
    return next((one for one in loaded if full_name(one.name) == name), None)


def fits(loaded: LoadedModel, plan: ModelPlan) -> bool:
    """Tell whether a request by the plan leaves the model as it is loaded."""
    return plan.runner.num_ctx in (None, loaded.window)


def residence(
    provider: str, model: str, loaded: LoadedModel | None, plan: ModelPlan | None = None
) -> Residence:
    """Describe a model as a server tells of it; None: it is not in memory."""
    if loaded is None:
        return Residence(provider, model, "absent")
    on_cpu = max(0, loaded.size - loaded.size_vram)
    share = on_cpu / loaded.size if loaded.size > 0 else 0.0
    source = plan.source if plan is not None and plan.window == loaded.window else None
    return Residence(provider, model, "loaded", loaded.window, share, loaded.expires_at, source)


def _key(entry: ProviderSettings, model: str) -> tuple[str, str]:
    return server_of(entry), full_name(model)


def server_of(entry: ProviderSettings) -> str:
    """Return the host and port of a provider's server: two entries may speak to the same one."""
    return urlsplit(entry.base_url).netloc.lower()


def full_name(model: str) -> str:
    """Return a name as Ollama lists it: a model without a tag is its `latest`."""
    name = model.lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def seconds(keep_alive: str | int | None) -> float:
    """Return a `keep_alive` of the settings in seconds; infinite for a negative one.

    None is Ollama's own: five minutes. Raises ValueError for what is no duration.
    """
    if keep_alive is None:
        return 300.0
    if isinstance(keep_alive, int):
        value = float(keep_alive)
    else:
        parts = re.fullmatch(r"(-?\d+(?:\.\d+)?)(ms|s|m|h)", keep_alive)
        if parts is None:
            raise ValueError(f'not a duration: "{keep_alive}"')
        value = float(parts[1]) * _UNITS[parts[2]]
    return math.inf if value < 0 else value
