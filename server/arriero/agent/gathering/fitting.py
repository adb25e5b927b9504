"""From what could be said to what there is room for; pure, so that equal input has equal bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from arriero.agent.gathering.budget import Budget
from arriero.agent.gathering.offer import Gathered, Offer
from arriero.agent.gathering.shapes import Lines, Shape, Shown
from arriero.agent.prompt import user_message
from arriero.agent.request import ContextItem
from arriero.sessions.events import Given

Estimate = Callable[[str], int]

_SEAM = 4  # tokens; parts that are joined may count as so many more
_SHORT = 200  # characters; what the user gave and is shorter is said again
_LEAST_ROOM = 24  # tokens
_NEARLY = 4  # times
_SAID_BEFORE = "(the same as in an earlier message of this conversation)"


def fit(offers: Sequence[Offer], budget: Budget, said: str, estimate: Estimate) -> Gathered:
    """Choose what is given, in the order of `offers`, within the budget.

    What the user gave shares its room evenly, so that one long text does not keep the others out;
    the rest has what remains. What is in `said`, the earlier messages, is not sent again.
    """
    fitting = _Fitting(budget, said, estimate)
    explicit = [offer for offer in offers if offer.explicit]
    by_size = sorted(explicit, key=lambda offer: offer.shape.most)
    for place, offer in enumerate(by_size):
        room = (budget.given - fitting.used) // (len(by_size) - place)
        fitting.add(offer, room)
    for offer in offers:
        if not offer.explicit:
            fitting.add(offer, min(budget.whole - fitting.used, int(budget.whole * offer.share)))
    return fitting.result(offers)


@dataclass
class _Fitting:
    budget: Budget
    said: str
    estimate: Estimate
    used: int = 0
    items: dict[int, tuple[ContextItem, Given]] = field(default_factory=dict)
    added: list[Offer] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)

    def add(self, offer: Offer, room: int) -> None:
        """Put as much of an offer beside the prompt as fits into a room of tokens."""
        if not offer.shape.most:
            return
        shown = self._largest(offer, room)
        if shown is None:
            self.left_out[id(offer)] = f"{offer.what}: there is no room for it."
            return
        text = shown.text.strip()
        having = [other for other in self.added if text in self.items[id(other)][0].text]
        if not text or (having and (not offer.explicit or any(map(offer.is_of_same, having)))):
            return
        known = text in self.said and not (offer.explicit and len(text) < _SHORT)
        if known and not offer.explicit:
            return
        twin = next((one for one in having if self.items[id(one)][0].text.strip() == text), None)
        if known:
            shown = Shown(_SAID_BEFORE, shown.extent)
        elif twin is not None and len(text) >= _SHORT:
            shown = Shown(f"(the same text as {twin.what})", shown.extent)
        item = _item(offer, shown)
        cost = self._cost(item)
        what = f"{offer.what}, {shown.extent}" if shown.extent else offer.what
        why = f"{offer.why}; sent before" if known else offer.why
        self.items[id(offer)] = (item, Given(what, why, cost))
        self.added.append(offer)
        self.used += cost

    def result(self, offers: Sequence[Offer]) -> Gathered:
        """Return what was chosen, in the order of the offers."""
        chosen = [self.items[id(offer)] for offer in offers if id(offer) in self.items]
        missing = [self.left_out[id(offer)] for offer in offers if id(offer) in self.left_out]
        return Gathered(
            tuple(item for item, _ in chosen),
            tuple(given for _, given in chosen),
            tuple(dict.fromkeys(missing)),
        )

    def _largest(self, offer: Offer, room: int) -> Shown | None:
        """Return the longest form that fits; long texts are not weighed as a whole."""
        if room < _LEAST_ROOM and not offer.explicit:
            return None
        shown = self._largest_of(offer, offer.shape, room)
        if shown is None and isinstance(offer.shape, Lines) and offer.shape.definitions:
            shown = self._largest_of(offer, offer.shape.plain, room)
        return shown

    def _largest_of(self, offer: Offer, shape: Shape, room: int) -> Shown | None:
        def fits(size: int) -> bool:
            return self._cost(_item(offer, shape.show(size))) <= room

        if not fits(low := shape.least):
            return None
        step = 1
        while low + step <= shape.most and fits(low + step):
            low += step
            step *= 2
        high = min(low + step - 1, shape.most)
        while low < high:
            middle = (low + high + 1) // 2
            if fits(middle):
                low = middle
            else:
                high = middle - 1
        # The whole needs no word on what is missing, and may fit where nearly all does not.
        if low < shape.most <= _NEARLY * low and fits(shape.most):
            low = shape.most
        return shape.show(low)

    def _cost(self, item: ContextItem) -> int:
        return self.estimate(user_message("", "agent", (item,))) + _SEAM


def _item(offer: Offer, shown: Shown) -> ContextItem:
    title = f"{offer.title} ({shown.extent})" if shown.extent else offer.title
    return ContextItem(title, shown.text)
