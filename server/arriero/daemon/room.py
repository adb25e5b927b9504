"""How much room a window leaves for what stands beside a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from arriero.agent.budget import reserve
from arriero.agent.history import Conversation
from arriero.agent.tokens import TokenEstimate
from arriero.agent.window import Window
from arriero.models.types import Message, ToolSpec


def room_beside(
    window: Window,
    answer_tokens: int,
    system: str,
    tools: Sequence[ToolSpec],
    history: Conversation,
    words: str,
    estimate: TokenEstimate,
) -> int:
    """Return the tokens for what stands beside the words of a prompt, 0 where there are none.

    It is half of what is free besides that which is always sent: the other half is for the steps
    of the run. `words` are the user's, without what stands beside them.
    """
    first = next((one for one in history.messages if one.role == "user"), None)
    always = [Message("system", system), *([first] if first else []), Message("user", words)]
    free = window.size - reserve(window, answer_tokens) - estimate.count(always, tools)
    return max(0, free // 2)
