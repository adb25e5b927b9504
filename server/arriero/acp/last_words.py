"""How a run ended, for clients that learn of it from a stop reason only."""

from __future__ import annotations

from arriero.sessions.events import EventBody, Notice, RunEnded, RunStarted, StepRetried, Text

_TOLD_OTHERWISE = frozenset({"cancelled"})  # the client asked for it
_FAILURES = frozenset({"error", "interrupted"})


class LastWords:
    """Follows the events of a session, and finds the ends of runs that nobody has put in words.

    A run ends with the model's own words, which were shown as they came, or with a sentence of
    Arriero's, such as that the answer was empty. ACP's stop reasons do not tell that sentence.
    """

    def __init__(self) -> None:
        self._step = 0
        self._said = ""

    def follow(self, body: EventBody) -> Notice | None:
        """Take in an event; return what is to be shown at the end of a run, if anything."""
        match body:
            case RunStarted() | StepRetried():
                self._said = ""
            case Text(step, text):
                self._said = text if step != self._step else self._said + text
                self._step = step
            case RunEnded(reason, message):
                if reason in _FAILURES:
                    return Notice("error", message)
                if reason in _TOLD_OTHERWISE or message.strip() in ("", self._said.strip()):
                    return None
                said = self._said.strip()  # a sentence may follow the words that were shown
                return Notice("warning", message.strip().removeprefix(said).strip() or message)
            case _:
                pass
        return None
