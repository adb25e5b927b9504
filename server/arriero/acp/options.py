"""The modes and models that a client may choose for a session."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from acp import schema
from pygls.exceptions import JsonRpcInvalidParams

from arriero.models.errors import ModelError, ModelNotFound
from arriero.sessions.session import Session
from arriero.tools.registry import MODES, Mode
from arriero.within import within

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

log = logging.getLogger(__name__)

MODE, MODEL = "mode", "model"
_PATIENCE = 2.0  # seconds that a new session waits for a slow model server's list
_WORDS: dict[Mode, tuple[str, str]] = {
    "ask": ("Ask", "Answers and only reads."),
    "edit": ("Edit", "Proposes edits and runs nothing."),
    "agent": ("Agent", "Proposes edits and runs commands in the shadow."),
    "plan": ("Plan", "Reads and proposes steps."),
}


def modes(session: Session) -> schema.SessionModeState:
    """Return the modes and which of them the session is in."""
    return schema.SessionModeState(
        current_mode_id=session.mode,
        available_modes=[
            schema.SessionMode(id=mode, name=_WORDS[mode][0], description=_WORDS[mode][1])
            for mode in MODES
        ],
    )


def known_mode(mode_id: str) -> Mode:
    """Return the mode of that name; raises JsonRpcInvalidParams."""
    for mode in MODES:
        if mode == mode_id:
            return mode
    raise JsonRpcInvalidParams(f"There is no mode '{mode_id}'; the modes are {', '.join(MODES)}.")


def mode_of(session: Session) -> Mode:
    """Return a stored session's mode; one that only a newer version knows is the careful one."""
    return next((mode for mode in MODES if mode == session.mode), "ask")


async def set_model(
    attachment: Attachment, session_id: str, model: str
) -> dict[str, dict[str, str]] | None:
    """Change the model of a session; return `_meta` where something is to be said of it.

    Raises JsonRpcInvalidParams for one that is not there.
    """
    try:
        told = await attachment.set_model(session_id, model)
    except ModelNotFound as error:
        raise JsonRpcInvalidParams(str(error)) from error
    return {"arriero": {"notice": told}} if told else None


async def config_options(
    attachment: Attachment, session: Session
) -> list[schema.SessionConfigOptionSelect | schema.SessionConfigOptionBoolean]:
    """Return the session's options; without the model's when no provider tells its models."""
    found: list[schema.SessionConfigOptionSelect | schema.SessionConfigOptionBoolean] = [
        _select(MODE, "Mode", session.mode, {mode: _WORDS[mode][0] for mode in MODES})
    ]
    try:
        names = [model.name for model in await within(attachment.models(), _PATIENCE)]
    except (ModelError, asyncio.TimeoutError) as error:
        log.info("no models to choose from: %s", error)
        return found
    current = session.model or attachment.settings.model or (names[0] if names else None)
    if current is not None:
        found.append(_select(MODEL, "Model", current, {name: name for name in [*names, current]}))
    return found


def _select(
    option: str, name: str, current: str, choices: dict[str, str]
) -> schema.SessionConfigOptionSelect:
    return schema.SessionConfigOptionSelect(
        type="select",
        id=option,
        name=name,
        category=option,  # type: ignore[arg-type]
        current_value=current,
        options=[schema.SessionConfigSelectOption(value=v, name=n) for v, n in choices.items()],
    )
