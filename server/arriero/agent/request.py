"""What is asked of a run, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from arriero.sessions.events import StopReason
from arriero.tools.registry import Mode
from arriero.workspace.changes import WorkspaceChange

if TYPE_CHECKING:
    from arriero.agent.gathering.spot import Spot
    from arriero.tools.base import Tool

ApplyPolicy = Literal["review", "auto", "never"]


@dataclass(frozen=True)
class ContextItem:
    """Something the door puts beside the prompt: a selection, a diagnostic, an attached file."""

    title: str
    text: str


@dataclass(frozen=True)
class Sampling:
    """How a run's answers are drawn, where the request says so; None and empty take settings.

    `max_tokens` only lowers the setting. `options` are as in `ChatRequest.sampling`.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    options: Mapping[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRequest:
    """One request, immutable. `label` is a short name for lists and undo; None takes settings.

    `at` is where the user is; with `ambient` False nothing is added that was not given. Of the
    mode's tools the model is offered those named by `tools` (None: all), and `own_tools` of the
    door's beside them. `images` are files that the model is shown, if it sees. With
    `output_schema` the last answer is JSON that is valid against it.
    """

    prompt: str
    mode: Mode
    label: str
    session_id: str | None = None
    model: str | None = None
    provider: str | None = None
    apply: ApplyPolicy | None = None
    attachments: tuple[ContextItem, ...] = ()
    at: Spot | None = None
    ambient: bool = True
    tools: frozenset[str] | None = None
    own_tools: tuple[Tool, ...] = ()
    images: tuple[bytes, ...] = ()
    output_schema: Mapping[str, Any] | None = None
    sampling: Sampling = Sampling()


@dataclass(frozen=True)
class RunResult:
    """The end of a run. `change` is what it proposes, None when it proposes nothing."""

    session_id: str
    run_id: str
    stop_reason: StopReason
    message: str
    applied: bool = False
    change: WorkspaceChange | None = None
