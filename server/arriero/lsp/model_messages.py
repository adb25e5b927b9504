"""Params and results of `arriero/models`; see `messages`."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from arriero.lsp.profile_messages import ProfileMessage


@attrs.frozen
class ModelsParams:
    """Nothing lists the models; `show` describes one.

    `pull` fetches one and `probe` finds out how one is best given tools, both with progress.
    """

    show: str | None = None
    pull: str | None = None
    probe: str | None = None
    work_done_token: str | int | None = None


@attrs.frozen
class ModelMessage:
    """A model that a provider has; `size` in bytes, 0 where it is not told."""

    name: str
    provider: str
    size: int
    parameter_size: str
    quantization: str


@attrs.frozen
class SelectedModel:
    """The model that runs use; `model` is null where Arriero chooses the best that it finds."""

    provider: str
    model: str | None


@attrs.frozen
class ModelDetailsMessage:
    """What is known of one model; windows in tokens, null where they are not told.

    `profile` is what the model has shown of itself, null where nothing is known. `window` is the
    one that it is used with, `windowSource` who says so: `settings`, `modelfile`, `fits` (a larger
    one did not fit into the graphics card), `trained` (no more is possible) or `default`.
    """

    name: str
    provider: str
    capabilities: Sequence[str]
    family: str
    parameter_size: str
    quantization: str
    trained_window: int | None
    configured_window: int | None
    profile: ProfileMessage | None = None
    window: int = 0
    window_source: str = "default"


@attrs.frozen
class ModelsMessage:
    """The answer to every form of `arriero/models`."""

    models: Sequence[ModelMessage]
    selected: SelectedModel
    shown: ModelDetailsMessage | None = None
