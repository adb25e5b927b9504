"""Commands on what the model changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.cli import undoing, verdicts
from arriero.cli.diff_view import show_diff, show_proposal
from arriero.cli.failure import Failure
from arriero.cli.proposals import Proposal

if TYPE_CHECKING:
    from arriero.cli.chat.chat import Chat

_NOTHING = "Nothing is open: your newest prompt has changed nothing, or all of it is decided."
_NOTHING_LEFT: dict[undoing.Direction, str] = {
    "undo": "No run of this session has changed files, or all are taken back already.",
    "redo": "Nothing of this session was taken back.",
}


async def diff(chat: Chat, _: str) -> None:
    """Show what the newest prompt changed; what is still open, else what was decided."""
    if chat.last is None or chat.last.end.run_id is None:
        raise Failure("No prompt of this chat has changed anything yet.")
    proposal = await verdicts.proposal_of(await chat.door(), chat.last.end.run_id)
    if proposal is None:
        raise Failure("Your newest prompt has changed nothing.")
    if proposal.open_hunks:
        show_proposal(chat.front.terminal, proposal)
        return
    for file in proposal.files:
        for hunk in file.hunks:
            chat.say("info", f"{file.new_name}: {hunk.state}")
            show_diff(chat.front.terminal, file.diff_of(hunk))


async def review(chat: Chat, _: str) -> None:
    """Look at each open change and say what becomes of it."""
    if not chat.front.asks:
        raise Failure("Nobody can be asked here; use /apply or /reject.")
    await _open(chat)
    if chat.last is not None:
        chat.last = await (await chat.conversation()).judge(chat.last)


async def apply(chat: Chat, _: str) -> None:
    """Apply all that is open."""
    proposal = await _open(chat)
    await (await chat.conversation()).accept(proposal, proposal.open_hunks)


async def reject(chat: Chat, _: str) -> None:
    """Reject all that is open."""
    proposal = await _open(chat)
    await (await chat.conversation()).reject(proposal, proposal.open_hunks)
    chat.say("info", f"Rejected: {proposal.label}")


async def undo(chat: Chat, words: str) -> None:
    """Take back what a run of this session did: the last one, RUN, or these changes of it."""
    await _turn(chat, "undo", words)


async def redo(chat: Chat, words: str) -> None:
    """Do again what was taken back last, or of RUN."""
    await _turn(chat, "redo", words)


async def _turn(chat: Chat, direction: undoing.Direction, words: str) -> None:
    conversation, door = await chat.conversation(), await chat.door()
    named = words.split()
    if named[:1] == ["to"]:  # back to a point in the session
        run_id = named[1] if len(named) > 1 else None
        wanted = undoing.Wanted(run_id, conversation.session_id)
    else:
        hunks = tuple(word for word in named if word.isdecimal())
        runs = [word for word in named if not word.isdecimal()]
        session_id = conversation.session_id
        found = runs[0] if runs else await undoing.last_changed(door, direction, session_id)
        if found is None:
            raise Failure(_NOTHING_LEFT[direction])
        wanted = undoing.Wanted(found, None, hunks)
    undone = await undoing.turn(door, direction, wanted)
    chat.say("info" if undone.done else "warning", undone.message)
    if undone.kept:
        chat.say("warning", f"Kept, as they changed since then: {', '.join(undone.kept)}")
    for line in undone.conflicts:
        chat.say("info", line)


async def _open(chat: Chat) -> Proposal:
    conversation = await chat.conversation()
    proposal = await conversation.fresh(chat.last) if chat.last is not None else None
    if proposal is None:
        raise Failure(_NOTHING)
    return proposal
