"""How many tokens a prompt will have: an estimate that errs upwards, and learns from each answer.

Most servers count a prompt only when they answer it. Texts are weighed by what tokenizers have in
common (`text_weight`): the weight is meant to be no less than the tokens that any common tokenizer
makes of a text. How far below it a model stays is learned from the counts that come with its
answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.agent.text_weight import text_weight
from arriero.models.types import Message, ToolSpec

# What templates put around the texts.
_PROMPT_WEIGHT = 16
_MESSAGE_WEIGHT = 10
_CALL_WEIGHT = 24
_TOOLS_WEIGHT = 160
_TOOL_WEIGHT = 16
_IMAGE_WEIGHT = 1600

FIRST_RATIO = 1.0  # tokens per weight: the weights are fitted to be an upper bound themselves
_LOWEST_RATIO = 0.45
_MARGIN = 1.05
_SAMPLES = 8
_ENOUGH_SAMPLES = 2
_SAMPLE_WEIGHT = 200  # a shorter addition tells too little
# A prompt that only grew counts less only by the thinking that a template leaves out, and a little.
_SHRINKAGE = 0.9
# Less than this share of its weight no text has, but for long runs of one sign: Thai has a sixth.
_LEAST_SHARE = 0.12


@dataclass(frozen=True)
class Calibration:
    """What was learned of a model: tokens per weight.

    `samples` are of the newest additions to prompts, the oldest first; `whole` is the highest that
    a whole prompt has shown since.
    """

    samples: tuple[float, ...] = ()
    whole: float = 0.0

    @property
    def ratio(self) -> float:
        """Tokens per weight, on the safe side."""
        if len(self.samples) < _ENOUGH_SAMPLES:
            return max(FIRST_RATIO, self.whole * _MARGIN)
        return max(_LOWEST_RATIO, max(*self.samples, self.whole) * _MARGIN)


@dataclass(frozen=True)
class _Counted:
    """A prompt that the server has counted; `marks` stand for its messages."""

    marks: tuple[int, ...]
    tools: int
    form: int
    tokens: int
    thinking: float


class TokenEstimate:
    """The estimate for one model, named by `model_key`.

    `count` is additive: `overhead(tools)` and one `weigh(message)` for each message. Where another
    thread may `learn` meanwhile, count with a `snapshot`.
    """

    def __init__(self, model_key: str, calibration: Calibration | None = None) -> None:
        self.model_key = model_key
        self._calibration = calibration or Calibration()
        self._weights: dict[tuple[int, int], float] = {}
        self._last: _Counted | None = None

    @property
    def calibration(self) -> Calibration:
        """What was learned so far."""
        return self._calibration

    def snapshot(self) -> TokenEstimate:
        """Return an estimate that stays as it is now; texts already weighed are shared."""
        copy = TokenEstimate(self.model_key, self._calibration)
        copy._weights, copy._last = self._weights, self._last
        return copy

    def count(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> int:
        """Return how many tokens the prompt has at most, as far as can be known."""
        return self.overhead(tools) + sum(self.weigh(message) for message in messages)

    def overhead(self, tools: Sequence[ToolSpec]) -> int:
        """Return the tokens of the tools and of what stands around the messages."""
        return self._tokens(_PROMPT_WEIGHT + self._tools(tools))

    def weigh(self, message: Message) -> int:
        """Return the tokens of one message with its calls and images."""
        return self._tokens(self._message(message)) + self._tokens(self._text(message.thinking))

    def text(self, text: str) -> int:
        """Return the tokens of a text alone."""
        return self._tokens(self._text(text))

    def least(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), form: int = 0
    ) -> int:
        """Return how many tokens the prompt has at least; a server that counts less has cut it.

        `form` stands for how the messages are worded when they are sent: the same history may have
        twice the tokens in another form.
        """
        last = self._last
        if last is not None and self._extends(messages, tools, form, last):
            return max(0, math.floor(last.tokens * _SHRINKAGE - last.thinking))
        weight = sum(self._message(message) for message in messages if not message.images)
        return math.floor(weight * _LEAST_SHARE)

    def learn(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        prompt_tokens: int,
        form: int = 0,
    ) -> bool:
        """Take in what the server counted for a prompt, and tell whether the ratio changed.

        `prompt_tokens` must count cached tokens too; 0 stands for a server that does not count.
        The count of a prompt that was cut must not come here: see `cut.was_cut`. `form` as for
        `least`.
        """
        if prompt_tokens <= 0:
            return False
        before = self._calibration
        weights = [self._message(message) for message in messages]
        total = _PROMPT_WEIGHT + self._tools(tools) + sum(weights)
        samples, whole = before.samples, max(before.whole, prompt_tokens / total)
        last = self._last
        if last is not None and self._extends(messages, tools, form, last):
            added = sum(weights[len(last.marks) :])
            if added >= _SAMPLE_WEIGHT and prompt_tokens > last.tokens:
                samples = (*samples, (prompt_tokens - last.tokens) / added)[-_SAMPLES:]
                whole = prompt_tokens / total
        self._calibration = Calibration(samples, whole)
        self._last = _Counted(
            tuple(_mark(message) for message in messages),
            _tools_mark(tools),
            form,
            prompt_tokens,
            sum(self._text(message.thinking) for message in messages) * self._calibration.ratio,
        )
        return self._calibration.ratio != before.ratio

    def exceeded(self, messages: Sequence[Message], tools: Sequence[ToolSpec], tokens: int) -> None:
        """Take in that a prompt, which was not answered, has at least so many tokens."""
        weights = _PROMPT_WEIGHT + self._tools(tools) + sum(map(self._message, messages))
        before = self._calibration
        self._calibration = Calibration(before.samples, max(before.whole, tokens / weights))

    def _extends(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec], form: int, last: _Counted
    ) -> bool:
        known = len(last.marks)
        return (
            form == last.form
            and len(messages) >= known
            and _tools_mark(tools) == last.tools
            and all(
                _mark(message) == mark
                for message, mark in zip(messages[:known], last.marks, strict=True)
            )
        )

    def _tokens(self, weight: float) -> int:
        return math.ceil(weight * self._calibration.ratio)

    def _tools(self, tools: Sequence[ToolSpec]) -> float:
        if not tools:
            return 0
        return _TOOLS_WEIGHT + sum(
            _TOOL_WEIGHT
            + self._text(tool.name)
            + self._text(tool.description)
            + self._text(_json(tool.parameters))
            for tool in tools
        )

    def _message(self, message: Message) -> float:
        """Return the weight without thinking: templates leave that of earlier answers out."""
        calls = sum(
            _CALL_WEIGHT + self._text(call.name) + self._text(_json(call.arguments))
            for call in message.tool_calls
        )
        names = self._text(message.tool_name or "") + self._text(message.tool_call_id or "")
        images = _IMAGE_WEIGHT * len(message.images)
        return _MESSAGE_WEIGHT + self._text(message.content) + calls + names + images

    def _text(self, text: str) -> float:
        if not text:
            return 0.0
        # The text itself is not kept: a session's files would stay in memory with it.
        key = (len(text), hash(text))
        weight = self._weights.get(key)
        if weight is None:
            if len(self._weights) >= 20_000:
                self._weights.clear()
            weight = self._weights[key] = text_weight(text)
        return weight


def _mark(message: Message) -> int:
    calls = tuple((call.id, call.name) for call in message.tool_calls)
    return hash((message.role, message.content, message.thinking, message.tool_call_id, calls))


def _tools_mark(tools: Sequence[ToolSpec]) -> int:
    return hash(tuple((tool.name, tool.description) for tool in tools))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
