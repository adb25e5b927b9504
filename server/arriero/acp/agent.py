"""The `session/*` methods of the Agent Client Protocol (version 1).

One `AcpAgent` serves one client, in ACP's own types. It holds no conversation: sessions live in
the daemon's store, and whatever door began one, another may go on with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

from acp import schema
from pydantic import Field
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcInvalidRequest

from arriero.acp import commands, options, permission, updates
from arriero.acp.last_words import LastWords
from arriero.acp.peer import Attach, Peer
from arriero.acp.prompt import Prompt, from_acp
from arriero.acp.turn import Turn
from arriero.agent.editor import Answer, PermissionQuestion
from arriero.agent.request import RunRequest
from arriero.agent.shaping import BadSchema, check
from arriero.sessions.events import Event, Notice, RunStarted, StepEnded
from arriero.sessions.session import Session, UnknownSession

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

log = logging.getLogger(__name__)

_REPLAYED_AT_ONCE = 25  # updates; one takes up to a tenth of a millisecond to send
_AFTER_ANSWER = 0.05  # seconds: a client knows a new session only when it has the answer


class SetSessionModelRequest(schema.BaseModel):
    """`session/set_model`, which clients still send though the schema has dropped it."""

    session_id: str = Field(alias="sessionId")
    model_id: str = Field(alias="modelId")


class AcpAgent:
    """One client's agent. Methods raise JsonRpcException with a sentence for the person."""

    def __init__(self, peer: Peer, attach: Attach) -> None:
        self._peer = peer
        self._attach = attach
        self._turns: dict[str, Turn] = {}
        self._followed: set[str] = set()  # sessions whose updates this client gets
        self._held: dict[str, list[Event]] = {}  # of sessions whose history is being sent
        self._loading = asyncio.Lock()  # one history after the other
        self._words: dict[str, LastWords] = {}

    # -- the client's requests

    async def new_session(self, params: schema.NewSessionRequest) -> schema.NewSessionResponse:
        """Begin an empty session in a folder that is open here."""
        attachment = await self._attach(params.cwd)
        if params.mcp_servers:
            log.info("%d MCP servers of the client are not used", len(params.mcp_servers))
        session = await attachment.new_session(attachment.settings.mode)
        self._followed.add(session.session_id)
        # Dropped if the client is gone by then.
        asyncio.get_running_loop().call_later(
            _AFTER_ANSWER, self._update, session.session_id, commands.available()
        )
        return schema.NewSessionResponse(
            session_id=session.session_id,
            modes=options.modes(session),
            config_options=await options.config_options(attachment, session),
        )

    async def load_session(self, params: schema.LoadSessionRequest) -> schema.LoadSessionResponse:
        """Send the session's history as updates, then answer."""
        attachment = await self._attach(params.cwd)
        session = await _session(attachment, params.session_id)
        self._followed.add(session.session_id)
        async with self._loading:
            await self._replay(attachment, session.session_id)
        self._update(session.session_id, commands.available())
        return schema.LoadSessionResponse(
            modes=options.modes(session),
            config_options=await options.config_options(attachment, session),
        )

    async def list_sessions(
        self, params: schema.ListSessionsRequest
    ) -> schema.ListSessionsResponse:
        """List the sessions of the open folders, newest first, or those of one of them."""
        attachment = await self._attach(None)
        sessions = await attachment.sessions()
        return schema.ListSessionsResponse(
            sessions=[
                _info(session)
                for session in sessions
                if session.folders and params.cwd in (None, *session.folders)
            ]
        )

    async def set_mode(self, params: schema.SetSessionModeRequest) -> schema.SetSessionModeResponse:
        """Change what the next prompt of a session may use."""
        await self._set_mode(params.session_id, params.mode_id)
        return schema.SetSessionModeResponse()

    async def set_model(self, params: SetSessionModelRequest) -> schema.SetSessionModeResponse:
        """Change the model of a session; what is to be said of it stands in `_meta`."""
        attachment = await self._attach(None)
        await _session(attachment, params.session_id)
        told = await options.set_model(attachment, params.session_id, params.model_id)
        return schema.SetSessionModeResponse(field_meta=told)

    async def set_config_option(
        self, params: schema.SetSessionConfigOptionSelectRequest
    ) -> schema.SetSessionConfigOptionResponse:
        """Change mode or model by ACP's general way, and return all options as they are now."""
        attachment = await self._attach(None)
        await _session(attachment, params.session_id)
        told = None
        if params.config_id == options.MODE:
            await self._set_mode(params.session_id, params.value)
        elif params.config_id == options.MODEL:
            told = await options.set_model(attachment, params.session_id, params.value)
        else:
            raise JsonRpcInvalidParams(
                f"There is no option '{params.config_id}'; there are 'mode' and 'model'."
            )
        session = await _session(attachment, params.session_id)
        return schema.SetSessionConfigOptionResponse(
            config_options=await options.config_options(attachment, session) or [], field_meta=told
        )

    async def prompt(self, params: schema.PromptRequest) -> schema.PromptResponse:
        """Do a run in a session and answer when it has ended, its review included."""
        session_id = params.session_id
        if session_id in self._turns:
            raise JsonRpcInvalidRequest(
                "This session is still answering; wait until it has ended, or cancel it."
            )
        turn = self._turns[session_id] = Turn()
        try:
            prompt = await asyncio.to_thread(from_acp, params.prompt)  # pictures are large
            if not prompt.text:
                raise JsonRpcInvalidParams("The prompt is empty; say what to do.")
            wanted = await asyncio.to_thread(_output_schema, params)  # it takes an import, too
            return await self._answer(session_id, turn, prompt, wanted)
        finally:
            del self._turns[session_id]

    async def cancel(self, params: schema.CancelNotification) -> None:
        """End the session's prompt, which then answers `cancelled`."""
        turn = self._turns.get(params.session_id)
        if turn is not None:
            await turn.cancel(await self._attach(None))

    # -- what the daemon tells the client

    def owns(self, run_id: str) -> bool:
        """Whether this client asked for the run with `session/prompt`."""
        return any(turn.run_id == run_id for turn in self._turns.values())

    def event(self, event: Event) -> None:
        """Send an event of a followed session as `session/update`."""
        turn = self._turns.get(event.session_id)
        if turn is not None and isinstance(event.body, StepEnded):
            turn.count(event.body)
        if (held := self._held.get(event.session_id)) is not None:
            held.append(event)
        elif event.session_id in self._followed:
            self._show(event)

    async def ask(self, question: PermissionQuestion) -> Answer | None:
        """Ask the client for a permission of a run that it asked for; None for other runs."""
        if not self.owns(question.run_id):
            return None
        return await permission.ask(self._peer, question)

    # -- below

    async def _answer(
        self, session_id: str, turn: Turn, prompt: Prompt, output_schema: Mapping[str, Any] | None
    ) -> schema.PromptResponse:
        attachment = await self._attach(None)
        session = await _session(attachment, session_id)
        self._followed.add(session_id)
        if commands.asks_for_context(prompt.text):
            return await self._tell_context(attachment, session_id)
        if prompt.left_out:
            left_out = Notice("warning", f"Left out: {', '.join(prompt.left_out)}.")
            self._update(session_id, updates.notice(left_out))
        request = RunRequest(
            prompt=prompt.text,
            mode=options.mode_of(session),
            label=prompt.label,
            session_id=session_id,
            attachments=prompt.attachments,
            images=prompt.images,
            output_schema=output_schema,
        )
        return await turn.run(attachment, request, self._peer)

    async def _tell_context(self, attachment: Attachment, session_id: str) -> schema.PromptResponse:
        page = (await commands.context(attachment, session_id)).markdown()
        self._update(session_id, updates.words(page))
        return schema.PromptResponse(
            stop_reason="end_turn", field_meta={"arriero": {"message": page, "applied": False}}
        )

    async def _set_mode(self, session_id: str, mode_id: str) -> None:
        mode = options.known_mode(mode_id)
        attachment = await self._attach(None)
        await _session(attachment, session_id)
        await attachment.set_mode(session_id, mode)
        changed = schema.CurrentModeUpdate(
            session_update="current_mode_update", current_mode_id=mode
        )
        self._update(session_id, changed)

    async def _replay(self, attachment: Attachment, session_id: str) -> None:
        """Send a session's history, and behind it what comes meanwhile."""
        held = self._held[session_id] = []
        sent = 0
        try:
            history = await attachment.events(session_id)
            notes = updates.notifications(session_id, updates.replay(history))
            # A few at a time, made in a thread: a long history must not hold up other connections.
            while batch := await asyncio.to_thread(lambda: list(islice(notes, _REPLAYED_AT_ONCE))):
                for note in batch:
                    self._peer.notify("session/update", note)
            sent = max((event.seq for event in history), default=0)
        finally:
            del self._held[session_id]
            for event in held:
                if event.seq > sent:
                    self._show(event)

    def _show(self, event: Event) -> None:
        session_id, body = event.session_id, event.body
        turn = self._turns.get(session_id)
        end = self._words.setdefault(session_id, LastWords()).follow(body)
        if turn is None and isinstance(body, RunStarted):  # another door asked in this session
            self._update(session_id, updates.user_message(body.prompt, event.run_id))
        elif end is not None:
            # The failure of a client's own prompt is the error that answers it.
            if turn is None or end.level != "error":
                self._update(session_id, updates.notice(end))
        elif (update := updates.live(event, window=turn.window if turn else None)) is not None:
            self._update(session_id, update)

    def _update(self, session_id: str, update: updates.Update) -> None:
        self._peer.notify("session/update", updates.notification(session_id, update))


async def _session(attachment: Attachment, session_id: str) -> Session:
    try:
        return await attachment.session(session_id)
    except UnknownSession as error:
        raise JsonRpcInvalidParams(str(error)) from error


def _output_schema(params: schema.PromptRequest) -> Mapping[str, Any] | None:
    """Return the shape that the last answer is to have: `_meta.arriero.outputSchema`."""
    meta = (params.field_meta or {}).get("arriero")
    wanted = meta.get("outputSchema") if isinstance(meta, Mapping) else None
    if wanted is None:
        return None
    try:
        return check(wanted)
    except BadSchema as error:
        raise JsonRpcInvalidParams(f"The output schema cannot be used: {error}.") from error


def _info(session: Session) -> schema.SessionInfo:
    return schema.SessionInfo(
        session_id=session.session_id,
        cwd=updates.printable(session.folders[0]),
        additional_directories=[updates.printable(one) for one in session.folders[1:]] or None,
        title=updates.printable(session.title) or None,
        updated_at=datetime.fromtimestamp(session.updated_at, timezone.utc).isoformat(),
    )
