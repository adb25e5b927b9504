"""ACP's methods for one client on stdio: each goes to the daemon by the door of its folder.

The daemon speaks ACP on an editor's connection. What a plain client lacks of an editor is added
here: folders are opened as its sessions need them, and proposals are asked about and applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arriero.acp.greeting import initialize_answer
from arriero.cli import verdicts
from arriero.cli.acp.folders import Folders, canonical
from arriero.cli.acp.review import Review
from arriero.cli.acp.wire import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    Json,
    Method,
    Wire,
    WireError,
)
from arriero.cli.door import Door
from arriero.cli.failure import Failure
from arriero.daemon.client import RemoteError

_REVIEWED = ("end_turn", "max_tokens", "max_turn_requests")
_BY_SESSION = ("session/set_mode", "session/set_model", "session/set_config_option")
_CANCELLED = {"outcome": {"outcome": "cancelled"}}


class StdioAgent:
    """Serves one client; `close` leaves the daemon."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._folders = Folders(self._prepare)
        self._sessions: dict[str, str] = {}  # their folders
        self._cancels: dict[str, asyncio.Event] = {}  # of the sessions that are answering
        self._reads = False
        self.methods: dict[str, Method] = {
            "initialize": self._initialize,
            "authenticate": self._authenticate,
            "session/new": self._new,
            "session/load": self._load,
            "session/list": self._list,
            "session/prompt": self._prompt,
            "session/cancel": self._cancel,
            **{name: self._by_session(name) for name in _BY_SESSION},
        }

    async def close(self) -> None:
        """Leave the daemon; what runs goes on."""
        await self._folders.close()

    def _prepare(self, door: Door) -> None:
        door.updates = lambda params: self._wire.notify("session/update", params)
        door.permission = self._permission

    async def _initialize(self, params: Json) -> Any:
        capabilities = params.get("clientCapabilities")
        files = capabilities.get("fs") if isinstance(capabilities, Mapping) else None
        self._reads = isinstance(files, Mapping) and files.get("readTextFile") is True
        return initialize_answer()

    async def _authenticate(self, _: Json) -> Any:
        return {}

    async def _new(self, params: Json) -> Any:
        folder = await canonical(_folder(params))
        answer = await _asked(await self._folders.door(folder), "session/new", params)
        self._sessions[answer["sessionId"]] = folder
        return answer

    async def _load(self, params: Json) -> Any:
        folder = await canonical(_folder(params))
        door = await self._folders.door(folder)
        answer = await _asked(door, "session/load", params)
        self._sessions[str(params.get("sessionId"))] = folder
        return answer

    async def _list(self, params: Json) -> Any:
        folder = await canonical(str(params.get("cwd") or Path.cwd()))
        return await _asked(await self._folders.door(folder), "session/list", params)

    async def _prompt(self, params: Json) -> Any:
        folder, session_id = self._folder_of(params), str(params["sessionId"])
        # The daemon would take another one as soon as the run is over, during its review.
        if session_id in self._cancels:
            raise WireError(
                INVALID_REQUEST,
                "This session is still answering; wait until it has ended, or cancel it.",
            )
        cancelled = self._cancels[session_id] = asyncio.Event()
        try:
            answer = await self._answered(folder, params, cancelled)
        finally:
            del self._cancels[session_id]
        return {**answer, "stopReason": "cancelled"} if cancelled.is_set() else answer

    async def _answered(self, folder: str, params: Json, cancelled: asyncio.Event) -> Json:
        door = await self._folders.door(folder)
        answer: Json = await _asked(door, "session/prompt", params)
        run_id = ((answer.get("_meta") or {}).get("arriero") or {}).get("runId")
        if run_id and answer["stopReason"] in _REVIEWED:
            session_id = str(params["sessionId"])
            told = await self._settled(door, session_id, run_id, folder, cancelled)
            if told:
                self._say(session_id, told)
        return answer

    async def _cancel(self, params: Json) -> None:
        folder = self._folder_of(params)
        cancelled = self._cancels.get(str(params["sessionId"]))
        if cancelled is None:
            return
        cancelled.set()
        (await self._folders.door(folder)).notify("session/cancel", params)

    def _by_session(self, name: str) -> Method:
        async def passed_on(params: Json) -> Any:
            return await _asked(await self._folders.door(self._folder_of(params)), name, params)

        return passed_on

    async def _settled(
        self, door: Door, session_id: str, run_id: str, folder: str, cancelled: asyncio.Event
    ) -> str:
        try:
            proposal = await verdicts.proposal_of(door, run_id)
            if proposal is None or not proposal.open_hunks:
                return ""
            review = Review(self._wire, door, session_id, proposal, self._reads, cancelled)
            if await self._folders.asks(folder):
                return await review.by_questions()
            return await review.accept_all()
        except (RemoteError, Failure) as error:
            return f"{error} The changes wait in Arriero; `arriero sessions` lists them."

    async def _permission(self, params: Json) -> Json:
        try:
            answer = await self._wire.request("session/request_permission", params)
        except WireError:
            return _CANCELLED
        return answer if isinstance(answer, Mapping) else _CANCELLED

    def _say(self, session_id: str, text: str) -> None:
        content = {"type": "text", "text": f"\n\n{text}"}
        update = {"sessionUpdate": "agent_message_chunk", "content": content}
        self._wire.notify("session/update", {"sessionId": session_id, "update": update})

    def _folder_of(self, params: Json) -> str:
        session_id = params.get("sessionId")
        folder = self._sessions.get(session_id) if isinstance(session_id, str) else None
        if folder is None:
            raise WireError(
                INVALID_PARAMS,
                f"There is no session {session_id!r} on this connection: make one with "
                "`session/new`, or take one up again with `session/load`.",
            )
        return folder


def _folder(params: Json) -> str:
    folder = params.get("cwd")
    if not isinstance(folder, str):
        raise WireError(INVALID_PARAMS, "`cwd` is missing: it is the absolute path of a folder.")
    return folder


async def _asked(door: Door, method: str, params: Json) -> Any:
    """Ask the daemon for as long as it takes; raises WireError."""
    try:
        return await door.request(method, params, timeout=None)
    except RemoteError as error:
        raise WireError(error.code, str(error), error.data) from error
    except Failure as error:
        raise WireError(INTERNAL_ERROR, str(error)) from error
