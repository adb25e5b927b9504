"""A run as a chat shows it: what is whole is printed, what is being written stands on the stage."""

from __future__ import annotations

from rich.padding import Padding
from rich.text import Text

from arriero.cli.chat.cards import card
from arriero.cli.chat.markdown import THEME, MarkdownStream, rendered
from arriero.cli.chat.stage import Stage
from arriero.cli.diff_view import show_proposal
from arriero.cli.printable import one_line, printable
from arriero.cli.proposals import Proposal
from arriero.cli.terminal import Terminal
from arriero.cli.turn import Outcome, Question, TurnEnd
from arriero.cli.updates import (
    CallEnded,
    CallStarted,
    NoticePiece,
    PlanShown,
    RetryShown,
    TextPiece,
    ThoughtPiece,
    Update,
)

_WAITING = "waiting for the model"
_STYLES = {"info": "dim", "warning": "yellow"}
_MARKS = {"completed": "x", "in_progress": ">"}


def left_open(count: int) -> str:
    """Say what can be done about changes that are not judged."""
    changes = "1 change is" if count == 1 else f"{count} changes are"
    return f"{changes} open: /review, /apply or /reject."


class ChatShow:
    """Prints to a terminal and draws on a stage. `answer` is the text of the newest answer."""

    def __init__(self, terminal: Terminal, stage: Stage, folder: str) -> None:
        self.answer = ""
        self._terminal = terminal
        self._stage = stage
        self._folder = folder
        self._text = MarkdownStream()
        self._thought = ""
        self._calls: dict[str, CallStarted] = {}
        self._told = ""

    def started(self, session_id: str) -> None:  # noqa: ARG002 - for programs
        self.answer = self._told = ""
        self._stage.wait(_WAITING)

    def update(self, update: Update) -> None:
        match update:
            case TextPiece(text):
                self._write(text)
            case ThoughtPiece(text):
                self._think(text)
            case NoticePiece(level, text):
                self._flush()
                self._told = text
                self._terminal.sentence(text, _STYLES.get(level, "bold red"))
            case CallStarted():
                self._flush()
                self._calls[update.call_id] = update
                self.answer = ""
                self._stage.wait(one_line(update.title, 60))
            case CallEnded():
                self._ended(update)
            case PlanShown(steps):
                self._flush()
                for step in steps:
                    mark = _MARKS.get(step.status, " ")
                    self._terminal.line(f"  [{mark}] {one_line(step.text)}")
            case RetryShown(reason=reason):
                self._retried(reason)
            case _:
                pass

    def asking(self, question: Question) -> None:
        self._flush()
        self._terminal.sentence(question.title, "bold yellow")
        for line in question.detail.splitlines():
            self._terminal.line(f"  {line}")

    def answered(self, question: Question, answer: str) -> None:  # noqa: ARG002 - it stands above
        words = {
            "allow_once": "Allowed.",
            "allow_always": "Allowed in this session.",
            "allow_here": "Allowed here from now on; `arriero permissions revoke` takes it back.",
            "reject_here": "Not allowed here any more; `arriero permissions revoke` takes it back.",
            "reject_once": "Not allowed.",
        }
        self._terminal.sentence(words.get(answer, "Not answered."), "dim")

    def proposal(self, proposal: Proposal) -> None:
        self._terminal.line()
        show_proposal(self._terminal, proposal)

    def applied(self, hunks: tuple[str, ...], message: str) -> None:
        if hunks:
            changes = "change" if len(hunks) == 1 else "changes"
            self._terminal.line(f"Applied {len(hunks)} {changes}.", "green")
        if message:
            self._terminal.sentence(message, "yellow")

    def ended(self, end: TurnEnd) -> None:
        self.broken_off()
        if end.failed:
            self._terminal.sentence(end.message, "bold red")
        elif end.stop_reason != "end_turn" and end.message != self._told:
            self._terminal.sentence(end.sentence, "yellow")

    def broken_off(self) -> None:
        self._flush()
        self._calls.clear()
        self._stage.wait("")

    def finished(self, outcome: Outcome) -> None:
        if outcome.open_hunks:
            self._terminal.line(left_open(len(outcome.open_hunks)), "dim")

    def _write(self, text: str) -> None:
        self._end_thought()
        self.answer += text
        for block in self._text.feed(text):
            self._block(block)
        self._stage.wait("answering")
        self._stage.show_tail(self._text.tail)

    def _block(self, text: str) -> None:
        if text.strip():
            with self._terminal.out.use_theme(THEME):
                self._terminal.out.print(
                    Padding(rendered(printable(text)), (0, 0, 1, 0)), soft_wrap=False
                )

    def _think(self, text: str) -> None:
        self._thought += text
        self._stage.wait("thinking")
        self._stage.show_tail(self._thought, thinking=True)

    def _end_thought(self) -> None:
        if self._thought.strip():
            self._terminal.line(f"Thought: {one_line(self._thought, 120)}", "dim italic")
        self._thought = ""

    def _retried(self, reason: str) -> None:
        self._text.close()  # what was said does not count
        self._thought = self.answer = ""
        self._stage.show_tail("")
        self._terminal.sentence(f"Asking again: {reason}", "dim")

    def _ended(self, end: CallEnded) -> None:
        self._flush()
        begun = self._calls.pop(end.call_id, None) or CallStarted(end.call_id, end.call_id, "other")
        for line in card(begun, end, self._folder):
            self._terminal.out.print(line)
        if end.diffs or begun.kind == "execute":
            self._terminal.out.print(Text())
        self._stage.wait(_WAITING)

    def _flush(self) -> None:
        """Print what was not whole yet."""
        self._end_thought()
        self._block(self._text.close())
        self._stage.show_tail("")
