"""`arriero chat`: a conversation in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from arriero.cli.failure import DONE, FAILED, Failure
from arriero.cli.options import conversation_options, folder_option

if TYPE_CHECKING:
    from arriero.cli.chat.front import Front
    from arriero.cli.conversation import Apply
    from arriero.cli.interrupt import Interrupts
    from arriero.cli.surroundings import Surroundings

EXAMPLES = """\b
Examples:
  arriero chat
  arriero chat --continue
  arriero chat --model qwen3 --mode ask
"""


@click.command(short_help="Talk with a model about the current folder.", epilog=EXAMPLES)
@conversation_options
@click.option("-c", "--continue", "continue_", is_flag=True, help="Go on with the newest session.")
@folder_option
def command(
    mode: str | None,
    apply_: Apply | None,
    model: str | None,
    provider: str | None,
    session: str | None,
    continue_: bool,
    folder: str | None,
) -> int:
    """Talk with a model about the current folder, prompt after prompt.

    Enter sends, Alt-Enter makes a new line, `@` completes files, `/help` lists the commands.
    Ctrl-C cancels what is going on, Ctrl-D ends the chat. In a pipe each line is a prompt.
    """
    from arriero.cli.interrupt import run
    from arriero.cli.surroundings import find_surroundings

    surroundings = find_surroundings(folder, {"model": model, "provider": provider})
    apply = apply_ or surroundings.loaded.settings.apply
    done = run(
        lambda interrupts: _converse(
            interrupts, surroundings, apply, mode, session, newest=continue_
        )
    )
    return DONE if done else FAILED


async def _converse(
    interrupts: Interrupts,
    surroundings: Surroundings,
    apply: Apply,
    mode: str | None,
    session: str | None,
    *,
    newest: bool,
) -> bool:
    from arriero.cli.chat.chat import Chat

    chat: Chat

    def models() -> tuple[str, ...]:
        return chat.models

    from arriero.cli.chat.fronts import make_front

    front: Front = make_front(surroundings.folder, interrupts, models)
    chat = Chat(front, surroundings, apply=apply, mode=mode)
    for notice in surroundings.loaded.notices:
        chat.say("warning", notice)
    if newest or session:
        session = await _known(surroundings.folder, session or "")
    done = await chat.converse(session)
    # A person has seen what failed; a script is told.
    return done or front.asks


async def _known(folder: str, prefix: str) -> str:
    """Return the session whose id begins so, the newest for nothing."""
    from arriero.cli.door import open_door
    from arriero.cli.terminal import Terminal

    async with open_door(folder, Terminal().say) as door:
        found = (await door.request("arriero/sessions"))["sessions"]
    ids = [str(one["sessionId"]) for one in found if one["runs"] or one["sessionId"] == prefix]
    alike = [one for one in ids if one.startswith(prefix)]
    if not alike:
        named = f"no session {prefix}" if prefix else "no session"
        raise Failure(f"There is {named} in this folder; see `arriero sessions list`.")
    if prefix and prefix not in alike and len(alike) > 1:
        raise Failure(f"{prefix} is the beginning of several sessions; type more of the id.")
    return prefix if prefix in alike else alike[0]
