"""What reads the answers of each rung."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from arriero.agent.ladder.constrained import ConstrainedReader
from arriero.agent.model_profile import Rung
from arriero.agent.toolcalls import Piece, TextCallReader


class AnswerReader(Protocol):
    """Splits an answer into text, thinking and calls, in its order."""

    def passes(self, text: str) -> bool:
        """Tell whether what comes now is text and nothing else, as most is; then it was read."""

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""

    @property
    def over(self) -> bool:
        """Whether all that may still come is of no use."""


def reader(
    rung: Rung, offered: Mapping[str, Collection[str]], *, thinking: bool = False
) -> AnswerReader:
    """Return a reader for one answer on a rung, as `rendered_rung` tells it.

    `offered` are the tools' names with their parameters in order; only these are read as calls.
    On the rung `off` nothing is a call, but thinking is still told from text. `thinking`: the
    answer begins within thinking.
    """
    match rung:
        case "native":
            return TextCallReader(offered, thinking=thinking)
        case "prompted":
            return PromptedReader(offered, thinking=thinking)
        case "constrained":
            return ConstrainedReader(offered, thinking=thinking)
        case "off":
            return TextCallReader({}, thinking=thinking)


class PromptedReader:
    """Reads printed calls, up to where the model begins to invent what came of them."""

    def __init__(self, offered: Mapping[str, Collection[str]], *, thinking: bool = False) -> None:
        self._inner = TextCallReader(offered, thinking=thinking)
        self._held = ""
        self._over = False

    @property
    def over(self) -> bool:
        """Whether the model has begun to invent a result."""
        return self._over

    def passes(self, text: str) -> bool:
        """Tell whether a text is nothing else; then it was read."""
        if self._over or self._held or _INVENTED.search(text) is not None:
            return False
        return self._inner.passes(text)

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""
        if self._over:
            return []
        text = self._held + text
        found = _INVENTED.search(text)
        end = found.start() if found else len(text)
        self._over = found is not None and found[0].endswith(_RESPONSE)
        if self._over:
            self._held = ""
            return self._inner.feed(text[:end] + _CALL_END)
        self._held = text[end:]
        return self._inner.feed(text[:end])

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""
        return [*self._inner.feed(self._held), *self._inner.finish()]


_CALL_END = "</tool_call>"
_RESPONSE = "<tool_response"


def _begins(word: str, then: str = "") -> str:
    """Return a pattern for `word` and `then`, or for any beginning of it at the end."""
    for letter in reversed(word):
        then = rf"{re.escape(letter)}(?:\Z|{then})" if then else re.escape(letter)
    return then


_INVENTED = re.compile(_begins(_CALL_END, rf"\s*(?:\Z|{_begins(_RESPONSE)})"))
