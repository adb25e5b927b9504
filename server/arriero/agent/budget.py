"""Keeping each prompt within the window, before it is sent.

A prompt that is too long is cut down to much less than the window at once, so that many steps
after it only add to what the server has already read. Nothing here depends on time or chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from arriero.agent.compaction import (
    Compaction,
    note,
    protected_messages,
    rounds,
    shorten,
    turns,
)
from arriero.agent.tokens import TokenEstimate
from arriero.agent.window import Window
from arriero.models.errors import ModelError
from arriero.models.types import Message, ToolSpec

_LARGEST_RESERVE = 4  # a quarter of the window is the most that is kept free for the answer
_KEPT_CHARS = (200, 2000)  # of an old result, by the size of the window
_LEAST_FRESH_CHARS = 1000  # of a new result
# Ollama takes the window from the settings; other servers have it from where they are started.
_WIDEN = "give it a larger window (window.num_ctx for Ollama, `-c` for llama-server)"
_WORTH = 1.3  # a result is shortened only if it is so much longer than what is kept


class CannotFit(ModelError):
    """Even the least of a prompt is longer than the window; the sentence says what to do."""


@dataclass(frozen=True)
class LeftOut:
    """Something that the model is not sent: for the person, and how many tokens it would be."""

    what: str
    tokens: int


@dataclass(frozen=True)
class Fitted:
    """A prompt that fits: at most `tokens` long, with room for `answer_tokens`.

    `compaction` is the state for the next prompt of the session. `dropped` are the messages that
    were sent before and are not from now on, for a summary of them.
    """

    messages: tuple[Message, ...]
    left_out: tuple[LeftOut, ...]
    compaction: Compaction
    tokens: int
    answer_tokens: int
    dropped: tuple[Message, ...] = ()


def fit(
    messages: Sequence[Message],
    tools: Sequence[ToolSpec],
    window: Window,
    answer_tokens: int,
    estimate: TokenEstimate,
    compaction: Compaction | None = None,
) -> Fitted:
    """Return what to send of a history; `compaction` is what the session's last `fit` returned.

    The result extends the last one unless `compactions` grew. Room for the answer is kept free:
    `answer_tokens`, but no more than a quarter of the window. Raises CannotFit. Takes some
    50 milliseconds for each new megabyte; pure but for what the estimate remembers.
    """
    estimate = estimate.snapshot()
    before = compaction or Compaction()
    if not before.fits(messages):
        # Another history than the one that was compacted: begin again, and do not hide it.
        before = Compaction(compactions=before.compactions + 1)
    limit = window.size - reserve(window, answer_tokens)
    trial = _Trial(messages, tools, estimate, before, limit)
    tokens = trial.exact()
    for leave_out in (trial.shorten_new, trial.compact):
        if tokens > limit:
            leave_out()
            tokens = trial.exact()
    if tokens > limit:
        raise _cannot_fit(messages, tools, window, limit, estimate)
    state = trial.state(changed_before=before)
    return Fitted(
        state.render(messages),
        tuple(_left_out(messages, state, estimate)),
        state,
        tokens,
        min(answer_tokens, window.size - tokens),
        tuple(messages[index] for index in sorted(state.dropped - before.dropped)),
    )


def reserve(window: Window, answer_tokens: int) -> int:
    """Return the tokens of a window that are kept free for the answer."""
    return min(answer_tokens, window.size // _LARGEST_RESERVE)


class _Trial:
    """A compaction in the making: what is left out so far, and the tokens of the rest."""

    def __init__(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        estimate: TokenEstimate,
        before: Compaction,
        limit: int,
    ) -> None:
        self._messages = messages
        self._estimate = estimate
        self._before = before
        self._limit = limit
        self._shortened = dict(before.shortened)
        self._dropped = set(before.dropped)
        self._overhead = estimate.overhead(tools)
        # Without the notes that stand for what was dropped, so that a step costs no rendering.
        self._weights = [estimate.weigh(message) for message in messages]
        for index, kept in self._shortened.items():
            self._weights[index] -= self._saved(index, None, kept)
        self._total = self._overhead + sum(
            weight for index, weight in enumerate(self._weights) if index not in self._dropped
        )
        self._rounds = rounds(messages)
        turn = turns(messages)
        self._newest_turn = turn[-1] if turn else range(len(messages))
        self._old_turns = turn[:-1]
        last = self._rounds[-1] if self._rounds else range(0)
        self._last_round = last if last.start in self._newest_turn else range(0)

    def exact(self) -> int:
        """Return the tokens of the prompt as it would be sent now."""
        return self._overhead + sum(
            self._estimate.weigh(message) for message in self.state().render(self._messages)
        )

    def state(self, changed_before: Compaction | None = None) -> Compaction:
        """Return the state; it counts as a compaction if it changes what was sent."""
        count = self._before.compactions
        if changed_before is not None:
            touched = self._dropped ^ changed_before.dropped
            touched |= {
                index
                for index, kept in self._shortened.items()
                if changed_before.shortened.get(index) != kept
            }
            count += any(index < changed_before.sent for index in touched)
        return Compaction(
            self._shortened,
            frozenset(self._dropped),
            len(self._messages),
            count,
            self._before.summary,
        )

    def shorten_new(self) -> None:
        """Keep new results to a share of the window, which changes nothing that was sent."""
        new = [index for index in self._results(self._last_round) if index >= self._before.sent]
        if new:
            self._shorten(new, max(_LEAST_FRESH_CHARS, self._limit // len(new)), self._limit)

    def compact(self) -> None:
        """Leave out the oldest, in the order of what is missed least, far below the limit."""
        fixed = set(protected_messages(self._messages))
        needed = self._overhead + sum(self._weights[index] for index in fixed)
        goal = needed + (self._limit - needed) // 2 - self._notes()
        least, most = _KEPT_CHARS
        kept = min(most, max(least, self._limit // 8))
        last = set(self._last_round)
        old = [i for i in self._results(range(len(self._messages))) if i not in last]
        self._shorten(old, kept, goal)
        for turn in self._old_turns:
            self._drop(set(turn) - fixed, goal)
        for one in self._rounds:
            if one.start in self._newest_turn and one != self._last_round:
                self._drop(set(one), goal)
        if self.exact() <= self._limit:
            return
        open_results = list(self._results(self._last_round))
        longest = max((len(self._messages[i].content) for i in open_results), default=0)
        while longest > least and self._total > goal:
            longest = max(least, longest * 2 // 3)
            self._shorten(open_results, longest, goal)

    def _shorten(self, indexes: Iterable[int], kept: int, goal: int) -> None:
        for index in indexes:
            if self._total <= goal:
                return
            now = self._shortened.get(index)
            length = len(self._messages[index].content) if now is None else now
            saved = self._saved(index, now, kept) if length > kept * _WORTH else 0
            if saved > 0:
                self._shortened[index] = kept
                self._weights[index] -= saved
                self._total -= saved

    def _drop(self, indexes: set[int], goal: int) -> None:
        if self._total > goal:
            self._total -= sum(self._weights[index] for index in indexes - self._dropped)
            self._dropped |= indexes

    def _notes(self) -> int:
        """Return the tokens of the notes, of which there are two at most."""
        every = note(self._messages, self._before.summary)
        return 2 * self._estimate.weigh(Message("assistant", every))

    def _results(self, indexes: range) -> Iterator[int]:
        return (
            index
            for index in indexes
            if self._messages[index].role == "tool" and index not in self._dropped
        )

    def _saved(self, index: int, now: int | None, kept: int) -> int:
        text = self._messages[index].content
        current = text if now is None else shorten(text, now)
        return self._estimate.text(current) - self._estimate.text(shorten(text, kept))


def _left_out(
    messages: Sequence[Message], state: Compaction, estimate: TokenEstimate
) -> Iterator[LeftOut]:
    if state.dropped:
        dropped = [messages[index] for index in sorted(state.dropped)]
        yield LeftOut(
            f"{len(dropped)} earlier messages", sum(estimate.weigh(message) for message in dropped)
        )
    for index, kept in sorted(state.shortened.items()):
        if index in state.dropped:
            continue
        text, name = messages[index].content, messages[index].tool_name or "a tool"
        yield LeftOut(
            f"{len(text) - kept:,} of {len(text):,} characters of a result of {name}",
            max(0, estimate.text(text) - estimate.text(shorten(text, kept))),
        )


def _cannot_fit(
    messages: Sequence[Message],
    tools: Sequence[ToolSpec],
    window: Window,
    limit: int,
    estimate: TokenEstimate,
) -> CannotFit:
    room = f"the window of {window.size:,} tokens leaves {limit:,} for the prompt"
    system = estimate.overhead(tools) + sum(
        estimate.weigh(message) for message in messages if message.role == "system"
    )
    if system > limit:
        return CannotFit(
            f"The instructions and tools take about {system:,} tokens, but {room}: {_WIDEN}, or "
            "choose a model with a larger one."
        )
    users = [message for message in messages if message.role == "user"]
    newest = estimate.weigh(users[-1]) if users else 0
    task = estimate.weigh(users[0]) if users[1:] else 0
    if system + newest > limit:
        return CannotFit(
            f"Your message with what is attached takes about {newest:,} tokens, and the "
            f"instructions and tools {system:,}, but {room}: select less, or {_WIDEN}."
        )
    if system + newest + task > limit:
        return CannotFit(
            f"Your message and the session's first one take about {newest + task:,} tokens, but "
            f"{room}: start a new session, or {_WIDEN}."
        )
    return CannotFit(
        f"The model's last step is too long to be sent back with its task, as {room}: ask for a "
        f"smaller step in a new session, or {_WIDEN}."
    )
