"""What does not change while a session lives: its system message and what that was written for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from arriero.agent import editing
from arriero.agent.editing import EditFormat
from arriero.agent.history import Conversation
from arriero.agent.instructions import BUDGETS, instructions
from arriero.agent.model_profile import ModelProfile
from arriero.agent.privacy import shown
from arriero.agent.prompt import system_message, tier
from arriero.agent.window import Window
from arriero.daemon.surroundings import Surroundings
from arriero.sessions.events import Notice
from arriero.tools.registry import Tier

Count = Callable[[str], int]


@dataclass(frozen=True)
class Opening:
    """How a session begins; `left_out` tells what the system message has no room for."""

    system: str
    tier: Tier
    edit_format: EditFormat
    left_out: tuple[str, ...] = ()


async def find_opening(
    around: Surroundings, history: Conversation, profile: ModelProfile, window: Window, count: Count
) -> Opening:
    """Return how the session began, or begin it; `count` tells the tokens of a text."""
    if history.system is not None:
        return Opening(
            history.system,
            next((one for one in get_args(Tier) if one == history.tier), "medium"),
            _edit_format(history.edit_format),
        )
    size, form = tier(window.size), _edit_format(profile.edit_format)
    roots = around.run.roots
    found = await asyncio.to_thread(instructions, around.view, roots, None, BUDGETS[size], count)
    for sentence in found.left_out:
        await around.emit(Notice("info", sentence))
    told = found.text
    if around.settings.privacy.mask_secrets:
        told = await shown(told)
    words = [system_message(roots, size, told)]
    if roots and form != "replace":
        words.append(editing.instructions(form))
    return Opening("\n\n".join(words), size, form, found.left_out)


def _edit_format(said: str) -> EditFormat:
    """Return the format of that name; what is not known is the first."""
    return next((form for form in get_args(EditFormat) if form == said), "replace")
