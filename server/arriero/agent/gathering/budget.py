"""How much may be put beside a prompt."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.tools.registry import Tier

TOKENS: dict[Tier, int] = {"small": 600, "medium": 3000, "large": 8000}
_PART_OF_WINDOW = 4
_LEAST_PART = 5  # a window that is smaller than its tier's others


@dataclass(frozen=True)
class Budget:
    """Tokens: `whole` for all that is put beside a prompt.

    Where the user gave things himself and they are longer, `given` is the limit for these alone,
    and nothing else is added.
    """

    whole: int
    given: int
    tier: Tier = "medium"

    @classmethod
    def of(cls, tier: Tier, window: int = 0, room: int | None = None) -> Budget:
        """Return the budget of a tier; what was given may fill a quarter of a window of tokens.

        Neither is more than the `room` that there is.
        """
        whole = min(TOKENS[tier], window // _LEAST_PART) if window else TOKENS[tier]
        given = max(whole, window // _PART_OF_WINDOW)
        return (
            cls(whole, given, tier)
            if room is None
            else cls(min(whole, room), min(given, room), tier)
        )
