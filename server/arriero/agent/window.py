"""The context window of a model: what is asked for, and what the server then really gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from arriero.models.residency import ModelPlan, WindowChoice, WindowSource, full_name
from arriero.models.types import LoadedModel, ModelDetails

# Tokens. Room for an agent's work that a model of 7 to 8 billion parameters still fits into 8 GB
# with: its cache takes 1 to 2 GB at this length.
CAREFUL_WINDOW = 16_384
# For servers that tell nothing of their window. Less would leave an agent no room to work; a server
# that has less refuses, and is then sent less.
UNTOLD_WINDOW = 8192
# What is tried where the careful window does not fit, the largest first. Less than the last would
# leave an agent no room to work: then the model had better be slow.
_SMALLER_WINDOWS = (12_288, 8192)


@dataclass(frozen=True)
class Window:
    """A window in tokens, and who says so. `spilled`: part of the model runs on the CPU.

    That part is `cpu_bytes`, and `cpu_share` of the model's bytes, 0 to 1.
    """

    size: int
    source: WindowSource
    spilled: bool = False
    cpu_share: float = 0.0
    cpu_bytes: int = 0


def choose_window(
    num_ctx: int | None, details: ModelDetails, fitting: int | None = None
) -> WindowChoice:
    """Choose the window of a model.

    The user's setting goes before the Modelfile's, that before one that is known to be `fitting`,
    and that before a careful size; none is larger than the model was trained for. It depends on
    nothing else, because another number in a later request would load the model anew. Where nothing
    is known of a model, the choice is left to the server.
    """
    trained = details.trained_window
    size, source = _wanted(num_ctx, details, fitting)
    if trained and trained < size:
        return WindowChoice(trained, trained, "trained")
    untold = trained is None and source == "default"
    return WindowChoice(None if untold else size, size, source)


def _wanted(
    num_ctx: int | None, details: ModelDetails, fitting: int | None
) -> tuple[int, WindowSource]:
    if num_ctx is not None:
        return num_ctx, "settings"
    if details.configured_window:
        return details.configured_window, "modelfile"
    if not details.trained_window:
        return UNTOLD_WINDOW, "default"
    if fitting is not None and fitting < CAREFUL_WINDOW:
        return fitting, "fits"
    return CAREFUL_WINDOW, "default"


def planned_window(plan: ModelPlan) -> Window:
    """Return the window to count on until the model is loaded and `read_back` tells the truth."""
    return Window(plan.window, plan.source)


def fitting_window(actual: Window, cache_bytes_per_token: int | None) -> int | None:
    """Return the largest window that saves what overflows the graphics card; None if none does.

    That is not tried where the card holds less than half of the model, as for one whose weights
    alone do not fit. What is counted as saved is the cache of the tokens only, and what is counted
    as overflowing includes the input weights, which Ollama leaves on the CPU in any case
    (`MemorySize` in https://github.com/ollama/ollama/blob/main/llm/server.go): a window that is
    found so has some room to spare.
    """
    if not actual.spilled or actual.cpu_share >= 0.5 or not cache_bytes_per_token:
        return None
    enough = (
        size
        for size in _SMALLER_WINDOWS
        if (actual.size - size) * cache_bytes_per_token >= actual.cpu_bytes
    )
    return next(enough, None)


def read_back(loaded: Iterable[LoadedModel], model: str) -> Window | None:
    """Return the window that the loaded model really has; None if it is not loaded or not told."""
    for entry in loaded:
        if full_name(entry.name) == full_name(model) and entry.window > 0:
            on_cpu = max(0, entry.size - entry.size_vram)
            share = on_cpu / entry.size if entry.size > 0 else 0.0
            return Window(entry.window, "loaded", on_cpu > 0, share, on_cpu)
    return None


def smaller(window: Window, told: int) -> Window:
    """Return the window after a refusal in which the server told `told` tokens, 0 if it did not."""
    return replace(window, size=told, source="loaded") if 0 < told < window.size else window


def remarks(model: str, planned: Window, actual: Window, fitting: int | None = None) -> list[str]:
    """Return what the user should know of a loaded model, a sentence each.

    `fitting` is the smaller window that later sessions use instead.
    """
    told = []
    if actual.size < planned.size:
        told.append(
            f"{model} was loaded with a window of {actual.size:,} tokens instead of "
            f"{planned.size:,}: prompts are kept within that. Restart the model server, or look "
            "at its own limit, to get more."
        )
    if actual.spilled and actual.cpu_share >= 0.995:
        told.append(f"{model} runs on the CPU alone: answers will be slow.")
    elif actual.spilled:
        remedy = (
            "set a smaller window.num_ctx, or choose a smaller model."
            if fitting is None
            else f"new sessions will use a window of {fitting:,} tokens, with which it fits. Set "
            "window.num_ctx to have another."
        )
        told.append(
            f"{max(1, round(actual.cpu_share * 100))} % of {model} does not fit into the graphics "
            f"card and runs on the CPU, which is slow: {remedy}"
        )
    return told
