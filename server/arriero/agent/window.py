"""The context window of a model: what is asked for, and what the server then really gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from arriero.models.residency import full_name
from arriero.models.types import LoadedModel, ModelDetails

WindowSource = Literal["settings", "modelfile", "loaded", "trained", "default"]

# Tokens. Room for an agent's work that a model of 7 to 8 billion parameters still fits into 8 GB
# with: its cache takes 1 to 2 GB at this length.
CAREFUL_WINDOW = 16_384
# For servers that tell nothing of their window. Less would leave an agent no room to work; a server
# that has less refuses, and is then sent less.
UNTOLD_WINDOW = 8192


@dataclass(frozen=True)
class Window:
    """A window in tokens, and who says so. `spilled`: part of the model runs on the CPU.

    `cpu_share` is that part of the model's bytes, 0 to 1.
    """

    size: int
    source: WindowSource
    spilled: bool = False
    cpu_share: float = 0.0


def choose_window(num_ctx: int | None, details: ModelDetails) -> int | None:
    """Return the tokens to send as `num_ctx`, or None to leave the window to the server.

    The user's setting goes before the Modelfile's, and that before a careful size; none is larger
    than the model was trained for. It depends on nothing else, because another number in a later
    request would load the model anew.
    """
    planned = planned_window(num_ctx, details)
    return None if details.trained_window is None and planned.source == "default" else planned.size


def planned_window(num_ctx: int | None, details: ModelDetails) -> Window:
    """Return the window to count on until the model is loaded and `read_back` tells the truth."""
    trained = details.trained_window
    wanted: Window
    if num_ctx is not None:
        wanted = Window(num_ctx, "settings")
    elif details.configured_window:
        wanted = Window(details.configured_window, "modelfile")
    else:
        wanted = Window(CAREFUL_WINDOW if trained else UNTOLD_WINDOW, "default")
    if trained and trained < wanted.size:
        return Window(trained, "trained")
    return wanted


def read_back(loaded: Iterable[LoadedModel], model: str) -> Window | None:
    """Return the window that the loaded model really has; None if it is not loaded or not told."""
    for entry in loaded:
        if full_name(entry.name) == full_name(model) and entry.window > 0:
            on_cpu = max(0, entry.size - entry.size_vram)
            share = on_cpu / entry.size if entry.size > 0 else 0.0
            return Window(entry.window, "loaded", spilled=on_cpu > 0, cpu_share=share)
    return None


def smaller(window: Window, told: int) -> Window:
    """Return the window after a refusal in which the server told `told` tokens, 0 if it did not."""
    return replace(window, size=told, source="loaded") if 0 < told < window.size else window


def remarks(model: str, planned: Window, actual: Window) -> list[str]:
    """Return what the user should know of a loaded model, a sentence each."""
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
        told.append(
            f"{max(1, round(actual.cpu_share * 100))} % of {model} does not fit into the graphics "
            "card and runs on the CPU, which is slow: set a smaller window.num_ctx, or choose a "
            "smaller model."
        )
    return told
