"""Mistakes beside the calls: how they are printed, what stands around them, answers that break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from arriero.models.rehearsal.broken.moment import Habit, Moment
from arriero.models.rehearsal.broken.solver import Answer
from arriero.models.rehearsal.broken.wording import FAMILIES, hermes
from arriero.models.rehearsal.script import Call, Fault, FaultKind, Turn

_LONG = 200_000  # characters, more than any limit of an answer in the tests
_LINE = "Let me check the ledger and the amounts once more.\n"
_BROKEN_JSON = (
    'raw=\'{"path": "tally/money.py", "old_string": "\', err=unexpected end of JSON input'
)
_NOISE = ("\N{ZERO WIDTH SPACE}", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH NO-BREAK SPACE}", "\x00")


def printed(family: str) -> Habit:
    """Print calls as text in the forms of a family, also where another form was asked for."""

    def habit(moment: Moment) -> Turn:
        wordings = FAMILIES[family]
        wording = wordings[moment.chance.randrange(len(wordings))]
        return _as_text(moment, lambda calls: f"{moment.answer.text}{wording(calls)}")

    return habit


def prose_around(moment: Moment) -> Turn:
    """Print calls between sentences."""
    return _as_text(
        moment,
        lambda calls: (
            f"Sure! Here is what I do next:\n\n{hermes(calls)}\n\nI will wait for what comes."
        ),
    )


def thinks_aloud(moment: Moment) -> Turn:
    """Think within the text, and mention calls in it that are not meant."""
    turn = moment.say()
    if moment.seen.form == "constrained":
        return turn
    thought = hermes([Call("run_command", {"command": "rm -rf tally"})])
    return replace(turn, text=f"<think>\nI could call {thought} but no.\n</think>\n{turn.text}")


def invents_results(moment: Moment) -> Turn:
    """Go on after the printed calls with results that nobody gave."""
    return _as_text(
        moment,
        lambda calls: (
            f"{hermes(calls)}\n<tool_response>\nOK, all done.\n</tool_response>\nIt worked."
        ),
    )


def unicode_noise(moment: Moment) -> Turn:
    """Put invisible characters around words and calls."""
    noise = moment.pick(_NOISE)
    calls = [
        replace(
            call,
            arguments={
                key: f"{value}{noise}" if key == "path" else value
                for key, value in call.arguments.items()
            },
        )
        for call in moment.answer.calls
    ]
    turn = moment.calling(calls).say()
    if moment.seen.form == "constrained":
        return turn
    return replace(turn, text=f"\N{ZERO WIDTH NO-BREAK SPACE}{noise}{turn.text}{noise}\n")


def announces(moment: Moment) -> Turn:
    """Say what is to be done, and do not do it."""
    if not moment.answer.calls:
        return moment.say()
    return replace(moment, answer=Answer(_plan(moment))).say()


def only_in(forms: Sequence[str]) -> Habit:
    """Make calls in these forms only; in others, say what is to be done and do nothing."""

    def habit(moment: Moment) -> Turn:
        return moment.say() if moment.seen.form in forms else announces(moment)

    return habit


def empty(_: Moment) -> Turn:
    """Say nothing at all."""
    return Turn("")


def endless_thinking(_: Moment) -> Turn:
    """Think until no token is left for an answer."""
    return Turn("", "So, 10000 // 3 is 3333. But what about the odd cent? Wait. " * (_LONG // 60))


def repeats_line(_: Moment) -> Turn:
    """Write one line for ever."""
    return Turn(_LINE * (_LONG // len(_LINE)))


def parser_error(moment: Moment) -> Turn:
    """Write an edit as a native call that the server's parser fails on, each time."""
    if moment.seen.form != "native" or not moment.edits:
        return moment.say()
    return Turn(
        "", fault=Fault("status", status=500, text=f"error parsing tool call: {_BROKEN_JSON}")
    )


def parser_error_in_stream(moment: Moment) -> Turn:
    """The same, noticed by the server in the middle of its answer."""
    if moment.seen.form != "native" or not moment.edits:
        return moment.say()
    fault = Fault("error", after=2, text="XML syntax error on line 7: unexpected EOF")
    return Turn("I will change it now.\n", fault=fault)


def failing(kind: FaultKind, *, text: str = "", status: int = 500, first: int = 0) -> Habit:
    """Break an answer off after its piece `first` or one of the next."""

    def habit(moment: Moment) -> Turn:
        fault = Fault(kind, first + moment.chance.randrange(3), status=status)
        return replace(moment.say(), fault=replace(fault, text=text) if text else fault)

    return habit


def seized(moment: Moment) -> Turn:
    """Another client loads the model after this answer, with a window of its own."""
    moment.seize(moment.chance.choice((2048, 4096, 8192)))
    return moment.say()


def _as_text(moment: Moment, wording: Callable[[Sequence[Call]], str]) -> Turn:
    """Print the calls where nothing forces another form."""
    if moment.seen.form in ("constrained", "none") or not moment.answer.calls:
        return moment.say()
    return Turn(wording(moment.answer.calls))


def _plan(moment: Moment) -> str:
    call = moment.answer.calls[0]
    about = call.arguments.get("path") or call.arguments.get("command")
    verbs = {
        "edit_file": "edit",
        "run_command": "run",
        "list_directory": "list",
        "write_file": "write",
    }
    return f"I will now {verbs.get(call.name, 'read')} {about}."
