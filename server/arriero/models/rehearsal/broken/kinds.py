"""The ways in which simulated models break, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from arriero.models.rehearsal.broken import breaks, slips
from arriero.models.rehearsal.broken.moment import Habit, Moment
from arriero.models.rehearsal.catalog import SimulatedModel
from arriero.models.rehearsal.sample_script import SAMPLE_MODEL
from arriero.models.rehearsal.script import Turn

_ERRS = 0.4
_STRAYS = 0.2  # where the model must find back by itself
_FAILS = 0.12  # where only another try helps
_STUBBORN = 0.8


@dataclass(frozen=True)
class Kind:
    """A bad habit, and how often it shows: the share of answers, 0 to 1.

    When the model is told that it goes wrong the habit shows less often, unless `heeds` is False.
    """

    habit: Habit
    share: float = _ERRS
    heeds: bool = True
    model: SimulatedModel = SAMPLE_MODEL


def _none(moment: Moment) -> Turn:
    return moment.say()


_SMALL = replace(SAMPLE_MODEL, largest_window=8192)

KINDS: Mapping[str, Kind] = {
    "clean": Kind(_none, 0.0),
    **{
        f"prints {family}": Kind(breaks.printed(family), _STUBBORN)
        for family in ("json", "tags", "xml", "brackets", "python", "channels")
    },
    "prose around calls": Kind(breaks.prose_around, _STUBBORN),
    "thinks aloud": Kind(breaks.thinks_aloud, _STUBBORN),
    "invents results": Kind(breaks.invents_results),
    "calls leak": Kind(_none, 0.0, model=replace(SAMPLE_MODEL, path="leaky")),
    "wrong names": Kind(slips.wrong_names),
    "wrong names that vanish": Kind(
        slips.wrong_names, model=replace(SAMPLE_MODEL, path="rendered")
    ),
    "other agents' names": Kind(slips.alias_names, _STUBBORN),
    "a missing argument": Kind(slips.missing_argument),
    "stringified arguments": Kind(slips.stringified_arguments, _STUBBORN),
    "wrong types": Kind(slips.wrong_types),
    "extra arguments": Kind(slips.extra_arguments),
    "odd paths": Kind(slips.odd_paths, _STUBBORN),
    "repeated edits": Kind(slips.repeated_edits),
    "ignored results": Kind(slips.ignored_results, _STRAYS),
    "doubled calls": Kind(slips.doubled_calls),
    "the same ids": Kind(slips.same_ids, 1.0, heeds=False),
    "a wrong old text": Kind(slips.wrong_old_string, 0.6),
    "an elided file": Kind(slips.elided_file, 0.6),
    "unicode noise": Kind(breaks.unicode_noise),
    "announcements": Kind(breaks.announces, _STRAYS),
    "empty answers": Kind(breaks.empty, _FAILS),
    "endless thinking": Kind(breaks.endless_thinking, _FAILS),
    "one line for ever": Kind(breaks.repeats_line, _FAILS),
    "a parser error": Kind(breaks.parser_error, 1.0, heeds=False),
    "a parser error in the stream": Kind(breaks.parser_error_in_stream, 1.0, heeds=False),
    "an error in the stream": Kind(breaks.failing("error", first=1), _FAILS),
    "a cut connection": Kind(breaks.failing("cut"), _FAILS),
    "no last line": Kind(breaks.failing("no_done"), _FAILS),
    "rubbish in the stream": Kind(breaks.failing("rubbish"), _FAILS),
    "a runner that dies": Kind(breaks.failing("crash"), _FAILS),
    "silence": Kind(breaks.failing("hang", first=1), _FAILS / 2),
    "a full queue": Kind(
        breaks.failing("status", text="server busy, please try again.", status=503), _FAILS
    ),
    "reloads": Kind(breaks.seized),
    "a smaller window": Kind(_none, 0.0, model=_SMALL),
    "a smaller window told without a count": Kind(
        _none, 0.0, model=replace(_SMALL, path="rendered")
    ),
    "no tools": Kind(
        _none, 0.0, model=replace(SAMPLE_MODEL, capabilities=("completion", "thinking"))
    ),
    "calls in the prompt only": Kind(breaks.only_in(("prompted", "constrained")), 1.0, heeds=False),
    "calls under constraint only": Kind(breaks.only_in(("constrained",)), 1.0, heeds=False),
}
