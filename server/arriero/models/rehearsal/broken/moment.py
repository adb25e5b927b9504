"""One answer in the making: what would be right, in which form, and with which chance to err."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from arriero.models.rehearsal.broken.reading import Seen
from arriero.models.rehearsal.broken.solver import Answer
from arriero.models.rehearsal.broken.wording import hermes
from arriero.models.rehearsal.script import Call, Turn


@dataclass(frozen=True)
class Moment:
    """`seize` loads the model for another client, with a window in tokens of its own."""

    seen: Seen
    answer: Answer
    chance: random.Random
    seize: Callable[[int], None]

    @property
    def edits(self) -> tuple[Call, ...]:
        """The calls that are to change a file."""
        return tuple(c for c in self.answer.calls if c.name in ("edit_file", "write_file"))

    def pick(self, options: Sequence[str]) -> str:
        """Return one of the options by chance."""
        return options[self.chance.randrange(len(options))]

    def calling(self, calls: Sequence[Call]) -> Moment:
        """Return the moment with other calls."""
        return replace(self, answer=replace(self.answer, calls=tuple(calls)))

    def say(self) -> Turn:
        """Return the answer in the form that the request asks for."""
        text, calls = self.answer.text, self.answer.calls
        match self.seen.form:
            case "native":
                return Turn(text, calls=calls)
            case "prompted":
                return Turn(f"{text}{hermes(calls)}" if calls else text)
            case "constrained":
                return Turn(self._constrained())
            case "none":
                return Turn(text)

    def _constrained(self) -> str:
        """Return one JSON object, as a grammar forces it out of any model."""
        keys, calls = self.seen.keys, self.answer.calls
        if not calls and not keys.answer:
            calls = (Call("list_directory", {"path": "."}),)
        if calls:
            return json.dumps({keys.tool: calls[0].name, keys.arguments: dict(calls[0].arguments)})
        return json.dumps({keys.answer: self.answer.text})


Habit = Callable[[Moment], Turn]
