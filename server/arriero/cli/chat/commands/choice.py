"""Commands that choose what the next prompt uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from arriero.cli.columns import show_columns
from arriero.cli.failure import Failure
from arriero.models.chain import names_at, wanted_models
from arriero.models.residency import full_name
from arriero.settings.model import Mode

if TYPE_CHECKING:
    from arriero.cli.chat.chat import Chat

MODES: tuple[str, ...] = get_args(Mode)


async def model(chat: Chat, name: str) -> None:
    """List the models, or use one from the next prompt on."""
    if name:
        await chat.choose_model(name)
        chat.say("info", f"Your next prompt goes to {name}.")
        return
    told = await (await chat.door()).request("arriero/models")
    chain = wanted_models(chat.model, chat.providers)
    here = told["selected"]["provider"]
    used = {full_name(name) for name in names_at(here, chain, here)}
    rows = [
        ["*" if full_name(one["name"]) in used else "", one["name"], one["parameterSize"]]
        for one in told["models"]
    ]
    show_columns(chat.front.terminal, ["", "model", "parameters"], rows, width=120)
    chat.say("info", "/model NAME uses another one.")


async def mode(chat: Chat, name: str) -> None:
    """Show the mode, or use another one from the next prompt on."""
    conversation = await chat.conversation()
    if not name:
        chat.say("info", f"The mode is {conversation.mode}; there are {', '.join(MODES)}.")
        return
    if name not in MODES:
        raise Failure(f"{name} is no mode; there are {', '.join(MODES)}.")
    await conversation.set_mode(name)
    chat.show_footer()
    chat.say("info", f"The mode is {name} from your next prompt on.")
