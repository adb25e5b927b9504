"""From a command to a run and back: progress, cancelling, and what the user is shown at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from arriero.agent.gathering import Spot
from arriero.agent.request import ContextItem, RunRequest, RunResult
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands.prompts import Place
from arriero.lsp.commands.results import RunEnd
from arriero.lsp.edits import EditWriter, Unsupported
from arriero.lsp.progress import Token
from arriero.lsp.wording import shortened
from arriero.sessions.session import UnknownSession
from arriero.tools.registry import Mode

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

_WAITS = (
    "Changes wait for you: the code actions of the marked lines accept or reject them; "
    "`arriero.accept` and `arriero.reject` stand for all."
)
_LONGEST = 400  # characters of a message box


class Refused(Exception):
    """A command cannot be done; the sentence for the user says what to do instead."""


def request(
    arguments: CommandArguments,
    mode: Mode,
    label: str,
    prompt: str,
    items: tuple[ContextItem, ...] = (),
    place: Place | None = None,
    *,
    ambient: bool = True,
) -> RunRequest:
    """Make a run of a command's words and what its argument says beside them.

    `place` is where the user is; without `ambient` the model is given nothing of the surroundings.
    """
    return RunRequest(
        prompt=prompt,
        mode=mode,
        label=label,
        session_id=arguments.session_id,
        model=arguments.model,
        apply=arguments.apply,
        attachments=items,
        at=None if place is None else _spot(place),
        ambient=ambient,
    )


def _spot(place: Place) -> Spot:
    selected = place.text and not place.whole
    lines = (place.first, place.last) if selected else (0, 0)
    return Spot(place.shown, place.first, *lines)


async def run(
    connection: Connection,
    title: str,
    prepare: Callable[[Attachment], Awaitable[RunRequest]],
    token: Token | None,
    *,
    answers: bool = False,
) -> RunEnd:
    """Do a run and wait for its end.

    `answers`: its message is what the user asked for, and is shown as a document. What keeps a run
    from beginning is an end with reason "error", as a failure in its middle is. Cancelling the
    request or its progress cancels the run; the end of the connection does not.
    """
    try:
        attachment = await connection.attached()
        wanted = await prepare(attachment)
        if not attachment.roots and wanted.mode in ("edit", "agent"):
            raise Refused("Open a folder first: edits are proposed for the files of a folder.")
        result = await _finished(connection, attachment, title, wanted, token)
    except (Refused, RunRefused, UnknownSession) as refusal:
        result = RunResult("", "", "error", str(refusal))
    if not connection.options.answers:
        connection.spawn(_show(connection, title, result, answers=answers))
    return await _to_message(connection, result)


async def _finished(
    connection: Connection,
    attachment: Attachment,
    title: str,
    wanted: RunRequest,
    token: Token | None,
) -> RunResult:
    starting: asyncio.Future[RunHandle]

    def cancel() -> None:
        connection.spawn(_cancel(attachment, starting))

    progress = connection.open_progress(f"Arriero: {title}", cancel, token)

    async def begin() -> RunHandle:
        live = await attachment.start(wanted)
        # No await between: the run's first event finds its progress.
        connection.progresses.bind(live.run_id, progress)
        connection.latest_run = live.run_id
        return live

    starting = asyncio.ensure_future(begin())
    try:
        live = await asyncio.shield(starting)
        return await live.wait()
    except asyncio.CancelledError:
        if not connection.gone:
            await _cancel(attachment, starting)
        raise
    finally:
        connection.progresses.close(progress)


async def _cancel(attachment: Attachment, starting: asyncio.Future[RunHandle]) -> None:
    """Cancel a run that may only be about to begin."""
    try:
        live = await starting
    except (RunRefused, UnknownSession):
        return
    await attachment.cancel(live.run_id)


async def _show(connection: Connection, title: str, result: RunResult, *, answers: bool) -> None:
    editor = connection.editor
    if connection.marks.wanted and await connection.marks.refresh(result.run_id):
        await editor.message("info", _WAITS)
    if result.stop_reason in ("error", "interrupted"):
        await editor.message("error", result.message)
    elif result.stop_reason == "cancelled" or not result.message.strip():
        return
    elif answers:
        await editor.show(title, result.message)
    else:
        await editor.message("info", shortened(result.message.strip(), _LONGEST))


async def _to_message(connection: Connection, result: RunResult) -> RunEnd:
    edit = None
    if result.change is not None and not result.applied:
        writer = EditWriter(connection.client, connection.documents.uri_of)
        try:
            edit = await asyncio.to_thread(writer.write, result.change)
        except Unsupported as error:
            log.info("a proposal is not in the result: %s", error)
    return RunEnd(
        session_id=result.session_id,
        run_id=result.run_id,
        stop_reason=result.stop_reason,
        message=result.message,
        applied=result.applied,
        edit=edit,
    )
