"""Showing nothing of a run but its last answer, alone on standard output."""

from __future__ import annotations

from arriero.cli.proposals import Proposal
from arriero.cli.terminal import Terminal
from arriero.cli.turn import Outcome, Question, TurnEnd
from arriero.cli.updates import NoticePiece, RetryShown, Update


class AnswerShow:
    """What the person should know goes to standard error."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def started(self, session_id: str) -> None:
        """Nothing, as of all that is not said below."""

    def update(self, update: Update) -> None:
        if isinstance(update, NoticePiece):
            self._terminal.say(update.level, update.text)
        elif isinstance(update, RetryShown):
            self._terminal.say("info", f"Asking again: {update.reason}")

    def asking(self, question: Question) -> None:
        """Nobody is asked."""

    def answered(self, question: Question, answer: str) -> None:  # noqa: ARG002 - always no
        self._terminal.say("warning", f"Not allowed, as nobody can be asked: {question.title}")

    def proposal(self, proposal: Proposal) -> None:
        """Nothing."""

    def applied(self, hunks: tuple[str, ...], message: str) -> None:  # noqa: ARG002 - not the answer
        if message:
            self._terminal.say("warning", message)

    def ended(self, end: TurnEnd) -> None:
        if end.stop_reason == "end_turn":
            self._terminal.line(end.message)
        elif not end.failed:
            self._terminal.say("warning", end.sentence)

    def broken_off(self) -> None:
        """Nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Nothing."""
