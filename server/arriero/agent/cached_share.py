"""How much of a prompt the server did not read again, where it does not say so itself.

Ollama counts a prompt whole and tells only how long it read, which is the time of the new tokens.
So the reading speed is learned from what is certain: after a load all of a prompt is new, and a
prompt has at least as many new tokens as it has more than the conversation before it. What then
stays doubtful is not told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from arriero.sessions.events import StepEnded

_A_LOAD_MS = 500  # a model that was in memory takes less
_LEAST_TOKENS = 64  # of fewer the time is mostly overhead
_LEAST_MS = 20  # whole milliseconds are told: of fewer, a speed is off by more than a fortieth
_MOST_DOUBT = 0.2  # of the prompt, between the least and the most that can be cached
_ENOUGH = 3  # prompts that tell whether the time goes with what is new or with the whole
_CLEARLY = 1.5  # times vary by a few per cent, and by chance additions may vary with them


@dataclass
class _Range:
    """The lowest and the highest of some numbers."""

    count: int = 0
    low: float = 0.0
    high: float = 0.0

    def add(self, value: float) -> None:
        self.low = min(self.low, value) if self.count else value
        self.high = max(self.high, value)
        self.count += 1

    @property
    def spread(self) -> float:
        return self.high / self.low


@dataclass
class CachedShare:
    """Takes in one model's steps in their order; speeds are tokens per millisecond."""

    _new: _Range = field(default_factory=_Range)  # at most so fast did it read
    _whole: _Range = field(default_factory=_Range)  # at least so fast
    _before: int | None = None  # tokens that the server has from the step before

    def add(self, step: StepEnded) -> int | None:
        """Return about how many tokens of the step's prompt were cached; None: not known."""
        prompt, took = step.prompt_tokens, step.prompt_ms
        if prompt <= 0:
            return None
        loaded = step.load_ms > _A_LOAD_MS
        # Of a first prompt another session may have left the beginning in the cache.
        known = prompt if self._before is None else self._before
        new = prompt if loaded else max(0, prompt - known)
        self._before = prompt + step.answer_tokens
        if took <= 0:
            return None
        # The server read at least `new` tokens in that time, and at most the whole prompt.
        if new >= _LEAST_TOKENS and took >= _LEAST_MS:
            self._new.add(new / took)
        if prompt >= _LEAST_TOKENS and took >= _LEAST_MS:
            self._whole.add(prompt / took)
        return 0 if loaded else self._estimate(prompt, new, took)

    def _estimate(self, prompt: int, new: int, took: int) -> int | None:
        if not self._whole.count:
            return None
        least = min(prompt, max(new, round(self._new.high * took)))
        most = min(prompt, max(least, round(self._whole.low * took)))
        if most - least <= prompt * _MOST_DOUBT:
            return prompt - most
        # All was never read anew, so that only the new tokens tell a speed: it is the right one if
        # it explains the times clearly better than that nothing is ever cached.
        if self._new.count >= _ENOUGH and self._new.spread * _CLEARLY < self._whole.spread:
            return prompt - least
        return None
