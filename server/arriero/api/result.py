"""What came of a run, for the program that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from arriero.agent.request import RunResult
from arriero.models.types import Usage
from arriero.sessions.events import (
    EventBody,
    FileDiff,
    StepEnded,
    StopReason,
    ToolEnded,
    ToolStarted,
    ToolStatus,
)
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.proposal import Proposal


@dataclass(frozen=True)
class Step:
    """One tool call: what the model asked, and what it was given for it."""

    tool: str
    arguments: Mapping[str, Any]
    title: str
    result: str
    status: ToolStatus
    duration_ms: int
    diffs: tuple[FileDiff, ...] = ()


@dataclass(frozen=True)
class Result:
    """The end of a run.

    `text` is the model's last answer, or why the run ended early. `proposal` is all that it wants
    to change, file by file and hunk by hunk, and `edit` the change that accepting it makes now;
    both are None where it changes nothing. `diff` shows what was open at the end of the run.
    `applied`: it is in the files. `usage` is of all answers together.
    """

    text: str
    stop_reason: StopReason
    session_id: str
    run_id: str
    edit: WorkspaceChange | None
    proposal: Proposal | None
    diff: str
    applied: bool
    steps: tuple[Step, ...]
    usage: Usage

    @property
    def ok(self) -> bool:
        """Whether the model came to its end."""
        return self.stop_reason == "end_turn"


def result_of(
    run: RunResult,
    events: Iterable[EventBody],
    proposal: Proposal | None,
    display: Callable[[str], str],
) -> Result:
    """Return the result of a run from its end and all that happened in it.

    `display` gives paths as they are shown.
    """
    started: dict[str, ToolStarted] = {}
    steps: list[Step] = []
    usage = Usage()
    for event in events:
        match event:
            case ToolStarted():
                started[event.call_id] = event
            case ToolEnded():
                steps.append(_step(started[event.call_id], event))
            case StepEnded():
                usage = _sum(usage, event)
    return Result(
        run.message,
        run.stop_reason,
        run.session_id,
        run.run_id,
        run.change,
        proposal,
        proposal.unified(display) if proposal is not None else "",
        run.applied,
        tuple(steps),
        usage,
    )


def _step(began: ToolStarted, end: ToolEnded) -> Step:
    return Step(
        began.name,
        began.arguments,
        began.title,
        end.result,
        end.status,
        end.duration_ms,
        end.diffs,
    )


def _sum(usage: Usage, step: StepEnded) -> Usage:
    cached = usage.cached_tokens
    if step.cached_tokens is not None:
        cached = (cached or 0) + step.cached_tokens
    return Usage(
        usage.prompt_tokens + step.prompt_tokens,
        usage.answer_tokens + step.answer_tokens,
        usage.load_ms + step.load_ms,
        usage.prompt_ms + step.prompt_ms,
        usage.answer_ms + step.answer_ms,
        cached,
    )
