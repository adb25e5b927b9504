"""A simulated model that can mend the demo's sample, and breaks in one way while it does."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

from arriero.models.rehearsal.broken.kinds import KINDS
from arriero.models.rehearsal.broken.moment import Moment
from arriero.models.rehearsal.broken.reading import read
from arriero.models.rehearsal.broken.solver import right_answer
from arriero.models.rehearsal.script import Asked, Script, Turn
from arriero.models.rehearsal.simulator import Simulator

_WARNED = 0.4  # of the usual share
_PIECES = 5


class BrokenModel:
    """Plays one of `KINDS`. The same seed breaks in the same places if it is asked the same.

        async with BrokenModel("wrong names", 7).simulator as simulator: ...

    `broke` counts the answers in which the habit had its chance.
    """

    def __init__(self, kind: str, seed: int) -> None:
        self._kind = KINDS[kind]
        self._chance = random.Random(f"{kind} {seed}")
        self.broke = 0
        self.simulator = Simulator(Script(otherwise=self.answer), models=[self._kind.model])

    def answer(self, asked: Asked) -> Turn:
        """Return the answer to a request, broken or not."""
        seen = read(asked)
        moment = Moment(seen, right_answer(seen), self._chance, self._seize)
        share = self._kind.share
        if seen.is_warned and self._kind.heeds:
            share *= _WARNED
        if self._chance.random() >= share:
            return self._cut(moment.say())
        self.broke += 1
        return self._cut(self._kind.habit(moment))

    def _cut(self, turn: Turn) -> Turn:
        """Cut a text into few pieces anywhere: faults need some, and each one takes time."""
        text = "".join(turn.text)
        places = sorted(self._chance.randrange(len(text) + 1) for _ in range(_PIECES - 1))
        cuts = pairwise([0, *places, len(text)])
        return replace(turn, text=[text[a:b] for a, b in cuts])

    def _seize(self, window: int) -> None:
        self.simulator.seize(self._kind.model.name, window)
