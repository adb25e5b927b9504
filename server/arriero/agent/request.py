"""What is asked of a run, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class RunResult:
    """The end of a run. `change` is what it proposes, None when it proposes nothing."""

    session_id: str
    run_id: str
    stop_reason: StopReason
    message: str
    applied: bool = False
    change: WorkspaceChange | None = None
