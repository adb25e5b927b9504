"""Showing a run to a program: one JSON object a line, each with a `type`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from arriero.cli.proposals import Proposal
from arriero.cli.turn import Outcome, Question, TurnEnd
from arriero.cli.updates import (
    CallEnded,
    CallStarted,
    NoticePiece,
    PlanShown,
    RetryShown,
    StepShown,
    TextPiece,
    ThoughtPiece,
    Update,
)

_TYPES: dict[type[Update], str] = {
    TextPiece: "text",
    ThoughtPiece: "thought",
    NoticePiece: "notice",
    CallStarted: "tool_started",
    CallEnded: "tool_ended",
    PlanShown: "plan",
    StepShown: "step_ended",
    RetryShown: "step_retried",
}


class JsonShow:
    """Writes to standard output at once. Names are in snake_case, paths absolute."""

    def started(self, session_id: str) -> None:
        write("run_started", session_id=session_id)

    def update(self, update: Update) -> None:
        write(_TYPES[type(update)], **asdict(update))

    def asking(self, question: Question) -> None:
        """Nothing: what was asked is written with the answer."""

    def answered(self, question: Question, answer: str) -> None:
        write(
            "permission",
            call_id=question.call_id,
            title=question.title,
            detail=question.detail,
            answer=answer,
        )

    def proposal(self, proposal: Proposal) -> None:
        write(
            "proposal",
            run_id=proposal.run_id,
            label=proposal.label,
            files=[{**asdict(file), "diff": file.diff} for file in proposal.files],
        )

    def applied(self, hunks: tuple[str, ...], message: str) -> None:
        write("applied", hunks=hunks, message=message)

    def ended(self, end: TurnEnd) -> None:
        """Nothing: the last line of a run comes when its proposal is settled."""

    def broken_off(self) -> None:
        """Nothing: each line is whole."""

    def finished(self, outcome: Outcome) -> None:
        write(
            "run_ended",
            **asdict(outcome.end),
            applied=outcome.applied,
            open_hunks=outcome.open_hunks,
        )


def write(type_: str, /, **values: Any) -> None:
    """Write one line. Only ASCII: whatever a model says arrives whole, and moves no cursor."""
    sys.stdout.write(json.dumps({"type": type_, **values}) + "\n")
    sys.stdout.flush()
