"""Showing a run as it happens. The shape for people is here, that for programs in `json_lines`."""

from __future__ import annotations

import os
from typing import Protocol

from rich.status import Status

from arriero.cli.diff_view import show_proposal
from arriero.cli.printable import one_line
from arriero.cli.proposals import Proposal
from arriero.cli.terminal import Terminal
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
from arriero.cli.waiting import MODEL, Waiting

_STYLES = {"info": "dim", "warning": "yellow"}
_RESULT_LINES = 12
_RESULT_WIDTH = 200


class Show(Protocol):
    """Where a run is shown."""

    def started(self, session_id: str) -> None:
        """A prompt was sent."""

    def update(self, update: Update) -> None:
        """Something happened."""

    def asking(self, question: Question) -> None:
        """A permission is asked; what runs stands in the question."""

    def answered(self, question: Question, answer: str) -> None:
        """It was answered, as `agent.editor.Answer` says."""

    def proposal(self, proposal: Proposal) -> None:
        """The run has ended and proposes this."""

    def applied(self, hunks: tuple[str, ...], message: str) -> None:
        """These hunks are in the files now; `message` says what is not, and why."""

    def ended(self, end: TurnEnd) -> None:
        """The model has said its last word."""

    def broken_off(self) -> None:
        """The run will not be shown to its end: what is said next is no part of it."""

    def finished(self, outcome: Outcome) -> None:
        """The proposal, if any, is settled as far as it will be now."""


class TerminalShow:
    """For people. `steps` shows tool calls and thinking, which a pipe is spared.

    In a pipe the words of a step are held until they count: a step may be asked for again.
    """

    def __init__(self, terminal: Terminal, folder: str, *, steps: bool | None = None) -> None:
        self._terminal = terminal
        self._folder = folder
        self._steps: bool = terminal.is_terminal if steps is None else steps
        self._kinds: dict[str, str] = {}
        self._inside = ""  # what the open line belongs to: text or thought
        self.failed = False  # whether something was shown that did not work
        self._held = ""
        self._told = ""  # the newest notice
        self._waiting: Status | None = None
        self._asking = False

    def started(self, session_id: str) -> None:  # noqa: ARG002 - for programs
        self._wait(MODEL)

    def update(self, update: Update) -> None:
        if isinstance(update, TextPiece):
            if self._terminal.is_terminal:
                self._piece("text", update.text)
            else:
                self._held += update.text
        elif isinstance(update, ThoughtPiece):
            if self._steps:
                self._piece("thought", update.text, "dim italic")
        elif isinstance(update, NoticePiece):
            self._told = update.text
            self.failed |= update.level == "error"
            self._say(update.level, update.text)
        elif isinstance(update, CallStarted):
            self._call(update)
        elif isinstance(update, CallEnded):
            self._result(update)
        elif isinstance(update, StepShown):
            self._let_go()
        elif isinstance(update, RetryShown):
            self._held = ""
            self._say("info", f"Asking again: {update.reason}")
        elif isinstance(update, PlanShown):
            self._plan(update)

    def asking(self, question: Question) -> None:
        self._asking = True
        self._let_go()
        if not self._terminal.can_ask:
            return
        self._sentence(question.title, "bold yellow")
        for line in question.detail.splitlines():
            self._line(f"  {line}")

    def answered(self, question: Question, answer: str) -> None:
        self._asking = False
        if not self._terminal.can_ask:
            title = one_line(question.title)
            self._say("warning", f"Not allowed, as nobody can be asked here: {title}")
        elif answer == "cancelled":
            self._line("Not answered.", "dim")

    def proposal(self, proposal: Proposal) -> None:
        self._end_line()
        self._terminal.line()
        show_proposal(self._terminal, proposal)

    def applied(self, hunks: tuple[str, ...], message: str) -> None:
        if hunks:
            self._line(
                f"Applied {len(hunks)} {'change' if len(hunks) == 1 else 'changes'}.", "green"
            )
        if message:
            self._sentence(message, "yellow")

    def ended(self, end: TurnEnd) -> None:
        if end.failed:
            self._held = ""
        self._let_go()
        self._end_line()
        if end.stop_reason not in ("end_turn", "error") and end.message != self._told:
            self._say("warning", end.sentence)
        if end.context and self._steps:
            self._sentence(end.context, "dim")

    def broken_off(self) -> None:
        self._end_line()

    def finished(self, outcome: Outcome) -> None:
        """Nothing: the command says what is left to do."""

    def _plan(self, plan: PlanShown) -> None:
        for step in plan.steps if self._steps else ():
            mark = {"completed": "x", "in_progress": ">"}.get(step.status, " ")
            self._line(f"  [{mark}] {one_line(step.text)}")

    def _call(self, update: CallStarted) -> None:
        self._let_go()
        self._kinds[update.call_id] = update.kind
        if self._steps:
            self._end_line()
            self._terminal.piece("* ", "cyan")
            self._terminal.line(self._relative(one_line(update.title, 160)))
        self._wait(one_line(update.title, 60))

    def _result(self, update: CallEnded) -> None:
        if self._steps:
            if update.status != "ok":
                self._line(f"  {self._relative(one_line(update.result, 160))}", "red")
            elif self._kinds.get(update.call_id) == "execute":
                self._output(update.result)
            for diff in update.diffs:
                self._line(f"  {_change(diff.old_text, diff.new_text)}", "dim")
        self._wait(MODEL)

    def _output(self, text: str) -> None:
        """The end of a command's output, where the result stands."""
        lines = text.strip().splitlines()
        if len(lines) > _RESULT_LINES:
            self._line(f"  … {len(lines) - _RESULT_LINES} lines before these", "dim")
        for line in lines[-_RESULT_LINES:]:
            self._line(f"  {line[:_RESULT_WIDTH]}", "dim")

    def _relative(self, text: str) -> str:
        return text.replace(self._folder + os.sep, "")

    def _piece(self, inside: str, text: str, style: str = "") -> None:
        if not text:
            return
        self._stop_waiting()
        if self._inside and self._inside != inside:
            self._end_line()
        self._terminal.piece(text, style)
        self._inside = "" if text.endswith("\n") else inside

    def _line(self, text: str, style: str = "") -> None:
        self._end_line()
        self._terminal.line(text, style)

    def _sentence(self, text: str, style: str) -> None:
        self._line(self._terminal.wrapped(text), style)

    def _say(self, level: str, text: str) -> None:
        """Say what is not the model's: in a pipe it must not get into the answer."""
        if self._terminal.is_terminal:
            self._end_line()
            self._terminal.sentence(text, _STYLES.get(level, "bold red"))
        else:
            self._terminal.say(level, text)

    def _let_go(self) -> None:
        """Print the words that were held, on lines of their own."""
        held, self._held = self._held, ""
        self._piece("text", held)
        if held:
            self._end_line()

    def _end_line(self) -> None:
        self._stop_waiting()
        if self._inside:
            self._terminal.line()
            self._inside = ""

    def _wait(self, words: str) -> None:
        # Never over a line that is still being written, by the model or by the user.
        if self._terminal.is_terminal and not self._inside and not self._asking:
            self._stop_waiting()
            self._waiting = self._terminal.out.status(
                Waiting(words), spinner="line", spinner_style="dim"
            )
            self._waiting.start()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None


def changed_lines(old: str | None, new: str | None) -> tuple[int, int]:
    """Return how many lines a change adds and removes, between the first and the last of them."""
    before, after = (old or "").splitlines(), (new or "").splitlines()
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return len(after) - head - tail, len(before) - head - tail


def _change(old: str | None, new: str | None) -> str:
    added, removed = changed_lines(old, new)
    if old is None:
        return f"new file, {added} lines"
    return "deleted" if new is None else f"+{added} -{removed} lines"
