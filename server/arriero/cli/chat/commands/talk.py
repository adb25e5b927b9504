"""Commands on the conversation: another one, an earlier one, what is kept of it."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from arriero.cli import transcript
from arriero.cli.columns import show_columns
from arriero.cli.failure import Failure
from arriero.cli.words import moment

if TYPE_CHECKING:
    from arriero.cli.chat.chat import Chat, Json

_MOST_LISTED = 20
_MOST_COPIED = 75_000  # bytes; terminals drop a longer sequence


async def new(chat: Chat, _: str) -> None:
    """Begin a new session; the one that was stays where `/sessions` lists it."""
    await chat.enter(None)
    chat.say("info", "A new session.")


async def clear(chat: Chat, _: str) -> None:
    """Begin a new session on an empty screen."""
    chat.front.terminal.clear()
    await new(chat, "")


async def sessions(chat: Chat, _: str) -> None:
    """List the sessions of this folder, newest first."""
    found = await _sessions(chat)
    current = (await chat.conversation()).session_id
    rows = [
        [
            "*" if s["sessionId"] == current else "",
            s["sessionId"],
            moment(s["updatedAt"]),
            s["title"],
        ]
        for s in found[:_MOST_LISTED]
    ]
    show_columns(chat.front.terminal, ["", "id", "last used", "title"], rows)
    if not found:
        chat.say("info", "There is none in this folder yet.")


async def resume(chat: Chat, prefix: str) -> None:
    """Go on with a session by the beginning of its id, or with the last one but this."""
    current = (await chat.conversation()).session_id
    found = [s for s in await _sessions(chat) if s["sessionId"] != current and s["runs"]]
    ids = [str(s["sessionId"]) for s in found if str(s["sessionId"]).startswith(prefix)]
    if not ids:
        raise Failure("There is no other session to go on with; /sessions lists them.")
    if prefix and len(ids) > 1 and prefix not in ids:
        raise Failure(f"{prefix} is the beginning of several sessions; type more of the id.")
    session_id = prefix if prefix in ids else ids[0]
    door = await chat.door()
    told = await door.request("arriero/sessions", {"sessionId": session_id})
    await chat.enter(session_id)
    transcript.show(chat.front.terminal, told["events"])
    chat.say("info", f"You are in session {session_id}.")


async def retry(chat: Chat, _: str) -> bool:
    """Send the newest prompt again."""
    if not chat.last_prompt:
        raise Failure("There is no prompt yet that could be sent again.")
    return await chat.ask(chat.last_prompt)


async def context(chat: Chat, _: str) -> None:
    """Show what the model's window holds."""
    await (await chat.conversation()).ask("/context")


async def save(chat: Chat, name: str) -> None:
    """Write the conversation to a Markdown file."""
    session_id = (await chat.conversation()).session_id
    told = await (await chat.door()).request("arriero/sessions", {"sessionId": session_id})
    path = str(PurePath(chat.folder, _at_home(name) or f"{session_id}.md"))
    text = transcript.markdown(told["sessions"][0]["title"], told["events"])
    try:
        await asyncio.to_thread(_write_new, path, text)
    except FileExistsError as error:
        raise Failure(f"{path} exists already; name another file.") from error
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.") from error
    chat.say("info", f"Saved as {path}")


async def copy(chat: Chat, _: str) -> None:
    """Put the newest answer on the terminal's clipboard."""
    end = chat.last.end if chat.last is not None else None
    if end is None or end.failed or not end.message:
        raise Failure("There is no answer yet that could be copied.")
    content = end.message.encode("utf-8", "replace")
    if len(content) > _MOST_COPIED:
        raise Failure("The answer is too long for the terminal's clipboard; use /save.")
    # OSC 52, which terminals understand also at the other end of an ssh connection.
    chat.front.terminal.control(f"\x1b]52;c;{base64.b64encode(content).decode('ascii')}\a")
    chat.say("info", "Sent to the terminal's clipboard (where the terminal allows it).")


async def quit_(chat: Chat, _: str) -> None:
    """End the chat."""
    chat.ended = True


async def _sessions(chat: Chat) -> list[Json]:
    return list((await (await chat.door()).request("arriero/sessions"))["sessions"])


def _at_home(name: str) -> str:
    # Unlike Path's, this leaves `~name` as it is where nobody is called so.
    return os.path.expanduser(name)  # noqa: PTH111


def _write_new(path: str, text: str) -> None:
    with Path(path).open("x", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
