"""What may be put beside a prompt, and what is."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.agent.gathering.shapes import Shape
from arriero.agent.request import ContextItem
from arriero.sessions.events import Given


@dataclass(frozen=True)
class Offer:
    """Something that a source has to say.

    `what` and `why` are for the person, `title` is for the model. `share` is the part of the
    budget that it may take, 0 for what the user gave himself. `source` is the file that it is of,
    as it is shown, where there is one.
    """

    what: str
    why: str
    title: str
    shape: Shape
    share: float = 0.0
    source: str = ""

    @property
    def explicit(self) -> bool:
        """Whether the user gave it himself."""
        return self.share == 0.0

    def is_of_same(self, other: Offer) -> bool:
        """Whether both are of one thing; what was attached names its file in its title only."""
        for source, title in ((self.source, other.title), (other.source, self.title)):
            if source and source in title:
                return True
        return self.title == other.title


@dataclass(frozen=True)
class Sourced:
    """What came of a source; `notices` tell the person what of his words was not understood."""

    offers: tuple[Offer, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """What stands beside a prompt, and for the person what was given, why, and what was not.

    `notices` are about what the user referred to and cannot be found.
    """

    items: tuple[ContextItem, ...] = ()
    given: tuple[Given, ...] = ()
    left_out: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
