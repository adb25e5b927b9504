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
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    LoadedModel,
    ModelDetails,
    Provider,
    RunnerOptions,
)
from arriero.settings.model import ProviderSettings, WindowSettings

ResidenceState = Literal["unknown", "absent", "loading", "loaded"]
ChooseWindow = Callable[[int | None, ModelDetails], int | None]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelPlan:
    """With which options every request uses a model. `provider` is the settings' name for it."""

    provider: str
    model: str
    runner: RunnerOptions


@dataclass(frozen=True)
class Residence:
    """Where a model is, for the person. `model` is empty while none is chosen.

    `window` in tokens, the real one; `cpu_share` is the part of its bytes, 0 to 1, that runs on the
    CPU; `expires_at` as the server says it, empty where it does not. `unknown`: the server does not
    tell, or does not answer.
    """

    provider: str
    model: str
    state: ResidenceState = "unknown"
    window: int = 0
    cpu_share: float = 0.0
    expires_at: str = ""


class Plans:
    """The plans of all models in use, by server and model; `choose` decides on the window.

    The newest settings count, for everything that uses the model.
    """

    def __init__(self, choose: ChooseWindow) -> None:
        self._choose = choose
        self._plans: dict[tuple[str, str], ModelPlan] = {}

    def plan(
        self, provider: str, entry: ProviderSettings, details: ModelDetails, window: WindowSettings
    ) -> ModelPlan:
        """Return the plan under these settings; it is the model's plan from now on."""
        runner = RunnerOptions(self._choose(window.num_ctx, details), window.keep_alive)
        plan = ModelPlan(provider, details.name, runner)
        key = (server_of(entry), full_name(details.name))
        old = self._plans.get(key)
        if old is not None and old.runner != runner:
            log.info("%s is used with %s from now on, not %s", details.name, runner, old.runner)
        self._plans[key] = plan
        return plan

    def get(self, entry: ProviderSettings, model: str) -> ModelPlan | None:
        """Return the plan of a model that is in use; None if it is not."""
        return self._plans.get((server_of(entry), full_name(model)))


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


def residence(provider: str, model: str, loaded: LoadedModel | None) -> Residence:
    """Describe a model as a server tells of it; None: it is not in memory."""
    if loaded is None:
        return Residence(provider, model, "absent")
    on_cpu = max(0, loaded.size - loaded.size_vram)
    share = on_cpu / loaded.size if loaded.size > 0 else 0.0
    return Residence(provider, model, "loaded", loaded.window, share, loaded.expires_at)


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
