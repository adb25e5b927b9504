"""What a prompt becomes, as the terminal needs it: how it ended, and what is asked meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arriero.cli.proposals import Proposal

Json = Mapping[str, Any]

_SENTENCES = {
    "end_turn": "Done.",
    "max_tokens": "The answer reached its length limit; raise agent.max_answer_tokens.",
    "max_turn_requests": "Stopped at the step limit; say `go on`, or raise agent.max_steps.",
    "refusal": "Stopped, as a permission was refused.",
    "cancelled": "Cancelled.",
}


@dataclass(frozen=True)
class TurnEnd:
    """The end of a prompt. `stop_reason` is ACP's, or "error" with the sentence in `message`.

    `context` is one line on what the session takes of the model's window, empty if none was asked.
    """

    session_id: str
    run_id: str | None
    stop_reason: str
    message: str
    context: str = ""

    @property
    def failed(self) -> bool:
        """Whether the run could not do what was asked."""
        return self.stop_reason == "error"

    @property
    def sentence(self) -> str:
        """The end in words."""
        told = self.failed or self.stop_reason == "max_turn_requests"
        if told and self.message:  # which limit it was, and what to do
            return self.message
        return _SENTENCES.get(self.stop_reason, self.stop_reason)


@dataclass(frozen=True)
class Outcome:
    """A prompt's end; `open_hunks` of its proposal are undecided, `refused` says what failed."""

    end: TurnEnd
    proposal: Proposal | None = None
    applied: tuple[str, ...] = ()
    open_hunks: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class Question:
    """A permission that is asked; `options` are the ids that may be answered, by what they say.

    That is ACP's kind, or one of the two answers of ours that it has no kinds for.
    """

    call_id: str
    title: str
    detail: str
    options: Mapping[str, str]


def question_from_acp(params: Json) -> Question:
    """Read the params of `session/request_permission`."""
    call = params["toolCall"]
    texts = [
        str((part.get("content") or {}).get("text", ""))
        for part in call.get("content") or ()
        if part.get("type") == "content"
    ]
    options = {_said(option): option["optionId"] for option in params["options"]}
    return Question(call["toolCallId"], call.get("title") or "", "\n".join(texts), options)


def _said(option: Json) -> str:
    ident = str(option["optionId"])
    return ident if ident in ("allow_here", "reject_here") else str(option["kind"])
